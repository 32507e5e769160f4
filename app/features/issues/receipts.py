"""What a phone gets back for what it sent: receipts of reports, answers to commands, the steps of the own reports."""

import uuid
from datetime import datetime
from typing import Any

from app.features.issues.lifecycle import State
from app.features.issues.schemas import CategoryRef, IssueListItem, Out


class ReportPhotos(Out):
    expected: int
    received: int
    missing: list[uuid.UUID]
    """The phone's ids of what is not here yet."""


class ReportIssue(Out):
    id: uuid.UUID
    no: int | None
    state: State
    version: int


class ReportOut(Out):
    """The receipt. `issue` is null until all photos are here, and while flag `withheld` says that it is no case yet."""

    report_id: uuid.UUID
    state: str
    """incomplete, complete, attached (witness)."""
    received_at: datetime
    photos: ReportPhotos
    issue: ReportIssue | None
    flags: list[str]
    restore_epoch: int
    durable_through: datetime


class Step(Out):
    """One step of the own report: received, accepted, dispatched, rectifying, in_review, closed, rejected, merged, voided."""

    code: str
    at: datetime


class MyReport(Out):
    report_id: uuid.UUID
    action: str
    state: str
    received_at: datetime
    captured_at: datetime
    category: CategoryRef
    description: str
    photos: ReportPhotos
    thumb: str | None
    issue: IssueListItem | None
    steps: list[Step]


class CommandOut(Out):
    """The stored answer to a command. `status` is that of the first answer; `problem` what it was refused with."""

    command_id: uuid.UUID
    action: str
    status: int
    received_at: datetime
    issue: ReportIssue | None = None
    problem: dict[str, Any] | None = None
    is_kept_evidence: bool = False


class BulkResult(Out):
    """One case of several: `status` 200 with state and version, or the problem's."""

    id: uuid.UUID
    status: int
    state: State | None = None
    version: int | None = None
    problem: dict[str, Any] | None = None


class BulkOut(Out):
    results: list[BulkResult]
