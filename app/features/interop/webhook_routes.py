"""HTTP of webhooks."""

import uuid

from app.core import db, outbound
from app.core.errors import Forbidden, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.interop import webhooks
from app.features.interop.errors import WebhookRefused
from app.features.interop.schemas import (
    WebhookIn,
    WebhookList,
    WebhookMade,
    WebhookMessageOut,
    WebhookMessages,
    WebhookOut,
    WebhookPatch,
)
from app.features.issues.lifecycle import Action
from app.features.standards.town import ViewedTown

routes = Routes(prefix="/webhooks", tags=["interop"])
_READ = problems(Unauthenticated, Forbidden, NotFound)
_ACT = problems(Unauthenticated, Forbidden, NotFound, WebhookRefused)


@routes.get("", response_model=WebhookList, responses=_READ)
def list_webhooks(viewer: CurrentViewer, town_id: ViewedTown, session: db.Read) -> WebhookList:
    """Where the town's events go, and where they may."""
    rows = webhooks.of_town(session, viewer, town_id)
    items = [WebhookOut.model_validate(row) for row in rows]
    return WebhookList(hosts=outbound.listed_hosts(), actions=sorted(Action), items=items)


@routes.post("", status_code=201, response_model=WebhookMade, responses=_ACT)
def make_webhook(body: WebhookIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx) -> WebhookMade:
    """Have events sent to an address. Its secret is shown now and never again."""
    webhooks.require_office(session, viewer, town_id)
    row, secret = webhooks.make(session, viewer, town_id, body)
    return WebhookMade(**WebhookOut.model_validate(row).model_dump(), secret=secret)


@routes.patch("/{webhook_id}", response_model=WebhookOut, responses=_ACT)
def change_webhook(
    webhook_id: uuid.UUID, body: WebhookPatch, viewer: CurrentViewer, session: db.Tx
) -> WebhookOut:
    """Another address, other events, on or off."""
    return WebhookOut.model_validate(webhooks.change(session, viewer, webhook_id, body))


@routes.delete("/{webhook_id}", status_code=204, responses=_READ)
def remove_webhook(webhook_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """Send nothing there any more; what was sent is forgotten."""
    webhooks.remove(session, viewer, webhook_id)


@routes.post("/{webhook_id}/test", status_code=202, responses=_READ)
def send_webhook_test(webhook_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """Send a message that tells nothing (`ping`), to see whether it arrives."""
    webhooks.send_test(session, viewer, webhook_id)


@routes.get("/{webhook_id}/messages", response_model=WebhookMessages, responses=_READ)
def list_webhook_messages(webhook_id: uuid.UUID, viewer: CurrentViewer, session: db.Read) -> WebhookMessages:
    """What was sent and what waits, the newest hundred."""
    rows = webhooks.messages(session, viewer, webhook_id)
    return WebhookMessages(items=[WebhookMessageOut.model_validate(row) for row in rows])
