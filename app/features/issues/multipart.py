"""A report and its photos as one form: a JSON field `report`, or plain fields; files as `photo`, `after`, `site`."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from app.core import db
from app.core.clock import now
from app.core.errors import Forbidden, Invalid, UnsupportedMedia
from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.issues import intake, policy
from app.features.issues.bodies import ReportIn
from app.features.photos import formats, upload

MOST_FILES, MOST_FIELDS = 20, 40
NAMESPACE = uuid.UUID("6f3e4f3a-8d0f-4b0e-9d5a-0d9a5f1b7c11")
"""Turns an Idempotency-Key that is no UUID into one; reports are unique per person, so keys of others do not meet."""
ROLES = {"photo": "before", "photos": "before", "before": "before", "after": "after", "site": "site"}
PLAIN = (
    "action", "category", "description", "nature", "source", "point_id", "no_point", "far_reason", "captured_at",
    "clock_offset_seconds", "fixed_by", "issue_id", "external_ref", "visit_id",
)  # fmt: skip
PLACE = ("lon", "lat", "accuracy_m", "age_seconds", "crs", "reason")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "report": {"type": "string", "description": "The JSON of PUT /api/reports/{id}; or the fields below"},
        **{name: {"type": "string"} for name in (*PLAIN, *PLACE)},
        **{
            name: {"type": "array", "items": {"type": "string", "format": "binary"}}
            for name in ("photo", "after", "site")
        },
    },
}


def report_id_of(key: str | None) -> uuid.UUID:
    """The report's id: the key itself, one made from it, or a new one."""
    if not key:
        return uuid.uuid4()
    try:
        return uuid.UUID(key)
    except ValueError:
        return uuid.uuid5(NAMESPACE, key)


async def read(request: Request, viewer: Viewer, report_id: uuid.UUID) -> ReportIn:
    """Take in the files of the form, and return the report that names them. The form's own files are gone afterwards."""
    if not (viewer.is_pending or viewer.has(*policy.FILERS, Role.PUBLIC)):
        raise Forbidden()
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as form:
        said = await run_in_threadpool(_said, form, viewer, report_id)
        files = [(name, value) for name, value in form.multi_items() if isinstance(value, UploadFile)]
        named = _named(said, [name for name, _ in files], report_id)
        body = _checked(said | {"photos": named})
        for photo, (_, file) in zip(body.photos, files, strict=False):
            await _take_in(viewer, photo.id, file)
    return body


def _said(form: FormData, viewer: Viewer, report_id: uuid.UUID) -> dict[str, Any]:
    whole = form.get("report")
    if isinstance(whole, str):
        return _checked_json(whole)
    said: dict[str, Any] = {
        name: form[name] for name in PLAIN if isinstance(form.get(name), str) and form[name] != ""
    }
    place = {name: form[name] for name in PLACE if isinstance(form.get(name), str) and form[name] != ""}
    said.setdefault("action", "submit")
    if place:
        said["position"] = place
    if "captured_at" not in said:
        said["captured_at"] = _captured_at(viewer, report_id)
    return said


def _captured_at(viewer: Viewer, report_id: uuid.UUID) -> str:
    """Now; of a repeated request what was taken the first time, or it would be another report."""
    with db.reading() as session:
        known = intake.find(session, viewer.user_id, report_id)
        return str(known.body["captured_at"]) if known else now().isoformat()


def _checked_json(whole: str) -> dict[str, Any]:
    try:
        return ReportIn.model_validate_json(whole).model_dump(mode="json")
    except ValidationError as exc:
        raise RequestValidationError(exc.errors()) from exc


def _checked(said: dict[str, Any]) -> ReportIn:
    try:
        return ReportIn.model_validate(said)
    except ValidationError as exc:
        raise RequestValidationError(exc.errors()) from exc


def _named(said: dict[str, Any], fields: list[str], report_id: uuid.UUID) -> list[dict[str, Any]]:
    """The photos the report names, in the files' order; or one for each file, its role by the field's name."""
    named: list[dict[str, Any]] = said.get("photos") or []
    if named:
        if len(named) < len(fields):
            raise Invalid(fields=[{"at": ["body", "photos"], "why": "more_files_than_named"}])
        return named
    if unknown := [name for name in fields if name not in ROLES]:
        raise Invalid(fields=[{"at": ["body", name], "why": "unknown_file_field"} for name in unknown])
    place = {
        k: v
        for k, v in (said.get("position") or {}).items()
        if k in ("lon", "lat", "accuracy_m", "crs") and v
    }
    return [
        {
            "id": str(uuid.uuid5(report_id, str(number))),
            "role": ROLES[name],
            "captured_at": said["captured_at"],
            "capture": "album",
            **place,
        }
        for number, name in enumerate(fields)
    ]


async def _take_in(viewer: Viewer, photo_id: uuid.UUID, file: UploadFile) -> None:
    media_type = formats.sniff(await file.read(64))
    await file.seek(0)
    if media_type is None:
        raise UnsupportedMedia()
    async with upload.received(_chunks(file)) as body:
        await upload.take_in(
            body, owner_id=viewer.user_id, client_id=photo_id, media_type=media_type, sha256=None
        )


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(64 * 1024):
        yield chunk
