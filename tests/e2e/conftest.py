"""Fixtures of the browser tests: one Chromium a worker, a page (or several, one a person) a test.

A test that fails leaves a screenshot of each of its pages in var/e2e/.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from app.core.frontend import PWA
from app.demo import scenes
from tests.conftest import Databases
from tests.support import browser as chromium
from tests.support.guard import once
from tests.support.phone import Phone
from tests.support.server import ROOT, LiveServer
from tests.support.town import VOLUNTEER, Town
from tests.support.zygote import zygote

SCREENSHOTS = Path(__file__).parents[2] / "var/e2e"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
WIDE_DESK = {"width": 1440, "height": 900}
SIZES: dict[str, dict[str, Any]] = {"phone": {}, "desk": {"viewport": DESK}, "wide": {"viewport": WIDE_DESK}}
FRAMES = 12
PATIENCE_SECONDS = 45
"""Three times what anything takes on two cores, with five browsers at once."""
# Twelve metres east of the gate of 兰溪苑, a point of the demo town.
POSITION = {"latitude": 31.18224, "longitude": 120.10211, "accuracy": 8.0}


# What takes long begins early: the last must be short.
LONGEST = (
    "screens",
    "office",
    "twenty",
    "offline",
    "cross",
    "journey",
    "admin",
    "desks",
    "killed",
    "patrols",
    "hostile_text",
)


def _place(item: pytest.Item) -> int:
    name = item.path.stem.removeprefix("test_")
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For `--dist=loadfile --no-loadscope-reorder`, which begins with the first; and time for a busy machine."""
    ours = [item for item in items if item.path.parent == Path(__file__).parent]
    for item in ours:
        item.add_marker(pytest.mark.timeout(600))
    items[:] = [item for item in items if item not in set(ours)] + sorted(ours, key=_place)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if chromium.executable() is None:
        pytest.skip("no Chromium (Debian: chromium)")
    if not chromium.has_chinese_font():
        pytest.skip("no Chinese font (Debian: fonts-noto-cjk)")
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def pwa(run_folder: Path) -> None:
    """The built PWA, built anew where its sources are younger."""

    def build() -> dict[str, Any]:
        sources = [*(ROOT / "pwa/src").rglob("*.*"), ROOT / "pwa/index.html", ROOT / "pwa/vite.config.ts"]
        built = PWA / "index.html"
        if not built.exists() or max(s.stat().st_mtime for s in sources) > built.stat().st_mtime:
            subprocess.run(["npm", "run", "--silent", "build"], cwd=ROOT / "pwa", check=True, timeout=200)
        return {}

    once(run_folder, "pwa", build)


@pytest.fixture(scope="session")
def seeded(databases: Databases, run_folder: Path) -> tuple[str, Path]:
    """The demo town as it is before any test: the URL of its database, and its data folder. To be copied."""
    folder = run_folder / "town"

    def seed() -> dict[str, Any]:
        unserved = LiveServer(folder, databases.migrated(), {"XUNFANG_JOBS": "off"})
        folder.mkdir()
        done = zygote().fork("tests.support.seed_town:main", {}, unserved.env, unserved.log)
        assert done.wait(150) == 0, unserved.output()
        unserved.log.unlink()
        return {"url": unserved.database_url}

    return once(run_folder, "town", seed)["url"], folder


