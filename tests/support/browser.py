"""Chromium from the system, headless, driven by Playwright; fake camera fed with real pictures, position, axe."""

import io
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserType, Locator, Page, expect

ROOT = Path(__file__).parents[2]
# The last such list counts: Playwright's own, and the address bar's two hidden pages, which each window would load.
NOT_NEEDED = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
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
    f"--disable-features={','.join(NOT_NEEDED)}",
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
    """Start Chromium. `camera` is what its fake camera shows: see `film`."""
    flags = [*FLAGS, f"--use-file-for-fake-video-capture={camera}"] if camera else FLAGS
    return chromium.launch(executable_path=executable(), args=flags, headless=not headed)


def film(pictures: Sequence[bytes], into: Path, per_second: int = 5) -> Path:
    """JPEG pictures of one size as what the fake camera shows, one after the other, again and again.

    Uncompressed, and slowly: each picture costs every page that looks through the camera a whole repaint.
    """
    frames = [Image.open(io.BytesIO(one)).convert("YCbCr") for one in pictures]
    width, height = frames[0].size
    with into.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F{per_second}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            light, *colours = frame.split()
            halves = (one.resize((width // 2, height // 2)).tobytes() for one in colours)
            out.write(b"FRAME\n" + light.tobytes() + b"".join(halves))
    return into


# Nothing fades any more: half-way, colours and places are wrong. What moves for ever does not count.
AT_REST = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity).map((one) => one.finished)).then(() => null)"""
# A long table's rows are all made alike; each costs as much as the first.
AXE_WHERE = {"exclude": [["tbody tr:nth-child(n+16)"], ["li:nth-child(n+16)"]]}
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}


def axe_violations(page: Page, *rules: str) -> list[str]:
    """What axe-core finds wrong with the page now, one line each: rule, help, first place. `rules`: only these."""
    page.evaluate(AT_REST)
    if page.evaluate("typeof window.axe") == "undefined":
        # As an evaluated script, not a tag: the page's Content-Security-Policy stays as it is.
        page.evaluate(AXE.read_text())
    options = AXE_OPTIONS | ({"runOnly": list(rules)} if rules else {})
    found: list[dict[str, Any]] = page.evaluate(
        "async ([where, options]) => (await axe.run(where, options)).violations", [AXE_WHERE, options]
    )
    return [f"{v['id']}: {v['help']} ({len(v['nodes'])}×) {v['nodes'][0]['target']}" for v in found]


def show_theme(page: Page, name: str, text: str = "normal") -> None:
    """Light or dark, normal or large, as the settings would have it."""
    page.evaluate(
        "([theme, text]) => { const set = document.documentElement.dataset; set.theme = theme; set.text = text; }",
        [name, text],
    )


# Each toast as it comes: it is gone in seconds, and a busy machine looks later than that.
LISTEN = """(() => {
  const known = new WeakSet();
  window.toasts = [];
  new MutationObserver(() => {
    for (const toast of document.querySelectorAll('.toast')) {
      if (known.has(toast)) continue;
      known.add(toast);
      const { left, top, width, height } = toast.getBoundingClientRect();
      toast.style.pointerEvents = 'auto';  // taps go through it: it would not be hit
      const hit = document.elementFromPoint(left + width / 2, top + height / 2);
      toast.style.pointerEvents = '';
      window.toasts.push({ text: toast.textContent, isOnTop: toast.contains(hit) });
    }
  }).observe(document, { childList: true, subtree: true });
})()"""
HEARD = """([text, ms]) => new Promise((resolve, reject) => {
  const until = performance.now() + ms;
  const look = () => {
    const toast = window.toasts.findLast((one) => one.text.includes(text));
    if (toast) resolve(toast.isOnTop);
    else if (performance.now() > until) reject(new Error(`no ${text} in ${JSON.stringify(window.toasts)}`));
    else setTimeout(look, 30);
  };
  look();
})"""


def assert_said(page: Page, text: str, seconds: float = 30) -> None:
    """A toast with these words came, or comes in this time; nothing lay over it. It may have gone again by now."""
    assert page.evaluate(HEARD, [text, seconds * 1000]), f"{text}: below something"


SETTLED = """() => new Promise((resolve, reject) => {
  const until = performance.now() + 45000;
  let calm = 0, elements = 0;
  const look = () => {
    const busy = document.querySelector('.boot, [aria-busy=true], .skeleton, .sk') || !document.querySelector('h1');
    const images = [...document.images].every((image) => image.complete || image.loading === 'lazy');
    const before = elements;
    elements = document.getElementsByTagName('*').length;
    calm = busy || !images || elements !== before ? 0 : calm + 1;
    if (calm > 2) resolve();
    else if (performance.now() > until) reject(new Error('not settled: ' + (busy?.outerHTML ?? '').slice(0, 300)));
    else setTimeout(look, 40);
  };
  look();
})"""


def settle(page: Page) -> None:
    """Returns when nothing is on its way to the screen."""
    page.evaluate(SETTLED)


def step_to(page: Page, head: Locator, number: str) -> None:
    """Presses J until the desk's head shows the case of this number."""
    for _ in range(30):
        expect(head).not_to_be_empty()
        settle(page)
        shown = head.text_content() or ""
        if number in shown:
            return
        page.keyboard.press("j")
        expect(head).not_to_have_text(shown)
    raise AssertionError(f"no {number}")


IN_CONTROL = """() => new Promise((resolve) => {
  const worker = navigator.serviceWorker;
  if (worker.controller) resolve(); else worker.addEventListener('controllerchange', () => resolve(), { once: true });
})"""


def wait_for_worker(page: Page) -> None:
    """Returns when the service worker answers for the page."""
    page.evaluate(IN_CONTROL)
