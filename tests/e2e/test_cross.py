"""A 咬尾巴 round as people press and type: the sealed envelope, the dark stairwell, the office's desk, the inspected unit."""

import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.demo.load import PASSWORD
from tests.conftest import Databases
from tests.support.browser import assert_said, axe_violations, show_theme, wait_for_worker
from tests.support.phone import Phone
from tests.support.server import LiveServer
from tests.support.town import OFFICE, Town

OpenContext = Callable[..., BrowserContext]
Eventually = Callable[..., Any]
UNITS = ("C01", "C02", "C03")
CAPTAIN = "u.c01.sec"
MORNING = 9
STRENGTH = "停车线重新划过，宣传氛围浓厚"


def until_morning(zone: ZoneInfo) -> float:
    """Seconds from now to the next nine o'clock of the town."""
    here = datetime.now(zone)
    nine = here.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return ((nine - here) % timedelta(days=1)).total_seconds()


class RoundTown(Town):
    """The demo town in the morning of a round."""

    @property
    def ahead(self) -> float:
        return float(self.server.entry_arguments["ahead_seconds"])

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def wait(self, minutes: float) -> None:
        """Let time go by: the server starts anew with its clock put forward."""
        self.server.stop()
        self.server.entry_arguments = {"ahead_seconds": self.ahead + minutes * 60}
        self.server.start()

    def step_up(self) -> None:
        self.ask("POST", "/api/session/step-up", {"password": PASSWORD}, login=OFFICE)

    def cross(self, method: str, path: str, body: Any = None, login: str = OFFICE) -> Any:
        return self.ask(method, f"/api/cross/{path}", body, login=login)[0]

    def units(self) -> dict[str, dict[str, Any]]:
        items = self.ask("GET", "/api/units?limit=200", login=OFFICE)[0]["items"]
        return {one["code"]: one for one in items}

    def name_of_type(self, code: str) -> str:
        kinds = self.ask("GET", "/api/standards", login=OFFICE)[0]["point_types"]
        return next(str(one["name_zh"]) for one in kinds if one["code"] == code)

    def complete(self, captain: str) -> None:
        """A team that finds one thing, answers everything and signs; told without a browser."""
        (task,) = self.cross("GET", "mine", login=captain)["items"]

        def tell(kind: str, **body: Any) -> None:
            said = {"assignment_id": task["id"], **body}
            self.cross("PUT", f"{kind}s/{uuid.uuid4()}", said, login=captain)

        for point in task["package"]["points"]:
            results = [{"item": item, "result": "pass"} for item in point["items"]]
            tell("visit", point_id=point["id"], arrived_at=self.now().isoformat(), results=results)
        place, seen_at = task["package"]["points"][0]["id"], self.now().isoformat()
        tell("finding", point_id=place, category="ORD-02", captured_at=seen_at)
        tell("mirror", category="ORD-02", own_state="none")
        for question in (1, 2, 3, 4, 5):
            tell("interview", question=question, is_met=False)
        tell("rating", items=[{"item": "environment", "result": "pass"}])
        tell("lesson", none_reason="都学过了")
        tell("submission", unsent_drafts=0, is_complete=True, signed_at=self.now().isoformat())


@pytest.fixture(scope="module")
def town(
    pwa: None, seeded: tuple[str, Path], databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RoundTown]:
    url, folder = seeded
    own = tmp_path_factory.mktemp("round") / "data"
    shutil.copytree(folder, own)
    server = LiveServer(
        own, databases.copy(url), {"XUNFANG_JOBS": "inline", "XUNFANG_TOTP_REQUIRED": "false"},
        entry="tests.support.later:serve",
    )  # fmt: skip
    town = RoundTown(server)
    server.entry_arguments = {"ahead_seconds": until_morning(town.zone)}
    server.start()
    yield town
    server.stop()
    databases.drop(server.database_url)
    assert "Traceback" not in server.output(), server.output()[-6000:]


def plan_at_the_desk(town: RoundTown, desk: Page) -> str:
    """The office plans a drawn round of three, and says who it is; the round's id."""
    desk.goto("/cross/rounds")
    desk.get_by_role("button", name="排一轮").click()
    sheet = desk.get_by_role("dialog")
    sheet.get_by_label("编号").fill("TB-3")
    here = (town.now() + timedelta(minutes=60)).astimezone(town.zone)
    sheet.get_by_label("开始时间").fill(here.strftime("%Y-%m-%dT%H:%M"))
    units = town.units()
    for code in UNITS:
        sheet.get_by_label(units[code]["name_zh"], exact=True).check()
    sheet.get_by_label(town.name_of_type("RES"), exact=True).check()
    assert axe_violations(desk) == []
    sheet.get_by_role("button", name="排好，保密").click()
    again = desk.get_by_role("dialog").filter(has=desk.locator("input[type=password]"))
    again.locator("input[type=password]").fill(PASSWORD)
    again.get_by_role("button", name="确认").click()
    expect(desk.get_by_text("还没抽，揭晓时才知道谁查谁")).to_be_visible()
    assert axe_violations(desk) == []
    return desk.url.rpartition("/")[2]


