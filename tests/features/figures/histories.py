"""Random histories of a town: rows as months of work might have left them."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from app.core import db
from app.features.dispatch.models import Deferral, Dispatch
from app.features.issues.models import Issue, IssueEvent, IssueHelper, SiteCheck, Witness
from app.features.patrols.models import Patrol, Visit
from app.features.review.models import LookBack
from app.features.standards.models import Campaign
from tests import factories
from tests.support.cases import World

STATES = ("submitted", "dispatched", "rectifying", "coordinating", "deferred", "in_review", "closed", "closed", "closed", "rejected", "voided")  # fmt: skip
UNITS = ("submitted", "rejected")


class History:
    """Rows as months of work might have left them: whole minutes, so that both sides count alike."""

    def __init__(self, town: World, seed: int, at: datetime) -> None:
        self.town, self.chance, self.at = town, random.Random(seed), at

    def ago(self, most_hours: float) -> datetime:
        return self.at - timedelta(minutes=self.chance.randrange(int(most_hours * 60)))

    def after(self, start: datetime, most_hours: float) -> datetime:
        return min(self.at, start + timedelta(minutes=self.chance.randrange(int(most_hours * 60))))

    def maybe(self, moment: datetime, share: float = 0.5) -> datetime | None:
        return moment if self.chance.random() < share else None

    def case(self, number: int) -> Issue:
        chance, town = self.chance, self.town
        state, found = chance.choice(STATES), self.ago(50 * 24)
        given = state not in UNITS
        ended = self.after(found, 160)
        first = ended if state == "closed" else self.maybe(ended, 0.2)
        return Issue(
            id=uuid.uuid4(), town_id=town.town.id, campaign_id=self.campaign, no=1000 + number, state=state,
            nature=chance.choice(("ordinary", "ordinary", "urgent", "difficult")), category_id=chance.choice(self.kinds),
            source=chance.choice(("snap", "patrol", "third_party")), reporter_id=self.somebody("volunteer", "liaison"),
            assignee_id=self.somebody("rectifier", "unit_inspector"), territory_id=chance.choice((None, town.other_unit.id)),
            is_held=chance.random() < 0.05, point_id=town.point.id if chance.random() < 0.5 else None,
            mode=chance.choice((None, "on_spot", "self", "dispatched", "coordinated")), found_at=found,
            received_at=self.after(found, 3), round_found_at=found, campaign_due_at=found + timedelta(hours=72),
            accepted_at=self.after(found, 30) if given or chance.random() < 0.2 else None,
            due_at=self.maybe(found + timedelta(hours=chance.randrange(4, 100)), 0.8),
            first_due_at=self.maybe(found + timedelta(hours=40), 0.2), first_closed_at=first,
            closed_at=ended if state == "closed" else None, reviewed_at=self.maybe(ended),
            responsible_unit_id=chance.choice((town.unit.id, town.other_unit.id)) if given else None,
            rework_count=chance.choice((0, 0, 1, 2)), relapse_count=chance.choice((0, 0, 0, 1)),
            was_dispatched=given, flags=[], position={},
        )  # fmt: skip

    def somebody(self, *names: str) -> uuid.UUID:
        """The first one mostly."""
        return self.town.people[names[self.chance.random() < 0.2]].id

    def write(self, cases: int) -> list[dict[str, Any]]:
        with db.transaction() as session:
            self.campaign = session.query(Campaign.id).filter_by(town_id=self.town.town.id).scalar()
            # The neighbour has the same ones.
            kinds = [
                factories.category(
                    session, self.town.town, handling_class=c, code=f"H-{c}", name_zh=f"类{c}", name_en=c
                )
                for c in ("ENG", "REM")
            ]
            session.add_all(self.covert_patrol())
            self.kinds = [kind.id for kind in kinds]
            issues = [self.case(n) for n in range(cases)]
            session.add_all(issues)
            session.flush()
            return [self.beside(session, issue, issues) for issue in issues]

    def beside(self, session: Any, issue: Issue, issues: list[Issue]) -> dict[str, Any]:
        """Orders, look-backs, deferrals and what it recurs from; the row as the oracle takes it."""
        chance, told = self.chance, dict(vars(issue))
        orders = [
            self.order(issue, n) for n in range(chance.choice((0, 1, 1, 2)) if issue.was_dispatched else 0)
        ]
        backs = [self.look_back(issue) for _ in range(chance.choice((0, 0, 1, 3)))]
        session.add_all([*orders, *backs])
        if was_deferred := chance.random() < 0.15:
            session.add(
                Deferral(issue_id=issue.id, reason_code="works", safety_measure="围挡", resume_at=self.at)
            )
        named = [model for model in (Witness, SiteCheck, IssueHelper) if chance.random() < 0.1]
        session.add_all([self.named(model, issue) for model in named])
        closings = []
        if chance.random() < 0.3 and (older := chance.choice(issues)) is not issue:
            issue.recurs_from_id = older.id
            closings = self.closings(session, older)
        return {
            **told,
            "orders": [dict(vars(o)) for o in orders],
            "look_backs": [dict(vars(b)) for b in backs],
            "deferred": was_deferred,
            "closings": closings,
            "named": {model.__tablename__ for model in named},
        }

    def covert_patrol(self) -> list[Any]:
        """One that the inspected side does not know of."""
        walked = {
            "user_id": self.town.people["district"].id, "town_id": self.town.town.id, "kind": "supervision",
            "visibility": "covert", "body": {}, "body_sha256": "",
        }  # fmt: skip
        at = self.ago(20 * 24)
        patrol = Patrol(id=uuid.uuid4(), client_id=uuid.uuid4(), started_at=at, **walked)
        visit = Visit(
            id=uuid.uuid4(), client_id=uuid.uuid4(), patrol_id=patrol.id, patrol_client_id=patrol.client_id,
            point_id=self.town.point.id, arrived_at=at, is_inside=True, score=float(self.chance.randrange(100)), **walked,
        )  # fmt: skip
        return [patrol, visit]

    def named(self, model: Any, issue: Issue) -> Any:
        """The liaison as witness or for a site check, their unit as helper."""
        me = self.town.people["liaison"].id
        check = {"assignee_id": me, "ordered_by_id": me, "due_at": self.at}
        who: dict[Any, dict[str, Any]] = {
            Witness: {"user_id": me},
            SiteCheck: check,
            IssueHelper: {"unit_id": self.town.unit.id},
        }
        return model(issue_id=issue.id, **who[model])

    def order(self, issue: Issue, n: int) -> Dispatch:
        sent = self.after(issue.found_at, 30)
        return Dispatch(
            campaign_id=self.campaign, issue_id=issue.id, order_no=self.chance.getrandbits(30), unit_id=self.town.unit.id,
            due_at=self.at, sent_at=sent, claimed_at=self.maybe(self.after(sent, 8), 0.7),
            ruling=self.chance.choice((None, None, None, "founded", "unfounded")),
        )  # fmt: skip

    def look_back(self, issue: Issue) -> LookBack:
        due = self.ago(600) + timedelta(hours=100)
        return LookBack(
            issue_id=issue.id,
            due_at=due,
            result=self.chance.choice((None, "passed", "passed", "relapsed", "cancelled")),
        )

    known: dict[uuid.UUID, list[datetime]]

    def closings(self, session: Any, older: Issue) -> list[datetime]:
        """Two events of the older case, of which one closed it."""
        self.known = getattr(self, "known", {})
        if older.id not in self.known:
            at = self.ago(60 * 24)
            for seq, (before, after) in enumerate((("in_review", "closed"), ("closed", "closed")), 1):
                session.add(IssueEvent(
                    issue_id=older.id, seq=seq, action="close", at=at + timedelta(days=seq - 1), from_state=before,
                    to_state=after, prev_hash="", hash="",
                ))  # fmt: skip
            self.known[older.id] = [at]
        return self.known[older.id]
