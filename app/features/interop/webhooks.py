"""Webhooks: an office names a receiver, and each event of its town's cases is told there, signed, in its order.

The form is that of Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` and
`webhook-signature: v1,<base64 of HMAC-SHA256(secret, id.timestamp.body)>`. A message holds codes, times and places, no
words, names or pictures: whoever may see more asks the API. It is written in the event's own transaction and goes out at
least once.
"""

import secrets
import uuid
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, jobs, outbound
from app.core.clock import now
from app.core.config import get_settings
from app.core.errors import Forbidden, NotFound
from app.core.secrets import seal
from app.features.identity.models import Role, Unit
from app.features.identity.viewer import Viewer
from app.features.interop.errors import WebhookRefused
from app.features.interop.models import Webhook, WebhookMessage
from app.features.interop.schemas import WebhookIn, WebhookPatch
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.moves import listen
from app.features.places.models import Grid, Point
from app.features.standards.models import Category

PURPOSE = "webhook"
MOST = 5
SECRET_BYTES = 32
SHOWN = 100


def require_office(session: Session, viewer: Viewer, town_id: uuid.UUID) -> None:
    """403 unless `viewer` runs the office of the (visible) town: a system administrator sees no cases, so sends none out."""
    if not viewer.reaches(session, town_id, Role.OFFICE_ADMIN):
        raise Forbidden()


def of_town(session: Session, viewer: Viewer, town_id: uuid.UUID) -> Sequence[Webhook]:
    """The town's webhooks, oldest first."""
    require_office(session, viewer, town_id)
    found = select(Webhook).where(Webhook.town_id == town_id)
    return session.scalars(found.order_by(Webhook.created_at, Webhook.id)).all()


def make(session: Session, viewer: Viewer, town_id: uuid.UUID, body: WebhookIn) -> tuple[Webhook, str]:
    """A new webhook, and its secret, which nobody is shown again."""
    # One after the other: two at once would both find room.
    session.execute(select(Unit.id).where(Unit.id == town_id).with_for_update())
    if len(of_town(session, viewer, town_id)) >= MOST:
        raise WebhookRefused(reason="too-many", most=MOST)
    secret = secrets.token_bytes(SECRET_BYTES)
    row = Webhook(
        town_id=town_id, url=_allowed(body.url), actions=sorted(set(body.actions)), created_by_id=viewer.user_id,
        sealed_secret=seal(PURPOSE, secret),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _log(session, viewer, "made", row)
    return row, f"whsec_{b64encode(secret).decode()}"


def change(session: Session, viewer: Viewer, webhook_id: uuid.UUID, body: WebhookPatch) -> Webhook:
    """Another address, other events, on or off. Switched on, it starts with what waits."""
    row = _own(session, viewer, webhook_id)
    if body.url is not None:
        row.url = _allowed(body.url)
    if body.actions is not None:
        row.actions = sorted(set(body.actions))
    if body.is_active is not None:
        row.is_active = body.is_active
    row.failures, row.retry_at = 0, None
    _log(session, viewer, "changed", row)
    if row.is_active:
        _at_once(session, row.id)
    return row


def remove(session: Session, viewer: Viewer, webhook_id: uuid.UUID) -> None:
    """It, and its messages."""
    row = _own(session, viewer, webhook_id)
    _log(session, viewer, "removed", row)
    session.delete(row)


def send_test(session: Session, viewer: Viewer, webhook_id: uuid.UUID) -> None:
    """Queue a message that tells nothing, to see whether it arrives."""
    row = _own(session, viewer, webhook_id)
    row.retry_at = None
    _queue(session, row, "ping", {})
    _at_once(session, row.id)


def messages(session: Session, viewer: Viewer, webhook_id: uuid.UUID) -> Sequence[WebhookMessage]:
    """The newest, newest first."""
    row = _own(session, viewer, webhook_id)
    found = select(WebhookMessage).where(WebhookMessage.webhook_id == row.id)
    newest = found.order_by(WebhookMessage.at.desc(), WebhookMessage.seq.desc(), WebhookMessage.id.desc())
    return session.scalars(newest.limit(SHOWN)).all()


@listen
def tell(session: Session, issue: Issue, event: IssueEvent) -> None:
    """Write the event down for each receiver that wants it. A case that is still held back is told of once it is not."""
    if not outbound.listed_hosts() or issue.is_held:
        return
    rows = session.scalars(select(Webhook).where(Webhook.town_id == issue.town_id, Webhook.is_active)).all()
    wanted = [row for row in rows if not row.actions or event.action in row.actions]
    if not wanted:
        return
    data = _facts(session, issue, event)
    for row in wanted:
        _queue(session, row, f"case.{event.action}", data, issue.id, event.seq)


def _facts(session: Session, issue: Issue, event: IssueEvent) -> dict[str, Any]:
    """What a receiver is told of a case: nothing that people wrote, nobody's name."""

    def code(
        model: type[Category] | type[Point] | type[Grid] | type[Unit], key: uuid.UUID | None
    ) -> str | None:
        return session.scalar(select(model.code).where(model.id == key)) if key else None

    def at(name: str) -> str | None:
        value = getattr(issue, name)
        return value.isoformat() if value else None

    return {
        "id": str(issue.id),
        "no": issue.no,
        "version": event.seq,
        "from_state": event.from_state,
        "state": event.to_state,
        "round_no": issue.round_no,
        "nature": issue.nature,
        "source": issue.source,
        "external_ref": issue.external_ref,
        "category": code(Category, issue.category_id),
        "point": code(Point, issue.point_id),
        "grid": code(Grid, issue.grid_id),
        "unit": code(Unit, issue.responsible_unit_id),
        "lon": issue.lon,
        "lat": issue.lat,
        **{name: at(name) for name in ("found_at", "due_at", "rectified_at", "closed_at")},
        "url": f"{get_settings().public_url.rstrip('/')}/api/issues/{issue.id}",
    }


def _queue(
    session: Session,
    row: Webhook,
    kind: str,
    data: dict[str, Any],
    issue_id: uuid.UUID | None = None,
    seq: int = 0,
) -> None:
    at = now()
    body = {"type": kind, "timestamp": at.isoformat(), "data": data}
    session.add(WebhookMessage(webhook_id=row.id, issue_id=issue_id, kind=kind, seq=seq, body=body, at=at))
    session.flush()
    jobs.enqueue(session, "interop.send_webhooks", key=str(row.id), webhook_id=row.id)


def _at_once(session: Session, webhook_id: uuid.UUID) -> None:
    """Beside a try that waits for its time, under whose key nothing would be added."""
    jobs.enqueue(session, "interop.send_webhooks", webhook_id=webhook_id)


def _allowed(url: str) -> str:
    try:
        outbound.target(url)
    except outbound.NotAllowed as refused:
        raise WebhookRefused(reason=refused.reason) from None
    return url


def _own(session: Session, viewer: Viewer, webhook_id: uuid.UUID) -> Webhook:
    """The webhook, of a town whose office the viewer runs; else there is none."""
    row = session.scalar(
        select(Webhook).where(Webhook.id == webhook_id, Webhook.town_id.in_(viewer.reach(Role.OFFICE_ADMIN)))
    )
    if row is None:
        raise NotFound()
    return row


def _log(session: Session, viewer: Viewer, verb: str, row: Webhook) -> None:
    audit.record(
        session, f"webhook.{verb}", actor_id=viewer.user_id, subject_kind="webhook", subject_id=row.id,
        detail={"url": row.url, "actions": row.actions, "is_active": row.is_active},
    )  # fmt: skip
