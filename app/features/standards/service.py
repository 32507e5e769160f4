"""What an office does with campaigns and standards: load, revise, switch off, set."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.identity.roles import CONFIGURERS
from app.features.identity.viewer import Viewer
from app.features.standards import checklists, queries
from app.features.standards.errors import CodeTaken
from app.features.standards.loading import focus_fits, known_codes, read_standard, unknown_in
from app.features.standards.models import (
    Campaign,
    Category,
    CheckItem,
    PointType,
    Standard,
)
from app.features.standards.models import (
    touch as touch,
)
from app.features.standards.queries import Revisioned, system_by_code
from app.features.standards.schemas import (
    CampaignIn,
    CampaignOut,
    CampaignPatch,
    CampaignSettings,
    CategoryIn,
    CheckItemIn,
    Lists,
    PointTypeIn,
)
from app.features.standards.town import sees_town

IN_SCHEMA: dict[type[Any], type[BaseModel]] = {
    Category: CategoryIn,
    CheckItem: CheckItemIn,
    PointType: PointTypeIn,
}


def require_configurer(session: Session, viewer: Viewer, town_id: uuid.UUID) -> None:
    """403 unless `viewer` may configure the (visible) town."""
    if viewer.is_pending or not viewer.reaches(session, town_id, *CONFIGURERS):
        raise Forbidden()


def list_tag(session: Session, town_id: uuid.UUID, name: str) -> str:
    """What a phone that holds the newest list `name` of a town holds."""
    return queries.system_list_tag(session, town_id, name)


def active_campaign(session: Session, town_id: uuid.UUID) -> Campaign | None:
    """The one active campaign of a town, if there is one."""
    return session.scalar(_ACTIVE, {"town": town_id})


def active_campaigns(session: Session, town_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Campaign]:
    """The same of several towns, as far as they have one."""
    found = select(Campaign).where(Campaign.town_id.in_(set(town_ids)), Campaign.is_active)
    return {campaign.town_id: campaign for campaign in session.scalars(found)}


_ACTIVE = select(Campaign).where(Campaign.town_id == bindparam("town"), Campaign.is_active)


def setting(campaign: Campaign, key: str) -> Any:
    """A setting of a campaign, or its default. An unknown key is a mistake of the caller: KeyError."""
    return campaign.settings.get(key, CampaignSettings.model_fields[key].default)


def time_factor(campaign: Campaign) -> int:
    """How many times the hours of a category count: more than once in long-term mode (Z40)."""
    return int(setting(campaign, "long_term_factor")) if setting(campaign, "mode") == "long_term" else 1


def category_by_code(session: Session, town_id: uuid.UUID, code: str) -> Category | None:
    """The revision in force of a category, switched off or not."""
    return system_by_code(session, Category, town_id, code)


def category_or_other(session: Session, town_id: uuid.UUID, code: str) -> Category | None:
    """The category named or, where the town no longer has it, its catch-all. None: the town has no categories."""
    if found := category_by_code(session, town_id, code):
        return found
    return queries.system_catch_all(session, town_id)


def point_type_by_code(session: Session, town_id: uuid.UUID, code: str) -> PointType | None:
    """The revision in force of a point type, switched off or not."""
    return system_by_code(session, PointType, town_id, code)


def point_types(session: Session, town_id: uuid.UUID) -> Sequence[PointType]:
    """All point types in force, switched-off ones included, by code."""
    return queries.system_current(session, PointType, town_id)


def lists_of(session: Session, town_id: uuid.UUID) -> dict[str, Any]:
    """The closed lists of the town's standard: natures, themes, handling classes …; empty where none is loaded."""
    standard = queries.system_standard(session, town_id)
    return standard.lists if standard else {}


def nature_of(session: Session, town_id: uuid.UUID, code: str) -> dict[str, Any] | None:
    """First response time and approvals of a nature (一般, 紧急, 疑难) in the town's standard."""
    natures: list[dict[str, Any]] = lists_of(session, town_id).get("natures", [])
    return next((nature for nature in natures if nature["code"] == code), None)