def check_the_point(page: Page) -> None:
    """Everything conforms, but one thing: photographed twice, written down for good."""
    phone = Phone(page)
    items = page.locator(".it")
    items.first.wait_for()
    items.nth(1).get_by_role("button", name="基本符合", exact=True).click()
    items.nth(2).get_by_role("button", name="不符合", exact=True).click()
    phone.button("拍照").click()
    page.get_by_role("button", name="下一步").wait_for()
    phone.button("拍照").click()
    page.get_by_role("button", name="下一步").click()
    phone.button("记下").wait_for()
    assert axe_violations(page) == []
    phone.button("记下").click()
    expect(page.get_by_text("已记下，不能删")).to_be_visible()
    items.nth(2).get_by_role("button", name="符合", exact=True).click(force=True)
    assert_said(page, "已经记下，只能改得更重")
    for theme in ("dark", "light"):
        show_theme(page, theme)
        assert axe_violations(page) == []
    page.evaluate(
        """() => document.querySelectorAll(".it").forEach((card) => {
            if (!card.querySelector("[aria-pressed=true]")) card.querySelector(".o button").click();
        })"""
    )
    phone.button("这个点位查完了").click()
    expect(page.get_by_role("button", name="这个点位查完了", exact=True)).to_be_hidden()


def answer_and_sign(page: Page) -> None:
    """The five questions, the mirror, rating, lesson, a strength seen; the captain's name under it."""
    phone = Phone(page)
    page.get_by_role("link", name=re.compile("五问")).click()
    submit = phone.button("提交本轮")
    expect(submit).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("还差：五问 5 条 · 平面镜 1 类 · 互评 · 互学")).to_be_visible()
    for answer in ("知道", "知道", "不知道", "满意"):
        phone.button(answer).click()
    expect(page.get_by_text("知道 2 / 问 3")).to_be_visible()
    phone.button("可以").click()
    page.get_by_label("回去做什么").fill("楼下划停车线")
    phone.button("记下").first.click()
    phone.button("没遇到书记").click()
    phone.button("没有").first.click()
    mirror = page.locator("section", has=page.get_by_role("heading", name="平面镜"))
    mirror.get_by_role("button", name="也有").click()
    mirror.get_by_role("button", name="记下").click()
    for item in ("环境", "秩序", "设施", "宣传", "管理"):
        page.get_by_role("group", name=item).get_by_role("button", name="符合", exact=True).click()
    page.locator("section", has=page.get_by_role("heading", name="互评")).get_by_role(
        "button", name="记下"
    ).click()
    page.get_by_label("这次学到什么").fill("分类箱旁有人守着")
    page.locator("section", has=page.get_by_role("heading", name="互学")).get_by_role(
        "button", name="记下"
    ).click()
    phone.button("记一条").click()
    page.get_by_role("textbox", name="值得借鉴的做法").fill(STRENGTH)
    page.get_by_label("带回去，建一条自己的待办").check()
    page.locator("section", has=page.get_by_role("heading", name="互鉴")).get_by_role(
        "button", name="记下"
    ).click()
    assert axe_violations(page) == []
    submit.click()
    phone.button("签字提交").click()
    expect(page.get_by_text("本轮已提交").first).to_be_visible()


