"""Every screen, phone and desk, light and dark, big text: readable by all, within its width, and quiet.

Quiet: nothing on the console, nothing that the Content-Security-Policy or Trusted Types refuse, no other host asked.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.e2e.conftest import DESK, FAILED, keep_screenshots, new_context
from tests.support.browser import axe_violations
from tests.support.town import ADMIN, DISPATCHER, LEADER, OFFICE, REVIEWER, UNIT, VOLUNTEER, Town

Visit = Callable[[str | None, str], Page]
BOTH = ("phone", "desk")
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
    (OFFICE, "/patrols?tab=plans", ("desk",)),
    (REVIEWER, "/review", BOTH),
    (LEADER, "/leader", BOTH),
    (LEADER, "/leader/figures", BOTH),
    (LEADER, "/leader/figures?view=overnight", ("phone",)),
    (LEADER, "/leader/figures?view=chronic", ("phone",)),
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
EACH = [pytest.param(*s[:2], size, id=f"{s[0]} {s[1]} {size}") for s in SCREENS for size in s[2]]

REFUSED = """addEventListener('securitypolicyviolation', (event) =>
  console.error('refused by policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))"""
SETTLED = """() => new Promise((resolve, reject) => {
  const until = performance.now() + 12000;
  let calm = 0;
  const look = () => {
    const busy = document.querySelector('.boot, [aria-busy=true], .skeleton, .sk') || !document.querySelector('h1');
    calm = busy ? 0 : calm + 1;
    const images = [...document.images].every((image) => image.complete || image.loading === 'lazy');
    if (calm > 4 && images) resolve();
    else if (performance.now() > until) reject(new Error('not settled: ' + (busy?.outerHTML ?? '').slice(0, 300)));
    else setTimeout(look, 40);
  };
  look();
})"""
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


def watch(page: Page, host: str) -> list[str]:
    """Collects what a quiet page never does."""
    seen: list[str] = []
    page.add_init_script(REFUSED)
    page.on("console", lambda said: is_complaint(said) and seen.append(f"console: {said.text}"))
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    page.on(
        "request",
        lambda asked: (
            urlsplit(asked.url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(asked.url).netloc != host
            and seen.append(f"another host: {asked.url}")
        ),
    )
    return seen


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


def theme(page: Page, name: str, text: str = "normal") -> None:
    page.evaluate(
        "([theme, text]) => { const set = document.documentElement.dataset; set.theme = theme; set.text = text; }",
        [name, text],
    )


@pytest.fixture(scope="module")
def visitors(browser: Browser, town: Town) -> Iterator[Callable[[str | None, str], BrowserContext]]:
    """The browser of each person and size, kept over all their screens: it has the app's files by then."""
    made: dict[tuple[str | None, str], BrowserContext] = {}

    def of(login: str | None, size: str) -> BrowserContext:
        if (login, size) not in made:
            state = town.signed_in(login) if login else None
            options = {"storage_state": state, "reduced_motion": "reduce", "service_workers": "block"}
            view = {} if size == "phone" else {"viewport": DESK}
            made[login, size] = new_context(browser, town.url, **options, **view)
        return made[login, size]

    yield of
    for context in made.values():
        context.close()


@pytest.fixture
def visit(
    visitors: Callable[[str | None, str], BrowserContext], request: pytest.FixtureRequest
) -> Iterator[Callable[[str | None, str], Page]]:
    """A new page of this person; it is photographed when the test fails."""
    pages: list[Page] = []

    def of(login: str | None, size: str) -> Page:
        pages.append(visitors(login, size).new_page())
        return pages[-1]

    yield of
    if request.node.stash.get(FAILED, False):
        keep_screenshots(request.node.name, 0, pages)
    for page in pages:
        page.close()


@pytest.mark.parametrize(("login", "path", "size"), EACH)
def test_a_screen(town: Town, visit: Visit, login: str | None, path: str, size: str) -> None:
    page = visit(login, size)
    seen = watch(page, urlsplit(town.url).netloc)
    page.goto(address(town, login, path))
    page.evaluate(SETTLED)
    wrong = {"light": axe_violations(page), "too wide": page.evaluate(TOO_WIDE)}
    if size == "phone":
        wrong["too small to hit"] = page.evaluate(SMALL)
        theme(page, "light", "large")
        wrong["too wide in big text"] = page.evaluate(TOO_WIDE)
    theme(page, "dark")
    wrong["dark"] = axe_violations(page, "color-contrast")  # all that a theme changes
    wrong["not quiet"] = seen
    found = [f"{what}: {one}" for what, ones in wrong.items() for one in ones]
    assert not found, "\n".join(found)
