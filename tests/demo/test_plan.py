"""The demo's history: every step legal by the real lifecycle table, by people who may, on any day it is made."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.core import geo
from app.demo.casebook import CasePlan, PhotoPlan, Step
from app.demo.plan import make_plan, timeline
from app.demo.town import load_town, read_data, shift_for
from app.features.dispatch.deadlines import proposed_due
from app.features.issues.lifecycle import MOVES, OPEN, Action, State

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENTS = [
    datetime(2026, 11, 22, 9, 31, tzinfo=SHANGHAI),
    datetime(2026, 11, 24, 3, 5, tzinfo=SHANGHAI),
    datetime(2027, 2, 28, 23, 59, tzinfo=SHANGHAI),
    datetime(2028, 3, 1, 0, 1, tzinfo=SHANGHAI),
    datetime(2030, 7, 6, 16, 20, tzinfo=SHANGHAI),
    datetime(2026, 12, 31, 22, 0, tzinfo=UTC),
]
CATEGORIES = {c["code"]: c for c in read_data("categories.yaml")["issue_categories"]}


@pytest.fixture(scope="module", params=MOMENTS, ids=str)
def now(request: pytest.FixtureRequest) -> datetime:
    moment: datetime = request.param
    return moment


@pytest.fixture(scope="module")
def cases(now: datetime) -> list[CasePlan]:
    return make_plan(now)


def steps_of(cases: list[CasePlan], action: str) -> list[tuple[CasePlan, Step]]:
    return [(c, s) for c in cases for s in c.steps if s.action == action]


def photos_of(case: CasePlan) -> list[PhotoPlan]:
    return [p for s in case.steps for p in s.data.get("photos", [])]


def replayed(case: CasePlan) -> State:
    """Walk the steps over the lifecycle table; where a move has two targets, take the one the services would."""
    state: State | None = None
    was_dispatched, approved = False, case.nature == "ordinary"
    for step in case.steps:
        action = Action.ADD_WITNESS if step.action == "witness" else Action(step.action)
        assert (state, action) in MOVES, f"case {case.ref}: {action} from {state}"
        to = MOVES[state, action].to
        was_dispatched |= action in (Action.DISPATCH, Action.APPROVE_PLAN)
        if action == Action.CLOSE:
            state = State.CLOSED if approved else State.IN_REVIEW
        elif action in (Action.RETURN, Action.RELAPSE):
            assert was_dispatched
            state = State.RECTIFYING
        else:
            state = to[0]
    assert state is not None
    return state


def test_every_history_is_legal_and_ends_where_it_says(cases: list[CasePlan]) -> None:
    for case in cases:
        assert replayed(case) == case.state, case.ref


def test_all_ten_states_are_there_in_believable_numbers(cases: list[CasePlan]) -> None:
    count = Counter(c.state for c in cases)
    assert set(count) == {str(s) for s in State}
    assert 310 <= len(cases) <= 330
    assert count["submitted"] == 23
    assert count["in_review"] == 40
    assert sum(count[s] for s in OPEN) < count["closed"] + 30


def test_time_only_moves_on_and_nothing_lies_in_the_future(cases: list[CasePlan], now: datetime) -> None:
    for case in cases:
        times = [s.at for s in case.steps]
        assert times == sorted(times), case.ref
        assert times[-1] <= now - timedelta(minutes=1)
        assert all(t.tzinfo is UTC for t in times)
        for step in case.steps:
            for photo in step.data.get("photos", []):
                assert photo.captured_at <= step.at
            assert step.data.get("captured_at", step.at) <= step.at
    assert [s.at for _, s in timeline(cases)] == sorted(s.at for c in cases for s in c.steps)


def test_five_weeks_are_covered_and_lie_in_the_second_phase(cases: list[CasePlan], now: datetime) -> None:
    found = [c.steps[0].data["captured_at"] for c in cases]
    assert timedelta(days=28) < now - min(found) < timedelta(days=44)
    assert now - max(found) < timedelta(hours=18)
    phase = next(p for p in load_town(now)["campaign"]["phases"] if p["code"] == "PH2")
    days = sorted(t.astimezone(SHANGHAI).date().isoformat() for t in found)
    assert (
        phase["start"] <= days[0] <= days[-1] <= now.astimezone(SHANGHAI).date().isoformat() <= phase["end"]
    )


def test_people_sleep(cases: list[CasePlan]) -> None:
    for case in cases:
        for photo in photos_of(case):
            assert 6 <= photo.captured_at.astimezone(SHANGHAI).hour < 21, case.ref
    desk = [s for c in cases for s in c.steps if s.action in ("dispatch", "close", "reject")]
    assert all(7 <= s.at.astimezone(SHANGHAI).hour < 21 for s in desk)


def test_actions_are_done_by_people_of_the_right_role(cases: list[CasePlan], now: datetime) -> None:
    town = load_town(now)
    roles = {u["login"]: {r["role"]: r["at"] for r in u["roles"]} for u in town["users"]}
    needs: dict[str, tuple[str, ...]] = {
        "dispatch": ("dispatcher", "line_leader"),
        "reject": ("dispatcher",),
        "claim": ("liaison",),
        "bounce": ("liaison",),
        "extend": ("line_leader",),
        "defer": ("line_leader",),
        "approve_plan": ("principal_leader",),
        "close": ("reviewer",),
        "return": ("reviewer",),
        "void": ("reviewer",),
        "ask_void": ("office_admin",),
        "reopen": ("office_admin",),
        "ask_reopen": ("auditor",),
        "submit_closed": ("inspector", "leader"),
        "lookback_pass": ("inspector", "reviewer"),
        "relapse": ("inspector", "reviewer"),
    }
    for case in cases:
        for step in case.steps:
            held = roles[str(step.actor)]
            if step.action in needs:
                assert set(needs[step.action]) & set(held), (case.ref, step.action, step.actor)


def test_orders_go_to_units_whose_liaison_claims_them(cases: list[CasePlan], now: datetime) -> None:
    town = load_town(now)
    liaison = {(r["at"], u["login"]) for u in town["users"] for r in u["roles"] if r["role"] == "liaison"}
    for case in cases:
        unit = None
        for step in case.steps:
            unit = step.data.get("unit", unit)
            if step.action in ("claim", "bounce", "ask_extend", "ask_defer", "ask_escalate"):
                assert (unit, step.actor) in liaison, (case.ref, step.action)
            if step.action in ("dispatch", "reassign"):
                assert (unit, step.data["person"]) in liaison
        assert unit in (None, case.unit)


def test_four_eyes_hold_in_every_case(cases: list[CasePlan], now: datetime) -> None:
    unit_of = {u["login"]: u["unit"] for u in load_town(now)["users"]}
    for case in cases:
        fixer = dispatcher = unit = asked = None
        for step in case.steps:
            if step.action in ("dispatch", "reassign"):
                dispatcher, unit = step.actor, step.data["unit"]
            if step.action == "rectify" or (
                step.action == "submit_fixed" and step.data["fixed_by"] == "self"
            ):
                fixer = step.actor
            if step.action in ("close", "return", "approve_close", "lookback_pass"):
                assert step.actor != fixer
                assert unit_of[str(step.actor)] != unit, (case.ref, step.action)
            if step.action == "close":
                assert step.actor != dispatcher
                asked = step.actor
            if step.action == "approve_close":
                assert step.actor != asked
            if step.action == "submit_closed":
                assert step.data["fixed_by"] != "self"


def test_the_area_leader_approves_where_that_is_a_line_leader(cases: list[CasePlan], now: datetime) -> None:
    leader = {p["code"]: p.get("leader") for p in load_town(now)["points"]}
    for case, step in steps_of(cases, "extend") + steps_of(cases, "defer"):
        own = leader.get(str(case.point))
        assert (
            step.actor == own if own in ("u.lead03", "u.lead04") else step.actor in ("u.lead03", "u.lead04")
        )


def test_urgent_and_difficult_cases_have_two_approvals(cases: list[CasePlan]) -> None:
    ended = [c for c in cases if c.state == "closed"]
    assert {c.nature for c in ended} == {"ordinary", "urgent", "difficult"}
    for case in ended:
        closes = sum(s.action == "close" for s in case.steps)
        approvals = sum(s.action == "approve_close" for s in case.steps)
        assert approvals == (0 if case.nature == "ordinary" else closes)


def test_positions_lie_at_their_point_or_in_their_grid(cases: list[CasePlan], now: datetime) -> None:
    town = load_town(now)
    points = {p["code"]: p for p in town["points"]}
    grids = {g["code"]: g for g in town["grids"]}
    for case in cases:
        at = case.steps[0].data["position"]
        if case.point is None:
            ring = {"type": "Polygon", "coordinates": [grids[case.grid]["polygon"]]}
            assert geo.contains(ring, at["lon"], at["lat"])
            continue
        point = points[case.point]
        shape = point.get("geometry", {"type": "Point", "coordinates": [point["lon"], point["lat"]]})
        assert geo.distance_to_geometry_m(at["lon"], at["lat"], shape) < 45
        for photo in photos_of(case):
            away = geo.distance_m(photo.lon, photo.lat, at["lon"], at["lat"])
            assert away < 45 or (case.pair == "other_place" and photo.role == "after")


def test_reports_carry_what_their_category_asks_for(cases: list[CasePlan]) -> None:
    for case in cases:
        first = case.steps[0]
        category = CATEGORIES[case.category]
        befores = [p for p in first.data["photos"] if p.role == "before"]
        heard = first.data["source"] in ("hotline", "web", "public", "media")
        assert befores or heard or category["evidence"] == "statement"
        assert first.data["description"]
        if first.action != "submit":
            assert category["on_spot_allowed"]
        if heard:
            assert "order_site_check" in [s.action for s in case.steps]


def test_every_picture_is_an_exposure_of_its_own_except_where_somebody_cheats(cases: list[CasePlan]) -> None:
    seen = Counter(p.shot for c in cases for p in photos_of(c))
    assert all(n == 1 for n in seen.values())
    cheats = Counter(c.pair for c in cases if c.state == "in_review")
    assert {k: v for k, v in cheats.items() if k not in ("honest", "none")} == dict.fromkeys(
        ("other_place", "still_there", "same_exposure", "old_photo"), 2
    )
    for case in cases:
        after = next((p for p in photos_of(case) if p.role == "after"), None)
        if case.pair == "other_place":
            assert after is not None
            assert case.shot is not None
            assert after.shot.seed != case.shot.seed
        elif after is not None and case.shot is not None:
            assert (after.shot.kind, after.shot.seed) == (case.shot.kind, case.shot.seed)


def test_merged_cases_name_a_master_that_was_open_and_is_the_same_thing(cases: list[CasePlan]) -> None:
    by_ref = {c.ref: c for c in cases}
    named = steps_of(cases, "merge") + steps_of(cases, "witness")
    assert len(steps_of(cases, "merge")) == 8
    assert len(steps_of(cases, "witness")) >= 5
    for case, step in named:
        master = by_ref[step.data["master"]]
        assert (master.category, master.point) == (case.category, case.point)
        ended = [
            s.at for s in master.steps if s.action in ("close", "submit_closed", "reject", "void", "merge")
        ]
        assert master.steps[0].at < step.at < min(ended, default=step.at + timedelta(1))


def test_requests_ask_for_times_that_are_still_to_come(cases: list[CasePlan]) -> None:
    for action, key in (
        ("ask_extend", "until"),
        ("ask_defer", "resume_at"),
        ("approve_plan", "final_due_at"),
    ):
        asked = steps_of(cases, action)
        assert asked
        assert all(s.data[key] > s.at for _, s in asked)


def test_some_cases_are_overdue_and_most_are_not(cases: list[CasePlan], now: datetime) -> None:
    working = [c for c in cases if c.state == "rectifying"]
    hours = [CATEGORIES[c.category]["deadline_hours"] for c in working]
    sent = [
        next(s.at for s in reversed(c.steps) if s.action in ("dispatch", "reassign", "approve_plan"))
        for c in working
    ]
    late = sum(at + timedelta(hours=h) < now for at, h in zip(sent, hours, strict=True))
    assert 8 <= late <= 30


def test_four_of_five_that_fell_due_were_closed_in_time(cases: list[CasePlan], now: datetime) -> None:
    due: list[tuple[datetime, datetime | None]] = []
    for case in cases:
        orders = [s for s in case.steps if s.action == "dispatch"]
        if (
            case.nature == "difficult"
            or not orders
            or case.state in ("merged", "voided", "rejected", "deferred")
        ):
            continue
        ends = "close" if case.nature == "ordinary" else "approve_close"
        closed = next((s.at for s in case.steps if s.action == ends), None)
        by = proposed_due(
            found_at=case.steps[0].data["captured_at"],
            dispatched_at=orders[-1].at,
            deadline_hours=CATEGORIES[case.category]["deadline_hours"],
            limit_hours=72,
            is_urgent=case.nature == "urgent",
        )
        if by <= now:
            due.append((by, closed))
    in_time = sum(closed is not None and closed <= by for by, closed in due)
    assert 0.7 <= in_time / len(due) <= 0.88


def test_the_words_vary(cases: list[CasePlan]) -> None:
    said = Counter(c.steps[0].data["description"] for c in cases)
    assert len(said) > len(cases) * 0.6
    assert max(said.values()) <= 8
    reporters = Counter(c.steps[0].actor for c in cases)
    assert len(reporters) > 40


def test_the_same_moment_gives_the_same_plan(now: datetime, cases: list[CasePlan]) -> None:
    assert make_plan(now) == cases


def test_dates_move_by_whole_weeks_into_the_second_phase(now: datetime) -> None:
    today = now.astimezone(SHANGHAI).date()
    assert shift_for(today).days % 7 == 0
    town: dict[str, Any] = load_town(now)
    campaign = town["campaign"]
    assert campaign["start_on"][:4] in campaign["zh"]
    volunteers = [u for u in town["users"] if "birth_date" in u]
    assert volunteers
    for user in volunteers:
        assert campaign["start_on"] < user["registered_on"] < today.isoformat()
        age = (today - datetime.fromisoformat(user["birth_date"]).date()).days / 365.25
        assert 18 <= age <= 65
    assert town["replays"]["zhujiajiao"]["period"] == ["2021-06-28", "2021-11-22"]
