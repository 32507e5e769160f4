"""Where a replay plays: the demo town with a campaign of its own, people who act, and a clock that only goes forward."""

import secrets
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from anyio.from_thread import BlockingPortal
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.types import ASGIApp

from app.core import clock, db
from app.demo.settle import Settled, settle
from app.demo.town import read_data
from app.features.identity.models import Unit, UnitKind, User
from app.features.identity.sessions import Device, open_session
from app.features.photos.models import Photo
from app.features.standards import service as standards
from app.features.standards.schemas import CampaignIn
from app.replay.client import Client
from app.replay.pictures import picture

ZONE = ZoneInfo("Asia/Shanghai")
SIGN_IN_EVERY = timedelta(hours=10)
ADMIN, INSPECTOR, DISPATCHER, REVIEWER, OFFICE = "u.admin", "u.video1", "u.office2", "u.review1", "u.office1"
LINE_LEADER, PRINCIPAL, VOLUNTEER = "u.lead03", "u.lead01", "u.vol01"
Progress = Callable[[int, int], None]


def morning(day: date, hours: float = 9) -> datetime:
    """So many hours into the day, in the town."""
    return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=hours)


@dataclass
class Stage:
    """One replay's town. Only forward: `at` moves the clock, `act` lets people do things at their times."""

    app: ASGIApp
    portal: BlockingPortal
    ids: Settled
    town_id: uuid.UUID
    advance: Callable[[timedelta], None]
    report: Progress
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    clients: dict[str, tuple[Client, datetime]] = field(default_factory=dict)
    open: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Cases under way by their number in the recipe, with their point."""
    made: int = 0

    # ---- time ----
    def at(self, moment: datetime) -> None:
        """Move the clock there."""
        ahead = moment - clock.now()
        if ahead < timedelta(0):
            raise AssertionError(f"a replay's clock does not go back: {clock.now()} to {moment}")
        self.advance(ahead)

    def act(self, steps: Iterable[tuple[datetime, Callable[[], None]]]) -> None:
        """Every step at its time, in order."""
        ordered = sorted(steps, key=lambda step: step[0])
        for number, (moment, do) in enumerate(ordered, 1):
            self.at(moment)
            do()
            self.report(number, len(ordered))

    # ---- people ----
    def step_up(self, login: str) -> Client:
        """The same person, a second factor just given."""
        self.clients.pop(login, None)
        return self.client(login)

    def client(self, login: str) -> Client:
        """This person, signed in not too long ago."""
        known = self.clients.get(login)
        if known is not None and clock.now() - known[1] < SIGN_IN_EVERY:
            return known[0]
        with db.transaction() as session:
            user = session.scalars(select(User).where(User.login == login)).one()
            token = open_session(session, user, Device("replay", ""), second_factor_at=clock.now()).token
        self.clients[login] = Client(self.app, self.portal, token), clock.now()
        return self.clients[login][0]

    def user_ids(self, logins: Sequence[str]) -> list[uuid.UUID]:
        """Of people who were imported, in no order."""
        with db.reading() as session:
            return list(session.scalars(select(User.id).where(User.login.in_(logins))))

    # ---- pictures ----
    def picture(self) -> bytes:
        """One that there was not yet."""
        self.made += 1
        return picture(str(self.made))

    def shot(self, login: str, role: str, point: str, *, minutes: float) -> dict[str, Any]:
        """A picture taken at the point so many minutes ago, sent; as a report or action names it."""
        photo_id = uuid.uuid4()
        self.client(login).picture(photo_id, self.picture())
        return self.named(photo_id, role, point, minutes)

    def recorded(
        self, session: Session, login: str, role: str, point: str, *, minutes: float
    ) -> dict[str, Any]:
        """The same without bytes, as rows: for replays of thousands. Of a photo that comes before its report nobody else is told."""
        photo_id = uuid.uuid4()
        photo = Photo(
            client_id=photo_id, owner_id=self.ids.users[login], sha256=secrets.token_hex(32), size=1000,
            media_type="image/jpeg", width=160, height=120, storage_key=f"none/{photo_id}",
        )  # fmt: skip
        session.add(photo)
        return self.named(photo_id, role, point, minutes)

    def named(self, photo_id: uuid.UUID, role: str, point: str, minutes: float) -> dict[str, Any]:
        lon, lat = self.places[point]
        at = clock.now() - timedelta(minutes=minutes)
        return {
            "id": str(photo_id), "role": role, "captured_at": at.isoformat(), "clock_offset_seconds": 0,
            "lon": lon, "lat": lat, "accuracy_m": 6, "capture": "camera",
        }  # fmt: skip


def set_up(
    app: ASGIApp, portal: BlockingPortal, name: str, start: date, end: date, advance: Any, report: Progress
) -> Stage:
    """The demo town as of now, its campaign replaced by the replay's own."""
    with db.transaction() as session:
        ids = settle(session, clock.now(), secrets.token_hex(8))
        town = session.scalars(select(Unit).where(Unit.kind == UnitKind.TOWN)).one()
        # Units of the demo begin on its own dates, which may be later than the replay's.
        session.execute(update(Unit).values(active_from=None))
        campaign = CampaignIn(
            code=f"REPLAY-{name}", name_zh=f"复盘 {name}", name_en=f"Replay {name}", start_on=start, end_on=end, is_active=True
        )  # fmt: skip
        standards.put_campaign(session, town_id=town.id, campaign=campaign, actor_id=None)
        town_id = town.id
    stage = Stage(app, portal, ids, town_id, advance, report)
    for point in read_data("demo.yaml")["points"]:
        stage.places[point["code"]] = point["lon"], point["lat"]
    return stage
