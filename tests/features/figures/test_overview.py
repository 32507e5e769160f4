"""The overview on a small known set of cases (DOMAIN.md §8): every number with its denominator, the same for every leader."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update

from app.core import db
from app.core.clock import frozen, now
from app.features.issues.lifecycle import State
from app.features.standards.models import Campaign
from tests.support.cases import World
from tests.support.states import a_case, ask_void, closed, deferred, photo


def overview(town: World, name: str = "principal", **query: Any) -> dict[str, Any]:
    answer = town.client(name).get("/api/figures/overview", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def on_the_spot(town: World, who: str) -> dict[str, Any]:
    shots = [town.shot(town.photo(who)), town.shot(town.photo(who), "after")]
    return town.filed(who, action="submit_closed", fixed_by="other", photos=shots)


def test_m02_m03_m04_m05_m06_m16_of_a_known_set(town: World) -> None:
    """Ten cases: 1 on the spot, 2 closed by a unit (one of them late), 1 deferred, 3 open with a unit, 1 waiting at the desk; 2 do not count."""
    town.client("principal")
    on_the_spot(town, "inspector")
    closed(town)
    late = town.in_review()
    with frozen(now() + timedelta(hours=80)):
        town.done("reviewer", late["id"], "close", match=[p["id"] for p in late["pairs"]])
    deferred(town)
    town.dispatched()
    town.rectifying()
    town.in_review()
    town.filed()
    a_case(town, State.REJECTED)
    town.done("reviewer", ask_void(town, town.filed())["id"], "void")
    with frozen(now() + timedelta(hours=100)):
        figures = overview(town)
    t = figures["totals"]
    assert (t["closed"], t["found"]) == (3, 8), "M02"
    assert (t["due_closed"], t["due"]) == (2, 5), (
        "M03: the deferred one and those without a unit clock stand apart"
    )
    assert (t["on_time"], t["due"]) == (1, 5), "M04"
    assert (t["three_days"], t["three_days_of"]) == (2, 8), "M05"
    assert (t["on_spot"], t["found"]) == (1, 8), "M06"
    assert t["overdue"] == 4, "M16: three with a unit, one at the desk past the campaign's limit"
    assert (t["open"], t["in_review"]) == (5, 1)


def test_m03_counts_only_what_is_due_by_now(town: World) -> None:
    closed(town)
    town.dispatched()
    t = overview(town)["totals"]
    assert (t["due"], t["due_closed"], t["overdue"], t["three_days_of"]) == (0, 0, 0, 0)
    with frozen(now() + timedelta(hours=20)):
        assert overview(town)["totals"]["due_soon"] == 1


def test_m06_a_unit_that_fixed_what_it_found_itself_is_not_on_the_spot(town: World) -> None:
    """X08: its mode is `self`."""
    shots = [town.shot(town.photo("rectifier")), town.shot(town.photo("rectifier"), "after")]
    town.filed("rectifier", action="submit_fixed", fixed_by="self", photos=shots)
    on_the_spot(town, "inspector")
    t = overview(town)["totals"]
    assert (t["on_spot"], t["found"]) == (1, 2)


def test_m10_counts_cases_returned_among_cases_reviewed(town: World) -> None:
    closed(town)
    town.in_review()
    case = town.in_review()
    town.done("reviewer", case["id"], "return", reason_code="not_solved")
    done = town.done("liaison", case["id"], "rectify", measure="清", photos=[photo(town, "liaison")])
    t = overview(town)["totals"]
    assert (t["returned"], t["reviewed"]) == (1, 2)
    town.done("reviewer", case["id"], "close", match=[p["id"] for p in done["pairs"]])
    t = overview(town)["totals"]
    assert (t["returned"], t["reviewed"]) == (1, 2), "closed in the end: still one that came back"


def test_m10_a_relapse_does_not_unmake_the_review(town: World) -> None:
    case = closed(town)
    town.done("inspector", case["id"], "relapse", photos=[photo(town, "inspector", "before")])
    t = overview(town)["totals"]
    assert (t["reviewed"], t["relapsed"]) == (1, 1)


def test_m04_m05_use_the_first_round(town: World) -> None:
    """DECISIONS 7: a late first round stays late when a relapse starts a new clock."""
    case = town.in_review()
    town.client("principal"), town.client("inspector")
    with frozen(now() + timedelta(hours=80)) as advance:
        town.done("reviewer", case["id"], "close", match=[p["id"] for p in case["pairs"]])
        advance(timedelta(hours=1))
        town.done("inspector", case["id"], "relapse", photos=[photo(town, "inspector", "before")])
        advance(timedelta(hours=20))
        t = overview(town)["totals"]
    assert (t["closed"], t["open"]) == (1, 1), "M02"
    assert (t["on_time"], t["due_closed"], t["due"]) == (0, 1, 1), "M04, M03"
    assert (t["three_days"], t["three_days_of"]) == (0, 1), "M05"


def test_cases_are_counted_by_unit_point_and_category_and_sum_up(town: World) -> None:
    closed(town)
    town.dispatched()
    case = town.dispatched()
    town.done("dispatcher", case["id"], "reassign", unit_id=str(town.other_unit.id), reason="改派")
    figures = overview(town)
    by_unit = {row["zh"]: (row["found"], row["closed"]) for row in figures["units"]}
    assert by_unit == {"汀兰物业": (2, 1), "城管中队": (1, 0)}
    assert [(r["zh"], r["found"]) for r in figures["points"]] == [("兰溪苑", 3)]
    assert [(r["code"], r["found"]) for r in figures["categories"]] == [(town.category.code, 3)]
    assert [(d["found"], d["closed"]) for d in figures["days"]] == [(3, 1)]
    assert figures["start"] < figures["end"] == figures["at"]


def test_a_unit_counts_its_own_and_other_towns_count_nothing(town: World) -> None:
    town.dispatched()
    town.filed()
    case = town.dispatched()
    town.done("dispatcher", case["id"], "reassign", unit_id=str(town.other_unit.id), reason="改派")
    assert overview(town, "liaison")["totals"]["found"] == 1
    assert overview(town, "leader")["totals"]["found"] == 3
    assert overview(town, "stranger")["totals"]["found"] == 0


def test_the_overview_is_for_those_who_lead_or_work(town: World, client: Any) -> None:
    assert client.get("/api/figures/overview").status_code == 401
    for name in ("volunteer", "patroller", "pending"):
        assert town.client(name).get("/api/figures/overview").status_code == 403


def test_a_period_ends_now_and_begins_at_a_local_midnight(town: World) -> None:
    town.filed()
    with frozen(now() + timedelta(days=3)):
        assert overview(town, days=2)["totals"]["found"] == 0
        assert overview(town, days=5)["totals"]["found"] == 1
    assert town.client("principal").get("/api/figures/overview", params={"days": 0}).status_code == 422


def _check_phases(town: World, today: date) -> None:
    """One case in the first phase, one in the second; three petitions, one of them from before, one on the last day."""
    ago = {"P0": 12, "P1": 4, "P2": 0}
    for days in ago.values():
        body = {"received_on": str(today - timedelta(days=days)), "subject": "反映停车"}
        assert town.client("admin").post("/api/petitions", json=body).status_code == 201

    def asked(name: str, path: str, **query: Any) -> Any:
        return town.client(name).get(f"/api/figures/{path}", params=query)

    def told(figures: list[dict[str, Any]]) -> dict[str, Any]:
        return {one["id"]: one["value"] for one in figures if one["id"] in ("M01", "M37")}

    page = asked("principal", "phases").json()
    assert {one["code"]: (one["state"], told(one["figures"])) for one in page["phases"]} == {
        "P1": ("past", {"M01": 1, "M37": 1}),
        "P2": ("present", {"M01": 1, "M37": 1}),
    }
    assert told(page["total"]["figures"]) == {"M01": 2, "M37": 2}
    assert "M37" in {one["id"] for one in page["definitions"]}
    past = asked("principal", "metrics", phase="P1", by="unit").json()
    assert told(past["figures"]) == {"M01": 1, "M37": 1}
    assert datetime.fromisoformat(past["end"]).astimezone(
        ZoneInfo("Asia/Shanghai")
    ).date() == today - timedelta(days=3)
    assert told(asked("principal", "metrics", phase="P1", category=town.category.code).json()["figures"]) == {
        "M01": 1
    }
    assert told(asked("principal", "metrics", days=30).json()["figures"]) == {"M01": 3, "M37": 3}
    assert told(asked("liaison", "phases").json()["total"]["figures"]) == {"M01": 0}, (
        "petitions are the town's"
    )
    assert [
        asked("principal", "metrics", phase="P9").status_code,
        asked("volunteer", "phases").status_code,
    ] == [404, 403]


def test_the_period_may_be_the_campaign_a_phase_that_is_on_or_one_that_is_past_Z02_D01_D23(
    town: World,
) -> None:
    today = now().date()
    phases = [
        {"code": "P1", "name_zh": "排摸", "start_on": str(today - timedelta(days=9)), "end_on": str(today - timedelta(days=4))},
        {"code": "P2", "name_zh": "整改", "start_on": str(today - timedelta(days=3)), "end_on": str(today + timedelta(days=9))},
    ]  # fmt: skip
    with db.transaction() as session:
        session.execute(update(Campaign).values(start_on=today - timedelta(days=9), phases=phases))
    start = datetime.combine(today - timedelta(days=9), time(), ZoneInfo("Asia/Shanghai"))
    for found in (start - timedelta(minutes=1), start, now()):
        town.filed(captured_at=found.isoformat())
    began = {since: overview(town, since=since) for since in ("campaign", "phase")}
    assert {k: v["since"] for k, v in began.items()} == {"campaign": "campaign", "phase": "phase"}
    counted = {k: v["totals"]["found"] for k, v in began.items()}
    assert (counted, overview(town, days=30)["totals"]["found"]) == ({"campaign": 2, "phase": 1}, 3)
    starts = {
        k: datetime.fromisoformat(v["start"]).astimezone(ZoneInfo("Asia/Shanghai")) for k, v in began.items()
    }
    assert (starts["phase"] - starts["campaign"]).days == 6
    _check_phases(town, today)
    with db.transaction() as session:
        session.execute(update(Campaign).values(phases=[]))
    assert overview(town, since="phase")["since"] is None, "no phase is on: the days count"
