"""The promise: what the phone shows as sent is on the server once, byte for byte; everything else is still on the phone."""

import hashlib
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, expect
from sqlalchemy import text

from tests.support.browser import axe_violations
from tests.support.phone import Phone
from tests.support.town import OTHER_VOLUNTEER, VOLUNTEER, Town

OpenContext = Callable[..., BrowserContext]
Eventually = Callable[..., Any]
PAGE = b"<!doctype html><title>Welcome</title><p>Please accept the terms of this network."


class Portal(BaseHTTPRequestHandler):
    """A captive portal: whatever is asked, here is a page, and all is well."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *_: Any) -> None:
        """Nothing to the test's output."""


@contextmanager
def portal_instead_of(town: Town) -> Iterator[None]:
    town.server.stop()
    portal = ThreadingHTTPServer(("127.0.0.1", town.server.port), Portal)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        portal.shutdown()
        portal.server_close()
        town.server.start()


def reports_of(town: Town, items: list[dict[str, Any]]) -> list[str]:
    """The server's reports that this phone made, as often as they are there."""
    ids = {item["id"].replace("-", "") for item in items}
    rows = town.rows("SELECT client_id FROM reports WHERE state <> 'incomplete'")
    found = [str(row[0]).replace("-", "") for row in rows]
    return [one for one in found if one in ids]


def assert_arrived(town: Town, items: list[dict[str, Any]]) -> None:
    """Each item once; each photo with the phone's digest, in the database and on the disk; sent is what the phone says."""
    assert {item["state"] for item in items} == {"acked"}
    assert sorted(reports_of(town, items)) == sorted(item["id"].replace("-", "") for item in items)
    rows = town.rows("SELECT client_id, sha256 FROM photos")
    there = [(str(row[0]).replace("-", ""), row[1]) for row in rows]
    wanted = [(id.replace("-", ""), sha256) for item in items for id, sha256 in item["photos"].items()]
    assert [one for one in wanted if there.count(one) != 1] == []
    on_disk = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files(town.server.folder)}
    assert {sha256 for _, sha256 in wanted} <= on_disk


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_a_new_consent_text_is_agreed_to_before_anything_is_sent(
    town: Town, phone: Callable[..., Phone], eventually: Eventually
) -> None:
    walker = phone(OTHER_VOLUNTEER)
    with town.server.session() as session:
        old = text("UPDATE users SET consent_version = '2025-01' WHERE login = :login")
        session.execute(old, {"login": OTHER_VOLUNTEER})
    walker.page.reload()
    sheet = walker.page.locator("dialog.sheet[open]")
    expect(sheet.get_by_role("heading", name="请看一下同意书")).to_be_visible()
    assert axe_violations(walker.page) == []
    sheet.get_by_role("button", name="以后再说").click()
    walker.capture()
    walker.page.get_by_role("button", name=re.compile("请先看同意书")).click()
    assert set(walker.states()) == {"queued"}
    assert reports_of(town, walker.kept()) == []
    assert axe_violations(walker.page) == []
    walker.button("看同意书").click()
    sheet.get_by_role("button", name="同意", exact=True).click()
    walker.wait_until_sent()
    expect(sheet).to_have_count(0)
    assert_arrived(town, walker.kept())


def test_a_page_killed_while_sending_sends_once(
    town: Town, phone: Callable[..., Phone], eventually: Eventually
) -> None:
    walker = phone()
    context = walker.page.context
    assert town.server.process
    town.server.process.send_signal(signal.SIGSTOP)
    try:
        walker.capture()
        eventually(lambda: "sending" in walker.states())
        walker.page.close()
    finally:
        town.server.process.send_signal(signal.SIGCONT)
    later = Phone(context.new_page()).open("/outbox")
    eventually(lambda: later.states() == ["acked"], 20)
    assert_arrived(town, later.kept())


def test_a_captive_portal_is_not_believed(
    town: Town, phone: Callable[..., Phone], eventually: Eventually
) -> None:
    walker = phone(OTHER_VOLUNTEER)
    with portal_instead_of(town):
        walker.capture()
        walker.open("/outbox")
        tried = tries_of(walker)
        walker.button("现在上传").click()
        eventually(lambda: tries_of(walker) > tried)
        # Waiting, or already at the next try: in any case not sent.
        assert set(walker.states()) <= {"queued", "sending"}
    walker.open("/outbox")
    eventually(lambda: walker.states() == ["acked"], 20)
    assert_arrived(town, walker.kept())


TRIES = """async () => {
  const open = indexedDB.open('xunfang-outbox');
  const db = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const items = await new Promise((resolve) => {
    const asked = db.transaction('items').objectStore('items').getAll();
    asked.onsuccess = () => resolve(asked.result);
  });
  db.close();
  return Math.max(...items.map((item) => item.tries));
}"""