def load_standard(session: Session, town_id: uuid.UUID, source: Path | Mapping[str, Any]) -> Standard:
    """Put a standard in force. The same one again changes nothing; a new one supersedes what it changes.

    Entries that came with an earlier standard and are not in this one are switched off; a town's own stay.
    """
    loaded = read_standard(source)
    digest = hashlib.sha256(loaded.model_dump_json().encode()).hexdigest()
    current = queries.system_standard(session, town_id)
    if current is not None and current.version == loaded.version and current.lists.get("digest") == digest:
        return current
    for standard in session.scalars(select(Standard).where(Standard.town_id == town_id)):
        standard.is_current = False
    standard = session.scalar(
        select(Standard).where(Standard.town_id == town_id, Standard.version == loaded.version)
    ) or Standard(town_id=town_id, version=loaded.version)
    standard.lists = loaded.lists.model_dump(mode="json") | {"digest": digest}
    standard.is_current, standard.loaded_at = True, now()
    session.add(standard)
    _put_in_force(session, Category, town_id, loaded.categories, loaded.version)
    _put_in_force(session, CheckItem, town_id, loaded.check_items, loaded.version)
    _put_in_force(session, PointType, town_id, loaded.point_types, loaded.version)
    touch(session, town_id, "standards")
    session.flush()
    return standard


def _put_in_force(
    session: Session,
    model: type[Revisioned],
    town_id: uuid.UUID,
    entries: Sequence[BaseModel],
    version: str,
) -> None:
    current = {row.code: row for row in queries.system_current(session, model, town_id)}
    wanted = {values["code"]: values for values in (entry.model_dump(mode="json") for entry in entries)}
    for code, values in wanted.items():
        _revise(session, model, town_id, current.get(code), values | {"extra": {"standard": version}})
    for code, row in current.items():
        if code not in wanted and row.is_active and "standard" in row.extra:
            _revise(session, model, town_id, row, {"is_active": False})
    session.flush()


def _revise(
    session: Session,
    model: type[Revisioned],
    town_id: uuid.UUID,
    old: Revisioned | None,
    values: Mapping[str, Any],
) -> Revisioned:
    """A new revision of `old` with `values`; `old` itself where nothing would change."""
    fields = [*IN_SCHEMA[model].model_fields, "extra"]
    before = {field: getattr(old, field) for field in fields} if old is not None else {"extra": {}}
    after = before | dict(values)
    if old is not None and before == after:
        return old
    if old is not None:
        old.superseded_at = now() if model is Category else checklists.edit_time(session, town_id)
        session.flush()  # the index allows one revision in force: the old one leaves first
    row = model(town_id=town_id, revision=old.revision + 1 if old else 1, **after)
    session.add(row)
    return row


def add_entry(
    session: Session, viewer: Viewer, model: type[Revisioned], *, town_id: uuid.UUID, entry: BaseModel
) -> Revisioned:
    """A town's own category, check item or point type."""
    require_configurer(session, viewer, town_id)
    values = entry.model_dump(mode="json")
    if system_by_code(session, model, town_id, values["code"]) is not None:
        raise CodeTaken(value=values["code"])
    _check_codes(session, town_id, values)
    row = _revise(session, model, town_id, None, values)
    _changed(session, viewer, row, "added")
    return row


def put_category(session: Session, town_id: uuid.UUID, entry: CategoryIn) -> tuple[Category, bool]:
    """Make or revise a category, for imports; says whether that changed anything. The caller touches the list."""
    values = entry.model_dump(mode="json")
    _check_codes(session, town_id, values)
    old = category_by_code(session, town_id, entry.code)
    row = _revise(session, Category, town_id, old, values)
    return row, row is not old


def revise_entry(
    session: Session,
    viewer: Viewer,
    model: type[Revisioned],
    *,
    town_id: uuid.UUID,
    code: str,
    patch: BaseModel,
    base_revision: int,
) -> Revisioned:
    """An edit: a new revision. Cases keep the revision they were filed under."""
    old = system_by_code(session, model, town_id, code)
    if old is None:
        raise NotFound()
    require_configurer(session, viewer, town_id)
    if old.revision != base_revision:
        raise VersionConflict(version=old.revision)
    values = patch.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    if {"handling_class", "focus"} & values.keys() and isinstance(old, Category):
        values = {"handling_class": old.handling_class, "focus": old.focus} | values
    _check_codes(session, town_id, values)
    row = _revise(session, model, town_id, old, values)
    if row is not old:
        _changed(session, viewer, row, "revised")
    return row


