"""Write docs/problems.md from the classes: `python scripts/problem_codes.py`; a test compares."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import app  # noqa: E402
from app.core.errors import Problem  # noqa: E402

TARGET = ROOT / "docs" / "problems.md"


def kinds() -> list[type[Problem]]:
    """Every problem the product can answer with, by status and code: all modules are imported, so that none is missed."""
    for found in walk_packages(app.__path__, "app."):
        import_module(found.name)

    def below(kind: type[Problem]) -> Iterator[type[Problem]]:
        yield kind
        for sub in kind.__subclasses__():
            yield from below(sub)

    ours = {k for k in below(Problem) if k.__module__.startswith("app.") and "code" in vars(k)}
    return sorted(ours, key=lambda k: (k.status, k.code))


def render() -> str:
    """The page: a row a code."""
    rows = [f"| {k.status} | `{k.code}` | {k.title} | {_first_line(k)} |" for k in kinds()]
    head = [
        "# Problem codes",
        "",
        "Every refusal is `application/problem+json` (RFC 9457) with a `code` that never changes and parameters beside it.",
        "The words people read live in the PWA, in Chinese and English.",
        "Written from the code by `python scripts/problem_codes.py`; do not edit.",
        "",
        "| status | code | title | when |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def _first_line(kind: type[Problem]) -> str:
    own = vars(kind).get("__doc__") or ""
    return " ".join(own.strip().split("\n\n")[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
