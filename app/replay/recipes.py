"""The recipes of demo.yaml: how each source's figures come about, and what the product measures afterwards.

Each takes the sizes of its recipe, so that a test may play a shorter one, and answers measures by the names of `expected`.
"""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from app.core import clock
from app.replay import cases
from app.replay.stage import INSPECTOR, PRINCIPAL, Stage, morning

Measured = dict[str, Any]
Steps = list[tuple[datetime, Callable[[], None]]]
POINTS = ("K01", "K02", "K05", "K06", "K08", "K12", "K13", "K14", "K15", "K20")
KINDS = ("ENV-01", "ENV-02", "ENV-03", "ORD-02", "RES-01", "ENV-04", "ORD-03")
DIFFICULT, URGENT = "BLD-01", "BLD-02"


def percent(value: float | None) -> str:
    """As demo.yaml writes it."""
    return "—" if value is None else f"{value:.1f} %"


def measured(stage: Stage) -> dict[str, dict[str, Any]]:
    """M01 to M30 of the campaign so far, by their ids, as the principal leader reads them."""
    told = stage.client(PRINCIPAL).get("/api/figures/metrics", since="campaign")
    return {one["id"]: {name: whole(value) for name, value in one.items()} for one in told["figures"]}


def whole(value: Any) -> Any:
    """431 and not 431.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _days(period: tuple[date, date]) -> list[date]:
    return [period[0] + timedelta(days=n) for n in range((period[1] - period[0]).days + 1)]


# ---- 朱家角: 39 inspections ----
def zhujiajiao(stage: Stage, period: tuple[date, date], recipe: Measured) -> Measured:
    """Inspections 1 to 37 find 11 each, later ones 12; in odd ones up to the 37th the last issue is coordinated."""
    days, rounds = _days(period), recipe["inspections"]
    steps: Steps = []
    for number in range(1, rounds + 1):
        start = morning(days[(number - 1) * (len(days) - 7) // max(1, rounds - 1)])
        steps.append((start, partial(_inspection, stage, number)))
        if number % 2 and number <= 37:
            steps += [
                (start + timedelta(hours=hours), partial(_coordinate, stage, number, step))
                for hours, step in ((1, "escalate"), (5, "plan"), (50, "rectify"), (54, "close"))
            ]
    stage.act(steps)
    stage.at(morning(period[1], 20))
    m = measured(stage)
    return {
        "found": m["M01"]["n"],
        "on_spot": m["M06"]["n"],
        "coordinated": m["M07"]["n"],
        "open": m["M16"]["d"],
        "closure_rate": percent(m["M02"]["value"]),
        "on_spot_rate": percent(m["M06"]["value"]),
        "coordinated_rate": percent(m["M07"]["value"]),
        "per_inspection": m["M29"]["value"],
    }


def _inspection(stage: Stage, number: int) -> None:
    """督查: one patrol over three points; most is put right while the inspector is there."""
    count = 11 if number <= 37 else 12
    patrol, client, start = uuid.uuid4(), stage.client(INSPECTOR), clock.now()
    walk = {"kind": "supervision", "started_at": start.isoformat(), "clock_offset_seconds": 0}
    client.put(f"/api/patrols/{patrol}", walk)
    points = [POINTS[(number + n) % len(POINTS)] for n in range(3)]
    visits = {point: _visit(stage, patrol, point) for point in points}
    for k in range(count):
        point, kind = points[k % 3], KINDS[(number + k) % len(KINDS)]
        if k == count - 1 and number % 2 and number <= 37:
            coordinated = cases.report(
                stage, point, DIFFICULT, by=INSPECTOR, visit=visits[point], nature="ordinary"
            )
            stage.open[number] = coordinated, point
        else:
            cases.on_the_spot(stage, point, kind, visit=visits[point])
    client.put(f"/api/patrols/{patrol}", walk | {"ended_at": clock.now().isoformat()})


def _visit(stage: Stage, patrol: uuid.UUID, point: str) -> uuid.UUID:
    visit, (lon, lat), at = uuid.uuid4(), stage.places[point], clock.now().isoformat()
    body = {
        "patrol_id": patrol, "point_id": stage.ids.points[point], "arrived_at": at, "left_at": at,
        "position": {"lon": lon, "lat": lat, "accuracy_m": 6}, "clock_offset_seconds": 0,
    }  # fmt: skip
    stage.client(INSPECTOR).put(f"/api/visits/{visit}", body)
    return visit


def _coordinate(stage: Stage, number: int, step: str) -> None:
    case, point = stage.open[number]
    _coordinated_step(stage, case, point, step)


def _coordinated_step(stage: Stage, case: str, point: str, step: str) -> None:
    doing: dict[str, Callable[[], None]] = {
        "escalate": lambda: cases.escalate(stage, case),
        "plan": lambda: cases.approve_plan(stage, case, clock.now() + timedelta(days=5)),
        "dispatch": lambda: cases.dispatch(stage, case),
        "claim": lambda: cases.claim(stage, case),
        "rectify": lambda: cases.rectify(stage, case, point),
        "close": lambda: cases.close(stage, case),
    }
    doing[step]()


# ---- 徐泾: 9500 found and closed ----
def xujing(stage: Stage, period: tuple[date, date], recipe: Measured) -> Measured:
    """So many a day, the first days one more; one in two hundred by a unit, within 72 h, the others on the spot."""
    days = _days(period)
    a_day, more = divmod(recipe["found"], len(days))
    steps: Steps = []
    k = 0
    for number, day in enumerate(days):
        at_once = []
        for n in range(a_day + (number < more)):
            k += 1
            point, kind, at = POINTS[k % len(POINTS)], KINDS[k % len(KINDS)], morning(day, 8 + n * 0.3)
            if k % 200:
                at_once.append((at, point, kind))
            else:
                steps += _sent_to_a_unit(stage, k, at, point, kind, hours=30)
        steps.append((morning(day, 19), partial(cases.an_inspectors_day, stage, at_once)))
    stage.act(steps)
    stage.at(morning(period[1] + timedelta(days=3), 20))
    m = measured(stage)
    return {
        "found": m["M01"]["n"],
        "closed": m["M02"]["n"],
        "closure_rate": percent(m["M02"]["value"]),
    }


def _sent_to_a_unit(
    stage: Stage, k: int, at: Any, point: str, kind: str, *, hours: float, until: str = "close"
) -> Steps:
    """Found, dispatched, claimed, rectified, closed `hours` after it was found; or only as far as `until`."""

    def found() -> None:
        stage.open[k] = cases.report(stage, point, kind), point

    def step(name: str) -> None:
        _coordinated_step(stage, *stage.open[k], name)

    way = (("dispatch", 1.0), ("claim", 1.5), ("rectify", hours - 0.5), ("close", hours))
    done = [name for name, _ in way].index(until) + 1
    return [(at, found), *((at + timedelta(hours=h), partial(step, name)) for name, h in way[:done])]


# ---- 大场: 360 within 72 h ----
def dachang(stage: Stage, period: tuple[date, date], recipe: Measured) -> Measured:
    """Per day 9 ordinary, 2 urgent, 1 difficult; the k-th is closed 6 + (7·k mod 65) h after its discovery."""
    steps: Steps = []
    k = 0
    for day in _days(period)[: recipe["days"]]:
        for n in range(recipe["per_day"]):
            k += 1
            at, hours, point = morning(day, 8 + n * 0.5), 6 + (7 * k) % 65, POINTS[k % len(POINTS)]
            if n == 11:
                steps += _difficult(stage, k, at, point, hours)
            else:
                kind = URGENT if n in (3, 7) else KINDS[k % len(KINDS)]
                # Five minutes lie between the photo and the report.
                steps += _sent_to_a_unit(stage, k, at, point, kind, hours=hours - 0.25)
    stage.act(steps)
    stage.at(max(moment for moment, _ in steps) + timedelta(days=3))
    m = measured(stage)
    return {
        "found": m["M01"]["n"],
        "share_within_72h": percent(m["M05"]["value"]),
        "overdue": m["M16"]["n"],
        "petitions": m["M37"]["n"],
    }


def _difficult(stage: Stage, k: int, at: Any, point: str, hours: float) -> Steps:
    """Its plan within 24 h, and it closed when the plan says."""

    def found() -> None:
        stage.open[k] = cases.report(stage, point, DIFFICULT), point

    def step(name: str) -> None:
        _coordinated_step(stage, *stage.open[k], name)

    plan = min(20.0, hours - 2)
    way = (("escalate", 1.0), ("plan", plan), ("rectify", hours - 1), ("close", hours - 0.25))
    return [(at, found), *((at + timedelta(hours=h), partial(step, name)) for name, h in way)]


# ---- 石门二路 ----
def shimen_year(stage: Stage, period: tuple[date, date], recipe: Measured) -> Measured:
    """From the start of the year to now: so many found, so many resolved, the rest with a unit."""
    days = _days(period)
    steps: Steps = []
    for k in range(recipe["found"]):
        at = morning(days[k * (len(days) - 6) // recipe["found"]], 8 + k % 8)
        until = "close" if k < recipe["resolved"] else "claim"
        point, kind = POINTS[k % len(POINTS)], KINDS[k % len(KINDS)]
        steps += _sent_to_a_unit(stage, k, at, point, kind, hours=20, until=until)
    stage.act(steps)
    stage.at(morning(period[1], 20))
    rate = measured(stage)["M02"]
    return {"resolution_rate": percent(rate["value"]), "at_least": rate["value"]}
