"""Takes the README's screenshots of a running demo town: `make screenshots` (URL=http://localhost:8000)."""

import io
import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.demo import scenes
from app.demo.load import PASSWORD
from tests.e2e.conftest import DESK, PHONE, POSITION
from tests.support import browser as chromium

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs/images"
MOST_BYTES = 150_000
WIDE = {"width": 1440, "height": 900}
SHOTS = [
    ("home", "u.pat01", "/", PHONE, "light"),
    ("visit", "u.pat01", "/", PHONE, "light"),
    ("cross", "u.office1", "/cross/rounds", WIDE, "light"),
    ("capture", "u.vol01", "/capture", PHONE, "light"),
    ("confirm", "u.vol01", "/capture", PHONE, "light"),
    ("order", "u.p01.lia", "/orders", PHONE, "light"),
    ("triage", "u.office2", "/triage", WIDE, "light"),
    ("review", "u.review1", "/review", WIDE, "light"),
    ("leader", "u.lead01", "/leader", PHONE, "light"),
    ("leader-dark", "u.lead01", "/leader", DESK, "dark"),
]


def sign_in(browser: Browser, url: str, login: str, view: dict[str, int], theme: str) -> BrowserContext:
    phone = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2} if view is PHONE else {}
    context = browser.new_context(
        base_url=url, viewport=view, locale="zh-CN", timezone_id="Asia/Shanghai", geolocation=POSITION,
        permissions=["camera", "geolocation"], reduced_motion="reduce", color_scheme=theme, **phone,
    )  # fmt: skip
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda now: "/sign-in" not in now)
    return context


def show(page: Page, name: str, path: str) -> None:
    """The screen as somebody at work sees it."""
    page.goto(path)
    page.locator("h1").first.wait_for(state="attached")
    if name in ("capture", "confirm"):
        page.locator(".pc.found").wait_for()
    if name == "confirm":
        page.get_by_role("button", name="拍照", exact=True).click()
        page.get_by_role("button", name="下一步").click()
        page.locator("section.col .fx.wrap button").first.click()
    if name == "visit":
        page.get_by_role("link", name="去看").or_(page.get_by_role("button", name="去看")).first.click()
        page.get_by_role("button", name="开始巡访").click()
        page.get_by_role("button", name="我到了").click()
        page.locator(".it").nth(0).get_by_role("button", name="基本符合").click()
    if name == "cross":
        page.get_by_role("link", name="TB-2021-1", exact=True).click()
    if name == "order":
        page.get_by_role("button", name="整改中").click()
        page.locator("a.ir-hit").first.click()
    if name == "review":
        page.get_by_role("button", name="全部").first.click()
    page.wait_for_timeout(2500)


def keep(png: bytes, name: str) -> None:
    """As a small picture: fewer colours first, JPEG where that is not enough."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    if image.width < 1000:
        image = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)
    path = FOLDER / f"{name}.jpg"
    for quality in (85, 75, 65, 50):
        image.save(path, quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= MOST_BYTES:
            return
    raise SystemExit(f"{path} stays above {MOST_BYTES} bytes")


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
    only = os.environ.get("ONLY", "").split()
    FOLDER.mkdir(parents=True, exist_ok=True)
    film = chromium.film([scenes.photograph(scenes.Shot("lane", 7, "rubbish"))], FOLDER / "film.y4m")
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright.chromium, camera=film)
        try:
            for name, login, path, view, theme in SHOTS:
                if only and name not in only:
                    continue
                context = sign_in(browser, url, login, view, theme)
                page = context.pages[0]
                show(page, name, path)
                keep(page.screenshot(), name)
                context.close()
                print(name, flush=True)
        finally:
            browser.close()
            film.unlink()


if __name__ == "__main__":
    main()
