"""Loading the demo into a database: through the services, all or nothing, once, and never beside a real town."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from app.core import clock, db
from app.core.storage import get_storage
from app.demo import load, patrols
from app.demo.casebook import CasePlan, Step
from app.demo.plan import make_plan
from app.features.dispatch.models import DailySheet
from app.features.documents.models import Document
from app.features.identity.models import Unit, User
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.moves import event_hash
from app.features.photos.service import Kept
from tests import factories

pytestmark = pytest.mark.either_db  # it goes through the services, which run on both
NOW = datetime(2026, 11, 22, 1, 31, tzinfo=UTC)
EACH = 1
"""Cases told of each state: the whole plan takes minutes, and a plan of its own says that each step is legal."""


def few(at: datetime) -> list[CasePlan]:
    """Some cases of each state, with those they were merged into or seen with."""
    plan = make_plan(at)
    taken: Counter[str] = Counter()
    wanted: set[int] = set()
    for case in plan:
        if taken[case.state] < EACH:
            taken[case.state] += 1
            wanted |= {case.ref} | masters(case)
    return [case for case in plan if case.ref in wanted]


def masters(case: CasePlan) -> set[int]:
    return {step.data["master"] for step in case.steps if step.data.get("master") is not None}


def cheap(steps: list[Step], report: load.Progress) -> dict[str, tuple[str, Kept]]:
    """One picture that is really drawn and stored; the others only on paper."""
    named = [(load._key(p, n), p) for n, step in enumerate(steps) for p in step.data.get("photos", ())]
    kept = {named[0][0]: load._make(named[0][1])}
    for number, (key, _) in enumerate(named[1:], 2):
        sha256 = hashlib.sha256(key.encode()).hexdigest()
        kept[key] = sha256, Kept(uuid.uuid4(), sha256, 1000, "image/jpeg", 640, 480)
        report("照片 pictures", number, len(named))
    return kept


@pytest.fixture
def told(
    database: Connection, monkeypatch: pytest.MonkeyPatch, settings: Callable[..., Any], tmp_path: Path
) -> Any:
    """What the loader reports; a small plan, and a storage of its own."""
    settings(data_dir=tmp_path)
    get_storage.cache_clear()
    monkeypatch.setattr(load, "make_plan", few)
    monkeypatch.setattr(load, "_pictures", cheap)
    monkeypatch.setattr(patrols, "PAST", timedelta(days=1))  # of walks
    with clock.frozen(NOW):
        yield []
    get_storage.cache_clear()


def test_the_demo_shows_all_ten_states_and_is_loaded_once(told: list[Any]) -> None:
    def report(*progress: Any) -> None:
        told.append(progress)

    assert load.load_demo(report) is True
    with db.reading() as session:
        states = Counter(session.scalars(sa.select(Issue.state)))
        assert set(states) == set(State)
        events = session.scalars(sa.select(IssueEvent)).all()
        assert all(event.hash == event_hash(event) for event in events)
        assert max(event.at for event in events) <= NOW
        last = dict(
            session.execute(
                sa.select(IssueEvent.issue_id, sa.func.max(IssueEvent.seq)).group_by(IssueEvent.issue_id)
            ).all()
        )  # type: ignore[arg-type]
        assert all(issue.version == last[issue.id] for issue in session.scalars(sa.select(Issue)))
        town = session.scalars(sa.select(Unit).where(Unit.kind == "town")).one()
        assert town.settings["is_demo"] is True
        logins = set(session.scalars(sa.select(User.login)))
        assert {login for _, login, _ in load.demo_logins()} <= logins
        count = session.scalar(sa.select(sa.func.count(IssueEvent.id)))
        papers = Counter(map(tuple, session.execute(sa.select(Document.series, Document.state))))
        assert papers == {("bulletin", "signed"): 1, ("notice", "draft"): 1}
        assert session.scalar(sa.select(sa.func.max(DailySheet.sent_at))) <= NOW
    name, done, of = told[-1]
    assert (name, done) == ("案件 cases", of)
    assert load.load_demo(report) is False, "it is there already"
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count(IssueEvent.id))) == count


def test_the_demo_is_not_mixed_into_a_real_town(told: list[Any]) -> None:
    with db.transaction() as session:
        factories.town(session)
    with pytest.raises(load.RealTownHere):
        load.load_demo(lambda *_: None)
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Issue.id))) == 0


def test_a_load_that_fails_leaves_nothing(told: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(load._Story, "_act", broken)
    with pytest.raises(RuntimeError, match="no room"):
        load.load_demo(lambda *_: None)
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Unit.id))) == 0
