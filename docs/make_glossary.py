"""Write the glossary of README.md from `capacity/glossary.py` (`make docs`)."""

import re
from pathlib import Path

from capacity.glossary import IN_FILES, MEANINGS, SHORT

README = Path(__file__).parents[1] / "README.md"


def table() -> str:
    """The terms with their meanings, then the abbreviations, as a table."""
    rows = ["| | |", "|---|---|"]
    for term, meaning in {**MEANINGS, **SHORT}.items():
        known = f" (in files: `{IN_FILES[term]}`)" if term in IN_FILES else ""
        rows.append(f"| {term}{known} | {meaning} |")
    return "\n".join(rows)


def page(text: str) -> str:
    """README with the table under its heading."""
    return re.sub(r"(?<=## Glossary\n\n)\|.*?(?=\n\n)", lambda _: table(), text, flags=re.S)


if __name__ == "__main__":
    README.write_text(page(README.read_text(encoding="utf-8")), encoding="utf-8")
