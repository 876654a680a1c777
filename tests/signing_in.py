"""A provider of sign-in on this machine (OpenID Connect over TLS), as a force's own would be."""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "an-application", "sesame-sesame-sesame"


@dataclass
class Provider:
    """Who signs in next, where the provider answers, and the file of its certificate."""

    address: str
    certificate: Path
    person: dict[str, Any] = field(default_factory=dict)

    @property
    def metadata(self) -> str:
        return f"{self.address}/.well-known/openid-configuration"


@contextmanager
def provided(folder: Path) -> Iterator[Provider]:
    """Run a provider until the block ends: it lets in whoever is named, without a question."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _certificate(folder, key)
    server = _Server(certificate, RSAKey.import_key(_pem(key)))
    provider = server.provider
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _certificate(folder: Path, key: rsa.RSAPrivateKey) -> Path:
    """Write a key and its own certificate for this machine."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "provider.pem"
    path.write_bytes(_pem(key) + made.public_bytes(serialization.Encoding.PEM))
    return path


class _Server(ThreadingHTTPServer):
    """Answers over TLS on a free port."""

    def __init__(self, certificate: Path, key: RSAKey) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.provider = Provider(f"https://127.0.0.1:{self.server_port}", certificate)
        self.key = key
        self.key.ensure_kid()
        self.codes: dict[str, tuple[str, dict[str, Any]]] = {}  # nonce and person by code


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        here, own = urlsplit(self.path), self.server.provider.address
        if here.path == "/.well-known/openid-configuration":
            self._json(
                {
                    "issuer": own,
                    "authorization_endpoint": f"{own}/authorize",
                    "token_endpoint": f"{own}/token",
                    "jwks_uri": f"{own}/keys",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "code_challenge_methods_supported": ["S256"],
                }
            )
        elif here.path == "/keys":
            self._json({"keys": [self.server.key.as_dict(private=False)]})
        elif here.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(here.query).items()}
            assert asked["client_id"] == CLIENT
            code = secrets.token_hex(8)
            self.server.codes[code] = (asked.get("nonce", ""), dict(self.server.provider.person))
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(sent).items()}
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        assert self.headers.get("Authorization") == f"Basic {known}" or (
            form.get("client_secret") == SECRET
        )
        nonce, person = self.server.codes.pop(form["code"])
        now = int(time.time())
        claims = {**person, "sub": person["email"], "aud": CLIENT, "nonce": nonce}
        claims |= {"iss": self.server.provider.address, "iat": now, "exp": now + 600}
        token = jwt.encode({"alg": "RS256", "kid": self.server.key.kid}, claims, self.server.key)
        self._json({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def _json(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
