"""What MkDocs needs beside docs/: the pages at the top of the checkout, modules, equations."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

TOP = Path(__file__).parents[1]
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
}
EQUATION = re.compile(r"EQ(\d+)")


def on_config(config: Any) -> Any:
    """Put a page for each room of modules into the menu."""
    contribute = next(one["Contribute"] for one in config.nav if "Contribute" in one)
    contribute.append({"Modules": [{room: f"modules/{room}.md"} for room in rooms()]})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are not in docs/."""
    made = {page: (TOP / name).read_text(encoding="utf-8") for name, page in PAGES.items()}
    for room, modules in rooms().items():
        parts = [f"# {room}", *(f"::: {name}" for name in modules)]
        made[f"modules/{room}.md"] = "\n\n".join(parts)
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    return files


def rooms() -> dict[str, list[str]]:
    """The modules of each room, by their dotted names; those of no room together."""
    found: dict[str, list[str]] = {"capacity": []}
    for path in sorted((TOP / "capacity").rglob("*.py")):
        steps = path.relative_to(TOP).with_suffix("").parts
        room = steps[1] if len(steps) > 2 else "capacity"
        if steps[-1] not in ("__init__", "__main__"):
            found.setdefault(room, []).append(".".join(steps))
    return found


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links of the checkout into those of the site, and give equations an address."""
    for name, other in PAGES.items():
        markdown = re.sub(rf"\]\((\.\./)?{name}", f"]({other}", markdown)
    if page.file.src_uri in PAGES.values():
        markdown = markdown.replace("](docs/", "](")
    if page.file.src_uri == "method.md":
        markdown = re.sub(r"\*\*(EQ(\d+))", r'<span id="eq\2"></span>**\1', markdown)
    return markdown


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Lead from equations named in docstrings to the method."""
    place = page.file.src_uri
    if not place.startswith(("modules/", "interface")):
        return html
    up = "../" * place.count("/")
    return EQUATION.sub(rf'<a href="{up}method.html#eq\1">EQ\1</a>', html)
