"""The town's settings and the leaders' decisions at a desk, as people press and type."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from app.core.clock import now
from tests.support.browser import assert_said, axe_violations
from tests.support.town import ADMIN, DISPATCHER, LEADER, OFFICE, PASSWORD, UNIT, Town

OpenDesk = Callable[[str, str], Page]
Eventually = Callable[..., Any]
LINE_LEADERS = "SELECT u.login FROM users u JOIN role_holds h ON h.user_id = u.id WHERE h.role = 'line_leader' ORDER BY u.login"
POINT_HEADS = "点位编号,点位名称,点位类型,经度,纬度"


@pytest.fixture
def open_desk(open_desk: Callable[..., Page]) -> OpenDesk:
    """A wide one."""
    return lambda login, path: open_desk(login, path, "wide")


def sheet(page: Page) -> Locator:
    return page.locator("dialog.sheet[open]")


def fill(page: Page, texts: dict[str, str], choices: dict[str, str] | None = None) -> None:
    """Fills in the open sheet by the labels that people read."""
    form = sheet(page)
    for label, value in texts.items():
        form.get_by_label(label).fill(value)
    for label, choice in (choices or {}).items():
        form.get_by_label(label).select_option(label=choice)


def save(page: Page, button: str = "保存") -> None:
    sheet(page).get_by_role("button", name=button, exact=True).last.click()
    expect(sheet(page)).to_have_count(0)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_an_admin_adds_a_unit_and_a_person_with_a_role(town: Town, open_desk: OpenDesk) -> None:
    page = open_desk(ADMIN, "/admin/units")
    press(page, "新建单位")
    save_button = sheet(page).get_by_role("button", name="保存", exact=True)
    save_button.click()
    expect(sheet(page).get_by_text("这一项要填").first).to_be_visible()
    fill(page, {"中文名": "园林绿化所", "编码": "GARDEN"}, {"类型": "部门"})
    save(page)
    expect(page.get_by_role("button", name="园林绿化所")).to_be_visible()
    page.get_by_role("link", name="人员", exact=True).click()
    press(page, "新建人员")
    fill(
        page,
        {"中文名": "林小满", "职务": "联络员", "登录名": "u.garden"},
        {"单位": "园林绿化所", "第一个岗位": "联络员"},
    )
    sheet(page).get_by_role("button", name="保存", exact=True).click()
    person = sheet(page)
    expect(person.get_by_role("heading", name="林小满")).to_be_visible()
    expect(person.get_by_text("联络员 · 园林绿化所")).to_be_visible()
    held = town.rows(
        "SELECT h.role FROM role_holds h JOIN users u ON u.id = h.user_id WHERE u.login = 'u.garden'"
    )
    assert [row[0] for row in held] == ["liaison"]


def test_an_admin_makes_an_invite(open_desk: OpenDesk) -> None:
    page = open_desk(ADMIN, "/admin/invites")
    press(page, "发邀请")
    fill(page, {"备注": "周六集市"})
    save(page, "发邀请")
    expect(page.get_by_role("img", name="扫码加入的二维码")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[0-9A-Z]{4}[- ]?[0-9A-Z]{4}$"))).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="周六集市")).to_contain_text("用了 0 / 1 次")


def test_an_office_has_events_sent_on_and_sees_that_nobody_takes_them(open_desk: OpenDesk) -> None:
    page = open_desk(OFFICE, "/admin/webhooks")
    press(page, "新建接口")
    fill(page, {"地址": "https://elsewhere.example.test/"})
    sheet(page).get_by_role("button", name="保存", exact=True).last.click()
    expect(sheet(page).get_by_role("alert")).to_contain_text("发不到这个地址")
    fill(page, {"地址": "https://hooks.example.test/in"})
    sheet(page).get_by_text("派单", exact=True).click()
    save(page)
    expect(page.get_by_text("whsec_")).to_be_visible()
    press(page, "发一条试试")
    row = page.get_by_role("row").filter(has_text="试发")
    expect(row).to_contain_text(re.compile("找不到这个主机|连不上"), timeout=60_000)  # the name leads nowhere
    expect(row).to_contain_text("等着发")
    expect(page.get_by_text("对方没有收下", exact=True)).to_be_visible()
    assert axe_violations(page) == []
    press(page, "停用")
    expect(page.get_by_text("已停", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_text("hooks.example.test/in")).to_be_visible()
    expect(page.get_by_text("whsec_")).to_have_count(0)


def test_an_admin_edits_a_category_into_a_new_revision(town: Town, open_desk: OpenDesk) -> None:
    code, revision, name = town.rows(
        "SELECT code, revision, name_zh FROM categories WHERE is_active ORDER BY code"
    )[0]
    page = open_desk(ADMIN, "/admin/categories")
    page.get_by_role("searchbox").fill(code)
    expect(page.get_by_role("row")).to_have_count(2)  # a row that is being replaced swallows the press
    page.get_by_role("button", name=name, exact=True).click()
    fill(page, {"时限（小时）": "77"})
    save(page)
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=code, exact=True))
    expect(row).to_contain_text(f"第 {revision + 1} 版")
    expect(row).to_contain_text("77 小时")


def test_an_admin_changes_a_rule_of_the_campaign(open_desk: OpenDesk) -> None:
    page = open_desk(ADMIN, "/admin/campaign")
    active = page.locator("section.card").filter(has_text="正在进行")
    active.get_by_role("button", name="修改").click()
    fill(page, {"自动归点（米）": "85"})
    save(page)
    page.reload()
    rule = page.locator("dt", has_text="自动归点（米）").first
    expect(rule.locator("xpath=following-sibling::dd[1]")).to_have_text("85")


def test_the_office_imports_points_after_a_check(town: Town, open_desk: OpenDesk) -> None:
    kind = town.rows("SELECT type_code FROM points LIMIT 1")[0][0]
    good = f"E2E-1,北街口,{kind},120.1021,31.1823"
    page = open_desk(OFFICE, "/admin/imports")

    def choose(*rows: str) -> None:
        text = "\n".join([POINT_HEADS, *rows])
        file = FilePayload(name="points.csv", mimeType="text/csv", buffer=text.encode())
        page.get_by_label("文件").set_input_files(file)
        press(page, "先检查")

    choose(good, f"E2E-2,南街口,{kind},东,31.1824")
    expect(page.get_by_text("1 处不对，改好再传")).to_be_visible()
    fault = page.get_by_role("row").filter(has_text="不是数")
    expect(fault.get_by_role("rowheader")).to_have_text("3")
    expect(page.get_by_role("button", name=re.compile("^导入"))).to_have_count(0)
    assert not town.rows("SELECT 1 FROM points WHERE code LIKE 'E2E-%'")
    choose(good, f"E2E-2,南街口,{kind},120.1022,31.1824")
    press(page, "导入 2 行")
    expect(page.locator(".note").get_by_text("已导入")).to_be_visible()
    page.get_by_role("link", name="点位", exact=True).click()
    page.get_by_role("searchbox").fill("北街口")
    expect(page.get_by_role("button", name="北街口", exact=True)).to_be_visible()


def test_the_office_adds_a_point_by_form(town: Town, open_desk: OpenDesk) -> None:
    page = open_desk(OFFICE, "/admin/points")
    press(page, "新建点位")
    texts = {"中文名": "河滨步道", "编码": "E2E-FORM", "经度": "120.1030", "纬度": "31.1830"}
    fill(page, texts)
    sheet(page).get_by_label("点位类型").select_option(index=1)
    save(page)
    page.get_by_role("searchbox").fill("河滨步道")
    press(page, "河滨步道")
    expect(sheet(page).get_by_label("经度")).to_have_value("120.103")


def confirm_who(page: Page) -> None:
    """The grave step's own question: here by the password, because the demo signs in without a second factor."""
    asked = sheet(page).last
    expect(asked.get_by_role("heading", name="请再确认是你")).to_be_visible()
    assert axe_violations(page) == []
    asked.get_by_label("密码").fill(PASSWORD)
    asked.get_by_role("button", name="确认", exact=True).click()


