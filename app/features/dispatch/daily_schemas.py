"""Daily sheets and unclaimed orders as they are shown."""

import uuid
from datetime import date, datetime

from pydantic import BaseModel

from app.features.issues.schemas import IssueListItem, Named


class TopCategory(BaseModel):
    code: str
    zh: str
    en: str
    count: int


class Digest(BaseModel):
    """The day in figures: found and closed from cut-off to cut-off; open and overdue when the sheet was sent."""

    found: int
    closed: int
    open: int
    overdue: int
    top: list[TopCategory]


class SheetListItem(BaseModel):
    """`orders`, `units` and how many of these have received it: of what the viewer reads of the sheet."""

    id: uuid.UUID
    on: date
    no: int
    cutoff_at: datetime
    due_at: datetime
    sent_at: datetime
    is_late: bool
    orders: int
    units: int
    received: int


class SheetList(BaseModel):
    """The latest first."""

    items: list[SheetListItem]


class SheetRow(BaseModel):
    """One order of the day and how its case stands now; null once the case is no longer the viewer's to see."""

    order_no: int
    unit: Named
    requirement: str
    due_at: datetime
    sent_at: datetime
    claimed_at: datetime | None
    bounced_at: datetime | None
    issue: IssueListItem | None


class SheetReceipt(BaseModel):
    """`at` null: not received yet. `by`: for the office only."""

    unit: Named
    at: datetime | None
    by: str | None


class SheetOut(SheetListItem):
    since_at: datetime
    digest: Digest | None
    """For those who read the whole sheet."""
    may_receive: bool
    rows: list[SheetRow]
    receipts: list[SheetReceipt]


class Unclaimed(BaseModel):
    """Orders of one unit that wait longer than they may; the oldest first."""

    unit: Named
    oldest_at: datetime
    issues: list[IssueListItem]


class UnclaimedList(BaseModel):
    """`hours`, and for urgent cases `urgent_minutes`: how long an order may wait. Units with most of them first."""

    hours: int
    urgent_minutes: int
    items: list[Unclaimed]
