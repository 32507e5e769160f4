"""The report of a round (S14): the ring, then 1-2-3-4-5: the score against the goal, two mirrors, three don'ts, four mutuals, five questions."""

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.crosscheck import (
    completeness,
    consolidating,
    misses,
    queries,
    requests,
    scores,
    showing,
    tasks,
)
from app.features.crosscheck.models import (
    Assignment,
    CoordinationRequest,
    Correction,
    CrossFinding,
    CrossRound,
    CrossVisit,
    Interview,
    Lesson,
    MirrorCheck,
    Practice,
    PracticeTask,
    Rating,
    Verification,
)
from app.features.crosscheck.schemas import (
    CategoryCount,
    DoneOut,
    FiveOut,
    Missed,
    PointScored,
    ReportOut,
    TargetOut,
    Told,
    Verified,
)
from app.features.identity.viewer import Viewer
from app.features.standards.models import Category


class Records:
    """All that was sent in a round, read once, by task."""

    def __init__(self, session: Session, viewer: Viewer, round_: CrossRound) -> None:
        self.session = session
        self.tasks = {t.id: t for t in queries.assignments_of(session, viewer, round_.id)}
        units = [unit for t in self.tasks.values() for unit in (t.inspector_id, t.target_id)]
        self.names = queries.system_units(session, units)
        self.kept: dict[type[Any], list[Any]] = {}

    def all(self, model: type[Any]) -> list[Any]:
        """Every row of a kind, oldest first."""
        if model not in self.kept:
            rows = self.session.scalars(select(model).where(model.assignment_id.in_(self.tasks))).all()
            self.kept[model] = sorted(rows, key=lambda r: str(r.id))
        return self.kept[model]

    def of(self, model: type[Any], task: Assignment) -> list[Any]:
        """Those of one task."""
        return [row for row in self.all(model) if row.assignment_id == task.id]

    def told(self, row: Any, text: str, **more: Any) -> Told:
        """A team's words."""
        task = self.tasks[row.assignment_id]
        by, of = self.names[task.inspector_id], self.names[task.target_id]
        return Told(inspector=by, target=of, text=text, **{"category": None, "kind": None, **more})


def build(session: Session, viewer: Viewer, round_: CrossRound) -> ReportOut:
    """Everything a page or a workbook of the round needs; for whoever sees the round."""
    sent = Records(session, viewer, round_)
    found = [f for f in sent.all(CrossFinding) if f.merged_into_id is None]
    return ReportOut(
        round=showing.round_out(session, viewer, round_),
        targets=[_target(sent, round_, task) for task in _in_order(sent)],
        categories=_categories(session, round_, found),
        findings=len(sent.all(CrossFinding)),
        merged=len(sent.all(CrossFinding)) - len(found),
        mirrors=[
            sent.told(m, m.body["note"], category=m.category, kind=m.own_state) for m in sent.all(MirrorCheck)
        ],
        done=_done(sent),
        lessons=[
            sent.told(r, r.body["text"] or r.body["none_reason"], kind="lesson" if r.body["text"] else "none")
            for r in sent.all(Lesson)
        ],
        practices=[
            sent.told(p, p.body["text"], category=p.category, kind=p.kind) for p in sent.all(Practice)
        ],
        five=_five(sent.all(Interview)),
        tasks=tasks.shown(session, sent.all(PracticeTask)),
        requests=requests.shown(session, sent.all(CoordinationRequest)),
        missed=[_missed(sent, task) for task in _in_order(sent)],
        verified=_verified(session, viewer, round_, sent),
        photos=[p for f in consolidating.findings(session, viewer, round_) for p in f.photos][:60],
    )


def _in_order(sent: Records) -> list[Assignment]:
    return sorted(sent.tasks.values(), key=lambda t: sent.names[t.inspector_id].zh)


