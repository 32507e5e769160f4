"""The journey of one case through all its roles, on phones and desks, as people press and type."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import assert_said, step_to
from tests.support.phone import Phone
from tests.support.town import DISPATCHER, LEADER, OFFICE, OTHER_VOLUNTEER, REVIEWER, UNIT, VOLUNTEER, Town

OpenContext = Callable[..., BrowserContext]
Eventually = Callable[..., Any]
LIAISON = "SELECT u.login FROM users u JOIN role_holds h ON h.user_id = u.id WHERE h.role = 'liaison' AND h.unit_id = :unit"


@dataclass
class Stage:
    """The town, and everybody's browser in it."""

    town: Town
    open_context: OpenContext
    desk: Callable[[str, str], Page]
    eventually: Eventually

    def phone(self, login: str, **options: Any) -> Phone:
        context = self.open_context(self.town.url, storage_state=self.town.signed_in(login), **options)
        return Phone(context.new_page())

    def case(self, issue_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.town.ask("GET", f"/api/issues/{issue_id}", login=DISPATCHER)[0]
        return found

    def reaches(self, issue_id: str, state: str) -> dict[str, Any]:
        self.eventually(lambda: self.case(issue_id)["state"] == state, 20)
        return self.case(issue_id)

    def first(self, login: str, query: str) -> dict[str, Any]:
        found: dict[str, Any] = self.town.ask("GET", f"/api/issues?{query}", login=login)[0]["items"][0]
        return found


@pytest.fixture
def stage(
    town: Town, open_context: OpenContext, open_desk: Callable[..., Page], eventually: Eventually
) -> Stage:
    return Stage(town, open_context, open_desk, eventually)


def number(case: dict[str, Any]) -> str:
    return f"{case['no']:04d}"


def quiet_point(town: Town) -> dict[str, Any]:
    """A point at which nothing has been reported yet, with nothing else around it."""
    points = town.ask("GET", "/api/points/offline", login=VOLUNTEER)[0]["items"]
    taken = [(row[0], row[1]) for row in town.rows("SELECT lon, lat FROM issues WHERE lon IS NOT NULL")]

    def is_near(point: dict[str, Any], lon: float, lat: float) -> bool:
        return abs(point["lon"] - lon) < 0.0015 and abs(point["lat"] - lat) < 0.0015

    def is_alone(point: dict[str, Any]) -> bool:
        others = [(p["lon"], p["lat"]) for p in points if p["id"] != point["id"]]
        return not any(is_near(point, *place) for place in [*others, *taken])

    found: dict[str, Any] = next(p for p in points if p["geometry"] is None and is_alone(p))
    return found


def joins(stage: Stage, place: dict[str, Any]) -> Phone:
    """A volunteer types the short code of an invite, and the office confirms them."""
    office = stage.town.ask("GET", "/api/me", login=OFFICE)[0]
    asked = {"role": "volunteer", "unit_id": office["unit"]["id"]}
    invite = stage.town.ask("POST", "/api/invites", asked, login=OFFICE)[0]
    context = stage.open_context(stage.town.url, geolocation=place)
    page = context.new_page()
    page.goto("/join")
    page.get_by_label("或者输入短码").fill(invite["short_code"])
    page.get_by_label("怎么称呼您").or_(page.get_by_role("button", name="下一步")).first.click()
    page.get_by_label("怎么称呼您").fill("王阿姨")
    page.get_by_label("出生日期").fill("1965-03-01")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="加入", exact=True).click()
    expect(page.get_by_text("等待单位确认")).to_be_visible()
    me = page.evaluate("() => fetch('/api/me').then((answer) => answer.json())")
    stage.town.ask("POST", f"/api/people/{me['id']}/confirm", login=OFFICE)
    return Phone(page)


