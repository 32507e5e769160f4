"""The release: each inspected unit gets its findings as numbered cases and orders, one transaction a unit, by jobs.

A crash leaves a unit released or not, never half; what is done again finds it done. What a phone sends later is filed by
the sweep. Only now do the mirrors of a team open its own cases, and a reverse team's word moves the old ones.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app.core import db, jobs
from app.core.clock import now
from app.core.errors import Problem
from app.features.crosscheck import consolidating, planning
from app.features.crosscheck.lifecycle import MOVES, RoundAction, RoundState
from app.features.crosscheck.models import (
    Assignment,
    Correction,
    CrossFinding,
    CrossRound,
    MirrorCheck,
    Verification,
)
from app.features.dispatch.schemas import DispatchIn, EscalateIn
from app.features.identity.models import Role, UnitKind, User
from app.features.identity.viewer import Hold, Viewer, load_viewer
from app.features.issues import filing, moves, witnessing
from app.features.issues.bodies import ReportIn
from app.features.issues.errors import NoCampaign
from app.features.issues.intake import fingerprint
from app.features.issues.lifecycle import Action, Nature, State
from app.features.issues.models import Issue, Report, ReportPhoto
from app.features.photos import service as photos
from app.features.review.schemas import LookBackPassIn, RelapseIn
from app.features.standards import service as standards

log = structlog.get_logger()
WAITING = "photos-missing"


def release(session: Session, viewer: Viewer, round_id: uuid.UUID) -> CrossRound:
    """Order the release. Ordered again, what is still to be done is queued again."""
    round_ = planning.organised(session, viewer, round_id)
    if round_.release_ordered_at is None:
        planning.after(round_, RoundAction.RELEASE)
        if standards.active_campaign(session, round_.town_id) is None:
            raise NoCampaign()
        round_.release_ordered_at = now()
        planning.told(session, viewer, round_, "release-ordered")
    for task_id in session.scalars(
        select(Assignment.id).where(Assignment.round_id == round_.id, Assignment.released_at.is_(None))
    ):
        _enqueue(session, task_id)
    session.flush()
    return round_


def _enqueue(session: Session, assignment_id: uuid.UUID) -> None:
    jobs.enqueue(session, "crosscheck.release", key=str(assignment_id), assignment_id=str(assignment_id))


@jobs.job("crosscheck.release")
def release_unit(assignment_id: str) -> None:
    """The job of one unit."""
    with db.transaction() as session:
        release_one(session, uuid.UUID(assignment_id))


def release_one(session: Session, assignment_id: uuid.UUID) -> None:
    """All that one unit gets, in one transaction; the last one releases the round. Done again, it adds what came since."""
    task = session.get_one(Assignment, assignment_id)
    round_ = session.get_one(CrossRound, task.round_id, with_for_update=True, populate_existing=True)
    session.refresh(task)
    organiser = load_viewer(session, session.get_one(User, round_.organiser_id))
    releasing = _Release(session, round_, task, organiser)
    releasing.findings()
    releasing.mirrors()
    releasing.verifications()
    task.released_at = task.released_at or now()
    session.flush()
    _all_released(session, round_)


def _all_released(session: Session, round_: CrossRound) -> None:
    left = select(Assignment.id).where(Assignment.round_id == round_.id, Assignment.released_at.is_(None))
    if round_.state != RoundState.CONSOLIDATED or session.scalar(left.limit(1)) is not None:
        return
    planning.move(round_, RoundAction.RELEASE)
    round_.released_at = now()
    before = session.get(CrossRound, round_.verifies_id, with_for_update=True) if round_.verifies_id else None
    if before is not None and (RoundState(before.state), RoundAction.VERIFY) in MOVES:
        planning.move(before, RoundAction.VERIFY)
        before.verified_at = now()


@jobs.sweeper("crosscheck.unreleased")
def requeue(session: Session) -> None:
    """Units whose release was ordered and lost, and findings that came after it."""
    late = exists().where(CrossFinding.assignment_id == Assignment.id, CrossFinding.issue_id.is_(None))
    todo = (
        select(Assignment.id)
        .join(CrossRound, CrossRound.id == Assignment.round_id)
        .where(CrossRound.release_ordered_at.is_not(None), CrossRound.closed_at.is_(None))
        .where(or_(Assignment.released_at.is_(None), and_(Assignment.released_at.is_not(None), late)))
    )
    for assignment_id in session.scalars(todo):
        _enqueue(session, assignment_id)


class _Release:
    """One unit's release under way."""

    def __init__(self, session: Session, round_: CrossRound, task: Assignment, organiser: Viewer) -> None:
        self.session, self.round, self.task, self.organiser = session, round_, task, organiser
        self.added = consolidating.corrections_of(session, [task.id])

    # ---- findings ----
    def findings(self) -> None:
        """Masters first: what was merged into them becomes a witness to their case."""
        rows = self.session.scalars(
            select(CrossFinding)
            .where(CrossFinding.assignment_id == self.task.id, CrossFinding.issue_id.is_(None))
            .order_by(CrossFinding.found_at, CrossFinding.id)
        ).all()
        for row in sorted(rows, key=lambda r: r.merged_into_id is not None):
            self._finding(row)

    def _finding(self, row: CrossFinding) -> None:
        corrections = self.added.get(row.client_id, [])
        named = [*row.body["photos"], *(photo for c in corrections for photo in c.body["photos"])]
        shots = self._arrived(row.user_id, named)
        if shots is None:
            row.undispatched = WAITING
            return
        said = self._said(row, corrections, shots)
        same = self._same_as(row)
        if same is not None and self._witnessed(row, said, same):
            return
        finder = self._as_member(row.user_id)
        issue = filing.file(self.session, finder, self._report(row, said, finder), said)
        row.issue_id = issue.id
        row.undispatched = self._sent(issue, self.task.target_id)

    def _arrived(self, owner_id: uuid.UUID, named: Sequence[dict[str, Any]]) -> list[dict[str, Any]] | None:
        """The photos that can be shown; None: one is still on a phone. A photo that was deleted here is left out."""
        ids = [uuid.UUID(photo["id"]) for photo in named]
        here = photos.owned(self.session, owner_id, ids)
        gone = photos.removed(self.session, owner_id, ids)
        if any(photo not in here and photo not in gone for photo in ids):
            return None
        return [photo for photo in named if uuid.UUID(photo["id"]) in here]

    def _said(
        self, row: CrossFinding, corrections: Sequence[Correction], shots: Sequence[dict[str, Any]]
    ) -> ReportIn:
        """The finding as a report of its finder: when and where it was found, not when it was released."""
        body = row.body
        return ReportIn.model_validate(
            {
                "action": "submit",
                "source": "cross",
                "category": row.office_category or row.category,
                "nature": consolidating.nature_of(row, corrections),
                "description": "\n".join([body["description"], *(c.body["text"] for c in corrections)])[
                    :2000
                ],
                "position": body["position"],
                "point_id": body["point_id"],
                "captured_at": body["captured_at"],
                "clock_offset_seconds": body["clock_offset_seconds"],
                "photos": [photo | {"role": "before"} for photo in shots],
            }
        )

    def _as_member(self, user_id: uuid.UUID) -> Viewer:
        """The person as the member of the team that they were on the day, whatever they are by now."""
        viewer = load_viewer(self.session, self.session.get_one(User, user_id))
        hold = Hold(Role.CROSS_MEMBER, self.task.inspector_id, UnitKind.COMMUNITY, self.round.town_id)
        return replace(viewer, holds=(hold,), town_id=self.round.town_id, is_pending=False)

    def _report(self, row: Any, said: ReportIn, sender: Viewer) -> Report:
        campaign = standards.active_campaign(self.session, self.round.town_id)
        if campaign is None:
            raise NoCampaign()
        body = said.model_dump(mode="json")
        report = Report(
            client_id=uuid.uuid4(),
            user_id=sender.user_id,
            town_id=self.round.town_id,
            campaign_id=campaign.id,
            action=said.action,
            state="complete",
            body=body,
            body_sha256=fingerprint(body),
            received_at=row.received_at,
            completed_at=now(),
        )
        self.session.add(report)
        self.session.flush()
        here = photos.owned(self.session, sender.user_id, [p.id for p in said.photos])
        for number, photo in enumerate(said.photos):
            self.session.add(
                ReportPhoto(
                    report_id=report.id,
                    client_photo_id=photo.id,
                    photo_id=here[photo.id].id,
                    position_no=number,
                )
            )
        self.session.flush()
        return report

    def _same_as(self, row: CrossFinding) -> uuid.UUID | None:
        """The case that already says what this finding says."""
        if row.duplicate_of_id is not None:
            return row.duplicate_of_id
        if row.merged_into_id is None:
            return None
        return self.session.get_one(CrossFinding, row.merged_into_id).issue_id

    def _witnessed(self, row: CrossFinding, said: ReportIn, issue_id: uuid.UUID) -> bool:
        """Add the finding to a case; its photos and its finder's credit go there. False: that case takes no more."""
        witness = ReportIn.model_validate(said.model_dump() | {"action": "witness", "issue_id": issue_id})
        finder = self._as_member(row.user_id)
        report = self._report(row, witness, finder)
        issue = witnessing.attach(self.session, finder, report, witness)
        if issue is None and row.merged_into_id is None:
            self.session.delete(report)
            return False
        report.state, report.issue_id = "attached", issue.id if issue else issue_id
        row.issue_id = report.issue_id
        return True

    def _sent(self, issue: Issue, unit_id: uuid.UUID) -> str | None:
        """Dispatch in the organiser's name; why not, if that cannot be: then the desk has it."""
        if issue.nature == Nature.DIFFICULT:
            escalated = EscalateIn(reason=self.round.code, unit_id=unit_id)
            return self._moved(issue, Action.ESCALATE, escalated)
        return self._moved(issue, Action.DISPATCH, DispatchIn(unit_id=unit_id))

    def _moved(
        self, issue: Issue, action: Action, body: Any, owner_id: uuid.UUID | None = None
    ) -> str | None:
        """Do something with a case in the organiser's name, by the table; None: it is done, else why it is not."""
        try:
            with self.session.begin_nested():
                moves.perform(
                    self.session,
                    self.organiser,
                    issue.id,
                    action,
                    body,
                    base_version=issue.version,
                    photos_of=owner_id,
                )
        except Problem as refused:
            log.info("left to the desk", issue=str(issue.id), action=action, code=refused.code)
            return str(refused.members.get("guard", refused.code))[:40]
        return None

    # ---- mirrors ----
    def mirrors(self) -> None:
        """自己小区也有: the team's own cases, filed now and sent to its own unit."""
        rows = self.session.scalars(
            select(MirrorCheck)
            .where(MirrorCheck.assignment_id == self.task.id)
            .order_by(MirrorCheck.received_at, MirrorCheck.id)
        ).all()
        opened = {row.category for row in rows if row.issue_id is not None}
        for row in rows:
            if row.own_state == "also_here" and row.category not in opened:
                self._own_case(row)
                opened.add(row.category)

    def _own_case(self, row: MirrorCheck) -> None:
        shots = self._arrived(row.user_id, row.body["photos"])
        if shots is None:
            return
        said = ReportIn.model_validate(
            {
                "action": "submit",
                "source": "mirror",
                "category": row.category,
                "description": row.body["note"],
                "point_id": row.body["point_id"],
                "captured_at": row.received_at,
                "clock_offset_seconds": 0,
                "photos": [photo | {"role": "before"} for photo in shots],
            }
        )
        finder = self._as_member(row.user_id)
        issue = filing.file(self.session, finder, self._report(row, said, finder), said)
        row.issue_id = issue.id
        self._sent(issue, self.task.inspector_id)

    # ---- the reverse round ----
    def verifications(self) -> None:
        """S31: what the reverse team saw moves the forward round's cases, through the organiser as reviewer."""
        rows = self.session.scalars(
            select(Verification)
            .where(Verification.assignment_id == self.task.id, Verification.outcome.is_(None))
            .order_by(Verification.received_at, Verification.id)
        ).all()
        for row in rows:
            row.outcome = self._verified(row)

    def _verified(self, row: Verification) -> str:
        finding = self.session.get_one(CrossFinding, row.finding_id)
        issue = self.session.get(Issue, finding.issue_id) if finding.issue_id else None
        if issue is None or issue.state != State.CLOSED:
            return "open"
        shots = self._arrived(row.user_id, row.body["photos"])
        if not shots:
            return "no-photo"
        named, note = shots[:6], row.body["note"][:500]
        if row.result == "solved":
            passed = LookBackPassIn.model_validate({"photos": named, "note": note})
            return self._moved(issue, Action.LOOKBACK_PASS, passed, row.user_id) or "passed"
        relapsed = RelapseIn.model_validate({"photos": named, "note": note})
        return self._moved(issue, Action.RELAPSE, relapsed, row.user_id) or "relapsed"
