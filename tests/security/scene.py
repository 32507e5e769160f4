"""The town in which the matrix asks: one of everything that can be asked for, of the own side, of another unit, of another town."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core import db
from app.core.clock import now
from app.core.storage import get_storage
from app.features.crosscheck.models import (
    Assignment,
    CoordinationRequest,
    CrossFinding,
    CrossRound,
    PracticeTask,
    Ring,
)
from app.features.evidence.models import PhotoComparison
from app.features.identity.models import Invite, SessionRow, Unit, User
from app.features.identity.viewer import token_hash
from app.features.interop.models import Webhook
from app.features.issues.models import IssuePhoto
from app.features.patrols.models import Patrol, PatrolPlan, Visit, WatchPeriod
from app.features.photos.models import Photo, PhotoState, Rendition, RenditionKind
from app.features.places.models import Grid, PointDeclaration, Responsibility
from app.features.review.models import ReviewScore, ScoreSheet, SpecialAction
from app.features.standards.models import CheckItem, Standard
from app.features.volunteers.models import Team, TeamMember, Volunteer
from tests import factories
from tests.security.scene_papers import daily_sheets, documents, ledgers, shops
from tests.security.scene_rosters import rosters
from tests.support.cases import World
from tests.support.states import peopled

ZONE = ZoneInfo("Asia/Shanghai")
REPORTER, PHONE = "举报人甲", "13812345678"
PICTURE = b"\xff\xd8\xff\xe0 not looked at once it is stored"
COLUMNS = {
    "anon": None,
    "pend": "pending",
    "volu": "volunteer",
    "patr": "patroller",
    "rect": "rectifier",
    "liai": "liaison",
    "othr": "other_liaison",
    "area": "leader",
    "line": "line",
    "prin": "principal",
    "disp": "dispatcher",
    "revw": "reviewer",
    "offi": "admin",
    "sysa": "sysadmin",
    "audi": "auditor",
    "abrd": "abroad",
}
"""The columns of the matrix and who stands for them. othr: liaison of another unit; abrd: office of another town."""


@dataclass
class Scene:
    """Ids by name: `case:ours` is a case sent to the liaison's unit, `unit:abroad` one of another town."""

    town: World
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.ids[name]


def build(sign_in: Callable[[User], Any]) -> Scene:
    """The town of the case tests, with an administrator, and a second town."""
    town = peopled(sign_in)
    with db.transaction() as session:
        session.merge(town.people["volunteer"]).name_zh = REPORTER
        town.people["sysadmin"] = factories.user(session, town.town, "admin")
        factories.user(session, town.town, "admin")
        abroad = factories.town(session)
        factories.category(session, abroad, code="X", nature="ordinary")
        town.people["abroad"] = factories.user(session, abroad, "office_admin")
        factories.hold(session, town.people["abroad"], "dispatcher", abroad)
        # The invite was the liaison's and somebody forwarded it: until confirmed it opens nothing.
        factories.hold(session, town.people["pending"], "liaison", town.unit)
    scene = Scene(town)
    _cases(scene)
    with db.transaction() as session:
        _places(scene, session, abroad)
        _people(scene, session, abroad)
        _photos(scene, session)
        _rounds(scene, session)
        _records(scene, session)
        scene.ids |= daily_sheets(session, town.town, abroad)
        scene.ids |= documents(session, town, abroad)
        scene.ids |= shops(session, town, abroad, PHONE)
        scene.ids |= ledgers(session, town)
        _visits(scene, session)
        cases = {"own": scene["case:called"], "abroad": scene["case:abroad"]}
        scene.ids |= rosters(session, town, abroad, cases)
        for column, name in COLUMNS.items():
            if name:
                scene.tokens[column] = factories.token(session, town.people[name])
    return scene


