"""Naughty words in every name and text of the town: no screen runs them, and the browser reports nothing against its policy."""

import itertools
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from app.core.db import Base
from app.features.issues.models import Issue
from tests.support.browser import settle
from tests.support.town import ADMIN, DISPATCHER, LEADER, REVIEWER, UNIT, VOLUNTEER, Town

LISTED = Path(__file__).parents[1] / "security" / "naughty.txt"
WRITTEN = {
    "units": ["name_zh", "name_en"],
    "users": ["name_zh", "title"],
    "points": ["name_zh", "address"],
    "grids": ["name_zh"],
    "categories": ["name_zh"],
    "campaigns": ["name_zh"],
    "teams": ["name_zh"],
    "issues": ["description"],
}
SCREENS = {
    VOLUNTEER: ["/", "/reports", "/cases", "/me", "/outbox"],
    UNIT: ["/orders", "/me/inbox", "/me/invite"],
    DISPATCHER: ["/triage", "/cases"],
    REVIEWER: ["/review"],
    LEADER: ["/leader", "/leader/wall"],
    ADMIN: [
        "/admin",
        "/admin/people",
        "/admin/units",
        "/admin/points",
        "/admin/categories",
        "/admin/campaign",
    ],
}
WATCH = """
  window.against = [];
  document.addEventListener('securitypolicyviolation', (e) =>
    window.against.push([e.violatedDirective, e.blockedURI, e.sample].join(' ')));
"""
INJECT = """() => {
  try { document.body.lastElementChild.innerHTML = '<i>x</i>'; return 'ran' } catch { return 'refused' }
}"""
RUN = """() => [
  ...window.against,
  ...(document.title.includes('pwned') ? ['a script ran'] : []),
  ...[...document.querySelectorAll('img[src="x"], iframe, base, body script, [onerror], [onload], a[href^="javascript:"]')]
    .map((found) => found.outerHTML.slice(0, 200)),
]"""


def naughty() -> list[str]:
    lines = [line for line in LISTED.read_text().splitlines() if line and not line.startswith("# ")]
    return [json.loads(f'"{line}"').strip() for line in lines]


def spoil(town: Town, case: uuid.UUID) -> None:
    """Each text of the town becomes one of the list, in turn; the case says what would show if it ran."""
    words = itertools.cycle(naughty())
    with town.server.session() as session:
        for table, columns in WRITTEN.items():
            lengths = {name: Base.metadata.tables[table].c[name].type.length for name in columns}
            for (row_id,) in session.execute(text(f"SELECT id FROM {table}")).all():
                for name in columns:
                    values = {"said": next(words)[: lengths[name]], "id": row_id}
                    session.execute(text(f"UPDATE {table} SET {name} = :said WHERE id = :id"), values)
        session.get_one(Issue, case).description = naughty()[1]


def look(page: Page, path: str) -> list[str]:
    """What ran or was reported on one screen, with its search field used where it has one."""
    page.goto(path)
    settle(page)
    search = page.get_by_role("searchbox")
    if search.count():
        search.first.fill('"><img src=x onerror="document.title=\'pwned\'">')
        page.wait_for_timeout(300)  # it is asked for in a quarter of a second
        settle(page)
    found: list[Any] = page.evaluate(RUN)
    return [f"{path}: {one}" for one in found]


def test_naughty_words_are_shown_as_words_on_every_screen(
    town: Town, open_context: Callable[..., BrowserContext]
) -> None:
    case = uuid.UUID(str(town.rows("SELECT id FROM issues WHERE state = 'in_review' LIMIT 1")[0][0]))
    spoil(town, case)
    found: list[str] = []

    def thrown(error: Exception) -> None:
        found.append(f"thrown: {error}")

    for login, paths in SCREENS.items():
        # With the worker once: what it has stored stands under the same policy.
        worker = {"service_workers": "allow" if login == VOLUNTEER else "block"}
        context = open_context(town.url, storage_state=town.signed_in(login), **worker)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("pageerror", thrown)
        one = [f"/cases/{case}"] if login in (DISPATCHER, REVIEWER) else []
        for path in [*paths, *one]:
            found += look(page, path)
        if one:
            expect(page.get_by_text(naughty()[1]).first).to_be_visible()
        # What is watched for is seen: a way around the policy would be reported, and does not work.
        assert page.evaluate(INJECT) == "refused"
        assert len(page.evaluate(RUN)) == 1
        context.close()
    assert found == []
