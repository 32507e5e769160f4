"""M01 to M23 once more, the slow and plain way: Python over rows, case by case, as DOMAIN.md §8 words it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

TOWN = timezone(timedelta(hours=8))
Row = dict[str, Any]
OPEN = {"submitted", "dispatched", "rectifying", "coordinating", "deferred", "in_review"}
RESPONSE = {"ordinary": 4, "urgent": 1, "difficult": 24}


def local(at: datetime | None) -> Any:
    return at.astimezone(TOWN).date() if at else None


@dataclass
class Told:
    n: Any
    d: Any
    value: Any


def percent(n: int, d: int) -> Told:
    return Told(n, d, half_up(Fraction(n * 100, d)) if d else None)


def half_up(number: Fraction, decimals: int = 1) -> float:
    scaled = number * 10**decimals + Fraction(1, 2)
    return (scaled.numerator // scaled.denominator) / 10**decimals


def share(rows: Iterable[Row], among: Callable[[Row], bool], which: Callable[[Row], bool]) -> Told:
    kept = [row for row in rows if among(row)]
    return percent(sum(bool(which(row)) for row in kept), len(kept))


def metrics(cases: list[Row], start: datetime, end: datetime, at: datetime) -> dict[str, Told]:
    """Each case carries its `orders`, `look_backs`, `deferred` and `closings` (when the case it recurs from was closed)."""
    filed = [c for c in cases if start <= c["found_at"] < end and not c["is_held"]]
    f = [c for c in filed if c["state"] not in ("rejected", "merged", "voided")]
    orders = [(c, o) for c in f for o in c["orders"]]
    return {
        **_rates(f, at),
        **_days(f),
        **_reviews(f, at),
        **_filing(filed, f),
        **_orders(orders),
        **_hours([(c["first_closed_at"] - c["found_at"]).total_seconds() for c in f if c["first_closed_at"]]),
    }


def _always(_: Row) -> bool:
    return True


def _first_due(c: Row) -> Any:
    return c["first_due_at"] or c["due_at"]


def _rates(f: list[Row], at: datetime) -> dict[str, Told]:
    def due(c: Row) -> bool:
        return bool(_first_due(c)) and _first_due(c) <= at and c["state"] != "deferred"

    def old(c: Row) -> bool:
        return bool(c["found_at"] + timedelta(hours=72) <= at)

    def quick(c: Row) -> bool:
        return bool(c["first_closed_at"]) and c["first_closed_at"] - c["found_at"] <= timedelta(hours=72)

    def overdue(c: Row) -> bool:
        limit = c["due_at"] or c["found_at"] + timedelta(hours=72)
        return c["state"] in OPEN - {"deferred"} and limit < at

    def plain(c: Row) -> bool:
        return c["nature"] != "difficult" and c["state"] != "deferred" and not c["deferred"]

    n = sum(map(overdue, f))
    return {
        "M01": Told(len(f), None, len(f)),
        "M02": share(f, _always, lambda c: c["first_closed_at"]),
        "M02b": share(f, lambda c: c["mode"] != "on_spot", lambda c: c["first_closed_at"]),
        "M03": share(f, due, lambda c: c["first_closed_at"]),
        "M04": share(f, due, lambda c: c["first_closed_at"] and c["first_closed_at"] <= _first_due(c)),
        "M05": share(f, old, quick),
        "M05b": share(f, lambda c: old(c) and plain(c), quick),
        "M06": share(f, _always, lambda c: c["mode"] == "on_spot"),
        "M07": share(f, _always, lambda c: c["mode"] == "coordinated"),
        "M16": Told(n, sum(c["state"] in OPEN for c in f), n),
    }


def _days(f: list[Row]) -> dict[str, Told]:
    def fixed(c: Row) -> bool:
        return bool(c["first_closed_at"]) and local(c["first_closed_at"]) == local(c["found_at"])

    def passed(c: Row) -> bool:
        first = min((o["sent_at"] for o in c["orders"]), default=None)
        return fixed(c) or (first is not None and local(first) == local(c["found_at"]))

    return {"M08": share(f, _always, passed), "M09": share(f, _always, fixed)}


def _reviews(f: list[Row], at: datetime) -> dict[str, Told]:
    def reviewed(c: Row) -> bool:
        return bool(c["reviewed_at"]) or c["rework_count"] + c["relapse_count"] + c["reopen_count"] > 0

    backs = [b for c in f for b in c["look_backs"]]
    done = [b for b in backs if b["result"] in ("passed", "relapsed")]
    due = done + [b for b in backs if b["result"] is None and b["due_at"] <= at]
    returned = sum(c["rework_count"] > 0 for c in f)
    return {
        "M10": percent(returned, sum(map(reviewed, f))),
        "M11": share(f, lambda c: bool(c["first_closed_at"]), lambda c: c["rework_count"] == 0),
        "M12": percent(len(done), len(due)),
        "M13": percent(sum(b["result"] == "passed" for b in done), len(done)),
        "M14": percent(sum(b["result"] == "relapsed" for b in done), len(done)),
    }


def _filing(filed: list[Row], f: list[Row]) -> dict[str, Told]:
    def recurring(c: Row) -> bool:
        return any(timedelta(0) <= c["found_at"] - then <= timedelta(days=30) for then in c["closings"])

    def in_time(c: Row) -> bool:
        limit = timedelta(hours=RESPONSE[c["nature"]])
        return bool(c["accepted_at"]) and c["accepted_at"] - c["received_at"] <= limit

    return {
        "M15": share(f, _always, recurring),
        "M18": share(filed, lambda c: bool(c["accepted_at"]) or c["state"] == "rejected", lambda c: c["state"] != "rejected"),
        "M19": share(filed, lambda c: bool(c["accepted_at"]), lambda c: c["state"] != "voided"),
        "M20": share(f, lambda c: c["mode"] not in ("on_spot", "self"), in_time),
    }  # fmt: skip


def _orders(orders: list[tuple[Row, Row]]) -> dict[str, Told]:
    def in_time(c: Row, o: Row) -> bool:
        limit = timedelta(minutes=30) if c["nature"] == "urgent" else timedelta(hours=4)
        return bool(o["claimed_at"]) and o["claimed_at"] - o["sent_at"] <= limit

    unfounded = sum(o["ruling"] == "unfounded" for _, o in orders)
    return {
        "M21": percent(sum(o["ruling"] != "founded" for _, o in orders), len(orders)),
        "M22": Told(unfounded, len(orders), unfounded),
        "M23": percent(sum(in_time(c, o) for c, o in orders), len(orders)),
    }


def _hours(seconds: list[float]) -> dict[str, Told]:
    told, ranked = {}, sorted(seconds)
    for name, share_of in (("M17", Fraction(1, 2)), ("M17b", Fraction(9, 10))):
        place = -(-len(ranked) * share_of.numerator // share_of.denominator)
        value = half_up(Fraction(int(ranked[place - 1]), 3600)) if ranked else None
        told[name] = Told(None, len(ranked), value)
    return told
