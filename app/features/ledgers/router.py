"""HTTP of the office's ledgers: key tasks, information asked of units, requests to departments, petitions."""

import uuid
from typing import Annotated

from fastapi import Query, Response

from app.core.db import Read, Tx
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded, row_etag
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.issues.errors import NoCampaign
from app.features.ledgers import handover, information, leads, petitions, policy, requests, tasks
from app.features.ledgers.errors import LeadFiled, LeadKnown
from app.features.ledgers.schemas import (
    AnswerIn,
    DepartmentRequestIn,
    DepartmentRequestList,
    DepartmentRequestOut,
    InfoCallIn,
    InfoCallList,
    InfoCallOut,
    InfoReportIn,
    KeyTaskIn,
    KeyTaskList,
    KeyTaskOut,
    KeyTaskPut,
    LeadChannel,
    LeadFileIn,
    LeadIn,
    LeadList,
    LeadOut,
    PetitionIn,
    PetitionList,
    PetitionOut,
    ProgressIn,
    StrikeIn,
)
from app.features.standards.town import ViewedTown

router = Routes(tags=["ledgers"])
# Importing it registers what is handed over.
REGISTERED = (handover,)
_READ = problems(Unauthenticated, Forbidden, NotFound)
_WRITE = problems(Unauthenticated, Forbidden, NotFound, Invalid)


# ---- key tasks ----
@router.get("/key-tasks", responses=_READ)
def list_key_tasks(session: Read, viewer: CurrentViewer, town_id: ViewedTown) -> KeyTaskList:
    """重点任务 of the active campaign by number; for an owner the own ones (J01)."""
    items = tasks.listed(session, viewer, town_id)
    return KeyTaskList(
        items=items,
        done=sum(one.state == "done" for one in items),
        late=sum(one.is_late for one in items),
        may_add=policy.keeps(session, viewer, town_id),
    )


@router.post("/key-tasks", status_code=201, responses=_WRITE | problems(NoCampaign))
def add_key_task(body: KeyTaskIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown) -> KeyTaskOut:
    """One more, with its owner and its day."""
    return tasks.show(session, viewer, [tasks.add(session, viewer, town_id, body)])[0]


@router.put("/key-tasks/{task_id}", responses=_WRITE | problems(VersionConflict, VersionNeeded))
def change_key_task(
    task_id: uuid.UUID, body: KeyTaskPut, session: Tx, viewer: CurrentViewer, base: BaseVersion, response: Response
) -> KeyTaskOut:  # fmt: skip
    """All of it as it is now; the office says whether it is done."""
    row = tasks.change(session, viewer, task_id, body, base)
    response.headers["ETag"] = row_etag(row.version)
    return tasks.show(session, viewer, [row])[0]


@router.post("/key-tasks/{task_id}/progress", status_code=201, responses=_WRITE)
def report_key_task(task_id: uuid.UUID, body: ProgressIn, session: Tx, viewer: CurrentViewer) -> KeyTaskOut:
    """How far it is: by its owner, or the office."""
    return tasks.show(session, viewer, [tasks.report(session, viewer, task_id, body)])[0]


# ---- information asked of units ----
@router.get("/info-calls", responses=_READ)
def list_info_calls(session: Read, viewer: CurrentViewer, town_id: ViewedTown) -> InfoCallList:
    """信息报送: what was asked of units, who handed it in, who did not (J03)."""
    return InfoCallList(
        items=information.listed(session, viewer, town_id), may_ask=policy.keeps(session, viewer, town_id)
    )


@router.post("/info-calls", status_code=201, responses=_WRITE)
def ask_information(body: InfoCallIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown) -> InfoCallOut:
    """Ask units for information by a day."""
    return information.show(session, viewer, [information.ask(session, viewer, town_id, body)])[0]


@router.put("/info-calls/{call_id}/reports/{unit_id}", responses=_WRITE)
def hand_in_information(
    call_id: uuid.UUID, unit_id: uuid.UUID, body: InfoReportIn, session: Tx, viewer: CurrentViewer
) -> InfoCallOut:
    """A unit's information; once more corrects it."""
    return information.show(session, viewer, [information.hand_in(session, viewer, call_id, unit_id, body)])[
        0
    ]


