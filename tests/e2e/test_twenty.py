"""The promise at its full size: twenty reports without a network, the page closed and the server killed, arrive once."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.test_offline import assert_arrived
from tests.support.phone import Phone
from tests.support.town import Town


def test_twenty_reports_without_a_network_arrive_once(town: Town, phone: Callable[..., Phone]) -> None:
    walker = phone()
    context = walker.page.context
    context.set_offline(True)
    taps = [walker.capture() for _ in range(12)]
    walker.page.reload()
    taps += [walker.capture() for _ in range(7)] + [walker.capture(photos=2)]
    assert max(taps[:19]) <= 5
    expect(walker.page.get_by_text("21 张未上传")).to_be_visible()
    before = walker.kept()
    assert len(before) == 20
    assert sum(len(item["photos"]) for item in before) == 21
    assert {item["state"] for item in before} <= {"queued", "sending"}

    walker.page.close()
    town.server.kill()
    later = Phone(context.new_page()).open("/outbox")
    expect(later.page.get_by_text("20 件上报 · 21 张照片")).to_be_visible()
    assert {item["id"]: item["photos"] for item in later.kept()} == {i["id"]: i["photos"] for i in before}

    town.server.start()
    context.set_offline(False)
    later.wait_until_sent()
    expect(later.page.get_by_text("刚传完")).to_be_visible()
    assert len(later.kept()) == 20
    assert_arrived(town, later.kept())
