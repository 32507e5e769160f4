"""A third party's sheet of findings (Z10): each row becomes a case at the desk, in the grid that it names, with its photos.

The pictures come before, by PUT /api/photos/{id}; the sheet names them. Without one a row is refused.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from app.core import geo
from app.core.errors import Forbidden, Problem
from app.features.identity.models import Role
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.interop import values
from app.features.interop.errors import FileRefused
from app.features.interop.importers import Parser, RowRefused, Target, middle_of, parsed, refusals
from app.features.interop.reading import Cell, Row
from app.features.interop.schemas import Fault
from app.features.interop.values import BadCell
from app.features.issues import intake
from app.features.issues.bodies import ReportIn
from app.features.issues.policy import DESK
from app.features.photos.models import Photo
from app.features.places.models import Grid
from app.features.standards.models import Category

IMPORTERS = (Role.THIRD_PARTY, *DESK)
NAMESPACE = uuid.UUID("2b8f0c9e-53b1-4d07-9a86-0f4d2d1f6a35")
"""Makes a row's report id of its number: the same sheet again files nothing twice."""


def require_importer(viewer: Viewer, town_id: uuid.UUID) -> None:
    """Third parties and the desk, for their own town."""
    if not viewer.has(*IMPORTERS) or viewer.town_id != town_id:
        raise Forbidden()


def named_photos(text: str) -> dict[str, uuid.UUID]:
    """{file name: id of the photo sent before}, as the form field says it."""
    try:
        said = json.loads(text or "{}")
        return {str(name).casefold(): uuid.UUID(str(one)) for name, one in said.items()}
    except (ValueError, AttributeError, RecursionError) as exc:
        raise FileRefused("photos", "`photos` is {file name: id of a photo}.") from exc


class Findings:
    """Rows by their number. Nothing is filed before every row is right."""

    def __init__(self, target: Target) -> None:
        if target.viewer is None:
            raise FileRefused("no-person", "Findings are reported by a person.")
        session, town_id = target.session, target.town_id
        self.target, self.viewer = target, target.viewer
        self.grids = {row.id: row for row in session.scalars(select(Grid).where(Grid.town_id == town_id))}
        in_force = Category.town_id == town_id, Category.superseded_at.is_(None), Category.is_active
        terms = [
            {"code": kind.code, "name_zh": kind.name_zh, "name_en": kind.name_en}
            for kind in session.scalars(select(Category).where(*in_force))
        ]
        mine = Photo.owner_id == self.viewer.user_id, Photo.deleted_at.is_(None)
        self.photos = set(session.scalars(select(Photo.client_id).where(*mine)))
        self.zone = zone_of(session, self.viewer)
        self.todo: list[tuple[uuid.UUID, ReportIn]] = []
        self.parsers: dict[str, Parser] = {
            "grid": values.grids_of(session, town_id).find,
            "category": lambda text: values.term(text, terms),
            "lon": values.number,
            "lat": values.number,
            "crs": values.crs,
            "found_at": self._moment,
            "photos": self._photos,
        }

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]:
        return rows

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        found = parsed(cells, self.parsers)
        report_id = uuid.uuid5(NAMESPACE, f"{self.target.town_id} {found['code']}")
        try:
            body = ReportIn.model_validate(self._said(found))
        except ValidationError as exc:
            raise RowRefused([(str(e["loc"][0]), e["type"].replace("_", "-")) for e in exc.errors()]) from exc
        known = intake.find(self.target.session, self.viewer.user_id, report_id)
        if known is None:
            self.todo.append((report_id, body))
            return "created"
        if known.body_sha256 != intake.fingerprint(body.model_dump(mode="json")):
            raise RowRefused([("code", "filed-otherwise")])
        return "unchanged"

    def _said(self, found: Mapping[str, Any]) -> dict[str, Any]:
        at = found["found_at"].isoformat()
        shots = [
            {"id": one, "role": "before", "captured_at": at, "capture": "album"} for one in found["photos"]
        ]
        return {
            "action": "submit", "source": "third_party", "category": found["category"], "external_ref": found["code"],
            "description": found.get("description", ""), "position": self._position(found), "no_point": True,
            "captured_at": at, "clock_offset_seconds": 0, "photos": shots,
        }  # fmt: skip

    def _position(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Where the row says, which must lie in its grid; without a position the middle of the grid."""
        grid = self.grids[found["grid"]]
        lon, lat = found.get("lon"), found.get("lat")
        if (lon is None) != (lat is None):
            raise RowRefused([("lat" if lat is None else "lon", "missing")])
        if lon is None or lat is None:
            lon, lat = middle_of(grid.geometry)
            return {"lon": lon, "lat": lat, "source": "pin", "reason": grid.code}
        try:
            lon, lat = geo.to_wgs84(lon, lat, found.get("crs", self.target.crs))
        except Problem as problem:
            raise refusals(problem, "lon") from problem
        if geo.distance_to_geometry_m(lon, lat, grid.geometry) > 0:
            raise RowRefused([("lon", "outside-grid")])
        return {"lon": lon, "lat": lat, "source": "pin"}

    def _moment(self, text: str) -> datetime:
        """In the town's time unless it says otherwise."""
        try:
            said = datetime.fromisoformat(text.replace("/", "-"))
        except ValueError:
            raise BadCell("not-a-date") from None
        return said if said.tzinfo else said.replace(tzinfo=self.zone)

    def _photos(self, text: str) -> list[str]:
        """Photos by file name, as `photos` of the form says, or by id."""
        ids = []
        for name in values.parts(text):
            found = self.target.photos.get(name.casefold())
            try:
                one = found or uuid.UUID(name)
            except ValueError:
                raise BadCell("unknown-photo") from None
            if one not in self.photos:
                raise BadCell("photo-not-here")
            ids.append(str(one))
        return ids

    def finish(self) -> tuple[list[Fault], list[Fault]]:
        """File them, oldest first as they stand in the sheet."""
        if not self.target.is_dry_run:
            for report_id, body in self.todo:
                intake.receive(self.target.session, self.viewer, report_id, body)
        return [], []
