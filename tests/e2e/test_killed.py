"""A phone whose browser dies while it saves: what was photographed is there when it comes back, whole."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Geolocation, Playwright, ViewportSize

from tests.e2e.conftest import PHONE, POSITION
from tests.e2e.test_offline import assert_arrived
from tests.support import browser as chromium
from tests.support.phone import Phone
from tests.support.town import VOLUNTEER, Town

AFTER_THE_TAP_MS = (0, 40)


class Handset:
    """One Chromium with a folder of its own, which may be killed at any moment."""

    def __init__(self, playwright: Playwright, folder: Path, film: Path, town: Town) -> None:
        self.playwright, self.folder, self.film, self.town = playwright, folder, film, town
        self.context: BrowserContext | None = None

    def switch_on(self) -> BrowserContext:
        self.context = self.playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=chromium.executable(),
            args=[*chromium.FLAGS, f"--use-file-for-fake-video-capture={self.film}"],
            base_url=self.town.url,
            viewport=ViewportSize(width=PHONE["width"], height=PHONE["height"]),
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation=Geolocation(
                latitude=POSITION["latitude"], longitude=POSITION["longitude"], accuracy=POSITION["accuracy"]
            ),
            permissions=["camera", "geolocation"],
            has_touch=True,
            is_mobile=True,
        )
        self.context.set_default_timeout(45_000)
        return self.context

    def has_written(self, name: str) -> bool:
        """Whether what the page keeps under this name in its local storage is on the disk: Chromium takes its time."""
        files = (self.folder / "Default/Local Storage/leveldb").glob("*.log")
        return any(name.encode() in file.read_bytes() for file in files)

    def kill(self) -> None:
        """Every process of it at once, without a word."""
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if str(self.folder).encode() in entry.read_bytes():
                    os.kill(int(entry.parent.name), signal.SIGKILL)
        self.switch_off()

    def switch_off(self) -> None:
        if self.context is not None:
            with suppress(Error):
                self.context.close()
        self.context = None


@pytest.fixture
def handset(playwright: Playwright, film: Path, town: Town, tmp_path: Path) -> Iterator[Handset]:
    made = Handset(playwright, tmp_path / "phone", film, town)
    yield made
    made.kill()


def test_chromium_killed_while_saving_keeps_what_was_photographed(
    handset: Handset, town: Town, eventually: Callable[..., Any]
) -> None:
    context = handset.switch_on()
    known = town.signed_in(VOLUNTEER)
    # As the server sets it: it outlives the browser.
    cookies = [cookie | {"expires": time.time() + 86_400} for cookie in known["cookies"]]
    context.add_cookies(cookies)
    page = context.pages[0]
    page.goto("/sign-in")
    for item in known["origins"][0]["localStorage"]:
        page.evaluate("(item) => localStorage.setItem(item.name, item.value)", item)
    Phone(page).ready_for_offline()
    # A phone that has been in use for a while knows its owner also after this.
    eventually(lambda: handset.has_written("xf.me"), 90)
    for number, wait_ms in enumerate(AFTER_THE_TAP_MS, 1):
        context.set_offline(True)
        phone = Phone(context.pages[0]).open("/capture")
        phone.button("拍照").click()
        phone.button("下一步").click()
        phone.page.locator("section.col .fx.wrap button").first.click()
        phone.button("保存").click(no_wait_after=True)
        time.sleep(wait_ms / 1000)
        handset.kill()

        context = handset.switch_on()
        context.set_offline(True)
        phone = Phone(context.pages[0]).open("/outbox")
        phone.page.locator("h1").first.wait_for()
        kept = phone.kept()
        # Saved, or still a draft with its picture; never half, never gone.
        assert len(kept) == number, kept
        assert {item["state"] for item in kept} <= {"queued", "sending", "draft"}
        assert all(len(item["photos"]) == 1 and all(item["photos"].values()) for item in kept), kept
        if any(item["state"] == "draft" for item in kept):
            phone.button("接着报").or_(phone.page.get_by_role("link", name="接着报")).click()
            phone.button("下一步").click()
            phone.page.locator("section.col .fx.wrap button").first.click()
            phone.button("保存").click()
            phone.page.wait_for_url(lambda url: "capture" not in url)
    context.set_offline(False)
    context.add_cookies(cookies)  # what was set last may not have been on the disk
    phone.page.reload()
    eventually(lambda: phone.states() == ["acked"] * len(AFTER_THE_TAP_MS), 60)
    assert_arrived(town, phone.kept())