def _cases(scene: Scene) -> None:
    town = scene.town
    scene.ids |= {
        "case:fresh": town.filed()["id"],
        "case:ours": town.dispatched()["id"],
        "case:held": town.filed("pending")["id"],
        "case:called": town.filed("volunteer2")["id"],
        "case:abroad": town.filed("abroad", category="X")["id"],
    }
    theirs = town.filed("volunteer2")["id"]
    town.done("dispatcher", theirs, "dispatch", unit_id=str(town.other_unit.id))
    scene.ids["case:theirs"] = theirs
    report = uuid.uuid4()
    assert town.put(town.body(), report).status_code == 201
    scene.ids["report:own"] = str(report)


def _places(scene: Scene, session: Any, abroad: Unit) -> None:
    town = scene.town
    top, far = town.town, factories.unit(session, abroad)
    scene.ids |= {
        "town:own": str(top.id),
        "town:abroad": str(abroad.id),
        "unit:own": str(town.unit.id),
        "unit:other": str(town.other_unit.id),
        "unit:abroad": str(far.id),
        "point:own": str(town.point.id),
        "point:abroad": str(factories.point(session, abroad).id),
        "point:unwatched": str(factories.point(session, town.town).id),
        "category": town.category.code,
        "campaign:own": str(factories.campaign(session, top, is_active=False).id),
        "campaign:abroad": str(factories.campaign(session, abroad, is_active=False).id),
    }
    factories.point_type(session, top, code="T")
    session.add(CheckItem(town_id=top.id, code="T", name_zh="检查项", theme="environment", method="look"))
    for name, of in (("own", top), ("abroad", abroad)):
        box = {"min_lon": 120.0, "min_lat": 30.0, "max_lon": 120.1, "max_lat": 30.1}
        grid = Grid(town_id=of.id, code=f"G-{name}", name_zh="网格", geometry=SQUARE, cell=0, **box)
        grid.community_id = town.unit.id if name == "own" else far.id
        point = town.point.id if name == "own" else uuid.UUID(scene["point:abroad"])
        given = Responsibility(town_id=of.id, point_id=point, unit_id=of.id, role="support")
        team = Team(town_id=of.id, unit_id=of.id, code=f"T-{name}", name_zh="一队", kind="volunteer")
        session.add(PointDeclaration(town_id=of.id, number=1, source_sha256=""))
        session.add_all([grid, given, team])
        session.flush()
        scene.ids |= {
            f"grid:{name}": str(grid.id),
            f"responsibility:{name}": str(given.id),
            f"team:{name}": str(team.id),
        }
    session.add(TeamMember(team_id=uuid.UUID(scene["team:own"]), user_id=town.people["volunteer"].id))


SQUARE = {"type": "Polygon", "coordinates": [[[120, 30], [120.1, 30], [120.1, 30.1], [120, 30.1], [120, 30]]]}


def _people(scene: Scene, session: Any, abroad: Unit) -> None:
    town = scene.town
    helper = factories.user(session, town.unit, "rectifier", phone=PHONE, birth_on=None)
    newcomer = factories.user(session, town.unit, "volunteer", status="pending")
    away = factories.user(session, town.unit, "volunteer", status="disabled")
    stranger = factories.user(session, abroad, "volunteer", phone="13987654321")
    session.add(Volunteer(user_id=helper.id))
    scene.ids |= {
        "person:own": str(helper.id),
        "person:newcomer": str(newcomer.id),
        "person:away": str(away.id),
        "person:other": str(factories.user(session, town.other_unit, "rectifier").id),
        "person:office": str(town.people["dispatcher2"].id),
        "person:abroad": str(stranger.id),
        "person:volunteer": str(town.people["volunteer"].id),
        "hold:own": str(factories.hold(session, helper, "patroller", town.unit).id),
    }
    other = factories.token(session, town.people["volunteer"])
    row = session.query(SessionRow).filter_by(token_hash=token_hash(other)).one()
    scene.ids["session:volunteer"] = str(row.id)
    for name, unit in (("own", town.unit), ("abroad", abroad)):
        invite = Invite(
            purpose="join",
            role="volunteer",
            unit_id=unit.id,
            code_hash=token_hash(name),
            short_hash=token_hash(f"short {name}"),
            max_uses=1,
            created_by_id=town.people["liaison" if name == "own" else "abroad"].id,
            created_at=now(),
            expires_at=now().replace(year=now().year + 1),
        )
        session.add(invite)
        session.flush()
        scene.ids[f"invite:{name}"] = str(invite.id)


