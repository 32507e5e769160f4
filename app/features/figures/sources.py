"""Where the counts of a page come from: the tables, now; or the columns of a large town, as of the last hour."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.figures import kept, queries, region, sight
from app.features.figures.columns import tenths
from app.features.figures.kept import Asked, Kept
from app.features.figures.measures import Period, Rules, rules_of
from app.features.figures.periods import day_of, period_of, zone_minutes
from app.features.figures.queries import MODELS, Counted, Dimension, Share
from app.features.figures.region import Region
from app.features.figures.rounds import BLIND_DAYS, Rounds, of_rounds
from app.features.identity.models import UnitReach
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.patrols.slots import zone_of_town
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

    def rounds(self, blind_days: int) -> Rounds | None: ...

    def totals(self) -> Mapping[str, float]: ...

    def table(self, dimension: Dimension, limit: int) -> list[dict[str, Any]]: ...

    def days(self) -> list[dict[str, Any]]: ...


def rules(session: Session, viewer: Viewer, town_id: uuid.UUID | None = None) -> Rules:
    """What a town has set; without one, the viewer's."""
    town_id = town_id or viewer.town_id
    campaign = standards.active_campaign(session, town_id) if town_id else None
    return rules_of(session, campaign, zone_minutes(session, viewer))


@dataclass(frozen=True)
class Live:
    """Counted now, of what the viewer may see; of one town, if it is given."""

    session: Session
    viewer: Viewer
    period: Period
    town_id: uuid.UUID | None = None

    def _asked(self, only: Mapping[str, Any], by: Dimension | None) -> queries.Asked:
        told = rules(self.session, self.viewer, self.town_id)
        return queries.Asked(queries.scope(self.viewer, self.town_id), self.period, told, only, by)

    def cases(self, only: Mapping[str, Any], by: Dimension | None) -> dict[Any, Counted]:
        return queries.of_cases(self.session, self.viewer, self._asked(only, by))

    def times(self, only: Mapping[str, Any], by: Dimension | None) -> region.Times:
        told: region.Times = {}
        for key, among in queries.took(self.session, self.viewer, self._asked(only, by)).items():
            for seconds, n in among.items():
                told.setdefault(key, Counter())[tenths(seconds)] += n
        return told

    def rounds(self, blind_days: int) -> Rounds | None:
        town_id = self.town_id or self.viewer.town_id
        if town_id is None:
            return None
        return of_rounds(self.session, self.viewer, town_id, self.period, blind_days)

    def kept_rounds(self, blind_days: int) -> Rounds | None:
        return self.rounds(blind_days)

    def totals(self) -> Mapping[str, float]:
        return queries.totals(self.session, self.viewer, self.period, self.town_id)

    def table(self, dimension: Dimension, limit: int | None) -> list[dict[str, Any]]:
        return queries.by(self.session, self.viewer, self.period, dimension, limit, self.town_id)

    def tabled(self, dimension: Dimension) -> Mapping[Any, Mapping[str, float]]:
        return {
            uuid.UUID(row["id"]) if dimension in MODELS else row["id"]: {
                name: n for name, n in row.items() if name not in ("id", "code", "zh", "en")
            }
            for row in self.table(dimension, None)
        }

    def days(self) -> list[dict[str, Any]]:
        minutes = zone_minutes(self.session, self.viewer)
        return queries.days(self.session, self.viewer, self.period, minutes, self.town_id)


@dataclass(frozen=True)
class Hourly:
    """Summed from the columns of a large town: whole, or what the viewer sees of it."""

    session: Session
    viewer: Viewer
    columns: Kept
    town_id: uuid.UUID

    @property
    def period(self) -> Period:
        return self.columns.period

    def cases(self, only: Mapping[str, Any], by: Dimension | None) -> dict[Any, Counted]:
        return self.columns.counted(only, by)

    def times(self, only: Mapping[str, Any], by: Dimension | None) -> region.Times:
        return self.columns.times(only, by)

    def rounds(self, blind_days: int) -> Rounds | None:
        told = self.kept_rounds(blind_days)
        return told or of_rounds(self.session, self.viewer, self.town_id, self.period, blind_days)

    def kept_rounds(self, blind_days: int) -> Rounds | None:
        return self.columns.rounds if blind_days == BLIND_DAYS else None

    def totals(self) -> Mapping[str, float]:
        return self.cases({}, None)[None]

    def table(self, dimension: Dimension, limit: int) -> list[dict[str, Any]]:
        return region.table(self.session, self.viewer, dimension, self.tabled(dimension), limit)

    def tabled(self, dimension: Dimension) -> Mapping[Any, Mapping[str, float]]:
        return self.cases({}, dimension)

    def days(self) -> list[dict[str, Any]]:
        return self.columns.days()


# ---- which ----
def campaign_seen_whole(session: Session, viewer: Viewer) -> Campaign | None:
    """The active campaign of the town that the viewer may count whole; None where there is no such town."""
    if viewer.town_id is None or queries.seen_towns(viewer) != [viewer.town_id]:
        return None
    return standards.active_campaign(session, viewer.town_id)


def is_large(campaigns: Iterable[Campaign]) -> bool:
    """Too many cases in all these to count them at each look."""
    return sum(campaign.next_issue_no for campaign in campaigns) > LARGE


