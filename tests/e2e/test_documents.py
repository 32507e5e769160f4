"""A bulletin from draft to receipt: the office writes, a leader signs, a unit opens it on a phone, the office sees that."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.browser import axe_violations
from tests.support.town import LEADER, OFFICE, UNIT

OpenDesk = Callable[..., Page]


def test_a_bulletin_is_drafted_signed_opened_by_a_unit_and_the_office_sees_it_X13_D04(
    open_desk: OpenDesk,
) -> None:
    office = open_desk(OFFICE, "/documents")
    office.get_by_role("button", name="起草").click()
    office.get_by_role("button", name="生成草稿").click()
    office.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}$"))
    office.get_by_label("好的做法").fill("早查早改，当场能改的当场改")
    office.get_by_role("button", name="保存").click()
    paper = office.get_by_role("article")
    expect(paper.get_by_text("早查早改")).to_be_visible()
    expect(paper.get_by_role("row", name=re.compile("^整改率"))).not_to_have_count(0)
    expect(paper.get_by_text("未签发，不得外传")).to_be_visible()
    assert axe_violations(office) == []
    path = re.sub(r"^.*(/documents/)", r"\1", office.url)

    leader = open_desk(LEADER, path)
    leader.get_by_role("button", name="签发").click()
    leader.get_by_role("dialog").get_by_role("button", name="签发").click()
    expect(leader.get_by_role("article").get_by_text("第 1 期")).to_be_visible()

    unit = open_desk(UNIT, "/me/inbox", "phone")
    unit.get_by_role("button", name="有新的文书发到你们单位").first.click()
    expect(unit.get_by_role("article").get_by_text("早查早改")).to_be_visible()
    assert axe_violations(unit) == []

    office.goto(path)
    receipt = office.get_by_role("listitem").filter(has=office.locator("svg")).filter(has_not_text="还没看")
    expect(receipt.first).to_be_visible()
    expect(office.get_by_text(re.compile(r"^1 / \d+ 个单位已看"))).to_be_visible()
    office.goto("/documents?tab=records")
    expect(office.get_by_role("heading", name="登记")).to_be_visible()
    assert axe_violations(office) == []
