"""Every screen, phone and desk, light and dark, big text: readable by all, within its width, and quiet.

Quiet: nothing on the console, nothing that the Content-Security-Policy or Trusted Types refuse, no other host asked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request

from tests.e2e.conftest import FAILED, PHONE, Seats, keep_screenshots
from tests.support.browser import AXE, axe_violations, settle, show_theme
from tests.support.town import ADMIN, DISPATCHER, LEADER, OFFICE, REVIEWER, UNIT, VOLUNTEER, Town

BOTH = ("phone", "desk")
ZOOMED = {side: pixels // 2 for side, pixels in PHONE.items()}
"""What is left of a phone's screen at the browser's 200 %."""
SECTIONS = [
    "units",
    "people",
    "invites",
    "teams",
    "points",
    "grids",
    "responsibilities",
    "categories",
    "checklists",
    "campaign",
    "imports",
]
SCREENS: list[tuple[str | None, str, tuple[str, ...]]] = [
    (None, "/sign-in", BOTH),
    (None, "/join", BOTH),
    (VOLUNTEER, "/", ("phone",)),
    (VOLUNTEER, "/capture", ("phone",)),
    (VOLUNTEER, "/outbox", ("phone",)),
    (VOLUNTEER, "/reports", BOTH),
    (VOLUNTEER, "/reports/{report}", BOTH),
    (VOLUNTEER, "/me", BOTH),
    (VOLUNTEER, "/me/inbox", ("phone",)),
    (VOLUNTEER, "/me/security", ("phone",)),
    (VOLUNTEER, "/nowhere", ("phone",)),
    (UNIT, "/", ("phone",)),
    (UNIT, "/orders", BOTH),
    (UNIT, "/orders/{order}", BOTH),
    (UNIT, "/orders/{order}/after", ("phone",)),
    (DISPATCHER, "/triage", BOTH),
    (DISPATCHER, "/cases", BOTH),
    (DISPATCHER, "/cases/{case}", BOTH),
    (DISPATCHER, "/me/invite", BOTH),
    (DISPATCHER, "/me/away", ("phone",)),
    (OFFICE, "/patrols", BOTH),
    (OFFICE, "/on-site", ("phone",)),
    (VOLUNTEER, "/patrol/free", ("phone",)),
    (OFFICE, "/patrols?tab=plans", ("desk",)),
    (REVIEWER, "/review", BOTH),
    (LEADER, "/leader", BOTH),
    (LEADER, "/leader/figures", BOTH),
    (LEADER, "/leader/figures?view=overnight", ("phone",)),
    (LEADER, "/daily", ("phone",)),
    (LEADER, "/documents?tab=records", ("phone",)),
    (LEADER, "/leader/figures?view=chronic", ("phone",)),
    (LEADER, "/rosters", ("phone",)),
    (REVIEWER, "/look-backs", BOTH),
    (LEADER, "/", ("phone",)),
    (ADMIN, "/admin", BOTH),
    *((OFFICE, f"/admin/{section}", ("desk",)) for section in SECTIONS),
    (OFFICE, "/admin/people", ("phone",)),
    (OFFICE, "/admin/points", ("phone",)),
    (ADMIN, "/me/security", ("desk",)),
    (OFFICE, "/duty", BOTH),
    (OFFICE, "/duty/grids", ("phone",)),
    (OFFICE, "/duty/declared", ("desk",)),
    (OFFICE, "/duty/pairs", ("phone",)),
    (VOLUNTEER, "/points/{point}", ("phone",)),
]


def each(*logins: str | None) -> list[Any]:
    """The screens of these people, in each size."""
    mine = [one for one in SCREENS if one[0] in logins]
    return [pytest.param(*s[:2], size, id=f"{s[0]} {s[1]} {size}") for s in mine for size in s[2]]


REFUSED = """addEventListener('securitypolicyviolation', (event) =>
  console.error('refused by policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))"""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const isClipped = (one) => {
    for (let up = one.parentElement; up && up !== document.body; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== 'visible') return true;
    return false;
  };
  return [`${document.documentElement.scrollWidth} px`, ...[...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > width + 0.5 && one.getClientRects().length && !isClipped(one))
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 160))];
}"""
SMALL = """() => [...document.querySelectorAll('button, a[href], input, select, textarea, [role=button]')]
  .filter((one) => !one.closest('.sr') && !one.classList.contains('sr') && one.getClientRects().length)
  .filter((one) => { const area = (one.closest('label') ?? one).getBoundingClientRect();
                     return area.height < 43.5 && getComputedStyle(one).display !== 'inline'; })
  .map((one) => one.outerHTML.slice(0, 120))"""


def is_complaint(said: ConsoleMessage) -> bool:
    """The worker is kept out on purpose: another test looks after it, and each page would fetch the whole shell."""
    return said.type in ("error", "warning") and "registration blocked by Playwright" not in said.text


@dataclass
class Watched:
    """What a page does beside what it shows."""

    page: Page
    host: str
    complaints: list[str] = field(default_factory=list)
    """What a quiet page never does."""
    asked: set[Request] = field(default_factory=set)
    """What has not been answered yet; the stream of news never is."""

    def __post_init__(self) -> None:
        self.page.add_init_script(REFUSED)
        self.page.add_init_script(path=AXE)  # once, not with each screen
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._asks)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._answered)

    def _said(self, said: ConsoleMessage) -> None:
        if is_complaint(said):
            self.complaints.append(f"console: {said.text}")

    def _asks(self, request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme in ("http", "https", "ws", "wss") and where.netloc != self.host:
            self.complaints.append(f"another host: {request.url}")
        if request.resource_type != "eventsource":
            self.asked.add(request)

    def _answered(self, request: Request) -> None:
        self.asked.discard(request)

    def open(self, path: str) -> None:
        """Returns when everything is there, and stands still."""
        self.complaints.clear()
        self.asked.clear()
        self.page.goto(path)
        for _ in range(100):
            settle(self.page)
            if not self.asked:
                return
        raise AssertionError(f"no answer to {[one.url for one in self.asked]}")


def address(town: Town, login: str | None, path: str) -> str:
    """Fills in a case that this person has in front of them."""
    first = {
        "{report}": "/api/my/reports?limit=1",
        "{order}": "/api/issues?unit=mine&state=rectifying&limit=1",
        "{case}": "/api/issues?state=in_review&limit=1",
        "{point}": "/api/points?limit=1",
    }
    for place, query in first.items():
        if place in path:
            item = town.ask("GET", query, login=login)[0]["items"][0]
            path = path.replace(place, item.get("report_id") or item["id"])
    return path


Visit = Callable[[str | None, str], Watched]


@pytest.fixture(scope="module")
def watched(seats: Seats, town: Town) -> Callable[[str | None, str], Watched]:
    """The page of each person and size, looked at from its first screen to its last."""
    made: dict[tuple[str | None, str], Watched] = {}

    def of(login: str | None, size: str) -> Watched:
        if (login, size) not in made:
            made[login, size] = Watched(seats.page(login, size), urlsplit(town.url).netloc)
        return made[login, size]

    return of


@pytest.fixture
def visit(watched: Callable[[str | None, str], Watched], request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A person's page; it is photographed when the test fails."""
    used: list[Page] = []

    def of(login: str | None, size: str) -> Watched:
        one = watched(login, size)
        used.append(one.page)
        return one

    yield of
    if request.node.stash.get(FAILED, False):
        keep_screenshots(request.node.name, 0, used)


def assert_good(town: Town, visit: Visit, login: str | None, path: str, size: str) -> None:
    one = visit(login, size)
    page = one.page
    one.open(address(town, login, path))
    wrong = {"light": axe_violations(page), "too wide": page.evaluate(TOO_WIDE)}
    if size == "phone":
        wrong["too small to hit"] = page.evaluate(SMALL)
        show_theme(page, "light", "large")
        wrong["too wide in big text"] = page.evaluate(TOO_WIDE)
        page.set_viewport_size(ZOOMED)
        wrong["too wide at 200 %"] = page.evaluate(TOO_WIDE)
        page.set_viewport_size(PHONE)
    show_theme(page, "dark")
    wrong["dark"] = axe_violations(page, "color-contrast")  # all that a theme changes
    wrong["not quiet"] = list(one.complaints)
    found = [f"{what}: {said}" for what, ones in wrong.items() for said in ones]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("login", "path", "size"), each(None, VOLUNTEER, UNIT, DISPATCHER, REVIEWER, LEADER))
def test_a_screen(town: Town, visit: Visit, login: str | None, path: str, size: str) -> None:
    assert_good(town, visit, login, path, size)