def test_a_round_from_the_plan_to_the_report_S11_S13_S17_S19_S26_S30(
    town: RoundTown, open_context: OpenContext, eventually: Eventually
) -> None:
    wide = {"width": 1440, "height": 900}
    desk = open_context(town.url, storage_state=town.signed_in(OFFICE), viewport=wide).new_page()
    round_id = plan_at_the_desk(town, desk)

    context = open_context(town.url, storage_state=town.signed_in(CAPTAIN))
    page = context.new_page()
    page.goto("/cross")
    expect(page.get_by_role("heading", name="检查对象还没揭晓")).to_be_visible()
    wait_for_worker(page)
    for theme in ("dark", "light"):
        show_theme(page, theme)
        assert axe_violations(page) == []
    eventually(lambda: town.cross("GET", f"rounds/{round_id}")["nonces_so_far"] == 1)

    town.wait(minutes=35)
    desk.reload()
    desk.get_by_role("button", name="揭晓", exact=True).click()
    again = desk.get_by_role("dialog")
    again.locator("input[type=password]").fill(PASSWORD)
    again.get_by_role("button", name="确认").click()
    expect(desk.get_by_role("table")).to_be_visible()
    edges = town.cross("GET", f"rounds/{round_id}")["edges"]
    codes = {unit["id"]: code for code, unit in town.units().items()}
    target = next(codes[e["target"]["id"]] for e in edges if codes[e["inspector"]["id"]] == "C01")
    secretary = f"u.{target.lower()}.sec"

    page.goto("/cross")
    page.get_by_text("揭晓了").first.wait_for()
    page.get_by_role("link", name="开始检查").click()
    page.locator(".it").first.wait_for()
    page.evaluate("() => fetch('/api/standards').then((answer) => answer.json())")
    context.set_offline(True)
    page.reload()
    check_the_point(page)
    answer_and_sign(page)
    phone = Phone(page)
    assert {one["state"] for one in phone.kept() if one["kind"] == "record"} & {"queued", "sending"}
    context.set_offline(False)
    phone.wait_until_sent()

    hidden = open_context(
        town.url, storage_state=town.signed_in(secretary), locale="en-GB", service_workers="block"
    ).new_page()
    hidden.goto(f"/cross/rounds/{round_id}")
    expect(hidden.get_by_role("heading", name="没有这个页面")).to_be_visible()
    before = town.ask("GET", "/api/issues?limit=200", login=secretary)[0]["items"]
    for code in UNITS[1:]:
        town.complete(f"u.{code.lower()}.sec")

    desk.reload()
    expect(desk.get_by_text("3 件，并掉 0 件，已有案 0 件，放行 3 件")).to_be_visible()
    assert axe_violations(desk) == []
    desk.get_by_role("button", name="汇总完成").click()
    desk.get_by_role("button", name="放行", exact=True).click()
    assert town.ask("GET", "/api/issues?limit=200", login=secretary)[0]["items"] == before
    desk.get_by_role("dialog").get_by_role("button", name="放行", exact=True).click()
    expect(desk.get_by_role("heading", name="TB-3 轮次报告")).to_be_visible()
    expect(desk.get_by_role("heading", name="五问", exact=True)).to_be_visible()
    for theme in ("dark", "light"):
        show_theme(desk, theme)
        assert axe_violations(desk) == []
    desk.get_by_role("button", name="抽签核对").click()
    expect(desk.get_by_text("verify_draw.py")).to_be_visible()
    assert axe_violations(desk) == []

    after = town.ask("GET", "/api/issues?limit=200", login=secretary)[0]["items"]
    new = [one for one in after if one["id"] not in {known["id"] for known in before}]
    (found,) = [one for one in new if "ORD-02" not in str(one["category"])]
    assert found["state"] == "dispatched"
    hidden.evaluate("() => localStorage.setItem('xf.prefs', JSON.stringify({ lang: 'en' }))")
    hidden.goto(f"/cross/rounds/{round_id}")
    expect(hidden.get_by_text(STRENGTH).first).to_be_visible()
    assert axe_violations(hidden) == []
    hidden.goto("/orders")
    expect(hidden.locator(f"a[href='/orders/{found['id']}']").first).to_be_visible()
    page.goto("/cross/rounds")
    page.get_by_role("button", name="待办").click()
    todo = page.get_by_role("listitem").filter(has_text="楼下划停车线")
    assert axe_violations(page) == []
    todo.get_by_role("button", name="做完了").click()
    sheet = page.get_by_role("dialog", name="待办做完")
    sheet.get_by_role("button", name="拍做完的样子").click()
    phone.button("拍照").click()
    phone.button("好了").click()
    assert axe_violations(page) == []
    sheet.get_by_role("button", name="做完了").click()
    expect(todo.get_by_text("已做完")).to_be_visible()

    start = (town.now() + timedelta(minutes=10)).isoformat()
    plan = {"code": "TB-3R", "direction": "reverse", "verifies_id": round_id, "start_at": start}
    town.step_up()
    again_id = town.cross("POST", "rounds", plan | {"reveal_minutes": 5, "point_types": ["RES"]})["id"]
    town.wait(minutes=6)
    town.step_up()
    town.cross("POST", f"rounds/{again_id}/reveal")
    hidden.goto("/cross")
    hidden.get_by_role("link", name=re.compile("TB-3R")).click()
    hidden.get_by_role("link", name="Verified 0/1").click()
    hidden.get_by_role("button", name="Solved", exact=True).click()
    expect(hidden.get_by_text("1 / 1")).to_be_visible()
    assert axe_violations(hidden) == []