def tries_of(phone: Phone) -> int:
    return int(phone.page.evaluate(TRIES))


def test_an_ended_session_keeps_everything_and_asks_to_sign_in(
    town: Town, phone: Callable[..., Phone], eventually: Eventually
) -> None:
    walker = phone(OTHER_VOLUNTEER)
    context = walker.page.context
    context.set_offline(True)
    walker.capture()
    walker.capture()
    with town.server.session() as session:
        session.connection().exec_driver_sql("UPDATE sessions SET revoked_at = created_at")
    town.tokens.clear()
    context.set_offline(False)
    walker.open("/outbox")
    expect(walker.page.get_by_text("需要重新登录").first).to_be_visible()
    eventually(lambda: walker.states() == ["queued", "queued"], 30)
    walker.button("去登录").click()
    _sign_in(walker, OTHER_VOLUNTEER)
    eventually(lambda: walker.states() == ["acked", "acked"], 20)
    assert_arrived(town, walker.kept())


def test_two_tabs_send_once(town: Town, phone: Callable[..., Phone], eventually: Eventually) -> None:
    walker = phone()
    context = walker.page.context
    sent: list[str] = []
    context.on("request", lambda asked: asked.method == "PUT" and sent.append(asked.url))
    context.set_offline(True)
    for _ in range(4):
        walker.capture()
    other = Phone(context.new_page()).open("/outbox")
    expect(other.page.get_by_text("4 件上报 · 4 张照片")).to_be_visible()
    sent.clear()
    context.set_offline(False)
    walker.wait_until_sent()
    expect(other.page.get_by_text("刚传完")).to_be_visible()
    assert len(sent) == len(set(sent)) == 8
    assert_arrived(town, walker.kept())


FULL = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError') };
  navigator.storage.estimate = async () => ({ quota: 1000, usage: 999 });
}"""


def test_a_full_phone_says_so_at_once_and_a_sign_out_leaves_what_is_unsent(
    town: Town, phone: Callable[..., Phone], eventually: Eventually
) -> None:
    walker = phone()
    context = walker.page.context
    context.set_offline(True)
    walker.capture()
    held = {item["id"]: item["photos"] for item in walker.kept()}

    walker.open("/capture")
    walker.button("拍照").wait_for()
    walker.page.evaluate(FULL)
    walker.button("拍照").click()
    # Before the person walks on, not when everything is lost.
    expect(walker.page.get_by_text("手机存不下了")).to_be_visible()
    assert {item["id"]: item["photos"] for item in walker.kept()}.items() >= held.items()

    context.route("**/api/photos/**", lambda route: route.abort())
    context.set_offline(False)
    walker.open("/me")
    walker.button("退出登录").click()
    expect(walker.page.get_by_text("还有 1 件没有送到")).to_be_visible()
    walker.button("退出").click()
    _sign_in(walker, OTHER_VOLUNTEER)
    context.unroute("**/api/photos/**")
    walker.open("/outbox")
    walker.page.wait_for_load_state("networkidle")
    assert {item["id"]: item["photos"] for item in walker.kept()}.items() >= held.items()
    assert reports_of(town, [{"id": one} for one in held]) == []

    context.clear_cookies()
    walker.open("/sign-in")
    _sign_in(walker, VOLUNTEER)
    eventually(lambda: "acked" in walker.states(), 30)
    assert_arrived(town, [item for item in walker.kept() if item["id"] in held])


def test_what_the_browser_threw_away_with_its_storage_is_said(
    town: Town, phone: Callable[..., Phone]
) -> None:
    walker = phone()
    context = walker.page.context
    context.set_offline(True)
    walker.capture()
    town.server.stop()
    try:
        walker.page.close()
        context.set_offline(False)
        page = context.new_page()
        clearing = {"origin": town.url, "storageTypes": "indexeddb"}
        context.new_cdp_session(page).send("Storage.clearDataForOrigin", clearing)
        page.goto(town.url)
        expect(page.get_by_role("alert").get_by_text("1 件没传完的东西不在了")).to_be_visible()
        assert axe_violations(page) == []
        page.get_by_role("button", name="知道了").click()
        page.reload()
        expect(page.get_by_role("link", name="拍照上报")).to_be_visible()
        expect(page.get_by_text("没传完的东西")).to_have_count(0)
    finally:
        town.server.start()


def _sign_in(phone: Phone, login: str) -> None:
    phone.page.get_by_label("账号").fill(login)
    phone.page.get_by_label("密码", exact=True).fill("tinglan-demo")
    phone.button("登录").click()
    phone.page.wait_for_url(lambda url: "sign-in" not in url)
