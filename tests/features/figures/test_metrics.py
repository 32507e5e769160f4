"""M01 to M23 over HTTP, beside a slow and plain count of the same random histories; and what each role may read."""

import random
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import frozen, now
from app.features.figures import pages, snapshots, sources
from app.features.figures.columns import DIMENSIONS
from app.features.figures.metrics import figures
from app.features.figures.models import FigureColumn
from app.features.figures.queries import Dimension
from app.features.figures.region import Region, together
from app.features.figures.rounds import of_rounds
from app.features.identity.models import Unit, UnitReach, User
from app.features.identity.viewer import Viewer, load_viewer
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue
from app.features.standards import service as standards
from app.features.standards.models import Campaign, Category
from tests import factories
from tests.features.figures import oracle
from tests.features.figures.histories import UNITS, History
from tests.support.cases import World
from tests.support.states import a_case, closed, peopled, photo

CATEGORIES = Path(__file__).parents[3] / "app" / "demo" / "data" / "categories.yaml"


@pytest.fixture(scope="module")
def standing_town(standing_sign_in: Any) -> World:
    town = peopled(standing_sign_in)
    with db.transaction() as session:
        town.people["unit_inspector"] = factories.user(session, town.other_unit, "inspector")
        above = factories.unit(session, None, kind="district")
        neighbour = town.people["stranger"].unit_id
        units = session.scalars(select(Unit.id).where(Unit.town_id.in_([town.town.id, neighbour])))
        session.add_all(UnitReach(ancestor_id=above.id, unit_id=unit) for unit in units)
        town.people["over_towns"] = factories.user(session, above, "district_inspector")
        town.people["over_units"] = factories.user(session, above, "unit_principal")
    for name in town.people:
        town.client(name)
    return town


@pytest.fixture
def town(standing_town: World, database: Connection) -> World:
    return standing_town


