"""Scores of a round by the town's result scale (M30): of each point, of the target, of the team's rating; awareness and satisfaction."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.features.crosscheck import completeness, package
from app.features.crosscheck.models import Assignment, CrossVisit, Interview
from app.features.standards.scoring import Mark, point_score, stricter

SATISFIED = frozenset({"very_satisfied", "satisfied", "basically_satisfied"})


def shares(scale: Sequence[dict[str, Any]]) -> dict[str, int | None]:
    """Code → how much of an item's weight counts, in percent; None: it does not apply."""
    return {row["code"]: None if row["share"] is None else round(row["share"] * 100) for row in scale}


def rating(session: Session, town_id: uuid.UUID, items: Iterable[Any]) -> float | None:
    """100 · Σ share / n over the rated items that apply."""
    known = shares(package.scale_of(session, town_id))
    given = [item.result for item in items]
    if unknown := [code for code in given if code not in known]:
        raise Invalid(fields=[{"at": ["body", "items"], "why": "unknown_result", "message": unknown[0]}])
    return point_score(Mark(known[code]) for code in given)


def of_points(assignment: Assignment, visits: Sequence[CrossVisit]) -> dict[str, float | None]:
    """Point → score. Of several results for one item the worst counts: a second visit cannot soften the first."""
    usual = shares(assignment.package["result_scale"])
    strict = {point["id"] for point in assignment.package["points"] if point.get("is_strict")}
    marks: dict[str, list[Mark]] = {}
    for (point_id, _), given in completeness.answers(visits).items():
        known = stricter(usual) if point_id in strict else usual
        counted = [share for code in given if (share := known.get(code)) is not None]
        marks.setdefault(point_id, []).append(Mark(min(counted) if counted else None))
    return {point_id: point_score(found) for point_id, found in marks.items()}


def of_target(scored: dict[str, float | None]) -> float | None:
    """The mean of the points that could be scored."""
    found = [score for score in scored.values() if score is not None]
    return round(sum(found) / len(found), 2) if found else None


def rate(interviews: Iterable[Interview], question: int) -> dict[str, int]:
    """S20 awareness, S21 satisfaction: how many said so, of how many asked. No quotient: none asked is no nought."""
    asked = [i for i in interviews if i.question == question and i.is_met]
    good = [i for i in asked if i.answer == "yes" or i.answer in SATISFIED]
    return {"good": len(good), "asked": len(asked)}
