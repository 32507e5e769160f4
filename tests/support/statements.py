"""Which tests need not run again on PostgreSQL: those that send it nothing which others do not send it.

Every test runs on SQLite. On PostgreSQL `make test` leaves out what tests/once.txt names (`--brief`); each query is still
asked there by two tests, each other statement and each refusal of the database by one, and what does not run in the test's
one transaction (races, servers, commands) runs on both. A test that is new, or has a new name, is not in the list and runs on both. `make soak` leaves nothing out.

To make the list anew, after a run on PostgreSQL that has noted what each test sent:

    .venv/bin/pytest -q -n2 -p tests.support.statements --ignore=tests/e2e --db=postgresql
    .venv/bin/python -m tests.support.statements
"""

import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, ExceptionContext, event

ROOT = Path(__file__).parents[2]
LIST, NOTED = ROOT / "tests/once.txt", ROOT / "var/statements"
HEAD = "# Not run again on PostgreSQL by `make test`: see support/statements.py, which writes this list.\n"
VALUES = re.compile("database|cursor|control_char|naughty|a_year_off|any_tags")
"""In the names of tests of values that databases take differently: in the statement of all the others."""
START_SECONDS = 0.15
"""What a test costs beside what it computes."""


def listed() -> set[str]:
    """The tests that are left out, or their functions: with all that these are tried with."""
    file, found = "", set()
    for line in LIST.read_text().splitlines():
        if line.startswith("tests/"):
            file = line
        elif line.startswith(" "):
            found.add(f"{file}::{line.strip()}")
    return found


def is_listed(test: str, names: set[str]) -> bool:
    return test in names or test.partition("[")[0] in names


# ---- noting, as a plugin of pytest ----
_sent: set[str] = set()


def plain(statement: str) -> str:
    """Without what changes nothing for a database: how many values there are, which plain columns are written."""
    text = re.sub(r"\s+", " ", statement)
    text = re.sub(r"\((?:%\(\w+\)s(?:::\w+)?(?:, )?)+\)", "(?)", text)
    text = re.sub(r"(\(\?(?:, \?)*\))(, \(\?(?:, \?)*\))+", r"\1", text)
    if text.startswith("INSERT INTO") and "ON CONFLICT" not in text:
        return re.sub(r" \(.*?\) (VALUES|SELECT).*", "", text)
    if text.startswith("UPDATE"):
        text = re.sub(r"\w+=%\(\w+\)s(::[A-Z ()0-9]+)?,? ?", "", text)
    return re.sub(r"__\d+|_\d+", "_n", re.sub(r"%\(\w+\)s", "?", text))


def pytest_configure() -> None:
    event.listen(Engine, "before_cursor_execute", _note)
    event.listen(Engine, "handle_error", _note_refusal)


def _note(_: object, __: object, statement: str, *___: object) -> None:
    if not statement.startswith(("SAVEPOINT", "ROLLBACK", "RELEASE")):
        _sent.add(statement)


def _note_refusal(context: ExceptionContext) -> None:
    constraint = getattr(getattr(context.original_exception, "diag", None), "constraint_name", "")
    _sent.add(f"refused: {type(context.original_exception).__name__} {constraint}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _sent.clear()
    began = time.process_time()
    answer = yield
    NOTED.mkdir(parents=True, exist_ok=True)
    said = {"test": item.nodeid, "cpu": time.process_time() - began, "sent": sorted(map(plain, _sent))}
    said["alone"] = "database" in getattr(item, "fixturenames", ())
    with (NOTED / f"{os.getpid()}.jsonl").open("a") as notes:
        notes.write(json.dumps(said) + "\n")
    return answer


# ---- choosing ----
@dataclass(frozen=True)
class Note:
    """What one test sent. `alone`: in its one transaction, which is undone."""

    test: str
    cpu: float
    alone: bool
    sent: frozenset[str]

    @property
    def function(self) -> str:
        return self.test.partition("[")[0]


def read(folder: Path) -> list[Note]:
    lines = (line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines())
    return [Note(**{**said, "sent": frozenset(said["sent"])}) for said in map(json.loads, lines)]


def kept(notes: list[Note]) -> set[Note]:
    """What runs on both: what is not alone or about values, then one test after the other, each for most that is new by its cost."""
    told = Counter(one for note in notes for one in note.sent)
    wanted = Counter({one: min(times, 2 if one.startswith("SELECT") else 1) for one, times in told.items()})
    chosen = {note for note in notes if not note.alone or VALUES.search(note.test)}

    def gain(note: Note) -> float:
        return sum(wanted[one] > 0 for one in note.sent) / (note.cpu + START_SECONDS)

    for note in chosen:
        wanted.subtract(note.sent)
    left = sorted(set(notes) - chosen, key=lambda note: note.test)
    while left and gain(best := max(left, key=gain)):
        left.remove(best)
        chosen.add(best)
        wanted.subtract(best.sent)
    return chosen


def left_out(notes: list[Note]) -> list[str]:
    """Lines for the list: files, and below each its functions, or single ones of what a function is tried with."""
    chosen = kept(notes)
    functions = {note.function for note in chosen}
    names = {n.test if n.function in functions else n.function for n in set(notes) - chosen}
    lines: list[str] = []
    for name in sorted(names):
        file, _, function = name.partition("::")
        lines += [] if file in lines else [file]
        lines.append(f"    {function}")
    return lines


def main() -> None:
    LIST.write_text(HEAD + "".join(f"{line}\n" for line in left_out(read(NOTED))))


if __name__ == "__main__":
    main()
