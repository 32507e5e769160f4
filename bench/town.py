"""The town that is measured: units, people with their roles, points, grids, categories. The same for every size."""

import random
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from app.core import geo
from app.core.clock import now
from app.features.identity.models import RoleHold, SessionRow, Unit, UnitReach, User
from app.features.identity.viewer import token_hash
from app.features.places.models import Grid, Point
from app.features.places.spatial import cell_of, widened
from app.features.standards.models import Campaign, Category

WEST, SOUTH, SPREAD = 120.10, 31.10, 0.12
"""Some 11 by 13 km."""
POINTS, GRIDS_A_SIDE, UNITS, VOLUNTEERS = 400, 12, 60, 200
CATEGORIES = (
    ("乱堆乱放", "Dumped things"), ("占道经营", "Street stalls"), ("路面破损", "Broken pavement"),
    ("垃圾满溢", "Overflowing bins"), ("飞线充电", "Loose charging cables"), ("车辆乱停", "Bad parking"),
    ("小广告", "Illegal posters"), ("绿化缺失", "Bare verges"), ("井盖缺失", "Missing covers"),
    ("路灯不亮", "Dark street lamps"), ("污水横流", "Waste water"), ("违章搭建", "Unlawful building"),
)  # fmt: skip
WORDS = "门口北侧南边楼道人行道旁堆放杂物影响通行请尽快清理花坛内有生活垃圾未及时清运商铺前占用盲道"


@dataclass
class Town:
    """Ids that cases refer to."""

    id: uuid.UUID
    campaign_id: uuid.UUID
    units: list[uuid.UUID]
    volunteers: list[uuid.UUID]
    dispatcher: uuid.UUID
    reviewer: uuid.UUID
    liaison: uuid.UUID
    categories: list[tuple[uuid.UUID, str]]
    points: list[tuple[uuid.UUID, float, float, str]]


class Ids:
    """UUIDs of a seed: the same each time."""

    def __init__(self, seed: int, mark: str = "") -> None:
        self.chance, self.mark = random.Random(seed), mark

    def next(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)


def _unit(session: Session, ids: Ids, parent: Unit | None, **values: Any) -> Unit:
    row = Unit(id=ids.next(), parent_id=parent.id if parent else None, **values)
    row.town_id = parent.town_id if parent else row.id
    session.add(row)
    session.flush()
    above = [parent.id] if parent else []
    session.add_all(UnitReach(ancestor_id=a, unit_id=row.id) for a in [*above, row.id])
    return row


def _person(session: Session, ids: Ids, at: Unit, login: str, *roles: str) -> uuid.UUID:
    row = User(id=ids.next(), login=login + ids.mark, name_zh=f"张{login}", unit_id=at.id)
    session.add(row)
    session.flush()
    session.add_all(RoleHold(id=ids.next(), user_id=row.id, role=role, unit_id=at.id) for role in roles)
    return row.id


def build(session: Session, number: int = 1) -> Town:
    """Add the town, or one more, and say what cases may refer to."""
    ids = Ids(number, f".{number}" if number > 1 else "")
    code = "BENCH" + ids.mark
    town = _unit(session, ids, None, kind="town", code=code, name_zh="测速镇", name_en="Benchton")
    town.settings = {"timezone": "Asia/Shanghai"}
    today = now().date()
    campaign = Campaign(
        id=ids.next(), town_id=town.id, code="C1", name_zh="创建", kind="civilized_city",
        start_on=today - timedelta(days=300), end_on=today + timedelta(days=300), next_issue_no=10_000_000,
    )  # fmt: skip
    session.add(campaign)
    units = [
        _unit(session, ids, town, kind="department", code=f"U{n}", name_zh=f"单位{n}", name_en=f"Unit {n}")
        for n in range(UNITS)
    ]
    communities = [
        _unit(session, ids, town, kind="community", code=f"V{n}", name_zh=f"社区{n}") for n in range(20)
    ]
    people = [_person(session, ids, communities[n % 20], f"v{n}", "volunteer") for n in range(VOLUNTEERS)]
    liaisons = [_person(session, ids, unit, f"l{n}", "liaison") for n, unit in enumerate(units)]
    categories = _categories(session, ids, town.id)
    grids = _grids(session, ids, town.id, communities)
    return Town(
        town.id,
        campaign.id,
        [u.id for u in units],
        people,
        _person(session, ids, town, "dispatcher", "dispatcher"),
        _person(session, ids, town, "reviewer", "reviewer"),
        liaisons[0],
        categories,
        _points(session, ids, town.id, grids, [c.id for c in communities]),
    )


def _categories(session: Session, ids: Ids, town_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    made = []
    for number, (zh, en) in enumerate(CATEGORIES):
        row = Category(
            id=ids.next(), town_id=town_id, code=f"K{number}", name_zh=zh, name_en=en, theme="environment",
            handling_class="general", nature="ordinary", deadline_hours=24, evidence="after_photo",
        )  # fmt: skip
        session.add(row)
        made.append((row.id, zh))
    session.flush()
    return made


def _boxed(box: geo.Box) -> dict[str, Any]:
    sides = {"min_lon": box.west, "min_lat": box.south, "max_lon": box.east, "max_lat": box.north}
    return {"cell": cell_of(box), **sides}


def _grids(session: Session, ids: Ids, town_id: uuid.UUID, communities: list[Unit]) -> list[uuid.UUID]:
    side, rows = SPREAD / GRIDS_A_SIDE, []
    for number in range(GRIDS_A_SIDE**2):
        west, south = WEST + number % GRIDS_A_SIDE * side, SOUTH + number // GRIDS_A_SIDE * side
        ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side]]
        shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        row = {"id": ids.next(), "town_id": town_id, "code": f"G{number}", "name_zh": f"网格{number}"}
        row |= {"geometry": shape, "community_id": communities[number % 20].id}
        rows.append(row | _boxed(geo.bbox(shape)))
    session.execute(insert(Grid), rows)
    return [row["id"] for row in rows]


def _points(
    session: Session, ids: Ids, town_id: uuid.UUID, grids: list[uuid.UUID], communities: list[uuid.UUID]
) -> list[tuple[uuid.UUID, float, float, str]]:
    rows = []
    for number in range(POINTS):
        lon, lat = (start + ids.chance.random() * SPREAD for start in (WEST, SOUTH))
        row = {"id": ids.next(), "town_id": town_id, "code": f"P{number}", "name_zh": f"点位{number}"}
        row |= {
            "lon": lon,
            "lat": lat,
            "type_code": "RES",
            "buffer_m": 20,
            "grid_id": ids.chance.choice(grids),
        }
        row |= {"territory_id": communities[number % 20]}
        rows.append(row | _boxed(widened(geo.Box(lon, lat, lon, lat), 20)))
    session.execute(insert(Point), rows)
    return [(row["id"], row["lon"], row["lat"], row["name_zh"]) for row in rows]


def sign_in(session: Session, user_id: uuid.UUID, name: str) -> str:
    """A live session of this person; its token is the same for every run, so that they do not pile up."""
    token, at = f"bench-{name}", now()
    hashed = token_hash(token)
    session.execute(delete(SessionRow).where(SessionRow.token_hash == hashed))
    until = at + timedelta(days=1)
    row = SessionRow(user_id=user_id, token_hash=hashed, created_at=at, last_seen_at=at, expires_at=until)
    row.idle_seconds, row.second_factor_at = 86400, at
    session.add(row)
    return token
