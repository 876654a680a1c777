"""Who may come in: this machine alone, those who sign in, or those whom a proxy lets through.

Whatever started the server, no page shows anything before `let_in` has returned.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import ipaddress
import os
import pkgutil
import re
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from streamlit import config

from capacity.wording import installing

SCRIPT = Path(__file__).with_name("entry.py")
"""What runs for every session."""

BEHIND_PROXY = "--behind-proxy"
"""The word, after `--`, that says a proxy lets in only those who may come in."""

PERSON_HEADER = "CAPACITY_PERSON_HEADER"
"""The environment's word for the header in which a proxy says who somebody is."""

SHARED = ("/common/", "/organizations/", "/consumers/")
"""In an Entra ID address: anyone with a Microsoft account, not one organisation."""

LEAST_SECRET = 32
"""Letters of the secret that signs the cookie."""

INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def _inline_scripts() -> str:
    """Return the hashes of the scripts in Streamlit's own page, so that no other can run."""
    page = pkgutil.get_data("streamlit", "static/index.html") or b""
    digests = (base64.b64encode(hashlib.sha256(one).digest()) for one in INLINE.findall(page))
    return " ".join(f"'sha256-{digest.decode()}'" for digest in digests)


POLICY = "; ".join(
    (
        "default-src 'self'",
        f"script-src 'self' {_inline_scripts()}",
        "style-src 'self' 'unsafe-inline'",  # Streamlit's widgets write styles of their own
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Nothing is fetched from, sent to or framed by another machine."""

HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",  # a link carries what was changed
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""What every answer of the server carries."""

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Server = Callable[[Message, Receive, Send], Awaitable[None]]


# The server --------------------------------------------------------------------------------


class Headers:
    """Puts the headers on every answer."""

    def __init__(self, app: Server) -> None:
        """Keep the server that answers."""
        self.app = app
        self.added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in self.added}
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in own]
                message = {**message, "headers": [*kept, *self.added]}
            await send(message)

        await self.app(scope, receive, sent if scope["type"] == "http" else send)


class Addresses:
    """Leads an address typed from memory, such as /Money or /what_if, to the page it names."""

    def __init__(self, app: Server, known: Callable[[], Mapping[str, str]]) -> None:
        """Keep the server that answers, and what tells the page's address for what is typed."""
        self.app, self.known = app, known

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer: with the page's own address, where another one of it was asked for."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            base, _, typed = scope["path"].rstrip("/").rpartition("/")
            page = None
            if base == _base_path() and typed and "." not in typed:
                page = self.known().get(letters_of(typed))
            if page is not None and page != typed:
                query = scope["query_string"].decode("latin-1")
                to = f"{base}/{page}{'?' if query else ''}{query}"
                await RedirectResponse(to, status_code=307)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _base_path() -> str:
    path = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def letters_of(address: str) -> str:
    """Return by what an address is known, however its words are put together."""
    return re.sub("[^a-z]", "", address.lower())


def middleware() -> list[Middleware]:
    """Return what stands before the server, which does not start where anyone could come in.

    Source: docs/security.md.

    Raises:
        SystemExit: with code 2.
    """
    wrong = list(why_closed())
    if wrong:
        sys.stderr.write("".join(f"{line}\n" for line in wrong))
        raise SystemExit(2)
    from capacity.app import addresses

    return [Middleware(Headers), Middleware(Addresses, known=addresses)]


# Who may come in ---------------------------------------------------------------------------


