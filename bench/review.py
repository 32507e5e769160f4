"""`python -m bench.review`: the review desk with 100 000 cases waiting: queue, counts, contact sheet, next case.

The cases are those of bench/cases.py, all in review with one pair each: 2 % suspect, 18 % unsure, 10 % drawn for full review,
5 % urgent, the rest clear.
"""

import argparse
import runpy
import sys
from pathlib import Path

from sqlalchemy import select, text

from app.core import db
from app.features.issues.models import Issue
from bench import cases, load, stores
from bench.__main__ import ROOT, commit, machine
from bench.load import Request, Wanted
from bench.measure import Store, scratch, served
from bench.town import Town, sign_in

WAITING = 100_000
PAIRS = """
UPDATE photo_pairs SET state = 'proposed', checks = '[{"code": "time", "verdict": "good", "params": {"minutes": 90}}]',
  is_suspect = lead < '05', is_clear = lead >= '33',
  verdict = CASE WHEN lead < '05' THEN 'same' WHEN lead < '33' THEN 'unsure' ELSE 'same' END
FROM (SELECT id AS of, substr(cast(id AS text), 1, 2) AS lead FROM photo_pairs) AS drawn WHERE drawn.of = photo_pairs.id
"""
SAMPLED = "UPDATE issues SET is_sampled = true WHERE substr(cast(id AS text), 1, 2) < '1a'"
RANKED = runpy.run_path(str(next(ROOT.glob("migrations/versions/*_review_rank.py"))))["RANKED"]
SHEET = "UPDATE campaigns SET settings = '{\"contact_sheet_most\": 40}'"
PATHS = {
    "queue, what needs eyes": "/api/review/queue?tab=eyes&limit=100",
    "queue, all": "/api/review/queue?limit=100",
    "queue, second approvals": "/api/review/queue?tab=second&limit=100",
    "counts of all tabs": "/api/review/counts",
    "contact sheet": "/api/review/sheet",
}


def waiting(store: Store, count: int) -> tuple[str, Town]:
    """A kept database in which every case waits for review."""
    cases.STATES = (("in_review", 100),)
    url, town = store.filled(count)
    engine = db.make_engine(url)
    with engine.begin() as connection:
        for statement in (PAIRS, SAMPLED, RANKED, SHEET):
            connection.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()
    return url, town


def operations(url: str, town: Town) -> dict[str, Wanted]:
    """By name, the requests of one operation."""
    engine = db.make_engine(url)
    with db.WriteSession(engine) as session, session.begin():
        token = sign_in(session, town.reviewer, "reviewer")
        ids = session.scalars(select(Issue.id).order_by(Issue.rectified_at).limit(200)).all()
    engine.dispose()

    def asking(path: str) -> Wanted:
        return lambda _: [Request("GET", path, token)]

    def next_case(number: int) -> list[Request]:
        return [Request("GET", f"/api/issues/{ids[number % len(ids)]}", token)]

    return {**{name: asking(path) for name, path in PATHS.items()}, "next case": next_case}


def main(given: list[str]) -> None:
    """Measure on each database, and print a table for docs/bench.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.review", description=__doc__)
    parser.add_argument("--db", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--waiting", type=int, default=WAITING)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench" / "review")
    wanted = parser.parse_args(given)
    print(f"{machine()}; commit {commit()}")
    for store in (stores.Sqlite(wanted.folder), stores.Postgres(wanted.folder)):
        if wanted.db in ("both", store.name):
            _measure(store, wanted)


def _measure(store: Store, wanted: argparse.Namespace) -> None:
    store.start()
    try:
        url, town = waiting(store, wanted.waiting)
        asked = operations(url, town)
        with scratch(wanted.folder) as folder, served(url, folder) as product:
            roots = [*product.pids, *([store.pid] if store.pid else [])]
            for name, one in asked.items():
                told = load.run(product.port, roots, one, wanted.rounds, warm=6, clients=wanted.clients)
                figures = f"{told.cpu_ms:.1f} | {told.p50_ms:.0f} | {told.p95_ms:.0f}"
                print(f"| {store.name} | {name} | {figures} |", flush=True)
    finally:
        store.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