def captured_offline(stage: Stage, phone: Phone, point: dict[str, Any]) -> str:
    """Captured without a network at the proposed point; sent when it is back. Answers the case."""
    phone.ready_for_offline()
    phone.page.context.set_offline(True)
    phone.open("/capture")
    chip = phone.page.locator(".pc.found")
    expect(chip).to_contain_text(point["name_zh"])
    expect(chip).to_contain_text(re.compile(r"距点位 \d+ 米 · 精度 ±8 米"))
    phone.open("/")
    assert phone.capture() <= 5
    expect(phone.page.get_by_text("1 张未上传")).to_be_visible()
    phone.page.context.set_offline(False)
    expect(phone.page.get_by_text("已送到，编号")).to_be_visible()
    report = phone.page.evaluate("() => fetch('/api/my/reports').then((answer) => answer.json())")["items"][0]
    issue_id: str = report["issue"]["id"]
    return issue_id


def seen_by_another(stage: Stage, place: dict[str, Any], issue_id: str) -> None:
    """也是这个: a witness, no second case."""
    other = stage.phone(OTHER_VOLUNTEER, geolocation=place, service_workers="block").open("/capture")
    other.button("拍照").click()
    other.button("下一步").click()
    other.page.locator("section.col .fx.wrap button").first.click()
    other.button("也是这个").first.click()
    stage.eventually(lambda: stage.case(issue_id)["witness_count"] == 1)


def dispatched_by_keyboard(stage: Stage, issue_id: str) -> dict[str, Any]:
    case = stage.case(issue_id)
    page = stage.desk(DISPATCHER, "/triage")
    row = page.locator(".ir").first
    row.wait_for()
    page.keyboard.press("/")
    page.keyboard.type(number(case))
    expect(page.locator(".ir")).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("#main").focus()
    expect(page.get_by_role("button", name=re.compile("派单，看下一件"))).not_to_have_attribute(
        "aria-disabled", "true"
    )
    page.keyboard.press("Enter")
    assert_said(page, f"{number(case)} 派给")
    # Leaving the desk sends what still waited for an undo.
    page.get_by_role("link", name="案件").first.click()
    return stage.reaches(issue_id, "dispatched")


def claimed_and_fixed(stage: Stage, login: str, place: dict[str, Any], issue_id: str) -> None:
    phone = stage.phone(login, geolocation=place).ready_for_offline()
    page = phone.page
    phone.open(f"/orders/{issue_id}")
    phone.button("领单").click()
    stage.reaches(issue_id, "rectifying")
    expect(phone.button("拍整改后")).to_be_visible()
    phone.button("拍整改后").click()
    expect(page.get_by_role("slider").first).to_be_visible()
    page.context.set_offline(True)
    phone.button("拍照").click()
    page.get_by_label("采取了什么措施").fill("清运垃圾，冲洗地面")
    phone.button("提交").click()
    expect(page.get_by_text("等网络")).to_be_visible()
    kept = "() => caches.open('xf-large-v1').then((cache) => cache.keys()).then((keys) => keys.length)"
    assert page.evaluate(kept) >= 1, "the ghost stays sharp without a network"
    page.get_by_placeholder("写一句").fill("清好了，请来看")
    phone.button("发送").click()
    expect(page.get_by_text("写好了，联网就发")).to_be_visible()
    page.context.set_offline(False)
    stage.reaches(issue_id, "in_review")
    stage.eventually(lambda: [c["body"] for c in stage.case(issue_id)["comments"]] == ["清好了，请来看"])


def closed_by_keyboard(stage: Stage, issue_id: str) -> None:
    # The engine's hint may ask for words: it must not arrive between two keys.
    stage.eventually(lambda: all(pair["verdict"] for pair in stage.case(issue_id)["pairs"]), 90)
    case = stage.case(issue_id)
    page = stage.desk(REVIEWER, "/review")
    page.get_by_role("button", name=re.compile("^全部")).click()
    shown = page.locator(".rv-h .m")
    step_to(page, shown, number(case))
    why = page.get_by_placeholder("为什么仍然算数")
    act = page.get_by_role("button", name=re.compile("通过并销项"))
    expect(act.or_(why).first).to_be_visible()
    if why.is_visible():
        why.fill("现场去看过")
        why.press("Enter")
    page.locator("#main").focus()
    page.keyboard.press("Enter")
    assert_said(page, f"{number(case)} 已销项")
    page.get_by_role("link", name="案件").first.click()
    stage.reaches(issue_id, "closed")