def _photos(scene: Scene, session: Any) -> None:
    """The first photo of each case, with bytes to be shown."""
    storage, sha256 = get_storage(), hashlib.sha256(PICTURE).hexdigest()
    for name in ("fresh", "ours", "theirs", "held"):
        used = session.query(IssuePhoto).filter_by(issue_id=uuid.UUID(scene[f"case:{name}"])).first()
        photo = session.get_one(Photo, used.photo_id)
        photo.state, photo.size, photo.sha256 = PhotoState.READY, len(PICTURE), sha256
        storage.put(photo.storage_key, PICTURE, sha256)
        key = f"renditions/{photo.id}-thumb"
        storage.put(key, PICTURE, sha256)
        session.add(
            Rendition(
                photo_id=photo.id, kind=RenditionKind.THUMB, storage_key=key, sha256=sha256, size=len(PICTURE),
                width=320, height=240,
            )
        )  # fmt: skip
        scene.ids[f"photo:{name}"] = str(photo.id)
        found = PhotoComparison(
            before_id=photo.id, after_id=photo.id, verdict="same", aligned_key=f"evidence/{photo.id}"
        )
        storage.put(str(found.aligned_key), PICTURE, sha256)
        session.add(found)
        session.flush()
        scene.ids[f"finding:{name}"] = str(found.id)


def _term(code: str) -> dict[str, Any]:
    return {"code": code, "name_zh": code, "name_en": code}


def _records(scene: Scene, session: Any) -> None:
    """A special action of the town, and the liaison's unit scored by the principal leader."""
    town, unit = scene.town.town.id, scene.town.unit.id
    full = {"code": "pass", "name_zh": "符合", "name_en": "conforms", "share_percent": 100}
    lists = {
        "result_scale": [full],
        "natures": [_term("ordinary") | {"first_response_hours": 24, "approval": []}],
        "themes": [_term("environment")],
        "handling_classes": [_term("general") | {"focus": []}],
        "zones": [_term("public")],
    }
    session.add(Standard(town_id=town, version="1", lists=lists))
    item = CheckItem(
        town_id=town, code="SCORED", name_zh="项", theme="environment", method="look", category_codes=[]
    )
    period = {"start_on": date(2026, 11, 25), "until_on": date(2026, 11, 27)}
    action = SpecialAction(town_id=town, name_zh="专项整治", lead_unit_id=unit, **period)
    leader = scene.town.people["principal"].id
    sheet = ScoreSheet(
        client_id=uuid.uuid4(), user_id=leader, town_id=town, name_zh="点评", held_on=date(2026, 11, 22)
    )
    session.add_all((item, action, sheet))
    session.flush()
    session.add(
        ReviewScore(
            sheet_id=sheet.id,
            unit_id=unit,
            item_code="SCORED",
            item_id=item.id,
            result="pass",
            share_percent=100,
        )
    )
    session.flush()
    hook = Webhook(town_id=town, url="https://hooks.example.test/", sealed_secret="", created_by_id=leader)
    session.add(hook)
    session.flush()
    scene.ids |= {
        "action:own": str(action.id),
        "sheet:own": str(sheet.client_id),
        "webhook:own": str(hook.id),
    }


