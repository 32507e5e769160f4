"""Duty in the browser: a grid's duty is accepted on the phone and counted at the desk; a point's card; the table."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.browser import axe_violations
from tests.support.town import OFFICE

COMMUNITY, VILLAGE = "u.c09.lia", "u.v09.lia"
GRID = "第20单元网格"
OpenDesk = Callable[..., Page]


def accept(open_desk: OpenDesk, login: str, button: str) -> Page:
    page = open_desk(login, "/duty/grids", "phone")
    card = page.locator("section.card", has=page.get_by_role("heading", name=GRID))
    card.get_by_role("button", name=button).click()
    page.locator("dialog[open]").get_by_role("button", name="认责", exact=True).click()
    expect(card.get_by_role("button", name=button)).to_have_count(0)
    expect(card.get_by_text("已认责").first).to_be_visible()
    return page


def test_community_and_support_unit_accept_a_grid_and_the_desk_counts_it_J07(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk(OFFICE, "/duty/grids")
    expect(desk.get_by_text("18 / 20", exact=True)).to_be_visible()
    phone = accept(open_desk, COMMUNITY, "社区认责")
    assert axe_violations(phone) == []
    accept(open_desk, VILLAGE, "帮包单位认责")
    desk.reload()
    expect(desk.get_by_text("19 / 20", exact=True)).to_be_visible()


def test_from_the_table_to_a_points_card_with_its_requirements_S02_X05(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk(OFFICE, "/duty")
    expect(desk.get_by_text("25 / 25", exact=True)).to_be_visible()
    with desk.expect_download() as saved:
        desk.get_by_role("link", name="导出表格").click()
    assert saved.value.suggested_filename == "responsibilities.xlsx"
    desk.get_by_role("link", name="兰溪苑", exact=True).click()
    expect(desk.get_by_role("heading", name="兰溪苑")).to_be_visible()
    for told in ("包干领导", "楼道整洁无堆物(抽查两个楼道)", "汀兰物业"):
        expect(desk.get_by_text(told).first).to_be_visible()
    expect(desk.get_by_role("heading", name="周边")).to_be_visible()
