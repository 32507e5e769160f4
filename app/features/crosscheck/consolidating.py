"""汇总: the office puts the findings of all teams together, before any unit sees one: merges, duplicates of open cases, kinds."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Invalid
from app.core.geo import distance_m
from app.features.crosscheck import completeness, intake, planning, queries
from app.features.crosscheck.bodies import ConsolidateIn
from app.features.crosscheck.errors import RoundMoveNotAllowed
from app.features.crosscheck.lifecycle import SEVERITY, RoundAction, RoundState, moves_from
from app.features.crosscheck.models import (
    Assignment,
    Correction,
    CrossFinding,
    CrossRound,
    RecordPhoto,
)
from app.features.crosscheck.schemas import FindingOut, LinkOut, NearOut, PictureOut
from app.features.crosscheck.showing import record_out
from app.features.identity.viewer import Viewer
from app.features.issues import policy as cases
from app.features.issues.lifecycle import OPEN
from app.features.issues.models import Issue
from app.features.photos import service as photos
from app.features.photos.clearing import cleared_urls
from app.features.photos.models import PhotoState, RenditionKind
from app.features.standards import service as standards
from app.features.standards.models import Category

NEAR_M = 50.0
MOST_NEAR = 2000


def excuse_team(session: Session, viewer: Viewer, assignment_id: uuid.UUID, reason: str) -> CrossRound:
    """A captain fell ill: the round goes on without this signature, and says why."""
    of = select(Assignment.round_id).where(Assignment.id == assignment_id)
    round_ = planning.organised(session, viewer, assignment_id, of)
    task = session.get_one(Assignment, assignment_id, with_for_update=True, populate_existing=True)
    if round_.state not in (RoundState.REVEALED, RoundState.RUNNING) or task.submitted_at is not None:
        raise RoundMoveNotAllowed(state=round_.state, allowed=moves_from(RoundState(round_.state)))
    task.submission, task.submitted_at = {"excused": reason}, now()
    session.flush()
    intake.started(round_)
    intake.all_in(session, round_)
    planning.told(session, viewer, round_, "team-excused", {"assignment": str(task.id)})
    return round_


def consolidate(session: Session, viewer: Viewer, round_id: uuid.UUID) -> CrossRound:
    """All teams have submitted, and the office has gone through what they found."""
    round_ = planning.organised(session, viewer, round_id)
    planning.move(round_, RoundAction.CONSOLIDATE)
    round_.consolidated_at = now()
    planning.told(session, viewer, round_, "consolidated")
    return round_


def rule(session: Session, viewer: Viewer, finding_id: uuid.UUID, body: ConsolidateIn) -> CrossFinding:
    """What the office says of one finding. The finding itself stays as it was written."""
    of = select(Assignment.round_id).join(CrossFinding, CrossFinding.assignment_id == Assignment.id)
    round_ = planning.organised(session, viewer, finding_id, of.where(CrossFinding.id == finding_id))
    finding = session.get_one(CrossFinding, finding_id, with_for_update=True, populate_existing=True)
    task = session.get_one(Assignment, finding.assignment_id)
    if round_.release_ordered_at is not None or round_.state == RoundState.PLANNED:
        raise RoundMoveNotAllowed(state=round_.state, allowed=moves_from(RoundState(round_.state)))
    if body.category and standards.category_by_code(session, round_.town_id, body.category) is None:
        raise Invalid(fields=[{"at": ["body", "category"], "why": "unknown_category"}])
    _check_same(session, viewer, finding, task, body)
    finding.merged_into_id, finding.duplicate_of_id = body.merged_into, body.duplicate_of
    finding.office_category, finding.office_note = body.category, body.note
    finding.office_nature = str(body.nature) if body.nature else None
    session.flush()
    planning.told(session, viewer, round_, "finding-ruled", {"finding": str(finding.id)})
    return finding


def _check_same(
    session: Session, viewer: Viewer, finding: CrossFinding, task: Assignment, body: ConsolidateIn
) -> None:
    if body.merged_into is not None:
        other = session.get(CrossFinding, body.merged_into)
        is_master = other is not None and other.assignment_id == task.id and other.merged_into_id is None
        merged = select(CrossFinding.id).where(CrossFinding.merged_into_id == finding.id).limit(1)
        if not is_master or body.merged_into == finding.id or session.scalar(merged) is not None:
            raise Invalid(fields=[{"at": ["body", "merged_into"], "why": "not_a_master"}])
    if body.duplicate_of is not None:
        seen = select(Issue.state).where(Issue.id == body.duplicate_of, cases.visible(viewer))
        if session.scalar(seen) not in OPEN:
            raise Invalid(fields=[{"at": ["body", "duplicate_of"], "why": "not_open"}])


def nature_of(finding: CrossFinding, corrections: Sequence[Correction]) -> str:
    """The office's word, or else the gravest the team wrote."""
    raised = [str(c.body["nature"]) for c in corrections if c.body.get("nature")]
    return finding.office_nature or max([finding.nature, *raised], key=SEVERITY.__getitem__)


def corrections_of(session: Session, task_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Correction]]:
    """By the phone's id of the finding, oldest first."""
    found: dict[uuid.UUID, list[Correction]] = {}
    rows = select(Correction).where(Correction.assignment_id.in_(task_ids)).order_by(Correction.received_at)
    for row in session.scalars(rows):
        found.setdefault(row.finding_id, []).append(row)
    return found


