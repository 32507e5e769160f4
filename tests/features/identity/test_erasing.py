"""Erasing a person, and the directory with names and numbers: who may, with what, and what is left."""

import io
import uuid
import zipfile
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.core import audit, db
from app.features.identity.models import RoleHold, SessionRow, User
from app.features.issues import chain
from app.features.issues.models import Comment, EventText, Report
from app.features.notifications.models import InboxItem
from app.features.volunteers.models import TeamMember, Volunteer
from tests import factories
from tests.support import cases


@pytest.fixture
def world(sign_in: Any) -> cases.World:
    return cases.world(sign_in)


def stale(world: cases.World, name: str) -> None:
    """This person's second factor was long ago."""
    world.client(name)
    with db.transaction() as session:
        of = SessionRow.user_id == world.people[name].id
        session.execute(update(SessionRow).where(of).values(second_factor_at=None))


def volunteer(world: cases.World) -> User:
    """A volunteer with everything that says who they are, and words in a case."""
    with db.transaction() as session:
        person = session.get_one(User, world.people["volunteer"].id)
        person.name_zh, person.phone, person.birth_on = "王秀兰", "13812345678", date(1960, 5, 1)
        person.login, person.title, person.password_hash, person.totp_secret = "xiulan", "组长", "x", "y"
        session.add(Volunteer(user_id=person.id, external_id="V-77"))
        session.add(InboxItem(user_id=person.id, kind="closed"))
    issue = world.filed()
    said = {"body": "我是王秀兰，住在旁边", "audience": "reporter"}
    assert world.client("volunteer").post(f"/api/issues/{issue['id']}/comments", json=said).status_code == 201
    return person


def test_everything_that_says_who_it_was_is_gone_and_the_chains_hold(world: cases.World) -> None:
    person = volunteer(world)
    phone = world.client("volunteer")
    assert world.client("admin").post(f"/api/people/{person.id}/erase").status_code == 204
    assert phone.get("/api/me").status_code == 401, "signed out at once"
    with db.reading() as session:
        left = session.get_one(User, person.id)
        assert (left.name_zh, left.phone, left.birth_on, left.login, left.title) == (
            "已注销",
            None,
            None,
            None,
            "",
        )
        assert (left.password_hash, left.totp_secret, left.status) == (None, None, "disabled")
        for table, of in (
            (SessionRow, SessionRow.user_id), (RoleHold, RoleHold.user_id), (Volunteer, Volunteer.user_id),
            (TeamMember, TeamMember.user_id), (InboxItem, InboxItem.user_id), (Comment, Comment.author_id),
        ):  # fmt: skip
            assert session.scalars(select(table).where(of == person.id)).all() == [], table
        assert session.scalars(select(Report.body).where(Report.user_id == person.id)).all() == [{}]
        assert session.scalars(select(EventText.body)).all() == []
        assert list(audit.verify(session)) == []
        assert list(chain.verify(session)) == []
        every = " ".join(
            str(row)
            for table in (
                "users",
                "audit_log",
                "reports",
                "comments",
                "event_texts",
                "volunteers",
                "inbox_items",
            )
            for row in session.execute(text(f"SELECT * FROM {table}"))
        )
        assert [
            word for word in ("王秀兰", "13812345678", "1960-05-01", "xiulan", "V-77") if word in every
        ] == []
        assert "person-erased" in every


def test_it_needs_the_role_and_a_fresh_second_factor(world: cases.World) -> None:
    person = volunteer(world)
    path = f"/api/people/{person.id}/erase"
    assert world.client("dispatcher").post(path).status_code in (403, 404)
    assert world.client("stranger").post(path).status_code == 404
    assert world.client("volunteer2").post(path).status_code in (403, 404)
    stale(world, "admin")
    refused = world.client("admin").post(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "step-up-needed")
    own = world.client("admin").post(f"/api/people/{world.people['admin'].id}/erase")
    assert own.json()["code"] == "own-account"
    assert world.client("admin").post(f"/api/people/{uuid.uuid4()}/erase").status_code == 404
    with db.reading() as session:
        assert session.get_one(User, person.id).name_zh == "王秀兰"


def test_a_case_shows_that_its_reporter_was_erased(world: cases.World) -> None:
    person = volunteer(world)
    issue_id = world.client("auditor").get("/api/issues").json()["items"][0]["id"]
    world.client("admin").post(f"/api/people/{person.id}/erase")
    shown = world.client("dispatcher").get(f"/api/issues/{issue_id}").text
    assert "王秀兰" not in shown
    assert "已注销" in shown


def test_names_and_numbers_leave_only_with_a_fresh_second_factor_and_are_logged(world: cases.World) -> None:
    with db.transaction() as session:
        session.get_one(User, world.people["volunteer"].id).phone = "13812345678"
        session.get_one(User, world.people["volunteer2"].id).name_zh = "=HYPERLINK(1)"
        factories.user(session, factories.town(session), name_zh="外镇人")
    assert world.client("dispatcher").get("/api/people.xlsx").status_code == 403
    assert world.client("volunteer").get("/api/people.xlsx").status_code == 403
    stale(world, "admin")
    assert world.client("admin").get("/api/people.xlsx").json()["code"] == "step-up-needed"
    sent = world.client("auditor").get("/api/people.xlsx")
    assert sent.status_code == 200
    book = zipfile.ZipFile(io.BytesIO(sent.content))
    told = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert "13812345678" in told
    assert "外镇人" not in told
    assert "<f>" not in told
    with db.reading() as session:
        logged = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "export")).one()
        assert (logged.actor_id, logged.detail["with"]) == (world.people["auditor"].id, ["names", "phones"])


def test_only_the_consent_text_in_force_can_be_agreed_to(world: cases.World, settings: Any) -> None:
    phone = world.client("volunteer")
    assert phone.get("/api/me").json()["consent_current"] == "2026-11"
    assert phone.post("/api/me/consent", json={"version": "2026-11"}).status_code == 204
    settings(consent_version="2027-01")
    me = phone.get("/api/me").json()
    assert (me["consent_version"], me["consent_current"]) == ("2026-11", "2027-01"), "the PWA asks again"
    refused = phone.post("/api/me/consent", json={"version": "2026-11"})
    assert (refused.status_code, refused.json()["code"]) == (422, "consent-outdated")
    invite = {"unit_id": str(world.unit.id), "role": "volunteer"}
    code = world.client("admin").post("/api/invites", json=invite).json()["short_code"]
    joining = {
        "short_code": code,
        "name": "李四",
        "birth_on": "1980-05-01",
        "client": "bearer",
        "key": "k" * 22,
    }
    refused = phone.post("/api/join", json={**joining, "consent_version": "2026-11"})
    assert refused.json()["code"] == "consent-outdated"
    assert phone.post("/api/join", json={**joining, "consent_version": "2027-01"}).status_code == 200
    with db.reading() as session:
        joined = session.scalars(select(User).where(User.name_zh == "李四")).one()
        assert joined.consent_version == "2027-01"
        assert joined.consented_at is not None
