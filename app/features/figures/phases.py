"""Phases of the active campaign, past ones too: each by itself, and the campaign in all (D01)."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import NotFound
from app.features.figures import queries, sources
from app.features.figures.definitions import METRICS, PETITIONS
from app.features.figures.measures import Period
from app.features.figures.metrics import Definition, Figure, definitions, figures
from app.features.figures.queries import Dimension
from app.features.figures.sources import Source
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.ledgers import petitions
from app.features.standards import service as standards

TOLD = tuple(m for m in METRICS if m.id in ("M01", "M02", "M03", "M04", "M05", "M08", "M14", "M16"))
INSTANT = timedelta(microseconds=1)


class PhaseFigures(BaseModel):
    """`figures`: empty while it has not begun."""

    code: str
    zh: str
    en: str
    start_on: date
    end_on: date
    state: Literal["past", "present", "coming"]
    figures: list[Figure]


class PhasesOut(BaseModel):
    """Every phase by the days on which cases were found, and `total`: since the campaign began, phase or not."""

    as_of: datetime
    definitions: list[Definition]
    phases: list[PhaseFigures]
    total: PhaseFigures | None


@dataclass(frozen=True)
class _Days:
    code: str
    zh: str
    en: str
    first: date
    last: date


def of_phase(session: Session, viewer: Viewer, code: str, dimensions: list[Dimension]) -> Source:
    """Where the metrics of one phase come from, up to now if it is on. Raises NotFound: none of this code has begun."""
    today = _today(session, viewer)
    for one in _phases(session, viewer):
        if one.code == code and one.first <= today:
            return _source(session, viewer, one, today, dimensions)
    raise NotFound()


def by_phase(session: Session, viewer: Viewer) -> PhasesOut:
    """The figures that are compared, of each phase and in all."""
    today, campaign = _today(session, viewer), _campaign(session, viewer)
    total = None
    if campaign is not None:
        days = _Days("", campaign.name_zh, campaign.name_en, campaign.start_on, campaign.end_on)
        total = _told(session, viewer, days, today)
    has_petitions = counted_petitions(session, viewer, Period(now(), now(), now())) is not None
    return PhasesOut(
        as_of=now(),
        definitions=definitions(TOLD + (PETITIONS if has_petitions else ())),
        phases=[_told(session, viewer, one, today) for one in _phases(session, viewer)],
        total=total,
    )


def counted_petitions(session: Session, viewer: Viewer, p: Period) -> int | None:
    """M37 of the local days of the period; None for who does not read the town whole."""
    town_id = viewer.town_id
    if town_id is None or town_id not in queries.seen_towns(viewer):
        return None
    zone = zone_of(session, viewer)
    first, last = p.start.astimezone(zone).date(), (p.end - INSTANT).astimezone(zone).date()
    return petitions.counted(session, town_id, first, last)


def _campaign(session: Session, viewer: Viewer) -> Any:
    return standards.active_campaign(session, viewer.town_id) if viewer.town_id else None


def _today(session: Session, viewer: Viewer) -> date:
    return now().astimezone(zone_of(session, viewer)).date()


def _phases(session: Session, viewer: Viewer) -> Iterator[_Days]:
    campaign = _campaign(session, viewer)
    for one in campaign.phases if campaign else ():
        first, last = date.fromisoformat(one["start_on"]), date.fromisoformat(one["end_on"])
        yield _Days(one["code"], one["name_zh"], one.get("name_en", ""), first, last)


def _source(
    session: Session, viewer: Viewer, days: _Days, today: date, dimensions: list[Dimension]
) -> Source:
    town_id: uuid.UUID | None = viewer.town_id
    if town_id is None:
        raise NotFound()
    return sources.of_days(session, viewer, town_id, days.first, min(days.last, today), dimensions)


def _told(session: Session, viewer: Viewer, days: _Days, today: date) -> PhaseFigures:
    told: list[Figure] = []
    if days.first <= today:
        source = _source(session, viewer, days, today, [])
        told = figures(source.cases({}, None).get(None, {}), TOLD)
        if (n := counted_petitions(session, viewer, source.period)) is not None:
            told += figures({"petitions": n}, PETITIONS)
    state: Literal["past", "present", "coming"] = "coming" if days.first > today else "present"
    return PhaseFigures(
        code=days.code, zh=days.zh, en=days.en, start_on=days.first, end_on=days.last,
        state="past" if days.last < today else state, figures=told,
    )  # fmt: skip
