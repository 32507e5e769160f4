"""A phone with the PWA as its owner uses it: capture, save, look at what is not sent; and what it holds itself."""

import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

from tests.support.browser import wait_for_worker

KEPT = """async () => {
  const open = indexedDB.open('xunfang-outbox');
  const db = await new Promise((resolve, reject) => { open.onsuccess = () => resolve(open.result); open.onerror = reject; });
  const all = (name) => new Promise((resolve) => {
    const asked = db.transaction(name).objectStore(name).getAll();
    asked.onsuccess = () => resolve(asked.result);
  });
  const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const items = await all('items');
  const digests = {};
  for (const photo of await all('photos')) digests[photo.id] = hex(await crypto.subtle.digest('SHA-256', photo.bytes));
  db.close();
  return items.filter((item) => item.state !== 'draft' || item.photos.length).map((item) => ({
    id: item.id, kind: item.kind, state: item.state, parked: item.parkedCode,
    photos: Object.fromEntries(item.photos.map((photo) => [photo.id, digests[photo.id] ?? null])),
  }));
}"""


@dataclass
class Phone:
    """One page of a signed-in phone."""

    page: Page
    taps: int = 0

    def tap(self, target: Locator) -> None:
        self.taps += 1
        target.click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def open(self, path: str = "/") -> "Phone":
        self.page.goto(path)
        return self

    def ready_for_offline(self) -> "Phone":
        """Opened once with a network: the worker is in control, points and categories are on the phone."""
        self.open()
        wait_for_worker(self.page)
        # Under the worker: now what the page reads passes through its store.
        self.open("/capture")
        self.page.locator(".pc.found").wait_for()
        self.page.evaluate("() => fetch('/api/standards').then((answer) => answer.json())")
        self.button("关闭，草稿会留着").click()
        self.page.wait_for_url(lambda url: "capture" not in url)
        return self

    def capture(self, photos: int = 1) -> int:
        """Home → photos → category → saved and home again. Answers the number of taps."""
        self.taps = 0
        self.tap(self.page.get_by_role("link", name="拍照上报").or_(self.button("拍照上报")))
        for _ in range(photos):
            self.tap(self.button("拍照"))
        self.tap(self.button("下一步"))
        self.tap(self.page.locator("section.col .fx.wrap button").first)
        self.tap(self.button("保存"))
        self.page.get_by_role("link", name="拍照上报").or_(self.button("拍照上报")).wait_for()
        return self.taps

    def kept(self) -> list[dict[str, Any]]:
        """What lies in the phone's own store: items with their photos, digests made from the bytes."""
        found: list[dict[str, Any]] = self.page.evaluate(KEPT)
        return found

    def states(self) -> list[str]:
        return [item["state"] for item in self.kept()]

    def wait_until_sent(self, seconds: float = 60) -> None:
        """Returns when the server has everything this phone holds; says what hangs when that takes too long."""
        until = time.monotonic() + seconds
        while unsent := [item for item in self.kept() if item["state"] != "acked"]:
            assert time.monotonic() < until, f"not sent in {seconds} s: {unsent}"
            time.sleep(0.1)
