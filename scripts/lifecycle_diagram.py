"""Write docs/lifecycle.md from the table the code runs on. `python scripts/lifecycle_diagram.py`; a test compares."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from app.features.issues.lifecycle import MOVES, Action, State  # noqa: E402

TARGET = ROOT / "docs" / "lifecycle.md"


def render() -> str:
    """The page: a mermaid state diagram of all moves that change the state, and the table of all moves."""
    lines = [
        "# The life of a case",
        "",
        "Written from `app/features/issues/lifecycle.py` by `python scripts/lifecycle_diagram.py`; do not edit.",
        "",
        "```mermaid",
        "stateDiagram-v2",
    ]
    edges: dict[tuple[str, str], list[str]] = {}
    for (source, action), move in MOVES.items():
        for to in move.to:
            if source != to:
                edges.setdefault((source or "[*]", to), []).append(action)
    lines += [f"    {a} --> {b}: {', '.join(sorted(names))}" for (a, b), names in edges.items()]
    lines += ["```", "", "| action | from | to | who | guards |", "|---|---|---|---|---|"]
    for action in Action:
        rows = [(s, m) for (s, a), m in MOVES.items() if a == action]
        sources = ["–" if s is None else str(s) for s, _ in rows]
        move = rows[0][1]
        stays = all(m.to == (s,) for s, m in rows)
        origin = "any" if len(rows) == len(State) else ", ".join(sources)
        to = "same" if stays else " or ".join(move.to)
        lines.append(f"| {action} | {origin} | {to} | {move.who} | {', '.join(move.guards) or '–'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
