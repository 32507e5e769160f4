"""Plays one replay on an empty database of its own, in a folder that goes away with it."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from anyio.from_thread import start_blocking_portal
from sqlalchemy import event
from starlette.types import ASGIApp

from app.core import clock, config, db, migrating
from app.demo.town import read_data
from app.replay import crossround, recipes, registers
from app.replay.stage import Progress, Stage, morning, set_up

Recipe = Callable[[Stage, tuple[date, date], dict[str, Any]], dict[str, Any]]
YEAR = ("2021-01-01", "2021-11-30")
PLAYS: dict[str, tuple[Recipe, tuple[str, str]]] = {
    "zhujiajiao": (recipes.zhujiajiao, YEAR),
    "xujing": (recipes.xujing, YEAR),
    "dachang": (recipes.dachang, ("2021-08-01", "2021-08-30")),
    "shimen_round": (crossround.shimen_round, YEAR),
    "shimen_year": (recipes.shimen_year, YEAR),
    "shimen_volunteers": (registers.shimen_volunteers, YEAR),
    "jiyang_grids": (registers.jiyang_grids, YEAR),
}
"""The recipe, and its period where demo.yaml names none."""


@dataclass(frozen=True)
class Result:
    """What came out beside what must: `differs` names where they are not the same."""

    name: str
    expected: dict[str, Any]
    measured: dict[str, Any]
    seconds: float

    @property
    def differs(self) -> list[str]:
        return [
            key for key, wanted in self.expected.items() if not _meets(key, wanted, self.measured.get(key))
        ]


def _meets(key: str, wanted: Any, got: Any) -> bool:
    if key == "at_least":
        return got is not None and float(got) >= float(str(wanted).removesuffix("%"))
    return bool(wanted == got)


def names() -> list[str]:
    """All that can be played, in the order of demo.yaml."""
    return [name for name in read_data("demo.yaml")["replays"] if name in PLAYS]


def play(name: str, make_app: Callable[[], ASGIApp], report: Progress) -> Result:
    """One replay in full, beside what demo.yaml expects."""
    recipe = read_data("demo.yaml")["replays"][name]
    began = time.monotonic()
    with _own_database(), start_blocking_portal() as portal:
        measured = perform(name, recipe, make_app(), portal, report)
    return Result(name, dict(recipe["expected"]), measured, time.monotonic() - began)


def perform(
    name: str, recipe: Mapping[str, Any], app: ASGIApp, portal: Any, report: Progress
) -> dict[str, Any]:
    """The recipe on the database at hand, which must be empty."""
    how, usual = PLAYS[name]
    start, end = (date.fromisoformat(day) for day in recipe.get("period", usual))
    with clock.frozen(morning(start, 6)) as advance:
        stage = set_up(app, portal, name.upper().replace("_", "-"), start, end, advance, report)
        return how(stage, (start, end), dict(recipe))


@contextmanager
def _own_database() -> Iterator[None]:
    """Settings of this process point at a folder that is deleted afterwards; nothing of it has to outlast a power cut."""
    before = config.get_settings()
    with tempfile.TemporaryDirectory(prefix="xunfang-replay-") as folder:
        config.override(data_dir=folder, database_url="", storage="files", jobs="off", totp_required=False)
        db.get_engine.cache_clear()
        engine = db.get_engine()
        event.listen(engine, "connect", _hurry)
        try:
            migrating.upgrade()
            yield
        finally:
            engine.dispose()
            db.get_engine.cache_clear()
            config.override(
                **before.model_dump(include={"data_dir", "database_url", "storage", "jobs", "totp_required"})
            )


def _hurry(raw: Any, _: Any) -> None:
    raw.execute("PRAGMA synchronous=OFF").close()
