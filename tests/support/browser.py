"""Chromium from the system, headless, driven by Playwright; fake camera fed with real pictures, position, axe."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserType, Page

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
AXE = ROOT / "pwa/node_modules/axe-core/axe.min.js"


def executable() -> str | None:
    """The installed Chromium, if any."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def has_chinese_font() -> bool:
    """Without one every screen is boxes, and widths are wrong."""
    listed = shutil.which("fc-list") and subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout
    return bool(listed)


def launch(chromium: BrowserType, *, camera: Path | None = None, headed: bool = False) -> Browser:
    """Start Chromium. `camera` is a .mjpeg or .y4m file that its fake camera shows."""
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={camera}"] if camera else FLAGS
    return chromium.launch(executable_path=executable(), args=flags, headless=not headed)


def mjpeg(pictures: Sequence[bytes], into: Path) -> Path:
    """JPEG pictures as the film that the fake camera shows, one after the other, again and again."""
    into.write_bytes(b"".join(pictures))
    return into


def axe_violations(page: Page, *rules: str) -> list[str]:
    """What axe-core finds wrong with the page now, one line each: rule, help, first place. `rules`: only these."""
    if page.evaluate("typeof window.axe") == "undefined":
        # As an evaluated script, not a tag: the page's Content-Security-Policy stays as it is.
        page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "async (only) => (await axe.run(only.length ? { runOnly: only } : {})).violations", list(rules)
    )
    return [f"{v['id']}: {v['help']} ({len(v['nodes'])}×) {v['nodes'][0]['target']}" for v in found]


IN_CONTROL = """() => new Promise((resolve) => {
  const worker = navigator.serviceWorker;
  if (worker.controller) resolve(); else worker.addEventListener('controllerchange', () => resolve(), { once: true });
})"""


def wait_for_worker(page: Page) -> None:
    """Returns when the service worker answers for the page."""
    page.evaluate(IN_CONTROL)