def test_the_office_forms_a_team_and_finds_who_belongs_to_it(town: Town, open_desk: OpenDesk) -> None:
    page = open_desk(OFFICE, "/admin/teams")
    press(page, "新建队伍")
    fill(page, {"中文名": "周末清扫队", "编码": "E2E-T"})
    for label in ("单位", "类型"):
        sheet(page).get_by_label(label).select_option(index=1)
    save(page)
    press(page, "周末清扫队")
    sheet(page).get_by_role("searchbox").fill(town.ask("GET", "/api/me", login=UNIT)[0]["name_zh"])
    sheet(page).get_by_role("button", name="加入", exact=True).first.click()
    expect(sheet(page).get_by_role("button", name="移出", exact=True)).to_be_visible()
    sheet(page).get_by_role("button", name="关闭", exact=True).last.click()
    expect(
        page.get_by_role("row").filter(has_text="周末清扫队").get_by_role("cell", name="1")
    ).to_be_visible()


def test_a_person_is_stood_in_for_and_comes_back(town: Town, open_desk: OpenDesk) -> None:
    me = town.ask("GET", "/api/me", login=DISPATCHER)[0]
    page = open_desk(OFFICE, "/admin/people")
    page.get_by_role("searchbox").fill(me["name_zh"])
    press(page, me["name_zh"])
    sheet(page).get_by_text("请假、离岗").click()
    sheet(page).get_by_label("谁来接").select_option(index=1)
    press(page, "请人代班")
    expect(sheet(page).get_by_text("开始代班")).to_be_visible()
    assert town.ask("GET", "/api/me", login=DISPATCHER)[0]["substitute_id"]
    # A toast while the sheet stays open: heard, and not below it.
    sheet(page).get_by_role("button", name="保存", exact=True).click()
    assert_said(page, "已保存")
    own = open_desk(DISPATCHER, "/me/away")
    press(own, "我回来了，取消代班")
    own.get_by_label("谁来代班").select_option(index=1)
    press(own, "请他代班")
    expect(own.get_by_text("正在替你代班")).to_be_visible()
    press(own, "我回来了，取消代班")
    expect(own.get_by_label("谁来代班")).to_be_visible()
    assert town.ask("GET", "/api/me", login=DISPATCHER)[0]["substitute_id"] is None


