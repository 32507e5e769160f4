"""HTTP of dispatch: the typed action routes, and whom a case can be sent to."""

import uuid

from pydantic import BaseModel

from app.core.db import Read
from app.core.errors import Forbidden, Unauthenticated, problems
from app.core.routes import Routes
from app.features.dispatch import (
    daily_routes,
    handover,
    jobs,
    merging,
    queries,
    requests,
    retention,
    sections,
    service,
)
from app.features.identity.models import Role
from app.features.identity.viewer import CurrentViewer
from app.features.issues.action_routes import add_actions
from app.features.issues.lifecycle import Action
from app.features.issues.policy import DISPATCHERS

router = Routes(tags=["dispatch"])
# Importing these registers effects, sections of a case, hooks and clocks.
REGISTERED = (handover, jobs, merging, requests, retention, sections, service)
router.include_router(daily_routes.router)
add_actions(
    router,
    Action.DISPATCH,
    Action.REASSIGN,
    Action.CLAIM,
    Action.BOUNCE,
    Action.RULE_BOUNCE,
    Action.ASSIGN,
    Action.RECTIFY,
    Action.WITHDRAW,
    Action.ASK_EXTEND,
    Action.EXTEND,
    Action.ASK_DEFER,
    Action.DEFER,
    Action.RESUME,
    Action.ASK_ESCALATE,
    Action.ESCALATE,
    Action.APPROVE_PLAN,
    Action.REFUSE_REQUEST,
    Action.ASK_VOID,
    Action.VOID,
)


class TargetPerson(BaseModel):
    id: uuid.UUID
    zh: str
    en: str
    role: str


class Target(BaseModel):
    """A unit a case can be sent to. Without a liaison it cannot (X02)."""

    id: uuid.UUID
    code: str
    zh: str
    en: str
    kind: str
    has_liaison: bool
    people: list[TargetPerson]


class Targets(BaseModel):
    items: list[Target]


class Workmate(TargetPerson):
    unit_id: uuid.UUID


class Workmates(BaseModel):
    items: list[Workmate]


@router.get("/dispatch/targets", responses=problems(Unauthenticated, Forbidden))
def list_dispatch_targets(session: Read, viewer: CurrentViewer) -> Targets:
    """Units of the town with their liaisons and rectifiers."""
    if not viewer.has(*DISPATCHERS):
        raise Forbidden()
    return Targets.model_validate({"items": queries.targets(session, viewer)})


@router.get("/dispatch/workmates", responses=problems(Unauthenticated, Forbidden))
def list_workmates(session: Read, viewer: CurrentViewer) -> Workmates:
    """To whom a liaison can assign work."""
    if not viewer.has(Role.LIAISON, Role.UNIT_PRINCIPAL):
        raise Forbidden()
    return Workmates.model_validate({"items": queries.workmates(session, viewer)})
