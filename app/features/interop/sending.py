"""Sends what waits for a webhook: in order, one call at a time, no database held meanwhile."""

import hashlib
import hmac
import json
import uuid
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from app.core import audit, db, jobs, outbound
from app.core.clock import now
from app.core.secrets import unseal
from app.features.interop.models import Webhook, WebhookMessage
from app.features.interop.webhooks import PURPOSE

log = structlog.get_logger()

TURN_SECONDS = 60.0
"""After this a job lets go, so that others get their turn."""
LEASE = timedelta(minutes=3)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=3)
GIVE_UP = timedelta(days=3)
"""A receiver that took nothing for so long is switched off."""
KEEP = timedelta(days=30)
AGAIN = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True)
class _Letter:
    id: uuid.UUID
    url: str
    secret: bytes
    body: dict[str, Any]


@dataclass(frozen=True)
class _Answer:
    status: int | None
    error: str | None

    @property
    def is_taken(self) -> bool:
        return self.error is None

    @property
    def is_refused(self) -> bool:
        """The receiver answered that it does not want this one: to send it again would change nothing."""
        status = self.status or 0
        return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in AGAIN


@jobs.job("interop.send_webhooks")
def send(webhook_id: str) -> None:
    """Send what waits for one webhook. Nothing to do where another process is at it: that one looks again at its end."""
    hook = uuid.UUID(webhook_id)
    if not _taken(hook):
        return
    until = monotonic() + TURN_SECONDS
    try:
        while monotonic() < until and (letter := _oldest(hook)) is not None:
            if not _noted(hook, letter, _posted(letter)):
                break
    finally:
        _let_go(hook)


def signed(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature by Standard Webhooks, v1: HMAC-SHA256 over `id.timestamp.body`, base64."""
    mac = hmac.digest(secret, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{b64encode(mac).decode()}"


def _posted(letter: _Letter) -> _Answer:
    body = json.dumps(letter.body, ensure_ascii=False, separators=(",", ":")).encode()
    stamp = int(now().timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Xunfang",
        "webhook-id": str(letter.id),
        "webhook-timestamp": str(stamp),
        "webhook-signature": signed(letter.secret, str(letter.id), stamp, body),
    }
    try:
        status = outbound.post(letter.url, body, headers)
    except (outbound.NotAllowed, outbound.Failed) as failure:
        return _Answer(None, failure.reason)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _Answer(status, None)
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return _Answer(status, "redirected" if is_redirect else "status")


def _taken(hook: uuid.UUID) -> bool:
    """Take the webhook for a while, if it is on, due and free."""
    at = now()
    free = or_(Webhook.busy_until.is_(None), Webhook.busy_until < at)
    due = or_(Webhook.retry_at.is_(None), Webhook.retry_at <= at)
    with db.transaction() as session:
        take = (
            update(Webhook)
            .where(Webhook.id == hook, Webhook.is_active, free, due)
            .values(busy_until=at + LEASE)
        )
        return session.scalar(take.returning(Webhook.id)) is not None


def _oldest(hook: uuid.UUID) -> _Letter | None:
    waiting = (
        select(WebhookMessage, Webhook)
        .join(Webhook)
        .where(Webhook.id == hook, Webhook.is_active, WebhookMessage.state == "waiting")
        .order_by(WebhookMessage.at, WebhookMessage.seq, WebhookMessage.id)
        .limit(1)
    )
    with db.reading() as session:
        if (found := session.execute(waiting).one_or_none()) is None:
            return None
        message, row = found
        secret = unseal(PURPOSE, row.sealed_secret)
        # Sealed by another server's key: it cannot be signed, so it goes out with a signature that fits nothing.
        return _Letter(message.id, row.url, secret or b"", message.body)


def _noted(hook: uuid.UUID, letter: _Letter, answer: _Answer) -> bool:
    """Write down how it went; whether to go on with the next."""
    at = now()
    with db.transaction() as session:
        row = session.get(Webhook, hook, with_for_update=True)
        message = session.get(WebhookMessage, letter.id)
        if row is None or message is None:
            return False
        message.tries += 1
        message.status, message.error = answer.status, answer.error
        if answer.status == HTTPStatus.GONE:
            _switch_off(session, row)
            return False
        if answer.is_taken or answer.is_refused:
            message.state, message.done_at = ("sent" if answer.is_taken else "refused"), at
            row.failures, row.retry_at = 0, None
            row.last_ok_at = at if answer.is_taken else row.last_ok_at
            row.busy_until = at + LEASE
            return True
        row.failures += 1
        row.retry_at = at + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.failures - 1, 20))
        if at - message.at > GIVE_UP:
            _switch_off(session, row)
        log.info("webhook not taken", webhook=str(hook), status=answer.status, error=answer.error)
        return False


def _switch_off(session: Session, row: Webhook) -> None:
    row.is_active = False
    audit.record(session, "webhook.switched_off", actor_id=None, subject_kind="webhook", subject_id=row.id)


def _let_go(hook: uuid.UUID) -> None:
    """Free it, and have what came meanwhile, or has to wait, sent in its time."""
    with db.transaction() as session:
        row = session.get(Webhook, hook, with_for_update=True)
        if row is None:
            return
        row.busy_until = None
        waiting = select(WebhookMessage.id).where(
            WebhookMessage.webhook_id == hook, WebhookMessage.state == "waiting"
        )
        if row.is_active and session.scalar(waiting.limit(1)) is not None:
            delay = max(0.0, (row.retry_at - now()).total_seconds()) if row.retry_at else 0.0
            jobs.enqueue(session, "interop.send_webhooks", delay_seconds=delay, webhook_id=hook)


@jobs.sweeper("interop.webhooks")
def sweep(session: Session) -> None:
    """What waits, is due and in nobody's hands: its job was lost, or met one that was just ending."""
    at = now()
    left = (
        select(Webhook.id)
        .join(
            WebhookMessage, and_(WebhookMessage.webhook_id == Webhook.id, WebhookMessage.state == "waiting")
        )
        .where(
            Webhook.is_active,
            or_(Webhook.busy_until.is_(None), Webhook.busy_until < at),
            or_(Webhook.retry_at.is_(None), Webhook.retry_at <= at),
        )
        .distinct()
    )
    for hook in session.scalars(left).all():
        jobs.enqueue(session, "interop.send_webhooks", key=f"{hook} left", webhook_id=hook)


@jobs.every("interop.forget_webhook_messages", "23 3 * * *")
def forget() -> None:
    """Messages older than thirty days, sent or not."""
    with db.transaction() as session:
        session.execute(delete(WebhookMessage).where(WebhookMessage.at < now() - KEEP))
