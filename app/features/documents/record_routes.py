"""HTTP of the register of talks, commendations, criticism and accountability."""

import uuid
from typing import Annotated

from fastapi import Query

from app.core.db import Read, Tx
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded
from app.core.routes import Routes
from app.features.documents import records
from app.features.documents.record_schemas import (
    CandidateList,
    RecordOutcomeIn,
    UnitRecordIn,
    UnitRecordList,
    UnitRecordOut,
)
from app.features.identity.viewer import CurrentViewer
from app.features.issues.errors import NoCampaign
from app.features.standards.town import ViewedTown

router = Routes(prefix="/unit-records", tags=["documents"])


@router.get("", responses=problems(Unauthenticated, Forbidden))
def list_unit_records(session: Read, viewer: CurrentViewer) -> UnitRecordList:
    """约谈与奖惩: the latest first; for the principal of a unit those of the own one (Z13, Z14)."""
    return UnitRecordList(
        items=records.listed(session, viewer), may_record=records.may_record(session, viewer)
    )


@router.post("", status_code=201, responses=problems(Unauthenticated, Forbidden, NotFound, Invalid))
def add_unit_record(
    body: UnitRecordIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown
) -> UnitRecordOut:
    """One more talk, commendation, criticism or accountability, with the cases that caused it (D26)."""
    return records.show(session, viewer, [records.add(session, viewer, town_id, body)])[0]


@router.get("/candidates", responses=problems(Unauthenticated, Forbidden, NoCampaign))
def list_talk_candidates(
    session: Read, viewer: CurrentViewer, days: Annotated[int, Query(ge=1, le=400)] = 30
) -> CandidateList:
    """Units that a rule proposes for a talk, with numerator, denominator and limit. A person decides."""
    return records.candidates(session, viewer, days)


@router.put(
    "/{record_id}/outcome",
    responses=problems(Unauthenticated, Forbidden, NotFound, Invalid, VersionConflict, VersionNeeded),
)
def put_record_outcome(
    record_id: uuid.UUID, body: RecordOutcomeIn, session: Tx, viewer: CurrentViewer, base: BaseVersion
) -> UnitRecordOut:
    """What came of what was promised."""
    return records.show(session, viewer, [records.follow_up(session, viewer, record_id, body, base)])[0]
