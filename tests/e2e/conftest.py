"""Fixtures of the browser tests: one Chromium a worker, a page (or several, one a person) a test.

A test that fails leaves a screenshot of each of its pages in var/e2e/.
"""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from app.core.frontend import PWA
from app.demo import scenes
from tests.conftest import Databases
from tests.support import browser as chromium
from tests.support.guard import once
from tests.support.server import ROOT, LiveServer
from tests.support.town import Town
from tests.support.zygote import zygote

SCREENSHOTS = Path(__file__).parents[2] / "var/e2e"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
FRAMES = 12
# Twelve metres east of the gate of 兰溪苑, a point of the demo town.
POSITION = {"latitude": 31.18224, "longitude": 120.10211, "accuracy": 8.0}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if chromium.executable() is None:
        pytest.skip("no Chromium (Debian: chromium)")
    if not chromium.has_chinese_font():
        pytest.skip("no Chinese font (Debian: fonts-noto-cjk)")
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
    environment = {"XUNFANG_JOBS": "inline", "XUNFANG_TOTP_REQUIRED": "false"}
    server = LiveServer(own, databases.copy(url), environment).start()
    yield Town(server)
    server.stop()
    databases.drop(server.database_url)
    crashed = server.output().partition("Traceback")
    assert not crashed[1], crashed[1] + crashed[2][:6000]


@pytest.fixture(scope="session")
def film(run_folder: Path) -> Path:
    """What the fake camera shows: drawn street pictures, one after the other."""
    into = run_folder / "street.mjpeg"

    def draw() -> dict[str, Any]:
        shots = [scenes.Shot("lane", 7, "rubbish", stand=stand) for stand in range(FRAMES)]
        chromium.mjpeg([scenes.photograph(shot, (640, 480)) for shot in shots], into)
        return {}

    once(run_folder, "film", draw)
    return into


@pytest.fixture(scope="session")
def browser(playwright: Playwright, film: Path) -> Iterator[Browser]:
    """Chromium with a fake camera that shows the film."""
    launched = chromium.launch(playwright.chromium, camera=film)
    yield launched
    launched.close()


def new_context(browser: Browser, base_url: str, **options: Any) -> BrowserContext:
    """A browser context: by default a phone that stands beside a point."""
    phone: dict[str, Any] = {} if "viewport" in options else {"has_touch": True, "is_mobile": True}
    defaults: dict[str, Any] = {
        "viewport": PHONE,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "geolocation": POSITION,
        "permissions": ["camera", "geolocation"],
        **phone,
    }
    context = browser.new_context(base_url=base_url, **(defaults | options))
    context.set_default_timeout(15_000)
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