# ---- requests to departments ----
@router.get("/department-requests", responses=_READ)
def list_department_requests(
    session: Read, viewer: CurrentViewer, town_id: ViewedTown
) -> DepartmentRequestList:
    """协调请求: what the office asked departments; for a department what it was asked (S09)."""
    items = requests.listed(session, viewer, town_id)
    return DepartmentRequestList(
        items=items,
        open=sum(one.answered_at is None for one in items),
        may_ask=policy.keeps(session, viewer, town_id),
    )


@router.post("/department-requests", status_code=201, responses=_WRITE)
def ask_department(
    body: DepartmentRequestIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown
) -> DepartmentRequestOut:
    """Ask a department, maybe about a case."""
    return requests.show(session, viewer, [requests.ask(session, viewer, town_id, body)])[0]


@router.put("/department-requests/{request_id}/answer", responses=_WRITE)
def answer_department_request(
    request_id: uuid.UUID, body: AnswerIn, session: Tx, viewer: CurrentViewer
) -> DepartmentRequestOut:
    """The department's word."""
    return requests.show(session, viewer, [requests.answer(session, viewer, request_id, body)])[0]


# ---- petitions ----
@router.get("/petitions", responses=_READ)
def list_petitions(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    days: Annotated[int, Query(ge=1, le=1200, description="So many local days up to today")] = 365,
) -> PetitionList:
    """信访: what was complained of to higher offices, without names; and how often (M37, D23)."""
    items = petitions.listed(session, viewer, town_id, days)
    return PetitionList(
        items=items,
        days=days,
        count=petitions.counted(session, town_id, *petitions.since(session, viewer, days)),
        may_record=policy.keeps(session, viewer, town_id),
    )


@router.post("/petitions", status_code=201, responses=_WRITE)
def record_petition(body: PetitionIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown) -> PetitionOut:
    """One more: what and where."""
    return petitions.show(session, [petitions.record(session, viewer, town_id, body)])[0]


@router.post("/petitions/{petition_id}/strike", responses=_WRITE)
def strike_petition(
    petition_id: uuid.UUID, body: StrikeIn, session: Tx, viewer: CurrentViewer
) -> PetitionOut:
    """Entered by mistake: it stays, and counts no longer."""
    return petitions.show(session, [petitions.strike(session, viewer, petition_id, body.reason)])[0]


# ---- leads from online channels ----
@router.get("/leads", responses=_READ)
def list_leads(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    channel: LeadChannel | None = None,
    is_open: Annotated[bool | None, Query(alias="open", description="Neither a case nor answered")] = None,
) -> LeadList:
    """线索: what was read in online channels, and what became of it (D28)."""
    items = leads.listed(session, viewer, town_id, channel, is_open)
    return LeadList(
        items=items,
        open=sum(not one.is_filed and one.answered_at is None for one in items),
        may_register=policy.keeps(session, viewer, town_id),
    )


@router.post("/leads", status_code=201, responses=_WRITE | problems(LeadKnown))
def register_lead(body: LeadIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown) -> LeadOut:
    """One more, with its channel and its link."""
    return leads.show(session, viewer, [leads.register(session, viewer, town_id, body)])[0]


@router.post("/leads/{lead_id}/file", status_code=201, responses=_WRITE | problems(LeadFiled, NoCampaign))
def file_lead(lead_id: uuid.UUID, body: LeadFileIn, session: Tx, viewer: CurrentViewer) -> LeadOut:
    """It becomes a case: once."""
    return leads.show(session, viewer, [leads.file(session, viewer, lead_id, body)])[0]


@router.put("/leads/{lead_id}/answer", responses=_WRITE)
def answer_lead(lead_id: uuid.UUID, body: AnswerIn, session: Tx, viewer: CurrentViewer) -> LeadOut:
    """What was said in the channel."""
    return leads.show(session, viewer, [leads.answer(session, viewer, lead_id, body)])[0]
