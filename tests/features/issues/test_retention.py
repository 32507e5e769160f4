"""Long after a campaign's end its cases keep numbers, states and hashes, and lose words and pictures."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app.core import audit, db
from app.core.clock import now
from app.features.issues import chain, retention
from app.features.issues.models import Command, Comment, EventText, Issue, IssueText, Report
from app.features.photos.models import Photo
from app.features.standards.models import Campaign
from tests.support import cases

WORDS = ("绝不能留下的话", "要求里的话", "措施里的话", "评论里的话")


@pytest.fixture
def world(sign_in: Any) -> cases.World:
    """A case with words everywhere; its campaign ends today."""
    world = cases.world(sign_in)
    case = world.filed(description=WORDS[0])
    world.done("dispatcher", case["id"], "dispatch", unit_id=str(world.unit.id), requirement=WORDS[1])
    world.done("liaison", case["id"], "claim")
    after = {k: v for k, v in world.shot(world.photo("liaison"), "after").items() if k != "role"}
    world.done("liaison", case["id"], "rectify", measure=WORDS[2], photos=[after])
    said = {"body": WORDS[3], "audience": "unit"}
    assert world.client("dispatcher").post(f"/api/issues/{case['id']}/comments", json=said).status_code == 201
    return world


def ended(days: int) -> None:
    with db.transaction() as session:
        session.execute(update(Campaign).values(end_on=(now() - timedelta(days=days)).date()))


def words_left() -> list[str]:
    """Which words are still found in any table."""
    with db.reading() as session:
        tables = ("issues", "reports", "commands", "event_texts", "comments", "issue_texts", "dispatches",
                  "rectification_rounds", "inbox_items", "audit_log", "issue_events")  # fmt: skip
        every = " ".join(
            str(row) for table in tables for row in session.execute(text(f"SELECT * FROM {table}"))
        )
    return [word for word in WORDS if word in every or word.encode("unicode_escape").decode() in every]


def test_two_years_after_the_end_words_and_pictures_go_and_figures_stay(world: cases.World) -> None:
    assert words_left() == list(WORDS)
    ended(729)
    retention.retire()
    assert words_left() == list(WORDS), "not yet"
    before = world.client("auditor").get("/api/issues/counts").json()
    ended(731)
    retention.retire()
    assert words_left() == []
    with db.reading() as session:
        for table in (EventText, Comment, IssueText):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert session.scalar(select(func.count()).select_from(Photo).where(Photo.deleted_at.is_(None))) == 0
        assert session.scalars(select(Report.body)).all() == [{}]
        assert session.scalars(select(Command.body)).all() == []
        assert session.scalars(select(Issue.state)).one() == "in_review"
        assert list(chain.verify(session)) == []
        assert list(audit.verify(session)) == []
    assert world.client("auditor").get("/api/issues/counts").json() == before
    case = world.client("auditor").get("/api/issues").json()["items"][0]
    assert (case["description"], case["no"]) == ("", 1)
    assert world.client("auditor").get(f"/api/issues/{case['id']}").status_code == 200


def test_done_once_it_is_not_done_again(world: cases.World) -> None:
    ended(800)
    retention.retire()
    retention.retire()
    with db.reading() as session:
        logged = (
            select(func.count()).select_from(audit.AuditEntry).where(audit.AuditEntry.action == "retired")
        )
        assert session.scalar(logged) == 1


def test_zero_keeps_everything_for_ever(world: cases.World, settings: Callable[..., Any]) -> None:
    settings(retention_days=0)
    ended(9000)
    retention.retire()
    assert words_left() == list(WORDS)
