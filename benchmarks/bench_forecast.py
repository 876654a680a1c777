"""What forecasts and behaviour reach on published data, and how long the proofs take."""

from __future__ import annotations

from time import perf_counter

from capacity.evidence import proofs, words


def main() -> None:
    begun = perf_counter()
    found = proofs.every()
    words.show(found)
    print(f"{perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