# ---- 1: the score against the goal ----
def _target(sent: Records, round_: CrossRound, task: Assignment) -> TargetOut:
    visits = sent.of(CrossVisit, task)
    scored = scores.of_points(task, visits)
    seen, excused = completeness.visited(visits)
    found = [f for f in sent.of(CrossFinding, task) if f.merged_into_id is None]
    score = scores.of_target(scored)
    rated = [r.score for r in sent.of(Rating, task) if r.score is not None]
    return TargetOut(
        inspector=sent.names[task.inspector_id],
        target=sent.names[task.target_id],
        score=score,
        reached=None if score is None else score >= round_.target_score,
        rating=rated[-1] if rated else None,
        findings=len(found),
        found_at_home=sum(
            f.merged_into_id is None and sent.tasks[f.assignment_id].target_id == task.inspector_id
            for f in sent.all(CrossFinding)
        ),
        by_category=_counted(found),
        points=[
            PointScored(
                id=uuid.UUID(point_id), zh=point["zh"], en=point["en"], score=scored.get(point_id),
                state="visited" if point_id in seen else "excused" if point_id in excused else "open",
            )
            for point_id, point in completeness.points_of(task).items()
        ],
    )  # fmt: skip


def _counted(found: Sequence[CrossFinding]) -> dict[str, int]:
    return dict(Counter(f.office_category or f.category for f in found).most_common())


def _categories(session: Session, round_: CrossRound, found: Sequence[CrossFinding]) -> list[CategoryCount]:
    """S29: most found first."""
    counted = _counted(found)
    rows = session.scalars(
        select(Category).where(
            Category.town_id == round_.town_id, Category.code.in_(counted), Category.superseded_at.is_(None)
        )
    )
    names = {row.code: row for row in rows}
    return [
        CategoryCount(
            code=code,
            zh=names[code].name_zh if code in names else code,
            en=names[code].name_en if code in names else code,
            count=count,
        )
        for code, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


# ---- 3: the three don'ts ----
def _done(sent: Records) -> list[DoneOut]:
    told = []
    for task in _in_order(sent):
        seen, excused = completeness.visited(sent.of(CrossVisit, task))
        signed = task.submission or {}
        told.append(
            DoneOut(
                inspector=sent.names[task.inspector_id],
                declared=len(task.package["points"]),
                visited=len(seen & set(completeness.points_of(task))),
                excused=len(excused),
                corrections=len(sent.of(Correction, task)),
                submitted_at=task.submitted_at,
                not_signed_because=signed.get("excused"),
            )
        )
    return told


# ---- 5: the five questions ----
def _five(asked: Sequence[Interview]) -> FiveOut:
    return FiveOut(
        awareness=scores.rate(asked, 1),
        satisfaction=scores.rate(asked, 2),
        adopted=scores.rate(asked, 3),
        not_met=dict(Counter(str(i.question) for i in asked if not i.is_met)),
        answers=dict(Counter(i.answer for i in asked if i.question == 2 and i.answer)),
    )


# ---- M34, and the reverse round ----
def _missed(sent: Records, task: Assignment) -> Missed:
    """What others found at the points this team had looked at, within 48 hours, and this team had not written down."""
    counted = misses.of_team(sent.session, sent.of(CrossVisit, task), sent.of(CrossFinding, task))
    return Missed(
        inspector=sent.names[task.inspector_id],
        target=sent.names[task.target_id],
        missed=counted.missed,
        all=counted.all,
    )


def _verified(session: Session, viewer: Viewer, round_: CrossRound, sent: Records) -> Verified | None:
    """Solved, not solved, relapsed: of the reverse round itself, or of the one that verifies this one, once released."""
    rows = sent.all(Verification)
    if round_.direction == "forward":
        back = session.scalar(
            select(CrossRound).where(CrossRound.verifies_id == round_.id, CrossRound.released_at.is_not(None))
        )
        if back is None:
            return None
        rows = Records(session, viewer, back).all(Verification)
    counted = Counter(row.result for row in {r.finding_id: r for r in rows}.values())
    return Verified(solved=counted["solved"], not_solved=counted["not_solved"], relapsed=counted["relapsed"])
