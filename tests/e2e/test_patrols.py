"""A round from the office's plan to its record: walked without a network, sent once, shown as done (X16, Z36, S44, J16)."""

import json
import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import DESK
from tests.support.browser import assert_said, axe_violations
from tests.support.phone import Phone
from tests.support.town import OFFICE, Town

OpenContext = Callable[..., BrowserContext]
PATROLLER = "u.pat01"
POINT = "兰溪苑"
PLAN = "小区门口早查"
VISITS = "SELECT id, is_inside, away_reason, patrol_id, score, all_fine FROM visits"
TALLIES = "SELECT kind, code, count FROM patrol_tallies ORDER BY kind, code"


def plan_a_round(page: Page) -> None:
    """Every day, one point, for the citizen patrol group, by the form."""
    page.goto("/patrols?tab=plans")
    page.get_by_role("button", name="新计划").click()
    sheet = page.get_by_role("dialog", name="新计划")
    sheet.get_by_role("button", name="每月几号").click()
    expect(sheet.get_by_role("status").first).to_contain_text("10日")
    assert axe_violations(page) == []
    sheet.get_by_role("button", name="每天", exact=True).click()
    sheet.get_by_role("button", name="保存").click()
    expect(sheet.get_by_text("选一下谁去")).to_be_visible()
    sheet.get_by_label("名称", exact=False).first.fill(PLAN)
    sheet.get_by_label("看哪里").select_option("points")
    sheet.get_by_label(POINT, exact=True).check()
    sheet.get_by_label("市民巡访团", exact=True).check()
    sheet.get_by_label("带宣传").check()
    sheet.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row", name=re.compile(PLAN))).to_contain_text("每天")


def look_at_the_point(phone: Phone) -> None:
    """Checked in, one item fails and is photographed, the rest is fine in one tap; the page is killed in between."""
    page = phone.page
    phone.button("我到了").click()
    expect(page.get_by_text("已到点位")).to_be_visible()
    page.locator(".it").nth(0).get_by_role("button", name="基本符合").click()
    page.locator(".it").nth(1).get_by_role("button", name="不符合").click()
    phone.button("拍照").click()
    phone.button("下一步").click()
    expect(page.get_by_text(POINT).first).to_be_visible()
    phone.button("保存").click()
    expect(page.get_by_text("拍了 1 件，已记下")).to_be_visible()
    page.reload()
    expect(page.locator(".it").nth(0).get_by_role("button", name="基本符合")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_text("拍了 1 件，已记下")).to_be_visible()
    assert axe_violations(page) == []
    total = int(page.locator(".cnt").inner_text().split("/")[1])
    phone.button("都没问题").click()
    expect(page.locator(".cnt")).to_have_text(f"{total}/{total}")
    page.get_by_role("button", name=re.compile("^撤销")).click()
    expect(page.locator(".cnt")).to_have_text(f"2/{total}")
    phone.button("都没问题").click()
    phone.button("看完了").click()


def walk_without_a_network(phone: Phone) -> None:
    page = phone.page
    phone.open()
    page.get_by_role("link", name=re.compile(PLAN)).first.click()
    page.get_by_role("button", name=re.compile("一起走的人")).click()
    page.get_by_role("button", name="孩子 加一").click(click_count=2)
    phone.button("好了").click()
    assert axe_violations(page) == []
    phone.button("开始巡访").click()
    look_at_the_point(phone)
    expect(page.get_by_text("上报 1 件")).to_be_visible()
    page.get_by_role("link", name="结束巡访").click()
    for _ in range(3):
        page.get_by_role("button", name="车辆不乱停 加一").click()
    for _ in range(2):
        page.get_by_role("button", name="发放折页手册 加一").click()
    page.get_by_role("button", name="发放折页手册 减一").click()
    assert axe_violations(page) == []
    phone.button("结束并保存").click()
    assert_said(page, "已存在手机里，联网就传")


def assert_there_once(town: Town) -> None:
    """One patrol, one visit within the fence, one case filed with it; counts without names; no way walked."""
    patrols = town.rows("SELECT children_count, body FROM patrols")
    assert [(row[0]) for row in patrols] == [2]
    body = json.loads(patrols[0][1]) if isinstance(patrols[0][1], str) else patrols[0][1]
    assert set(body) == {
        "slot_id", "kind", "started_at", "ended_at", "participants", "tallies", "is_covert", "clock_offset_seconds",
    }  # fmt: skip
    (visit,) = town.rows(VISITS)
    assert (bool(visit.is_inside), visit.away_reason, bool(visit.all_fine)) == (True, "", False)
    assert visit.patrol_id is not None
    assert 80 < visit.score < 100
    assert town.rows("SELECT count(*) FROM reports WHERE visit_id IS NOT NULL")[0][0] == 1
    assert [tuple(row) for row in town.rows(TALLIES)] == [
        ("dissuasion", "parking", 3),
        ("publicity", "leaflet", 1),
    ]


def test_a_planned_round_is_walked_offline_and_arrives_once(town: Town, open_context: OpenContext) -> None:
    desk = open_context(town.url, viewport=DESK, storage_state=town.signed_in(OFFICE)).new_page()
    plan_a_round(desk)

    walker = open_context(town.url, storage_state=town.signed_in(PATROLLER), color_scheme="dark")
    phone = Phone(walker.new_page()).ready_for_offline()
    expect(phone.page.get_by_role("heading", name=PLAN)).to_be_visible()
    walker.set_offline(True)
    walk_without_a_network(phone)
    assert town.rows("SELECT count(*) FROM visits")[0][0] == 0
    walker.set_offline(False)
    phone.wait_until_sent()
    assert_there_once(town)
    expect(phone.page.get_by_text("已走完").first).to_be_visible()

    desk.goto("/patrols")
    desk.get_by_role("button", name=re.compile(f"{PLAN}.*走完 1")).click()
    expect(desk.get_by_role("dialog")).to_contain_text("1 / 1 个点位")
    assert axe_violations(desk) == []
    desk.goto("/patrols?tab=records")
    record = desk.get_by_role("article")
    expect(record).to_contain_text("2 个孩子")
    expect(record.get_by_text("不符合")).to_be_visible()
    record.get_by_role("link", name=re.compile("案件")).click()
    expect(desk).to_have_url(re.compile("/cases/"))


def test_the_office_in_english(town: Town, open_context: OpenContext) -> None:
    """Coverage, blind spots and a point under watch (S03, X21)."""
    prefs = json.dumps({"lang": "en", "theme": "dark"})
    state = town.signed_in(OFFICE, **{"xf.prefs": prefs})
    page = open_context(town.url, viewport=DESK, storage_state=state).new_page()
    page.goto("/patrols?tab=coverage")
    expect(page.get_by_text("Key points seen")).to_be_visible()
    expect(page.get_by_role("heading", name="Blind spots")).to_be_visible()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Three a day").click()
    page.get_by_role("button", name="Add a point").click()
    page.get_by_role("dialog").get_by_role("listitem").first.get_by_role("button").click()
    expect(page.get_by_text("0 of 7 clean days")).to_be_visible()
    assert axe_violations(page) == []