# ---- as the office sees them ----
def findings(session: Session, viewer: Viewer, round_: CrossRound) -> list[FindingOut]:
    """All findings of a visible round, with what may be the same."""
    tasks = {t.id: t for t in queries.assignments_of(session, viewer, round_.id)}
    rows = session.scalars(
        select(CrossFinding)
        .where(CrossFinding.assignment_id.in_(tasks))
        .order_by(CrossFinding.found_at, CrossFinding.id)
    ).all()
    return shown(session, viewer, round_, tasks, rows)


def one(session: Session, viewer: Viewer, row: CrossFinding) -> FindingOut:
    """One finding, as it stands in the list."""
    task = session.get_one(Assignment, row.assignment_id)
    round_ = session.get_one(CrossRound, task.round_id)
    return shown(session, viewer, round_, {task.id: task}, [row])[0]


def shown(
    session: Session,
    viewer: Viewer,
    round_: CrossRound,
    tasks: dict[uuid.UUID, Assignment],
    rows: Sequence[CrossFinding],
) -> list[FindingOut]:
    """Findings with names, pictures, corrections and neighbours."""
    names = queries.system_units(session, [u for t in tasks.values() for u in (t.inspector_id, t.target_id)])
    pictures = _pictures(session, rows)
    added = corrections_of(session, list(tasks))
    near = _Near(session, viewer, round_, rows)
    return [
        _shown(session, viewer, row, tasks[row.assignment_id], names, pictures.get(row.id, []), added, near)
        for row in rows
    ]


def _shown(
    session: Session,
    viewer: Viewer,
    row: CrossFinding,
    task: Assignment,
    names: dict[uuid.UUID, Any],
    pictures: list[PictureOut],
    added: dict[uuid.UUID, list[Correction]],
    near: "_Near",
) -> FindingOut:
    columns = (
        "id", "assignment_id", "point_id", "category", "found_at", "lon", "lat", "office_category", "office_nature",
        "office_note", "merged_into_id", "undispatched",
    )  # fmt: skip
    point = completeness.points_of(task).get(str(row.point_id))
    corrections = added.get(row.client_id, [])
    return FindingOut.model_validate(
        {name: getattr(row, name) for name in columns}
        | {
            "inspector": names[task.inspector_id],
            "target": names[task.target_id],
            "point": point["zh"] if point else None,
            "nature": nature_of(row, corrections),
            "description": row.body["description"],
            "photos": pictures,
            "corrections": [record_out("correction", c) for c in corrections],
            "duplicate_of": link(session, viewer, row.duplicate_of_id),
            "near": near.of(row),
            "issue": link(session, viewer, row.issue_id),
        }
    )


def link(session: Session, viewer: Viewer, issue_id: uuid.UUID | None) -> LinkOut | None:
    """A case in three words, if the viewer may see it."""
    if issue_id is None:
        return None
    issue = session.scalar(select(Issue).where(Issue.id == issue_id, cases.visible(viewer)))
    return LinkOut(id=issue.id, no=issue.no, state=issue.state) if issue else None


def _pictures(session: Session, rows: Sequence[CrossFinding]) -> dict[uuid.UUID, list[PictureOut]]:
    named = session.scalars(
        select(RecordPhoto)
        .where(RecordPhoto.record_id.in_([r.id for r in rows]))
        .order_by(RecordPhoto.position_no)
    ).all()
    here = queries.system_photos(session, {(p.owner_id, p.client_photo_id) for p in named})
    cleared = cleared_urls(session, [photo.id for photo in here.values()])
    found: dict[uuid.UUID, list[PictureOut]] = {}
    for row in named:
        photo = here.get((row.owner_id, row.client_photo_id))
        if photo is None:
            continue
        is_ready = photo.state == PhotoState.READY
        urls = {
            f"{kind}_url": photos.sign_media(photo.id, RenditionKind(kind)) if is_ready else None
            for kind in ("thumb", "large")
        }
        found.setdefault(row.record_id, []).append(
            PictureOut(id=photo.id, state=photo.state, cleared_url=cleared.get(photo.id), **urls)
        )
    return found


class _Near:
    """What lies near a finding and is of its kind: other findings of the same target, open cases of the town."""

    def __init__(
        self, session: Session, viewer: Viewer, round_: CrossRound, rows: Sequence[CrossFinding]
    ) -> None:
        self.rows = rows if round_.release_ordered_at is None else []
        codes = {row.category for row in self.rows}
        open_cases = (
            select(Issue, Category.code)
            .join(Category, Category.id == Issue.category_id)
            .where(Issue.town_id == round_.town_id, Issue.state.in_(OPEN), Category.code.in_(codes))
            .where(cases.visible(viewer))
            .order_by(Issue.found_at.desc())
            .limit(MOST_NEAR)
        )
        self.cases = [(r[0], r[1]) for r in session.execute(open_cases)] if codes else []

    def of(self, row: CrossFinding) -> list[NearOut]:
        """Nearest first; five at most."""
        found = [
            NearOut(finding_id=other.id, issue=None, distance_m=_metres(row, other))
            for other in self.rows
            if other.id != row.id
            and other.assignment_id == row.assignment_id
            and other.category == row.category
            and _is_near(row, other)
        ]
        for case, code in self.cases:
            if code == row.category and _is_near(row, case):
                told = LinkOut(id=case.id, no=case.no, state=case.state)
                found.append(NearOut(finding_id=None, issue=told, distance_m=_metres(row, case)))
        return sorted(found, key=lambda near: near.distance_m or 0.0)[:5]


def _metres(one: CrossFinding, other: Any) -> float | None:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    return round(distance_m(one.lon, one.lat, other.lon, other.lat), 1)


def _is_near(one: CrossFinding, other: Any) -> bool:
    away = _metres(one, other)
    is_same_point = one.point_id is not None and one.point_id == other.point_id
    return is_same_point if away is None else away <= NEAR_M
