"""Proves the event chains of all cases: each link, that none is missing, and that the case is what its last event says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.core import stored
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.moves import GENESIS, event_hash

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Broken:
    """One fault: the case and event as the database names them, and what does not fit."""

    row: str
    why: str


def verify(session: Session, report: Report = lambda *_: None) -> Iterator[Broken]:
    """Walk every chain, some rows at a time; yields each fault, nothing if all are whole."""
    total = session.scalar(select(func.count()).select_from(IssueEvent)) or 0
    case, expected, prev = None, 1, GENESIS
    found = stored.rows(session, IssueEvent.__table__, "issue_id", "seq")  # type: ignore[arg-type]
    for done, row in enumerate(found, 1):
        report("events of cases", done, total)
        if row.raw["issue_id"] != case:
            case, expected, prev = row.raw["issue_id"], 1, GENESIS
        name = f"{row.raw['id']} (case {case}, event {row.raw['seq']})"
        if row.raw["seq"] != expected:
            yield Broken(name, f"event {expected} is missing before it")
        elif row.raw["prev_hash"] != prev:
            yield Broken(name, "does not follow the event before it")
        if row.values is None:
            yield Broken(name, "cannot be read as it was written")
        elif row.values["hash"] != event_hash(IssueEvent(**row.values)):
            yield Broken(name, "was altered")
        expected, prev = row.raw["seq"] + 1, row.raw["hash"]
    yield from _cases_beside_their_chain(session)


def _cases_beside_their_chain(session: Session) -> Iterator[Broken]:
    last = and_(IssueEvent.issue_id == Issue.id, IssueEvent.seq == Issue.version)
    differs = or_(IssueEvent.id.is_(None), IssueEvent.to_state != Issue.state)
    beside = select(Issue.id).outerjoin(IssueEvent, last).where(differs)
    for issue_id in session.scalars(beside.execution_options(yield_per=500)):
        yield Broken(
            f"of case {issue_id}", "the last event is missing, or the case is not in the state it says"
        )