def _check_codes(session: Session, town_id: uuid.UUID, values: Mapping[str, Any]) -> None:
    standard = queries.system_standard(session, town_id)
    lists = Lists.model_validate(standard.lists) if standard is not None else Lists()
    known = known_codes(lists) if standard is not None else {}
    for field, model in (("category_codes", Category), ("check_item_codes", CheckItem)):
        if field in values:
            found = select(model.code).where(model.town_id == town_id, model.superseded_at.is_(None))
            known[field] = set(session.scalars(found))
    unknown = list(unknown_in(values, known))
    if "focus" in values and not focus_fits(lists, values["handling_class"], values["focus"]):
        unknown.append("focus")
    if unknown:
        raise Invalid(fields=[{"at": ["body", field], "why": "unknown-code"} for field in unknown])


def _changed(session: Session, viewer: Viewer, row: Category | CheckItem | PointType, what: str) -> None:
    touch(session, row.town_id, "standards")
    session.flush()
    audit.record(
        session,
        f"standard.{what}",
        actor_id=viewer.user_id,
        subject_kind=row.__tablename__,
        subject_id=row.id,
        detail={"code": row.code, "revision": row.revision},
    )


def open_campaign(session: Session, viewer: Viewer, *, town_id: uuid.UUID, campaign: CampaignIn) -> Campaign:
    """A new campaign of a town; an active one takes over from the one before."""
    require_configurer(session, viewer, town_id)
    return put_campaign(session, town_id=town_id, campaign=campaign, actor_id=viewer.user_id)


def put_campaign(
    session: Session, *, town_id: uuid.UUID, campaign: CampaignIn, actor_id: uuid.UUID | None
) -> Campaign:
    """The same without a viewer, for commands and loaders."""
    taken = select(Campaign.id).where(Campaign.town_id == town_id, Campaign.code == campaign.code)
    if session.scalar(taken) is not None:
        raise CodeTaken(value=campaign.code)
    if campaign.is_active:
        _end_active(session, town_id)
    values = campaign.model_dump(mode="json", exclude={"start_on", "end_on"})
    row = Campaign(town_id=town_id, start_on=campaign.start_on, end_on=campaign.end_on, **values)
    session.add(row)
    _campaign_changed(session, actor_id, row, "opened")
    return row


def change_campaign(
    session: Session, viewer: Viewer, *, campaign_id: uuid.UUID, patch: CampaignPatch, base_version: int
) -> Campaign:
    """Dates, phases, settings, which one is active."""
    row = session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if row is None or not sees_town(session, viewer, row.town_id):
        raise NotFound()
    require_configurer(session, viewer, row.town_id)
    if row.version != base_version:
        raise VersionConflict(current=CampaignOut.model_validate(row).model_dump(mode="json"))
    values = patch.model_dump(exclude_unset=True, exclude_none=True)
    if "settings" in values:
        values["settings"] = _merged_settings(row, values["settings"])
    if "phases" in values:
        values["phases"] = [phase.model_dump(mode="json") for phase in patch.phases or []]
    if values.get("end_on", row.end_on) < values.get("start_on", row.start_on):
        raise Invalid(fields=[{"at": ["body", "end_on"], "why": "before-start"}])
    if values.get("is_active") and not row.is_active:
        _end_active(session, row.town_id)
    for field, value in values.items():
        setattr(row, field, value)
    row.version += 1
    _campaign_changed(session, viewer.user_id, row, "changed")
    return row


def _merged_settings(row: Campaign, changes: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return CampaignSettings.model_validate(row.settings | dict(changes)).model_dump(mode="json")
    except ValidationError as exc:
        raise Invalid(
            fields=[
                {"at": ["body", "settings", *map(str, e["loc"])], "why": e["type"], "message": e["msg"]}
                for e in exc.errors()
            ]
        ) from exc


def _end_active(session: Session, town_id: uuid.UUID) -> None:
    ended = update(Campaign).where(Campaign.town_id == town_id, Campaign.is_active)
    session.execute(ended.values(is_active=False, version=Campaign.version + 1))


def _campaign_changed(session: Session, actor_id: uuid.UUID | None, row: Campaign, what: str) -> None:
    touch(session, row.town_id, "standards")
    session.flush()
    audit.record(
        session,
        f"campaign.{what}",
        actor_id=actor_id,
        subject_kind="campaign",
        subject_id=row.id,
        detail={"code": row.code, "version": row.version, "is_active": row.is_active},
    )