def test_a_picture_is_taken_out_and_a_person_erased(
    town: Town, open_desk: OpenDesk, eventually: Eventually
) -> None:
    case = town.ask("GET", "/api/issues?state=in_review&limit=1", login=OFFICE)[0]["items"][0]
    page = open_desk(OFFICE, f"/cases/{case['id']}")
    buttons = page.get_by_role("button", name="撤下", exact=True)
    expect(buttons.first).to_be_visible()
    before = buttons.count()
    buttons.first.click()
    press(page, "拍到了别人")
    sheet(page).get_by_role("button", name="撤下", exact=True).click()
    confirm_who(page)
    assert_said(page, "照片已撤下")
    assert len(town.rows("SELECT 1 FROM photos WHERE deleted_at IS NOT NULL")) == 1
    eventually(lambda: buttons.count() == before - 1)
    page.goto("/admin/people")
    with page.expect_download() as file:
        press(page, "导出（带电话）")
    assert file.value.suggested_filename == "people.xlsx"
    name = town.rows("SELECT name_zh FROM users WHERE login = 'u.vol02'")[0][0]
    page.get_by_role("searchbox").fill(name)
    press(page, name)
    press(page, "注销")
    ask = sheet(page).last
    ask.get_by_label(f"输入“{name}”确认").fill(name)
    ask.get_by_role("button", name="注销", exact=True).click()
    assert_said(page, "已注销")
    assert not town.rows("SELECT 1 FROM users WHERE login = 'u.vol02'")