def _visits(scene: Scene, session: Any) -> None:
    """A volunteer looked at the liaison's point."""
    client_id = uuid.uuid4()
    session.add(
        Visit(
            client_id=client_id, user_id=scene.town.people["volunteer"].id, town_id=scene.town.town.id,
            patrol_client_id=uuid.uuid4(), point_id=scene.town.point.id, arrived_at=now(), body={}, body_sha256="0" * 64,
        )
    )  # fmt: skip
    session.flush()
    scene.ids["visit:own"] = str(client_id)
    for name, of in (("own", scene.town.town.id), ("abroad", uuid.UUID(scene["town:abroad"]))):
        plan = PatrolPlan(
            town_id=of,
            code="PL",
            name_zh="计划",
            kind="special",
            start_on=date(2026, 1, 1),
            targets="all_points",
        )
        person = scene.town.people["volunteer" if name == "own" else "abroad"]
        patrol = Patrol(
            client_id=uuid.uuid4(),
            user_id=person.id,
            town_id=of,
            kind="special",
            visibility="covert",
            started_at=now(),
            body={},
            body_sha256="0" * 64,
        )
        watch = WatchPeriod(town_id=of, point_id=uuid.UUID(scene[f"point:{name}"]), state="proposed")
        session.add_all([plan, patrol, watch])
        session.flush()
        scene.ids |= {
            f"plan:{name}": str(plan.id),
            f"patrol:{name}": str(patrol.id),
            f"watch:{name}": str(watch.id),
        }


def on(days: int) -> datetime:
    """Ten in the morning, some days ahead."""
    return datetime.combine(now().astimezone(ZONE).date() + timedelta(days=days), time(10), ZONE)


def _rounds(scene: Scene, session: Any) -> None:
    """A ring, and a hidden round that the office has planned."""
    town = scene.town
    units = [str(u.id) for u in (town.town, town.unit, town.other_unit)]
    ring = Ring(town_id=town.town.id, code="R", name_zh="环", unit_ids=units)
    round_ = CrossRound(
        town_id=town.town.id, code="TB", unit_ids=units, point_types=["T"], organiser_id=town.people["admin"].id,
        start_at=on(1), reveal_at=on(1) - timedelta(minutes=30),
    )  # fmt: skip
    session.add_all([ring, round_])
    session.flush()
    scene.ids |= {"ring:own": str(ring.id), "round:own": str(round_.id)}
    _under_way(scene, session, units)


def _under_way(scene: Scene, session: Any, units: list[str]) -> None:
    """A second hidden round, one of whose teams has found something, taken a task home and asked for help."""
    town = scene.town
    round_ = CrossRound(
        town_id=town.town.id, code="TB2", unit_ids=units, point_types=["T"], organiser_id=town.people["admin"].id,
        start_at=on(0), reveal_at=on(0), pairing="planned", state="running", revealed_at=now(),
    )  # fmt: skip
    session.add(round_)
    session.flush()
    package: dict[str, Any] = {
        "points": [],
        "items": [],
        "result_scale": [],
        "open_issues": [],
        "to_verify": [],
    }
    task = Assignment(
        round_id=round_.id, inspector_id=uuid.UUID(units[0]), target_id=uuid.UUID(units[1]), package=package
    )
    session.add(task)
    session.flush()
    sent = {
        "assignment_id": task.id,
        "client_id": uuid.uuid4(),
        "user_id": uuid.uuid4(),
        "body_sha256": "0" * 64,
    }
    found = CrossFinding(
        **sent, body={"description": "", "photos": []}, category="X", nature="ordinary", found_at=now()
    )
    ours = {"town_id": town.town.id, "unit_id": uuid.UUID(units[0]), "assignment_id": task.id}
    todo = PracticeTask(**ours, source="practice", record_id=uuid.uuid4(), text="划线")
    asked = CoordinationRequest(**ours, record_id=uuid.uuid4(), text="请协调", asked_at=now())
    session.add_all([found, todo, asked])
    session.flush()
    named = {"assignment": task, "cross_finding": found, "task": todo, "request": asked}
    scene.ids |= {f"{name}:own": str(thing.id) for name, thing in named.items()}