@pytest.fixture(scope="module")
def town(
    pwa: None,
    seeded: tuple[str, Path],
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    """A served demo town with a few cases of every state, for the tests of one file."""
    url, folder = seeded
    own = tmp_path_factory.mktemp("server") / "data"
    shutil.copytree(folder, own)
    environment = {
        "XUNFANG_JOBS": "inline",
        "XUNFANG_TOTP_REQUIRED": "false",
        "XUNFANG_WEBHOOK_HOSTS": "hooks.example.test",
    }
    server = LiveServer(own, databases.copy(url), environment).start()
    yield Town(server)
    server.stop()
    databases.drop(server.database_url)
    crashed = server.output().partition("Traceback")
    assert not crashed[1], crashed[1] + crashed[2][:6000]


@pytest.fixture(scope="session")
def film(run_folder: Path) -> Path:
    """What the fake camera shows: drawn street pictures, one after the other."""
    into = run_folder / "street.y4m"

    def draw() -> dict[str, Any]:
        shots = [scenes.Shot("lane", 7, "rubbish", stand=stand) for stand in range(FRAMES)]
        chromium.film([scenes.photograph(shot, (640, 480)) for shot in shots], into)
        return {}

    once(run_folder, "film", draw)
    return into


@pytest.fixture
def eventually(eventually: Callable[..., Any]) -> Callable[..., Any]:
    """As everywhere, but with the patience that a browser needs on a busy machine."""
    return lambda question, seconds=0: eventually(question, max(seconds, 2 * PATIENCE_SECONDS))


@pytest.fixture(scope="session")
def browser(playwright: Playwright, film: Path) -> Iterator[Browser]:
    """Chromium with a fake camera that shows the film."""
    launched = chromium.launch(playwright.chromium, camera=film)
    yield launched
    launched.close()


def new_context(browser: Browser, base_url: str, **options: Any) -> BrowserContext:
    """A browser context: by default a phone that stands beside a point, with the worker that serves it offline.

    A desk does without the worker: it would fetch the whole app, for one test, and nothing of it is shown.
    """
    phone: dict[str, Any] = {"has_touch": True, "is_mobile": True}
    if "viewport" in options:
        phone = {"service_workers": "block"}
    defaults: dict[str, Any] = {
        "viewport": PHONE,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "geolocation": POSITION,
        "permissions": ["camera", "geolocation"],
        **phone,
    }
    context = browser.new_context(base_url=base_url, **(defaults | options))
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    context.add_init_script(chromium.LISTEN)
    return context


@pytest.fixture
def open_context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts: `open_context(server.url)`, a phone; `open_context(server.url, viewport=DESK)`."""
    made: list[BrowserContext] = []

    def make(base_url: str, **options: Any) -> BrowserContext:
        made.append(new_context(browser, base_url, **options))
        return made[-1]

    yield make
    failed = request.node.stash.get(FAILED, False)
    for number, context in enumerate(made):
        if failed:
            keep_screenshots(request.node.name, number, context.pages)
        context.close()


@dataclass
class Seats:
    """One page of each person and size, kept over a file's tests: its browser has the app's files by then."""

    browser: Browser
    town: Town
    pages: dict[tuple[str | None, str], Page] = field(default_factory=dict)
    thrown: list[str] = field(default_factory=list)

    def page(self, login: str | None, size: str) -> Page:
        if (login, size) not in self.pages:
            state = self.town.signed_in(login) if login else None
            options = {"storage_state": state, "reduced_motion": "reduce", "service_workers": "block"}
            context = new_context(self.browser, self.town.url, **options, **SIZES[size])
            page = context.new_page()
            page.on("pageerror", lambda error: self.thrown.append(str(error)))
            self.pages[login, size] = page
        return self.pages[login, size]


@pytest.fixture(scope="module")
def seats(browser: Browser, town: Town) -> Iterator[Seats]:
    made = Seats(browser, town)
    yield made
    for page in made.pages.values():
        page.context.close()


@pytest.fixture
def open_desk(seats: Seats, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Sits a person down: `open_desk(login, path)`; an error that a page throws fails the test."""
    used: list[Page] = []

    def open_page(login: str, path: str, size: str = "desk") -> Page:
        page = seats.page(login, size)
        page.goto(path)
        used.append(page)
        return page

    yield open_page
    if request.node.stash.get(FAILED, False):
        keep_screenshots(request.node.name, 0, used)
    thrown, seats.thrown = seats.thrown, []
    assert thrown == []


@pytest.fixture
def phone(town: Town, open_context: Callable[..., BrowserContext]) -> Callable[..., Phone]:
    """Makes a phone of a person, ready to work without a network."""

    def make(login: str = VOLUNTEER) -> Phone:
        town.tokens.pop(login, None)
        context = open_context(town.url, storage_state=town.signed_in(login))
        return Phone(context.new_page()).ready_for_offline()

    return make


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


def keep_screenshots(name: str, number: int, pages: list[Page]) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for index, page in enumerate(pages):
        if not page.is_closed():
            page.screenshot(path=SCREENSHOTS / f"{name}-{number}-{index}.png", timeout=5_000)
