"""Leaks that somebody might build in, each planted by hand: the view of the person it is told to changes, and the test says so."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import audit, changes, db, etag
from app.core.clock import now
from app.core.errors import Forbidden
from app.core.web import SecurityHeaders
from app.features.crosscheck import intake, office_routes, planning, queries
from app.features.crosscheck.models import CrossFinding, CrossRound, RecordPhoto
from app.features.figures import queries as figures
from app.features.identity import session_routes, units
from app.features.identity.errors import UnitInUse
from app.features.issues import listing, overview
from app.features.notifications.models import InboxItem
from app.features.photos import service as photos
from app.features.standards.models import Campaign
from tests.features.crosscheck.ringtown import RingTown

Patch = pytest.MonkeyPatch
Leak = Callable[[Patch, RingTown], None]
IN_READS: list[Leak] = []
IN_WRITES: list[Leak] = []
LOOKED_AT = frozenset(
    {
        "count_inbox", "count_issues", "figures_overview", "get_cross_round", "get_me", "get_standards", "list_cross_findings",
        "list_inbox", "list_issues", "list_nearby_issues", "offline_points",
    }
)  # fmt: skip
"""Where the planted leaks could show, and must show only where they were planted."""


def leak(told_to: str, shown_in: str, kept: list[Leak] = IN_READS) -> Callable[[Leak], Leak]:
    """Who can see it, and in the answer to what; whether it lies in what is read or in what a round writes."""

    def keep(plant: Leak) -> Leak:
        plant.told_to, plant.shown_in = told_to, shown_in  # type: ignore[attr-defined]
        kept.append(plant)
        return plant

    return keep


def assert_shown_where_planted(leak: Any, told: list[str]) -> None:
    """Some answer tells it, and everything else stays the same."""
    assert told, "nobody noticed"
    assert all(leak.shown_in in line for line in told), told


def _hidden(session: Any) -> int:
    return session.scalar(select(func.count()).select_from(CrossFinding)) or 0


@leak("dispatcher", "count_issues")
def a_count_includes_hidden_findings(patch: Patch, _: RingTown) -> None:
    whole = overview.counts

    def counts(session: Any, *rest: Any) -> Any:
        told = whole(session, *rest)
        told.open += _hidden(session)
        return told

    patch.setattr(overview, "counts", counts)


@leak("volunteer:B", "put_report", IN_WRITES)
def a_number_is_given_when_it_is_found(patch: Patch, ring: RingTown) -> None:
    whole = intake.receive

    def receive(session: Any, viewer: Any, kind: Any, *rest: Any) -> Any:
        if kind.name == "finding":
            here = Campaign.town_id == ring.town.id
            session.scalar(select(Campaign).where(here)).next_issue_no += 1
        return whole(session, viewer, kind, *rest)

    patch.setattr(intake, "receive", receive)


@leak("captain:B", "")
def a_tag_comes_from_a_counter_of_everything(patch: Patch, _: RingTown) -> None:
    whole = etag.list_etag

    def list_etag(tag: str, *parts: Any) -> str:
        with db.reading() as session:
            return whole(tag, *parts, str(_hidden(session)))

    patch.setattr(etag, "list_etag", list_etag)


@leak("captain:B", "_cross_")
def a_hidden_round_is_forbidden_instead_of_missing(patch: Patch, _: RingTown) -> None:
    whole = queries.round_seen

    def round_seen(session: Any, viewer: Any, round_id: uuid.UUID) -> Any:
        if whole(session, viewer, round_id) is None and session.get(CrossRound, round_id) is not None:
            raise Forbidden()
        return whole(session, viewer, round_id)

    patch.setattr(office_routes.queries, "round_seen", round_seen)


@leak("captain:B", "inbox", IN_WRITES)
def the_secretary_gets_a_message(patch: Patch, ring: RingTown) -> None:
    whole = planning.told

    def told(session: Any, *rest: Any) -> None:
        session.add(InboxItem(user_id=ring.people["captain:B"].id, kind="cross_revealed", at=now()))
        whole(session, *rest)

    patch.setattr(planning, "told", told)


@leak("sysadmin", "get_me")
def the_audit_log_shows(patch: Patch, _: RingTown) -> None:
    whole = session_routes.me_out

    def me_out(session: Any, viewer: Any, user: Any, token: Any) -> Any:
        told = whole(session, viewer, user, token)
        planned = select(audit.AuditEntry.id).where(audit.AuditEntry.action == "cross.planned").limit(1)
        told.name_en = str(session.scalar(planned))
        return told

    patch.setattr(session_routes, "me_out", me_out)


@leak("office2", "change_unit")
def a_unit_of_a_round_is_in_use(patch: Patch, _: RingTown) -> None:
    whole = units._check_unused

    def check(session: Any, unit: Any) -> None:
        if any(str(unit.id) in row for row in session.scalars(select(CrossRound.unit_ids))):
            raise UnitInUse(rounds=1)
        whole(session, unit)

    patch.setattr(units, "_check_unused", check)


@leak("volunteer:B", "list_nearby_issues")
def a_hidden_finding_is_offered_as_a_duplicate(patch: Patch, _: RingTown) -> None:
    whole = listing.near

    def near(session: Any, *rest: Any) -> Any:
        told = whole(session, *rest)
        return [*told, *told[: _hidden(session)]]

    patch.setattr(listing, "near", near)


@leak("captain:B", "stream", IN_WRITES)
def the_stream_says_that_something_changed(patch: Patch, ring: RingTown) -> None:
    whole = planning.told

    def told(session: Any, *rest: Any) -> None:
        changes.note(session, ring.town.id, "inbox", ring.people["captain:B"].id)
        whole(session, *rest)

    patch.setattr(planning, "told", told)


@leak("volunteer:B", "check_photos")
def a_photo_is_known_because_a_team_took_it(patch: Patch, _: RingTown) -> None:
    whole = photos.needed

    def needed(session: Any, owner_id: uuid.UUID, items: Any) -> Any:
        ids = [item.id for item in items]
        used = set(
            session.scalars(select(RecordPhoto.client_photo_id).where(RecordPhoto.client_photo_id.in_(ids)))
        )
        told = whole(session, owner_id, items)
        return [(photo, "conflict" if photo in used else status) for photo, status in told]

    patch.setattr(photos, "needed", needed)


@leak("leader", "figures_overview")
def a_figure_counts_hidden_findings(patch: Patch, _: RingTown) -> None:
    whole = figures.totals

    def totals(session: Any, *rest: Any) -> dict[str, int]:
        told = whole(session, *rest)
        return told | {"found": told["found"] + _hidden(session)}

    patch.setattr(figures, "totals", totals)


@leak("liaison:B", "")
def a_header_tells_when_something_last_changed(patch: Patch, _: RingTown) -> None:
    whole = SecurityHeaders.__call__

    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        async def sends(message: Any) -> None:
            if message["type"] == "http.response.start":
                with db.reading() as session:
                    newest = session.scalar(select(func.max(CrossFinding.received_at)))
                message["headers"].append((b"last-modified", str(newest).encode()))
            await send(message)

        await whole(self, scope, receive, sends)

    patch.setattr(SecurityHeaders, "__call__", call)


@leak("liaison:B", "list_issues")
def one_more_statement_runs_where_something_is_hidden(patch: Patch, _: RingTown) -> None:
    whole = listing.show_page

    def show_page(session: Any, *rest: Any) -> Any:
        for _number in range(_hidden(session)):
            session.scalar(select(func.count()).select_from(CrossRound))
        return whole(session, *rest)

    patch.setattr(listing, "show_page", show_page)
