"""Figures with their definitions, and looking back on a phone: the journeys of a leader and of whoever checks what lasts."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.features.dispatch import daily
from app.features.standards.models import Campaign
from tests.support.browser import axe_violations
from tests.support.town import LEADER, REVIEWER, UNIT, Town

OpenDesk = Callable[..., Page]


def test_a_leader_reads_what_a_figure_means_and_of_how_many_it_is_M02_M05(
    open_desk: OpenDesk,
) -> None:
    page = open_desk(LEADER, "/leader", "phone")
    page.get_by_role("link", name="指标与定义").click()
    page.wait_for_url("**/leader/figures*")
    page.get_by_role("radio", name="本轮").or_(page.get_by_role("button", name="本轮")).first.click()
    card = page.get_by_role("listitem").filter(
        has=page.get_by_role("heading", name=re.compile("^整改率M02|^整改率 ?M02$"))
    )
    expect(card).to_contain_text("已销项 / 发现数")
    expect(card).to_contain_text(re.compile(r"\d+ / \d+"))
    page.get_by_role("combobox").select_option(label="单位")
    expect(page.get_by_role("table").get_by_role("row")).not_to_have_count(0)
    expect(page.get_by_role("heading", name="巡查完成率M24")).to_be_visible()
    page.get_by_text("筛选", exact=True).click()
    page.get_by_label("点位类型", exact=True).select_option(index=1)
    page.wait_for_url(re.compile("point_type="))
    expect(page.get_by_role("heading", name="巡查完成率M24")).to_have_count(0)
    expect(page.get_by_text("已筛选 1 项")).to_be_visible()
    assert axe_violations(page) == []
    page.get_by_role("button", name="清除筛选").click()
    expect(page.get_by_role("heading", name="巡查完成率M24")).to_be_visible()


def test_english_definitions_stand_beside_the_numbers(open_desk: OpenDesk) -> None:
    page = open_desk(LEADER, "/leader/figures")
    page.evaluate("localStorage.setItem('xf.prefs', '{\"lang\":\"en\"}')")
    page.reload()
    expect(page.get_by_text("Closed / found. A relapse does not unmake").first).to_be_visible()
    page.get_by_text("Overnight", exact=True).first.click()
    expect(page.get_by_label("Found on")).to_be_visible()
    try:
        assert axe_violations(page) == []
    finally:
        page.evaluate("localStorage.removeItem('xf.prefs')")  # others of this file sit in the same seat


def test_who_could_not_look_back_says_why_on_the_phone_Z07_D27(town: Town, open_desk: OpenDesk) -> None:
    _somebody_says_it_is_not_fixed(town)
    page = open_desk(REVIEWER, "/look-backs", "phone")
    row = page.get_by_role("listitem").filter(has_text="有人反映没修好").first
    row.get_by_role("link").click()
    page.get_by_role("button", name="回头看没看成").click()
    sheet = page.locator("dialog.sheet[open]")
    sheet.get_by_role("combobox").select_option(label="关着门")
    assert axe_violations(page) == []
    sheet.get_by_role("button", name="回头看没看成").click()
    expect(sheet).to_have_count(0)
    page.goto("/look-backs")
    expect(page.get_by_text("没看成 1 次（关着门）")).to_be_visible()


def _somebody_says_it_is_not_fixed(town: Town) -> None:
    closed = "SELECT i.id, i.version, u.login FROM issues i JOIN users u ON u.id = i.reporter_id WHERE i.state = 'closed'"
    issue_id, version, login = town.rows(closed)[0]
    path, said = f"/api/issues/{issue_id}/actions/not_fixed", {"text": "没修好", "photos": []}
    town.ask("POST", path, said, login=login, version=version)


def test_a_unit_confirms_the_days_sheet_and_the_office_sees_it_D18(town: Town, open_desk: OpenDesk) -> None:
    with town.server.session() as session:
        campaign = session.scalars(select(Campaign).where(Campaign.is_active)).one()
        campaign.settings = {**campaign.settings, "daily_sheet_cutoff": "14:00"}
        daily.make_due(session, campaign.id)
    unit = open_desk(UNIT, "/me/inbox", "phone")
    unit.get_by_role("button", name="今天的日表来了").first.click()
    expect(unit.get_by_text("未签收")).to_be_visible()
    assert axe_violations(unit) == []
    unit.get_by_role("button", name="签收", exact=True).click()
    expect(unit.get_by_text("未签收")).to_have_count(0)
    page = open_desk(LEADER, "/daily")
    page.get_by_role("link", name=re.compile("已签收 1")).first.click()
    expect(page.get_by_role("listitem").filter(has_text=re.compile("签收$"))).not_to_have_count(0)
    expect(page.get_by_text("主要类别")).to_be_visible()
    assert axe_violations(page) == []
