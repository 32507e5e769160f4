"""Photos, pairs and events of a case as they are shown: to the office all, to the unit its part, to the reporter the steps."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from app.core.geo import distance_m
from app.features.identity.viewer import Viewer
from app.features.issues.hints import Hint
from app.features.issues.lifecycle import Action
from app.features.issues.models import IssuePhoto, PhotoPair
from app.features.issues.people import Names
from app.features.issues.schemas import EventOut, PairOut, PhotoOut
from app.features.photos import service as photos
from app.features.photos.models import Photo, PhotoState, RenditionKind

A = Action
STEPS = frozenset(
    {
        A.SUBMIT, A.SUBMIT_FIXED, A.SUBMIT_CLOSED, A.ADD_WITNESS, A.DISPATCH, A.CLAIM, A.REJECT, A.APPEAL, A.MERGE, A.UNMERGE,
        A.ESCALATE, A.APPROVE_PLAN, A.DEFER, A.RESUME, A.RECTIFY, A.RETURN, A.CLOSE, A.APPROVE_CLOSE, A.LOOKBACK_PASS,
        A.NOT_FIXED, A.RELAPSE, A.REOPEN, A.VOID,
    }
)  # fmt: skip
"""What a reporter is told of; the rest is between desk, unit and reviewer."""
SAID_TO_REPORTER = frozenset({A.REJECT, A.VOID, A.MERGE})
"""Whose words are meant for the reporter too."""


def _url(photo: Photo, kind: RenditionKind) -> str | None:
    is_there = photo.state == PhotoState.READY and photo.deleted_at is None
    return photos.sign_media(photo.id, kind) if is_there else None


def _away(a: tuple[float | None, float | None], b: tuple[float | None, float | None]) -> float | None:
    if a[0] is None or a[1] is None or b[0] is None or b[1] is None:
        return None
    return round(distance_m(a[0], a[1], b[0], b[1]), 1)


def photos_out(
    rows: Sequence[Row[IssuePhoto, Photo]],
    names: Names,
    point: tuple[float, float] | None,
    cleared: Mapping[uuid.UUID, str],
    *,
    is_told: bool,
) -> list[PhotoOut]:
    """`point`: its longitude and latitude; `cleared`: links to cleared copies. `is_told`: also what the files claim."""
    return [_photo(row, file, names, point, cleared.get(file.id), is_told) for row, file in rows]


def _photo(
    row: IssuePhoto,
    file: Photo,
    names: Names,
    point: tuple[float, float] | None,
    cleared_url: str | None,
    is_told: bool,
) -> PhotoOut:
    said = {
        name: getattr(row, name)
        for name in (
            "id", "photo_id", "kind", "round_no", "is_required", "taken_at", "lon", "lat", "accuracy_m", "capture",
            "clock_offset_seconds",
        )
    }  # fmt: skip
    return PhotoOut(
        **said,
        by=names.person(row.by_id),
        received_at=file.received_at,
        distance_to_point_m=_away((row.lon, row.lat), point) if point else None,
        claims=file.claims if is_told else {},
        width=file.width,
        height=file.height,
        state=file.state,
        thumb_url=_url(file, RenditionKind.THUMB),
        large_url=_url(file, RenditionKind.LARGE),
        watermarked_url=_url(file, RenditionKind.WATERMARKED) if file.watermark else None,
        cleared_url=cleared_url if file.deleted_at is None else None,
    )


def pairs_out(
    rows: Sequence[PhotoPair],
    files: Sequence[Row[IssuePhoto, Photo]],
    names: Names,
    hints: Mapping[uuid.UUID, Hint],
    *,
    is_told: bool,
) -> list[PairOut]:
    """`is_told`: checks, doubts and decisions too; otherwise only which photo answers which. `hints`: by pair."""
    places = {row.id: (row.lon, row.lat) for row, _ in files}
    return [_pair(row, places, names, hints.get(row.id, Hint()), is_told) for row in rows]


def _pair(
    row: PhotoPair,
    places: dict[uuid.UUID, tuple[float | None, float | None]],
    names: Names,
    hint: Hint,
    is_told: bool,
) -> PairOut:
    after = places.get(row.after_id, (None, None)) if row.after_id else (None, None)
    return PairOut(
        id=row.id,
        round_no=row.round_no,
        before_id=row.before_id,
        after_id=row.after_id,
        state=row.state,
        is_suspect=row.is_suspect and is_told,
        checks=row.checks if is_told else [],
        verdict=row.verdict if is_told else None,
        is_clear=row.is_clear and is_told,
        aligned_url=hint.aligned_url,
        changes_url=hint.changes_url,
        reused=hint.reused,
        override_reason=row.override_reason if is_told else "",
        decided_by=names.person(row.decided_by_id),
        decided_at=row.decided_at,
        reason_code=row.reason_code if is_told else None,
        distance_m=_away(places.get(row.before_id, (None, None)), after),
    )


def steps_out(
    rows: Sequence[Row[*tuple[Any, ...]]], names: Names, *, office: bool, unit: bool, viewer: Viewer
) -> list[EventOut]:
    """The story: whole to those who handle the case, as steps to everybody else."""
    if office or unit:
        return [_event(event, event.body, names, event.data) for event in rows]
    return [
        _event(event, event.body if _is_for(event, viewer) else None, names, {})
        for event in rows
        if event.action in STEPS or event.actor_id == viewer.user_id
    ]


def _is_for(event: Any, viewer: Viewer) -> bool:
    return event.action in SAID_TO_REPORTER or event.actor_id == viewer.user_id


def _event(event: Any, text: str | None, names: Names, data: dict[str, Any]) -> EventOut:
    said = {
        name: getattr(event, name)
        for name in ("id", "seq", "action", "at", "device_at", "from_state", "to_state", "reason_code")
    }
    return EventOut(**said, actor=names.person(event.actor_id, event.role), text=text, data=data)
