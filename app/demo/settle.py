"""The demo town itself: units, people, teams, grids, points and who answers for them, from demo.yaml."""

import hashlib
import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core.clock import frozen, now
from app.core.config import get_settings
from app.demo.town import load_town, read_data
from app.features.identity import service as identity
from app.features.identity.models import Unit, User
from app.features.identity.passwords import hash_password
from app.features.identity.people import Grant
from app.features.identity.viewer import Viewer, load_viewer
from app.features.places import service as places
from app.features.places.declarations import put_declaration
from app.features.places.duty import Part
from app.features.places.duty_schemas import DeclaredIn
from app.features.places.models import Responsibility, UnitPair
from app.features.places.schemas import GridIn, PointIn, PositionIn
from app.features.standards import service as standards
from app.features.standards.models import Campaign
from app.features.standards.schemas import CampaignIn
from app.features.volunteers.models import Team, TeamMember, Volunteer


class Settled:
    """Codes and logins of demo.yaml → ids in this database."""

    def __init__(self) -> None:
        self.units: dict[str, uuid.UUID] = {}
        self.users: dict[str, uuid.UUID] = {}
        self.points: dict[str, uuid.UUID] = {}
        self.grids: dict[str, uuid.UUID] = {}

    def code(self, kind: str, value: Any) -> Any:
        """A unit's, units' or person's id by what the plan calls them."""
        if kind == "helpers":
            return [self.units[one] for one in value]
        return self.units[value] if kind == "unit" else self.users[value]


def settle(session: Session, at: datetime, password: str) -> Settled:
    """Write the town as of `at`. Everybody has the same password: it is a demo and says so."""
    town, ids = load_town(at), Settled()
    root = _units(session, town, ids)
    standards.load_standard(session, root.id, read_data("categories.yaml"))
    campaign = _campaign(session, town["campaign"], root.id)
    _pairs(session, town, ids, campaign.id)
    _people(session, town, ids, password)
    _teams(session, town, ids, root.id)
    _grids(session, town, ids, root.id)
    _points(session, town, ids, root.id)
    _accept_grids(session, town, ids, at)
    _responsibilities(session, town, ids, root.id)
    _declarations(session, town, ids, root.id)
    session.flush()
    return ids


def _units(session: Session, town: dict[str, Any], ids: Settled) -> Unit:
    made: dict[str, Unit] = {}
    for row in town["units"]:
        settings = {"timezone": town["timezone"], "is_demo": True} if row["kind"] == "town" else {}
        active = row.get("active_from")
        made[row["code"]] = identity.create_unit(
            session, code=row["code"], name_zh=row["zh"], name_en=row["en"], kind=row["kind"], tags=row.get("tags", []),
            parent=made.get(row["parent"]) if row["parent"] else None, settings=settings,
            active_from=date.fromisoformat(active) if active else None,
        )  # fmt: skip
    ids.units = {code: unit.id for code, unit in made.items()}
    return next(u for u in made.values() if u.kind == "town")


def _pairs(session: Session, town: dict[str, Any], ids: Settled, campaign_id: uuid.UUID) -> None:
    for pair in town["unit_pairs"]:
        one, other = ids.units[pair["a"]], ids.units[pair["b"]]
        session.add(UnitPair(campaign_id=campaign_id, unit_id=one, partner_id=other))
        session.add(UnitPair(campaign_id=campaign_id, unit_id=other, partner_id=one))


def _campaign(session: Session, row: dict[str, Any], town_id: uuid.UUID) -> Campaign:
    phases = [
        {
            "code": p["code"], "name_zh": p["zh"], "name_en": p["en"], "start_on": p["start"], "end_on": p["end"],
            "is_standby": p.get("standby", False),
        }
        for p in row["phases"]
    ]  # fmt: skip
    known = CampaignIn.model_fields["settings"].annotation
    wanted = getattr(known, "model_fields", {})
    settings = {k: v for k, v in row["settings"].items() if k in wanted} | {"mode": row["mode"]}
    campaign = CampaignIn.model_validate({
        "code": row["code"], "name_zh": row["zh"], "name_en": row["en"], "kind": row["kind"], "start_on": row["start_on"],
        "end_on": row["end_on"], "is_active": True, "phases": phases, "settings": settings,
    })  # fmt: skip
    return standards.put_campaign(session, town_id=town_id, campaign=campaign, actor_id=None)


def _people(session: Session, town: dict[str, Any], ids: Settled, password: str) -> None:
    for row in town["users"]:
        grants = [Grant(held["role"], ids.units[held["at"]]) for held in row["roles"]]
        born = row.get("birth_date")
        user = identity.create_user(
            session, login=row["login"], name_zh=row["zh"], name_en=row.get("en", ""), title=row.get("title_zh", ""),
            unit_id=ids.units[row["unit"]], birth_on=date.fromisoformat(born) if born else None, grants=grants,
        )  # fmt: skip
        ids.users[row["login"]] = user.id
        if row.get("volunteer_kind"):
            since = row.get("registered_on")
            session.add(
                Volunteer(
                    user_id=user.id,
                    kind=row["volunteer_kind"],
                    registered_on=date.fromisoformat(since) if since else None,
                )
            )
    session.flush()
    # One hash for all: a demo of two hundred people should not take two hundred times argon2.
    agreed = {"consent_version": get_settings().consent_version, "consented_at": now()}
    session.execute(update(User).values(password_hash=hash_password(password), **agreed))


