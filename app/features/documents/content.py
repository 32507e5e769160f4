"""What a document says of its days: figures, those of as many days before, where and what it was, typical pairs."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.features.documents.models import Document, Series
from app.features.documents.schemas import Change, Content, Pair
from app.features.figures import pages
from app.features.figures.definitions import METRICS, ROUNDS, Metric
from app.features.figures.measures import Period
from app.features.figures.metrics import Figure, definitions, figures
from app.features.figures.periods import day_of
from app.features.figures.rounds import BLIND_DAYS
from app.features.figures.sources import Live, Source, of_days
from app.features.identity.viewer import Viewer
from app.features.issues.lifecycle import PairState, State
from app.features.issues.models import Issue, IssuePhoto, PhotoPair
from app.features.issues.policy import visible
from app.features.photos import clearing
from app.features.photos.models import Rendition, RenditionKind
from app.features.places.models import Point
from app.features.standards.models import Category

TOLD: tuple[Metric, ...] = tuple(m for m in METRICS if m.id < "M10")
"""M01 to M09. M03 and M05 follow M02, which is low by nature in a fresh period; M02b leaves out what was fixed on the spot."""
OF_PATROLS: tuple[Metric, ...] = tuple(m for m in ROUNDS if m.id in ("M24", "M26", "M29"))
GROUPED: dict[str, Sequence[str]] = {
    Series.BULLETIN: ("category",),
    Series.REPORT: ("category", "point_type", "unit"),
    Series.NOTICE: ("point_type", "unit"),
}
TOP = {"category": 10}
MOST_PAIRS = 60
FEW_PAIRS = 4
"""So many stand in a new draft."""


def count(session: Session, viewer: Viewer, document: Document) -> Content:
    """All of it, as of now or, in a large town, of the last hour. For somebody who counts the town whole: who writes, who signs."""
    days = (document.until_on - document.start_on).days + 1
    before_on = document.start_on - timedelta(days=days)
    source = _of_days(session, viewer, document, document.start_on, document.until_on)
    before = _of_days(session, viewer, document, before_on, document.start_on - timedelta(days=1))
    told = figures(source.cases({}, None).get(None, {}), TOLD)
    then = figures(before.cases({}, None).get(None, {}), TOLD)
    words = TOLD
    if document.series != Series.BULLETIN:
        told, words = told + _patrols(session, viewer, document, source), TOLD + OF_PATROLS
    return Content(
        as_of=source.period.at,
        definitions=definitions(words),
        figures=told,
        changes=[_change(now_, then_) for now_, then_ in zip(told, then, strict=False)],
        before_start_on=before_on,
        before_until_on=document.start_on - timedelta(days=1),
        categories=_groups(session, viewer, document, source, "category"),
        point_types=_groups(session, viewer, document, source, "point_type"),
        units=_groups(session, viewer, document, source, "unit"),
        pairs=chosen(session, viewer, document),
    )


def _of_days(session: Session, viewer: Viewer, document: Document, first: date, last: date) -> Source:
    by: Any = GROUPED[document.series]
    return of_days(session, viewer, document.town_id, first, last, by)


def _change(this: Figure, before: Figure) -> Change:
    change = None if this.value is None or before.value is None else round(this.value - before.value, 1)
    return Change(id=this.id, before=before, change=change)


def _patrols(session: Session, viewer: Viewer, document: Document, source: Source) -> list[Figure]:
    p = source.period
    # What patrols did is counted by local days, the last one included.
    days = Live(session, viewer, Period(p.start, p.end - timedelta(seconds=1), p.at), document.town_id)
    rounds = days.rounds(BLIND_DAYS)
    return figures(rounds.counted if rounds else {}, OF_PATROLS)


def _groups(
    session: Session, viewer: Viewer, document: Document, source: Source, by: Any
) -> list[pages.Group]:
    if by not in GROUPED[document.series]:
        return []
    told = pages.groups(session, viewer, source.cases({}, by), by, TOP.get(by, 500))
    ids = {metric.id for metric in TOLD}
    return [
        group.model_copy(update={"figures": [one for one in group.figures if one.id in ids]})
        for group in told
    ]


# ---- typical pairs ----
def chosen(session: Session, viewer: Viewer, document: Document) -> list[Pair]:
    """Those of a draft, in the order chosen, as far as they are cleared and of its days."""
    ids = [uuid.UUID(one) for one in document.pair_ids]
    found = {pair.id: pair for pair in choices(session, viewer, document.start_on, document.until_on, ids)}
    return [found[one] for one in ids if one in found]


def choices(
    session: Session, viewer: Viewer, first: date, last: date, only: Collection[uuid.UUID] | None = None
) -> list[Pair]:
    """Pairs of cases closed in these days whose photos both have a cleared copy; the latest first."""
    before, after = aliased(IssuePhoto), aliased(IssuePhoto)
    one, other = aliased(Rendition), aliased(Rendition)
    start, end = day_of(session, viewer, first)[0], day_of(session, viewer, last)[1]
    found = (
        select(
            PhotoPair.id, Issue.no, Issue.first_closed_at, before.photo_id.label("before"), after.photo_id.label("after"),
            Category.name_zh, Category.name_en, Point.name_zh.label("place_zh"), Point.name_en.label("place_en"),
        )
        .join(Issue, Issue.id == PhotoPair.issue_id)
        .join(Category, Category.id == Issue.category_id)
        .outerjoin(Point, Point.id == Issue.point_id)
        .join(before, before.id == PhotoPair.before_id)
        .join(after, after.id == PhotoPair.after_id)
        .join(one, (one.photo_id == before.photo_id) & (one.kind == RenditionKind.CLEARED))
        .join(other, (other.photo_id == after.photo_id) & (other.kind == RenditionKind.CLEARED))
        .where(PhotoPair.state == PairState.MATCHED, Issue.state == State.CLOSED, Issue.is_held.is_(False))
        .where(Issue.first_closed_at >= start, Issue.first_closed_at < end, visible(viewer))
        .order_by(Issue.first_closed_at.desc(), PhotoPair.id)
        .limit(MOST_PAIRS)
    )  # fmt: skip
    if only is not None:
        found = found.where(PhotoPair.id.in_(only))
    rows = session.execute(found).all()
    return with_links(
        session,
        [
            Pair(
                id=row.id, issue_no=row.no, category_zh=row.name_zh, category_en=row.name_en,
                place_zh=row.place_zh or "", place_en=row.place_en or "", closed_at=row.first_closed_at,
                before_photo_id=row.before, after_photo_id=row.after,
            )
            for row in rows
        ],
    )  # fmt: skip


def with_links(session: Session, pairs: Sequence[Pair]) -> list[Pair]:
    """The same with links to the cleared copies as they are now: none where the clearing was withdrawn since."""
    urls = clearing.cleared_urls(
        session, [p for one in pairs for p in (one.before_photo_id, one.after_photo_id)]
    )
    return [
        one.model_copy(
            update={"before_url": urls.get(one.before_photo_id), "after_url": urls.get(one.after_photo_id)}
        )
        for one in pairs
    ]