def not_fixed(stage: Stage, phone: Phone, issue_id: str) -> None:
    page = phone.page
    phone.open("/reports")
    page.get_by_role("link", name=re.compile("已销项")).first.click()
    for step in ("已收到", "已派单", "开始整改", "已销项"):
        expect(page.get_by_text(step).first).to_be_visible()
    phone.button("没修好").click()
    page.get_by_label("说一句").fill("垃圾又堆起来了")
    phone.button("提交").click()
    stage.eventually(lambda: any(e["action"] == "not_fixed" for e in stage.case(issue_id)["events"]), 20)


def test_one_case_from_the_street_to_closed_and_back(stage: Stage) -> None:
    point = quiet_point(stage.town)
    place = {"latitude": point["lat"], "longitude": point["lon"] + 0.00005, "accuracy": 8}
    volunteer = joins(stage, place)
    issue_id = captured_offline(stage, volunteer, point)
    seen_by_another(stage, place, issue_id)
    case = dispatched_by_keyboard(stage, issue_id)
    unit = case["unit"]["id"].replace("-", "")
    login = stage.town.rows(LIAISON, unit=unit)[0][0]
    claimed_and_fixed(stage, login, place, issue_id)
    closed_by_keyboard(stage, issue_id)
    leader = stage.desk(LEADER, "/leader")
    expect(leader.get_by_text("三日办结率").first).to_be_visible()
    expect(leader.get_by_text(re.compile("^[0-9,]+ / [0-9,]+ 件")).first).to_be_visible()
    not_fixed(stage, volunteer, issue_id)


def test_a_unit_sends_an_order_back(stage: Stage) -> None:
    case = stage.first(UNIT, "unit=mine&state=dispatched&limit=1")
    phone = stage.phone(UNIT, service_workers="block").open(f"/orders/{case['id']}")
    phone.button("退单").click()
    phone.button("不归我们管").click()
    phone.button("提交").click()
    stage.reaches(case["id"], "submitted")
    desk = stage.desk(DISPATCHER, "/triage")
    desk.get_by_role("button", name=re.compile("^退单")).click()
    expect(desk.get_by_text("退单").first).to_be_visible()


def test_a_unit_asks_for_more_time(stage: Stage) -> None:
    phone = stage.phone(UNIT, service_workers="block").open("/orders")
    phone.page.get_by_role("button", name=re.compile("^整改中")).click()
    phone.page.locator("a.ir-hit").first.click()
    phone.page.wait_for_url("**/orders/*-*")
    case = stage.case(phone.page.url.rpartition("/")[2])
    phone.page.locator(".dock, .page").get_by_role("button", name=re.compile("^(延期|更多)$")).last.click()
    until = phone.page.get_by_label("延到什么时候")
    asked = phone.page.get_by_role("dialog").get_by_role("button", name="延期", exact=True)
    expect(until.or_(asked).first).to_be_visible()
    if asked.is_visible():
        asked.click()
    phone.page.get_by_label("延到什么时候").fill("2030-01-01T10:00")
    phone.page.get_by_label("原因").fill("要等材料")
    phone.button("提交").click()
    stage.eventually(lambda: [a for a in stage.case(case["id"])["approvals"] if a["kind"] == "extend"], 20)


def test_a_reviewer_returns_a_case(stage: Stage) -> None:
    page = stage.desk(REVIEWER, "/review")
    page.get_by_role("button", name=re.compile("^全部")).click()
    page.locator(".rv-h .m").wait_for()
    no = int(re.search(r"\d{4}", page.locator(".rv-h .m").text_content() or "")[0])  # type: ignore[index]
    page.keyboard.press("r")
    page.get_by_label("没解决").check()
    page.get_by_role("button", name="退回整改", exact=True).last.click()
    assert_said(page, f"{no:04d} 退回整改")
    page.get_by_role("link", name="案件").first.click()
    # One that was fixed on the spot was never dispatched: it goes back to the desk.
    after = {"rectifying", "submitted"}
    stage.eventually(
        lambda: stage.town.rows("SELECT state FROM issues WHERE no = :no", no=no)[0][0] in after, 20
    )
