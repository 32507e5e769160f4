"""Where the counts of a page come from: the tables, now; or the columns of a large town, as of the last hour."""

import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.features.figures import kept, queries, sight
from app.features.figures.kept import Asked, Kept
from app.features.figures.measures import Period, Rules, rules_of
from app.features.figures.periods import period_of, zone_minutes
from app.features.figures.queries import Counted, Dimension
from app.features.figures.rounds import BLIND_DAYS, Rounds, of_rounds
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.issues.policy import sees_own_town_in_part
from app.features.standards import service as standards
from app.features.standards.models import Campaign

LARGE = 20_000
"""From so many cases of a campaign on its town is not counted at each look."""
FRESH = timedelta(hours=3)
"""Older columns are not shown as of now: the job that writes them must have stopped."""
FEW = 2_000
"""Who sees no more cases than so many, of all days, is told of them as of now."""
PERIODS = ("campaign", "phase", "90", "30", "7", "1")
"""Those of the page, whose sums are ready made."""
OVERVIEW: tuple[Dimension, ...] = ("unit", "point", "category")


class Source(Protocol):
    """Counts of one period."""

    @property
    def period(self) -> Period: ...

    def cases(self, only: Mapping[str, Any], by: Dimension | None) -> dict[Any, Counted]: ...

    def rounds(self, town_id: uuid.UUID, blind_days: int) -> Rounds | None: ...

    def totals(self) -> Mapping[str, float]: ...

    def table(self, dimension: Dimension, limit: int) -> list[dict[str, Any]]: ...

    def days(self) -> list[dict[str, Any]]: ...


def rules(session: Session, viewer: Viewer) -> Rules:
    """What the viewer's town has set."""
    campaign = standards.active_campaign(session, viewer.town_id) if viewer.town_id else None
    return rules_of(session, campaign, zone_minutes(session, viewer))


@dataclass(frozen=True)
class Live:
    """Counted now, of what the viewer may see."""

    session: Session
    viewer: Viewer
    period: Period

    def cases(self, only: Mapping[str, Any], by: Dimension | None) -> dict[Any, Counted]:
        told = rules(self.session, self.viewer)
        asked = queries.Asked(queries.scope(self.viewer), self.period, told, only, by)
        return queries.of_cases(self.session, self.viewer, asked)

    def rounds(self, town_id: uuid.UUID, blind_days: int) -> Rounds | None:
        return of_rounds(self.session, self.viewer, town_id, self.period, blind_days)

    def totals(self) -> Mapping[str, float]:
        return queries.totals(self.session, self.viewer, self.period)

    def table(self, dimension: Dimension, limit: int) -> list[dict[str, Any]]:
        return queries.by(self.session, self.viewer, self.period, dimension, limit)

    def days(self) -> list[dict[str, Any]]:
        return queries.days(self.session, self.viewer, self.period, zone_minutes(self.session, self.viewer))


@dataclass(frozen=True)
class Hourly:
    """Summed from the columns of a large town: whole, or what the viewer sees of it."""

    session: Session
    viewer: Viewer
    columns: Kept

    @property
    def period(self) -> Period:
        return self.columns.period

    def cases(self, only: Mapping[str, Any], by: Dimension | None) -> dict[Any, Counted]:
        return self.columns.counted(only, by)

    def rounds(self, town_id: uuid.UUID, blind_days: int) -> Rounds | None:
        if self.columns.rounds is not None and blind_days == BLIND_DAYS:
            return self.columns.rounds
        return of_rounds(self.session, self.viewer, town_id, self.period, blind_days)

    def totals(self) -> Mapping[str, float]:
        return self.cases({}, None)[None]

    def table(self, dimension: Dimension, limit: int) -> list[dict[str, Any]]:
        counted = {
            key: one for key, one in self.cases({}, dimension).items() if key is not None and one["found"]
        }
        keys = sorted(
            counted, key=lambda key: (*(-counted[key][k] for k in ("overdue", "open", "found")), str(key))
        )
        named = queries.names(self.session, self.viewer, dimension, keys[:limit])
        return [
            {"id": str(key), "code": code, "zh": zh, "en": en, **counted[key]}
            for key in keys[:limit]
            for code, zh, en in [named.get(key, (str(key), str(key), ""))]
        ]

    def days(self) -> list[dict[str, Any]]:
        return self.columns.days()


# ---- which ----
def campaign_seen_whole(session: Session, viewer: Viewer) -> Campaign | None:
    """The active campaign of the town that the viewer may count whole; None where there is no such town."""
    if viewer.town_id is None or queries.seen_towns(viewer) != [viewer.town_id]:
        return None
    return standards.active_campaign(session, viewer.town_id)


def is_large(campaign: Campaign) -> bool:
    """Too many cases to count them at each look."""
    return campaign.next_issue_no > LARGE


def of_metrics(
    session: Session, viewer: Viewer, days: int, since: str | None, only: Iterable[str], by: Dimension | None
) -> tuple[Source, bool]:
    """Where the metrics of a period come from, narrowed and grouped by these; and whether it is `since`."""
    narrowed = list(only)
    names = {"measures", "took", *narrowed, *([by] if by else [])}
    ready: list[str | None] = [] if narrowed else [None, *([by] if by else [])]
    if len(narrowed) == 1 and by is None:
        ready = [*narrowed]
    wanted = _Wanted(names, ready, () if narrowed else ("rounds",))
    return _source(session, viewer, days, since, wanted)


def of_overview(session: Session, viewer: Viewer, days: int, since: str | None) -> tuple[Source, bool]:
    """The same of the overview."""
    wanted = _Wanted({"measures", *OVERVIEW}, [None, *OVERVIEW], ("trend",), {"days"})
    return _source(session, viewer, days, since, wanted)


@dataclass(frozen=True)
class _Wanted:
    """`names`: the columns that do in any case; `ready`: the sums that would do, if they are there."""

    names: set[str]
    ready: Sequence[str | None]
    of_whole: Sequence[str]
    of_part: Set[str] = frozenset()


def _source(
    session: Session, viewer: Viewer, days: int, since: str | None, wanted: _Wanted
) -> tuple[Source, bool]:
    period, is_since = period_of(session, viewer, days, since)
    day = period.start.astimezone(zone_of(session, viewer)).date()
    asked = Asked(str(since) if is_since else str(days), period.start, day)
    columns = _columns(session, viewer, asked, period.at - FRESH, wanted)
    return (Hourly(session, viewer, columns) if columns else Live(session, viewer, period)), is_since


def _columns(session: Session, viewer: Viewer, asked: Asked, fresh: datetime, wanted: _Wanted) -> Kept | None:
    """Of a large town, for who sees it whole or much of it; None: to be counted now."""
    campaign = standards.active_campaign(session, viewer.town_id) if viewer.town_id else None
    if campaign is None or not is_large(campaign):
        return None
    if campaign_seen_whole(session, viewer) is not None:
        columns = None
        if wanted.ready and asked.name in PERIODS:
            columns = kept.load_ready(session, campaign.id, asked, fresh, wanted.ready, *wanted.of_whole)
        return columns or kept.load(session, campaign.id, asked, fresh, {*wanted.names, *wanted.of_whole})
    if queries.seen_towns(viewer) or not sees_own_town_in_part(viewer):
        return None
    known = sight.of(session, viewer)
    names = wanted.names | wanted.of_part | sight.names(known)
    columns = kept.load(session, campaign.id, asked, fresh, names, known)
    return columns if columns and columns.cases > FEW else None