def _teams(session: Session, town: dict[str, Any], ids: Settled, town_id: uuid.UUID) -> None:
    teams = {
        row["code"]: Team(
            town_id=town_id, unit_id=ids.units[row["unit"]], code=row["code"], name_zh=row["zh"], name_en=row["en"],
            kind=row["kind"], is_emergency=row.get("emergency", False), size=row.get("size"),
        )
        for row in town["teams"]
    }  # fmt: skip
    session.add_all(teams.values())
    session.flush()
    for row in town["users"]:
        session.add_all(
            TeamMember(team_id=teams[code].id, user_id=ids.users[row["login"]])
            for code in row.get("teams", [])
        )


def _grids(session: Session, town: dict[str, Any], ids: Settled, town_id: uuid.UUID) -> None:
    for row in town["grids"]:
        grid = GridIn.model_validate({
            "code": row["code"], "name_zh": row["name_zh"], "name_en": row["name_en"],
            "community_id": ids.units[row["community"]], "support_unit_id": ids.units.get(row.get("support_unit", "")),
            "officer_id": ids.users.get(row.get("officer", "")), "response_levels": row["response_levels"] | {"department_ids": [ids.units[code] for code in CALLED]},
            "geometry": {"type": "Polygon", "coordinates": [row["polygon"]]},
        })  # fmt: skip
        made = places.put_grid(session, town_id, grid)
        session.flush()
        ids.grids[row["code"]] = made.id


CALLED = ("D05", "D08")
"""Departments that answer with the town for a difficult case of a grid."""
GRIDS_NOT_YET_TAKEN = 2
"""So many of the last grids still wait for somebody to accept their duty."""


def _accept_grids(session: Session, town: dict[str, Any], ids: Settled, at: datetime) -> None:
    """Officer, community and support unit of each grid accept its duty, a fortnight into the campaign."""
    session.flush()
    speaker = {
        held["at"]: user["login"] for user in town["users"] for held in user["roles"] if held["role"] == "liaison"
    }  # fmt: skip
    viewers: dict[str, Viewer] = {}
    taken = town["grids"][:-GRIDS_NOT_YET_TAKEN]
    asked: list[tuple[Any, Part, str]] = [(row, "officer", row["officer"]) for row in town["grids"]]
    asked += [(row, "community", speaker[row["community"]]) for row in taken]
    asked += [(row, "support_unit", speaker[row["support_unit"]]) for row in taken]
    start = datetime.fromisoformat(town["campaign"]["start_on"]).replace(tzinfo=at.tzinfo)
    for number, (row, part, login) in enumerate(asked):
        if login not in viewers:
            viewers[login] = load_viewer(session, session.get_one(User, ids.users[login]))
        with frozen(start + timedelta(days=14, hours=1, minutes=7 * number)):
            places.accept_grid(session, viewers[login], grid_id=ids.grids[row["code"]], part=part)


def _points(session: Session, town: dict[str, Any], ids: Settled, town_id: uuid.UUID) -> None:
    for row in town["points"]:
        point = PointIn.model_validate({
            "code": row["code"], "type_code": row["type"], "name_zh": row["zh"], "name_en": row["en"],
            "is_key": row.get("is_key", False), "is_point": not row["code"].startswith("N"),
            "position": PositionIn(lon=row["lon"], lat=row["lat"]), "geometry": row.get("geometry"),
            "grid_id": ids.grids.get(row.get("grid", "")), "territory_id": ids.units.get(row.get("territory", "")),
            "responsible_unit_id": ids.units.get(row.get("responsible_unit", "")),
            "support_unit_id": ids.units.get(row.get("support_unit", "")),
            "point_chief_id": ids.users.get(row.get("point_chief", "")),
            "profile": {"standard_profile": row["standard_profile"]} if "standard_profile" in row else {},
        })  # fmt: skip
        made = places.put_point(session, town_id, point)
        session.flush()
        ids.points[row["code"]] = made.id


def _responsibilities(session: Session, town: dict[str, Any], ids: Settled, town_id: uuid.UUID) -> None:
    for row in town["responsibilities"]:
        subject = row["subject"]
        said = {name: row.get(name, "") for name in ("duty", "milestone", "measure")}
        for code in row.get("points", []):
            session.add(
                Responsibility(
                    town_id=town_id, role=row["role"], point_id=ids.points[code],
                    user_id=ids.users.get(subject), unit_id=ids.units.get(subject), **said,
                )
            )  # fmt: skip


def _declarations(session: Session, town: dict[str, Any], ids: Settled, town_id: uuid.UUID) -> None:
    """Two versions of the declared points: the second has two points more, one of which nobody looks after yet."""
    declared = [
        DeclaredIn(
            code=row["code"], type_code=row["type"], name_zh=row["zh"], is_key=True, lon=row["lon"], lat=row["lat"],
            unit_id=ids.units.get(row.get("responsible_unit", "")),
        )
        for row in town["points"] if row.get("is_key")
    ]  # fmt: skip
    started = datetime.fromisoformat(town["campaign"]["start_on"]).replace(tzinfo=now().tzinfo)
    extra = DeclaredIn(code="K26", type_code="SQUARE", name_zh="滨湖文化广场", is_key=True)
    versions = (("点位申报初表", 7, declared[:-1]), ("点位申报终表", 40, [*declared, extra]))
    for label, day, rows in versions:
        with frozen(started + timedelta(days=day, hours=1)):
            put_declaration(
                session, town_id, rows, label=label, source_name=f"{label}.xlsx", declared_by_id=ids.users["u.office1"],
                source_sha256=hashlib.sha256(label.encode()).hexdigest(),
            )  # fmt: skip