def is_counted_hourly(session: Session, campaign: Campaign) -> bool:
    """Its town is large; or those are together that somebody above them looks at as one."""
    if is_large([campaign]):
        return True
    above = select(UnitReach.ancestor_id).where(UnitReach.unit_id == campaign.town_id)
    beside = session.scalars(select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(above)))
    return is_large(standards.active_campaigns(session, {campaign.town_id, *beside}).values())


def of_metrics(
    session: Session, viewer: Viewer, days: int, since: str | None, only: Iterable[str], by: Dimension | None
) -> tuple[Source, bool]:
    """Where the metrics of a period come from, narrowed and grouped by these; and whether it is `since`."""
    narrowed = list(only)
    names = {"measures", "took", *narrowed, *([by] if by else [])}
    ready: list[str | None] = [] if narrowed else [None, *([by] if by else [])]
    if len(narrowed) == 1 and by is None:
        ready = [*narrowed]
    wanted = _Wanted(names, ready, () if narrowed else ("rounds",), has_times=True)
    return _of_period(session, viewer, days, since, wanted)


def of_overview(session: Session, viewer: Viewer, days: int, since: str | None) -> tuple[Source, bool]:
    """The same of the overview."""
    wanted = _Wanted({"measures", *OVERVIEW}, [None, *OVERVIEW], ("trend",), {"days"})
    return _of_period(session, viewer, days, since, wanted)


def of_days(
    session: Session, viewer: Viewer, town_id: uuid.UUID, first: date, last: date, by: Iterable[Dimension]
) -> Source:
    """Of a town's local days `first` to `last`, to be grouped by any of these."""
    (start, _), (_, end) = day_of(session, viewer, first), day_of(session, viewer, last)
    asked, period = Asked("", start, first, last + timedelta(days=1), end), Period(start, end, now())
    shares = [share for share in queries.shares(session, viewer) if share.town_id == town_id]
    parts = _parts(session, viewer, asked, period, shares, _Wanted({"measures", "took", *by}))
    return parts[0] if parts else Live(session, viewer, period, town_id)


@dataclass(frozen=True)
class _Wanted:
    """`names`: the columns that do in any case; `ready`: the sums that would do, if they are there."""

    names: set[str]
    ready: Sequence[str | None] = ()
    of_whole: Sequence[str] = ()
    of_part: Set[str] = frozenset()
    has_times: bool = False
    """Of several towns, how long each case took is asked for too."""


def _of_period(
    session: Session, viewer: Viewer, days: int, since: str | None, wanted: _Wanted
) -> tuple[Source, bool]:
    period, is_since = period_of(session, viewer, days, since)
    day = period.start.astimezone(zone_of(session, viewer)).date()
    asked = Asked(str(since) if is_since else str(days), period.start, day)
    shares = queries.shares(session, viewer)
    parts = _parts(session, viewer, asked, period, shares, wanted)
    if len(parts) > 1:
        return Region(session, viewer, parts), is_since
    return parts[0] if parts else Live(session, viewer, period), is_since


def _parts(
    session: Session, viewer: Viewer, asked: Asked, period: Period, shares: Sequence[Share], wanted: _Wanted
) -> list[Live | Hourly]:
    """A town each: its columns, if it or all of them are large; else it is counted now."""
    campaigns = standards.active_campaigns(session, [share.town_id for share in shares])
    if len(shares) < 2:
        wanted = replace(wanted, has_times=False)
    parts = list[Live | Hourly]()
    for share in shares:
        columns, campaign = None, campaigns.get(share.town_id)
        if campaign is not None and is_large(campaigns.values()):
            columns = _columns(session, viewer, share, campaign, asked, period.at - FRESH, wanted)
        parts.append(
            Hourly(session, viewer, columns, share.town_id)
            if columns
            else Live(session, viewer, period, share.town_id)
        )
    return parts


def _columns(
    session: Session, viewer: Viewer, share: Share, campaign: Campaign, asked: Asked, fresh: datetime, wanted: _Wanted
) -> Kept | None:  # fmt: skip
    """Of a town, whole or much of it; None: to be counted now."""
    if zone_of_town(session, share.town_id) != zone_of(session, viewer):
        return None
    if share.is_whole:
        columns = None
        if wanted.ready and asked.name in PERIODS:
            ready = [kept.ready(asked.name, by) for by in wanted.ready]
            ready += [kept.timed(asked.name, by) for by in wanted.ready if wanted.has_times]
            columns = kept.load_ready(session, campaign.id, asked, fresh, [*ready, *wanted.of_whole])
        return columns or kept.load(session, campaign.id, asked, fresh, {*wanted.names, *wanted.of_whole})
    known = sight.of(session, viewer)
    names = wanted.names | wanted.of_part | sight.names(known)
    columns = kept.load(session, campaign.id, asked, fresh, names, known)
    return columns if columns and columns.cases > FEW else None


# ---- what stayed overnight ----
def overnight(
    session: Session, viewer: Viewer, start: datetime, end: datetime, limit: int
) -> list[uuid.UUID]:
    """Cases found from `start` to `end`, one local day, that were not passed on or closed on it. Always as of now."""
    told = [
        one
        for share in queries.shares(session, viewer)
        for one in queries.overnight(
            session, viewer, share, start, end, rules(session, viewer, share.town_id), limit
        )
    ]
    return [id_ for _, id_ in sorted(told)[:limit]]