def with_requests(town: Town) -> list[dict[str, Any]]:
    """Two cases for which their unit has just asked for more time."""
    found = town.ask("GET", "/api/issues?unit=mine&state=rectifying&limit=20", login=UNIT)[0]["items"]
    cases = [one for one in found if "ask_extend" in one["allowed_actions"]][:2]
    assert len(cases) == 2, [(one["due_at"], one["allowed_actions"]) for one in found]
    for one in cases:
        until = datetime.fromisoformat(one["due_at"]) + timedelta(days=2)
        body = {"until": until.isoformat(), "reason": f"等配件到货 {one['no']}"}
        act(town, UNIT, one["id"], "ask_extend", body)
    return cases


def act(town: Town, login: str, issue_id: str, action: str, body: dict[str, Any]) -> None:
    version = town.ask("GET", f"/api/issues/{issue_id}", login=login)[0]["version"]
    town.ask("POST", f"/api/issues/{issue_id}/actions/{action}", body, login=login, version=version)


def leader_of(town: Town, case: dict[str, Any]) -> str:
    """The line leader to whom this request goes."""
    for (login,) in town.rows(LINE_LEADERS):
        asked = town.ask("GET", "/api/issues?to_decide=true&limit=50", login=login)[0]["items"]
        if any(one["id"] == case["id"] and "extend" in one["allowed_actions"] for one in asked):
            return str(login)
    raise AssertionError("nobody may decide")


def waiting(page: Page, text: str) -> Locator:
    """The card of one request in 待我批."""
    box = page.locator("section").filter(has=page.get_by_role("heading", name=re.compile("^待我批")))
    expect(box).to_be_visible()
    more = box.get_by_role("button", name=re.compile("^全部"))
    if more.is_visible():
        more.click()
    return box.get_by_role("listitem").filter(has_text=text)


def test_a_line_leader_grants_more_time_and_refuses_it(
    town: Town, open_desk: OpenDesk, eventually: Eventually
) -> None:
    granted, refused = with_requests(town)

    def answer(case: dict[str, Any]) -> str:
        approvals = town.ask("GET", f"/api/issues/{case['id']}", login=DISPATCHER)[0]["approvals"]
        return str(next(one["state"] for one in approvals if one["reason"].endswith(f" {case['no']}")))

    page = open_desk(leader_of(town, granted), "/leader")
    card = waiting(page, f"等配件到货 {granted['no']}")
    card.get_by_role("button", name="同意", exact=True).click()
    save(page, "延期")
    eventually(lambda: answer(granted) == "approved")
    expect(card).to_have_count(0)
    page = open_desk(leader_of(town, refused), "/leader")
    card = waiting(page, f"等配件到货 {refused['no']}")
    card.get_by_role("button", name="不同意", exact=True).click()
    fill(page, {"为什么不同意": "配件已经到了"})
    save(page, "不同意申请")
    eventually(lambda: answer(refused) == "refused")
    expect(card).to_have_count(0)


def test_the_principal_leader_approves_a_plan(
    town: Town, open_desk: OpenDesk, eventually: Eventually
) -> None:
    case = town.ask("GET", "/api/issues?state=submitted&limit=1", login=DISPATCHER)[0]["items"][0]
    unit = town.ask("GET", "/api/me", login=UNIT)[0]["unit"]
    body = {"reason": "要几家一起商量", "meeting_kind": "coordination", "unit_id": unit["id"]}
    act(town, OFFICE, case["id"], "escalate", body)
    page = open_desk(LEADER, "/leader")
    card = waiting(page, "批准方案").filter(has=page.locator(f'a[href$="{case["id"]}"]'))
    card.get_by_role("button", name="批准方案", exact=True).click()
    until = (now() + timedelta(days=20)).strftime("%Y-%m-%dT18:00")
    fill(page, {"会议结论": "由物业牵头", "最后期限": until, "措施": "围挡、清运、补种"})
    sheet(page).get_by_label("节点").fill(f"{until[:10]} 12:00 围挡完成")
    save(page, "批准方案")
    expect(card).to_have_count(0)
    page.goto(f"/cases/{case['id']}")
    expect(page.get_by_text("由物业牵头")).to_be_visible()
    eventually(lambda: town.ask("GET", f"/api/issues/{case['id']}", login=LEADER)[0]["state"] == "rectifying")