def is_this_machine(address: str | None) -> bool:
    """Return whether only this machine reaches an address to listen on.

    Source: RFC 5735, RFC 4291.
    """
    if address is None:
        return False  # every address there is
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def faults_of_sign_in(secrets: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the settings of sign-in: setting, and what must hold.

    Source: docs/security.md.
    """
    auth = secrets.get("auth")
    if not isinstance(auth, Mapping):
        yield "auth", "must be given: the table [auth] of a secrets.toml"
        return
    for key in ("redirect_uri", "cookie_secret", "client_id", "client_secret"):
        if not isinstance(auth.get(key), str) or not auth[key].strip():
            yield f"auth.{key}", "must be given, as text"
    redirect, secret = auth.get("redirect_uri"), auth.get("cookie_secret")
    if isinstance(redirect, str) and redirect and not redirect.endswith("/oauth2callback"):
        yield "auth.redirect_uri", "must end with /oauth2callback"
    if isinstance(secret, str) and 0 < len(secret.strip()) < LEAST_SECRET:
        yield "auth.cookie_secret", f"must have {LEAST_SECRET} letters or more, chosen at random"
    address = auth.get("server_metadata_url")
    if not isinstance(address, str) or not address.startswith("https://"):
        yield "auth.server_metadata_url", "must be given: an address that begins with https://"
    elif any(one in address.lower() for one in SHARED):
        yield "auth.server_metadata_url", "must name your own tenant, or anyone could sign in"
    elif not one_organisation(address) and not people_of(secrets):
        must = "must be given: a list of addresses such as a@b.police.uk or @b.police.uk, because "
        yield "capacity.people", f"{must}this provider allows anyone to sign in"
    if not all(map(importlib.util.find_spec, ("authlib", "httpx"))):
        yield "", f"sign-in needs more packages: {installing('sign-in')}"


def one_organisation(address: str) -> bool:
    """Return whether a provider knows the people of one organisation only (Entra ID's tenant).

    Source: Microsoft identity platform.
    """
    return urlsplit(address).hostname in ("login.microsoftonline.com", "login.microsoftonline.us")


def names_of(secrets: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names under which browsers may ask for the pages: sign-in's own, and this machine.

    Source: secrets.toml.
    """
    own = urlsplit(str(secrets["auth"]["redirect_uri"])).hostname
    return tuple(dict.fromkeys((*([own] if own else []), "127.0.0.1", "localhost", "::1")))


def people_of(secrets: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who may come in of those who can sign in: addresses, or ends of them with an @.

    Source: secrets.toml.

    Returns:
        One for each person or organisation; none where all may.
    """
    own = secrets.get("capacity")
    listed = own.get("people") if isinstance(own, Mapping) else None
    known = listed if isinstance(listed, list | tuple) else ()
    return tuple(one.strip().lower() for one in known if isinstance(one, str) and "@" in one)


def may_come_in(person: Mapping[str, Any], people: tuple[str, ...]) -> bool:
    """Return whether someone who signed in may come in.

    Source: OpenID Connect, standard claims.
    """
    if not people:
        return True
    name = person.get("email") or person.get("preferred_username") or ""
    unproven = person.get("email_verified") in (False, "false")
    where = str(name).lower()
    return not unproven and any(
        where.endswith(one) if one.startswith("@") else where == one for one in people
    )


def why_closed() -> Iterator[str]:
    """Yield why the server may not be reached as it is set up; nothing where it may.

    Yields:
        One line for each reason.
    """
    address = config.get_option("server.address")
    secrets = _secrets()
    if "auth" in secrets:
        for setting, must in faults_of_sign_in(secrets):
            yield f"secrets.toml: {setting}: {must}" if setting else must
    elif not is_this_machine(address) and BEHIND_PROXY not in sys.argv:
        yield (
            f"others could reach these pages at {address or 'every address of this machine'}, and "
            f"nobody would ask who they are: set up sign-in, or say {BEHIND_PROXY} where a proxy "
            "asks (docs/security.md)"
        )


def let_in() -> None:
    """Go on for those who may come in; show anyone else how to, and nothing more.

    Source: docs/security.md.
    """
    if any(why_closed()):
        st.error("These pages are not open. Your administrator can find the reason in the log.")
        st.stop()
    secrets = _secrets()
    if "auth" not in secrets:
        return
    if not st.user.is_logged_in:
        st.title("Capacity", anchor=False)
        st.write("Sign in with your organisation's account.")
        st.button("Sign in", type="primary", on_click=st.login, icon=":material/login:")
        st.stop()
    person = st.user.to_dict()
    with st.sidebar:
        name = person.get("name") or person.get("email") or "you"
        st.text(f"Signed in: {name}")
        st.button("Sign out", on_click=st.logout, icon=":material/logout:", type="tertiary")
    if not may_come_in(person, people_of(secrets)):
        st.error("Your account does not have access. Contact your administrator.")
        st.stop()


class NoPerson(Exception):
    """People are asked who they are, and this one's address is not known."""


def person() -> str | None:
    """Return the address of who is there; None on this machine alone, where nobody is asked.

    Raises:
        NoPerson: if people are asked, and it is not known who this is.
    """
    if "auth" in _secrets():
        said = st.user.to_dict() if st.user.is_logged_in else {}
        unproven = said.get("email_verified") in (False, "false")
        found = "" if unproven else said.get("email") or said.get("preferred_username") or ""
    elif BEHIND_PROXY in sys.argv:
        header = os.environ.get(PERSON_HEADER, "")
        found = (st.context.headers.get(header) or "") if header else ""
    else:
        return None
    if "@" not in str(found):
        raise NoPerson
    return str(found).strip().lower()


def _secrets() -> Mapping[str, Any]:
    """Return what secrets.toml holds, nothing where there is none."""
    from streamlit.runtime.secrets import secrets_singleton

    return secrets_singleton.to_dict() if secrets_singleton.load_if_toml_exists() else {}
