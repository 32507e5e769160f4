"""Figures kept a day at a time (trap b), and the pages of a large town, which are read and not counted."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from app.core import db
from app.core.clock import frozen, now
from app.features.figures import jobs, snapshots, sources
from app.features.figures.models import FigureColumn, FigureSnapshot
from app.features.standards.models import Campaign
from tests.support.cases import World
from tests.support.states import closed, photo


def asked(town: World, path: str, name: str = "principal", **query: Any) -> Any:
    return town.client(name).get(f"/api/figures/{path}", params=query)


def value(told: dict[str, Any], metric: str) -> Any:
    return next(one["value"] for one in told["figures"] if one["id"] == metric)


def days_kept(town: World) -> list[str]:
    told: list[str] = asked(town, "snapshots").json()["days"]
    return told


def test_a_kept_day_stays_what_it_was_when_a_case_relapses_later(town: World) -> None:
    case = closed(town)
    town.client("principal"), town.client("admin"), town.client("reviewer")
    jobs.keep_figures()
    (day,) = days_kept(town)
    with frozen(now() + timedelta(days=2)):
        town.done("admin", case["id"], "reopen", reason="照片是旧的")
        assert value(asked(town, "metrics", since="campaign").json(), "M02") == 0.0
        then = asked(town, "metrics", on=day).json()
        assert (value(then, "M02"), then["on"]) == (100.0, day)
        assert [g["zh"] for g in asked(town, "metrics", on=day, by="unit").json()["groups"]] == ["汀兰物业"]
        jobs.keep_figures()
        assert len(days_kept(town)) == 2
        assert value(asked(town, "metrics", on=day).json(), "M02") == 100.0
    assert asked(town, "metrics", on=date(2020, 1, 1)).status_code == 404
    assert asked(town, "metrics", on=day, source="snap").status_code == 404, "kept whole"
    assert asked(town, "metrics", "liaison", on=day).status_code == 404, (
        "only for those who may count the whole town"
    )
    assert asked(town, "snapshots", "volunteer").status_code == 403
    assert value(asked(town, "metrics", "stranger", on=day).json(), "M01") == 0, "their own town's"


def test_a_large_town_reads_what_was_counted_within_the_last_hours_and_says_when(town: World) -> None:
    town.dispatched()
    jobs.keep_figures()
    assert value(asked(town, "metrics").json(), "M01") == 1
    one_filter = {"unit": str(town.unit.id), "source": "snap", "point": str(town.point.id)}
    with db.transaction() as session:
        session.execute(update(Campaign).values(next_issue_no=sources.LARGE + 1))
    jobs.keep_figures()
    with frozen(now() + timedelta(hours=1)):
        town.dispatched()
        kept = asked(town, "metrics").json()
        assert value(kept, "M01") == 1
        assert datetime.fromisoformat(kept["as_of"]) < now() - timedelta(minutes=59), "with its age"
        narrowed = [asked(town, "metrics", **{name: one}).json() for name, one in one_filter.items()]
        narrowed.append(asked(town, "metrics", **one_filter, by="category").json())
        assert [(value(one, "M01"), one["as_of"]) for one in narrowed] == [(1, kept["as_of"])] * 4
        assert value(asked(town, "metrics", source="district").json(), "M01") == 0
        assert value(asked(town, "metrics", days=13).json(), "M01") == 1, "any number of days"
        overview = asked(town, "overview", top=1).json()
        assert (overview["totals"]["found"], overview["units"][0]["found"]) == (1, 1)
        assert value(asked(town, "metrics", "liaison").json(), "M01") == 2, "a unit counts its own, live"
    with frozen(now() + timedelta(hours=4)):
        assert value(asked(town, "metrics").json(), "M01") == 2, "too old to be shown as of now"


def test_each_hour_takes_the_place_of_the_one_before_and_each_day_leaves_its_pages(town: World) -> None:
    with db.transaction() as session:
        session.execute(update(Campaign).values(next_issue_no=sources.LARGE + 1))
    jobs.keep_figures()
    with frozen(now() + timedelta(days=1)):
        jobs.keep_figures()
    with db.reading() as session:
        pages = session.query(FigureSnapshot.on, FigureSnapshot.page).all()
        columns = session.query(FigureColumn.name, FigureColumn.as_of).all()
    assert len({row.on for row in pages}) == 2
    assert len({(row.on, row.page) for row in pages}) == 2 * len(snapshots.GROUPED)
    assert len({row.as_of for row in columns}) == 1


def test_a_town_without_an_office_keeps_nothing(town: World) -> None:
    from app.features.identity.models import RoleHold

    with db.transaction() as session:
        session.query(RoleHold).filter(RoleHold.role.in_(snapshots.WHOLE)).delete()
    jobs.keep_figures()
    with db.reading() as session:
        assert session.query(FigureSnapshot).count() == 0


def test_patrols_duty_and_cross_checks_have_their_figures_M24_M25_M26_M27_M28_M29_M30_M34(
    town: World,
) -> None:
    """Nothing was planned, walked or released: dashes and noughts, each with its denominator."""
    told = asked(town, "metrics").json()
    found = {one["id"]: (one["n"], one["d"], one["value"]) for one in told["figures"]}
    assert found["M24"] == (0, 0, None)
    assert found["M25"] == (0, 0, None)
    assert found["M26"] == (0, 1, 0.0)
    assert found["M27"] == (1, 1, 1)
    assert found["M28"] == (0, 0, None)
    assert found["M29"] == (0, 0, None)
    assert found["M30"] == (None, 0, None)
    assert found["M34"] == (0, 0, None)
    narrowed = asked(town, "metrics", point=str(town.point.id)).json()
    assert not {"M24", "M30", "M34"} & {one["id"] for one in narrowed["figures"]}


def test_issues_per_patrol_and_coverage_count_a_walk_M26_M29_M27(town: World) -> None:
    patrol, visit = (str(photo(town, "patroller")["id"]) for _ in range(2))
    walker, at = town.client("patroller"), now().isoformat()
    spot = {"lon": town.point.lon, "lat": town.point.lat, "accuracy_m": 5}
    for path, body in (
        (f"patrols/{patrol}", {"kind": "citizen_patrol", "started_at": at, "clock_offset_seconds": 0}),
        (f"visits/{visit}", {"patrol_id": patrol, "point_id": str(town.point.id), "arrived_at": at, "position": spot, "clock_offset_seconds": 0}),
    ):  # fmt: skip
        answer = walker.put(f"/api/{path}", json=body)
        assert answer.status_code == 201, answer.text
    for _ in range(2):
        town.filed("patroller", visit_id=visit)
    found = {
        one["id"]: (one["n"], one["d"], one["value"]) for one in asked(town, "metrics").json()["figures"]
    }
    assert found["M29"] == (2, 1, 2.0)
    assert (found["M26"], found["M27"]) == ((1, 1, 100.0), (0, 1, 0))