def metrics(town: World, name: str = "principal", **query: Any) -> dict[str, Any]:
    answer = town.client(name).get("/api/figures/metrics", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def values(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in told["figures"]}


# ---- random histories ----
def assert_same(told: list[dict[str, Any]], expected: dict[str, oracle.Told], of: str) -> None:
    by_id = {one["id"]: one for one in told}
    for name, wanted in expected.items():
        got = by_id[name]
        assert (got["n"], got["d"], got["value"]) == (wanted.n, wanted.d, wanted.value), f"{name} of {of}"


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(seed=1, cases=0)
@given(seed=st.integers(0, 2**32), cases=st.integers(20, 60))
def test_sql_and_definition_agree_on_random_histories_M01_M02_M03_M04_M05_M06_M07_M08_M09_M10_M11_M12_M13_M14_M15_M16_M17_M18_M19_M20_M21_M22_M23(
    town: World, database: Connection, seed: int, cases: int
) -> None:
    at = now().replace(second=0, microsecond=0)
    with database.begin_nested() as since, frozen(at):
        rows = History(town, seed, at).write(cases)
        beside = neighbour_of(town)
        others = History(beside, seed + 1, at).write(cases // 2)
        whole = metrics(town, days=30, by="unit")
        start, end = datetime.fromisoformat(whole["start"]), datetime.fromisoformat(whole["end"])
        assert_same(whole["figures"], oracle.metrics(rows, start, end, at), "the town")
        for group in whole["groups"]:
            own = [r for r in rows if str(r["responsible_unit_id"] or "") == group["key"]]
            assert_same(group["figures"], oracle.metrics(own, start, end, at), group["zh"])
        one = metrics(town, days=30, source="patrol", handling_class="ENG")
        of_class = {row["category_id"] for row in rows} and first_kind(rows, town)
        some = [r for r in rows if r["source"] == "patrol" and r["category_id"] == of_class]
        assert_same(one["figures"], oracle.metrics(some, start, end, at), "patrols, class ENG")
        for name, sees in PARTS.items():
            part, told = [r for r in rows if sees(town, r)], metrics(town, name, days=30, by="point")
            assert_same(told["figures"], oracle.metrics(part, start, end, at), name)
            assert_lists_hold(town, name, part, random.Random(seed))
        for name, every in {"over_towns": rows + others, "over_units": of_units(rows + others)}.items():
            told = metrics(town, name, days=30)
            assert_same(told["figures"], oracle.metrics(every, start, end, at), name)
            assert_lists_hold(town, name, every, random.Random(seed))
        assert_columns_tell_the_same(town, beside, random.Random(seed))
        assert_a_region_is_as_old_as_its_oldest_town(town, beside)
        since.rollback()


def neighbour_of(town: World) -> World:
    """The stranger's town, with the same people: what they report there is not theirs to see at home."""
    with db.transaction() as session:
        there = session.get_one(Unit, town.people["stranger"].unit_id)
        units = [factories.unit(session, there) for _ in range(2)]
        point = factories.point(session, there)
    return replace(town, town=there, unit=units[0], other_unit=units[1], point=point)


def of_units(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was passed on to any unit, or that one helps with."""
    return [r for r in rows if passed_on(r) and (r["responsible_unit_id"] or "issue_helpers" in r["named"])]


def passed_on(row: dict[str, Any]) -> bool:
    return row["state"] not in UNITS


def liaison_sees(town: World, row: dict[str, Any]) -> bool:
    """What they reported, saw too, look at for the desk; what was passed on to their unit, or that it helps with."""
    own = row["reporter_id"] == town.people["liaison"].id or row["named"] & {"witnesses", "site_checks"}
    of_unit = row["responsible_unit_id"] == town.unit.id or "issue_helpers" in row["named"]
    return bool(own or (passed_on(row) and of_unit))


def unit_inspector_sees(town: World, row: dict[str, Any]) -> bool:
    """Their unit's, on its ground, and what was passed on to them."""
    of_unit = town.other_unit.id in (row["responsible_unit_id"], row["territory_id"])
    return of_unit or (passed_on(row) and row["assignee_id"] == town.people["unit_inspector"].id)


def chief_sees(town: World, row: dict[str, Any]) -> bool:
    """Their point's, once those who reported it know."""
    return row["point_id"] == town.point.id and not row["is_held"]


PARTS = {"liaison": liaison_sees, "unit_inspector": unit_inspector_sees, "chief": chief_sees}
"""Who sees the town in part."""
WHOLE = ("principal", "over_towns")
"""Who counts whole towns: one, or two."""


def assert_columns_tell_the_same(town: World, beside: World, chance: random.Random) -> None:
    """The columns of a large town and of the small one beside it against the live count, of one and of both, of all and of parts:
    random filters, groups and periods, and the overview."""
    with db.transaction() as session:
        for one, cases in ((town, sources.LARGE + 1), (beside, 1)):
            campaign = session.query(Campaign).filter_by(town_id=one.town.id).one()
            campaign.next_issue_no = cases
            session.flush()
        for one in (town, beside):
            campaign = session.query(Campaign).filter_by(town_id=one.town.id).one()
            snapshots.keep_columns(session, snapshots.count_columns(session, campaign))
    for name in (*WHOLE, *PARTS, "over_units"):
        with db.reading() as session, patch.object(sources, "FEW", -1):
            viewer = load_viewer(session, session.get_one(User, town.people[name].id))
            for _ in range(4 if name in WHOLE else 2):
                filters = random_filters(session, town, chance)
                by, days = chance.choice((None, *DIMENSIONS)), chance.choice((1, 7, 13, 30, 90))
                kept, _ = sources.of_metrics(session, viewer, days, None, filters, by)
                towns = kept.parts if isinstance(kept, Region) else [kept]
                assert [type(one) for one in towns] == [sources.Hourly] * (2 if "over" in name else 1)
                live = sources.Live(session, viewer, kept.period)
                for group in {None, by}:
                    expected = {key: figures(one) for key, one in live.cases(filters, group).items()}
                    told = {key: figures(one) for key, one in kept.cases(filters, group).items()}
                    assert told == expected, (name, filters, group, days)
            kept, _ = sources.of_overview(session, viewer, 30, None)
            live = sources.Live(session, viewer, kept.period)
            whole = [pages.overview(source, None, 50).model_dump() for source in (kept, live)]
            assert whole[0] == whole[1]
            if name == "principal":
                assert_days_tell_the_same(session, viewer, town, chance)
            if name in WHOLE:
                counted = [of_rounds(session, viewer, one.town.id, kept.period, 7) for one in (town, beside)]
                live_rounds = (
                    together([one for one in counted if one]) if name == "over_towns" else counted[0]
                )
                assert sources.of_metrics(session, viewer, 30, None, (), None)[0].rounds(7) == live_rounds


def assert_days_tell_the_same(session: Session, viewer: Viewer, town: World, chance: random.Random) -> None:
    """Ten days that are over, or nearly: what a document quotes."""
    last = now().astimezone(oracle.TOWN).date() - timedelta(days=chance.randrange(20))
    kept = sources.of_days(session, viewer, town.town.id, last - timedelta(days=9), last, ["unit"])
    assert isinstance(kept, sources.Hourly)
    live = sources.Live(session, viewer, kept.period, town.town.id)
    both: tuple[Dimension | None, ...] = (None, "unit")
    for by in both:
        told, expected = (
            {key: figures(one) for key, one in source.cases({}, by).items()} for source in (kept, live)
        )
        assert told == expected


def assert_lists_hold(town: World, name: str, rows: list[dict[str, Any]], chance: random.Random) -> None:
    """Page by page, looked for among the town's next cases as well as in what each reason shows."""
    state, limit = chance.choice((None, "closed", "rectifying")), chance.choice((4, 7, 20))
    some = [row for row in rows if state in (None, row["state"])]
    expected = {
        "found": sorted(some, key=lambda row: (row["found_at"], row["id"]), reverse=True),
        "due": sorted(some, key=lambda row: (row["due_at"] or row["campaign_due_at"], row["id"])),
    }
    for sort, ordered in expected.items():
        asked: dict[str, Any] = {"sort": sort, "limit": limit, **({"state": state} if state else {})}
        told: list[str] = []
        more: dict[str, str] | None = {}
        while more is not None:
            page = town.client(name).get("/api/issues", params=asked | more).json()
            told += [item["id"] for item in page["items"]]
            more = {"cursor": page["next"]} if page["next"] else None
        assert told == [str(row["id"]) for row in ordered], (name, sort, state, limit)


def assert_a_region_is_as_old_as_its_oldest_town(town: World, beside: World) -> None:
    with db.transaction() as session:
        of_beside = select(Campaign.id).where(Campaign.town_id == beside.town.id)
        rows = session.scalars(select(FigureColumn).where(FigureColumn.campaign_id.in_(of_beside))).all()
        for row in rows:
            row.as_of -= timedelta(hours=1)
    assert metrics(town, "over_towns")["as_of"] < metrics(town)["as_of"]


def random_filters(session: Session, town: World, chance: random.Random) -> dict[str, Any]:
    """Up to three of a case that there is, so that something is left; at times one that nothing has."""
    issue = chance.choice(session.query(Issue).filter_by(town_id=town.town.id).all() or [Issue()])
    kind = session.get(Category, issue.category_id) if issue.category_id else None
    of_case = {
        "unit": issue.responsible_unit_id, "point": issue.point_id, "source": issue.source,
        "point_type": town.point.type_code if issue.point_id else None,
        "category": kind.code if kind else "X", "handling_class": kind.handling_class if kind else "ENG",
    }  # fmt: skip
    there = [name for name, value in of_case.items() if value is not None]
    chosen = chance.sample(there, min(len(there), chance.choice((0, 1, 2, 2, 3))))
    nowhere = {"grid": uuid.uuid4()} if chance.random() < 0.1 else {}
    return {name: of_case[name] for name in chosen} | nowhere


def first_kind(rows: list[dict[str, Any]], town: World) -> Any:
    """The category of class ENG that these rows were given."""
    with db.reading() as session:
        return session.query(Category.id).filter_by(town_id=town.town.id, handling_class="ENG").scalar()


# ---- through the product ----
def test_a_month_without_cases_shows_dashes_not_zero_percent(town: World) -> None:
    told = metrics(town)
    found = values(told)
    assert found["M01"]["value"] == 0
    assert {found[m]["value"] for m in ("M02", "M05", "M08", "M13", "M17", "M21")} == {None}
    assert found["M02"] == {"id": "M02", "n": 0, "d": 0, "value": None}


def test_every_number_comes_with_its_definition_trap_d(town: World) -> None:
    told = metrics(town)
    assert [d["id"] for d in told["definitions"]] == [f["id"] for f in told["figures"]]
    assert all(d["zh"] and d["en"] and d["means_zh"] and d["means_en"] for d in told["definitions"])


def test_on_the_spot_cases_do_not_flatter_M02_trap_c(town: World) -> None:
    shots = [town.shot(town.photo("inspector")), town.shot(town.photo("inspector"), "after")]
    town.filed("inspector", action="submit_closed", fixed_by="other", photos=shots)
    town.dispatched()
    found = values(metrics(town))
    assert (found["M02"]["n"], found["M02"]["d"], found["M02"]["value"]) == (1, 2, 50.0)
    assert (found["M02b"]["n"], found["M02b"]["d"], found["M02b"]["value"]) == (0, 1, 0.0)


def test_a_case_found_at_16_and_not_passed_by_midnight_is_on_the_overnight_list_S06_M08(town: World) -> None:
    noon = (now() - timedelta(days=3)).replace(hour=8, minute=0, second=0, microsecond=0)  # 16:00 in the town
    with frozen(noon) as advance:
        left, passed = town.filed()["id"], town.dispatched()["id"]
        advance(timedelta(hours=1))
        tonight = (
            town.client("principal").get("/api/figures/overnight", params={"day": day_in_town(noon)}).json()
        )
        assert [i["id"] for i in tonight["items"]] == [left]
        assert tonight["is_over"] is False
        advance(timedelta(hours=8))
        town.done("dispatcher", left, "dispatch", unit_id=str(town.unit.id))
        told = town.client("principal").get("/api/figures/overnight").json()
        parts = [town.client(n).get("/api/figures/overnight").json() for n in ("liaison", "other_liaison")]
    assert told["day"] == day_in_town(noon)
    assert told["is_over"] is True
    assert [i["id"] for i in told["items"]] == [left], f"dispatched after midnight; {passed} was in time"
    assert [[i["id"] for i in part["items"]] for part in parts] == [[left], []], "each unit its own"
    m08 = values(metrics(town))["M08"]
    assert (m08["n"], m08["d"], m08["value"]) == (1, 2, 50.0)


def day_in_town(at: datetime) -> str:
    return str(at.astimezone(oracle.TOWN).date())


def test_what_is_found_after_the_towns_cut_off_may_wait_until_ten_S06(town: World) -> None:
    with db.transaction() as session:
        campaign = session.query(Campaign).filter_by(town_id=town.town.id).one()
        campaign.settings = {**campaign.settings, "overnight_cutoff": "18:00"}
    evening = (now() - timedelta(days=3)).replace(
        hour=11, minute=0, second=0, microsecond=0
    )  # 19:00 in the town
    with frozen(evening) as advance:
        first, second = town.filed()["id"], town.filed()["id"]
        advance(timedelta(hours=14, minutes=59))
        town.done("dispatcher", first, "dispatch", unit_id=str(town.unit.id))
        advance(timedelta(minutes=2))
        town.done("dispatcher", second, "dispatch", unit_id=str(town.unit.id))
        told = (
            town.client("principal")
            .get("/api/figures/overnight", params={"day": day_in_town(evening)})
            .json()
        )
    assert [i["id"] for i in told["items"]] == [second]


def test_figures_by_category_class_focus_and_source_add_up_X26_X27_X28_X29_X30(town: World) -> None:
    with db.transaction() as session:
        standards.load_standard(session, town.town.id, CATEGORIES)
    for code in ("RES-04", "ENV-04", "GRN-03", "FAC-03", "FAC-03", "ENV-01", "ORD-01", "FAC-01"):
        town.filed(category=code)
    closed(town)
    for by in ("category", "handling_class", "focus", "source", "point", "unit"):
        told = metrics(town, by=by)
        assert [sum(values({"figures": g["figures"]})["M01"]["n"] for g in told["groups"])] == [9], by
        assert all(g["zh"] for g in told["groups"] if by != "unit")
    four = metrics(town, by="focus", handling_class="MGT")["groups"]
    counted = {g["zh"]: values(g)["M01"]["n"] for g in four}
    assert counted == {"保安": 1, "保洁": 1, "保绿": 1, "保修": 2}, "the four keeps"
    whole = {g["code"]: values(g)["M01"]["n"] for g in metrics(town, by="focus")["groups"]}
    assert (whole["dirt"], whole["ground"], whole["level"], whole["none"]) == (1, 1, 1, 1)


def test_a_relapse_lowers_M13_and_leaves_M02_alone_M14(town: World) -> None:
    case = closed(town)
    with frozen(now() + timedelta(days=3, minutes=1)):
        town.done("inspector", case["id"], "relapse", photos=[photo(town, "inspector", "before")])
        found = values(metrics(town))
    assert found["M02"]["value"] == 100.0
    assert (found["M12"]["n"], found["M12"]["d"]) == (1, 1)
    assert (found["M13"]["value"], found["M14"]["value"]) == (0.0, 100.0)


def test_units_and_strangers_count_their_own(town: World) -> None:
    town.dispatched()
    town.filed()
    a_case(town, State.REJECTED)
    assert values(metrics(town, "liaison"))["M01"]["n"] == 1
    assert values(metrics(town, "leader"))["M01"]["n"] == 2
    assert values(metrics(town, "stranger"))["M01"]["n"] == 0
    for name in ("volunteer", "patroller", "pending"):
        assert town.client(name).get("/api/figures/metrics").status_code == 403
        assert town.client(name).get("/api/figures/overnight").status_code == 403
