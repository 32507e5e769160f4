"""`python -m bench`: measures, prints a table beside the targets, and writes the figures as JSON."""

import argparse
import json
import platform
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench import pictures, stores
from bench.measure import Plan, Results, measure_reads, measure_snap, measure_writes
from bench.table import table

ROOT = Path(__file__).parent.parent


def machine() -> str:
    """What ran it: processor, cores, memory, kernel, Python."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    cores = sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text().splitlines())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 2**20
    load = Path("/proc/loadavg").read_text().split()[0]
    return (
        f"{model}, {cores} cores, {memory} GiB, Linux {platform.release()}, Python {platform.python_version()}, "
        f"load {load} and {_loop_ms():.0f} ms for the loop at the start"
    )


def _loop_ms() -> float:
    """CPU ms of a fixed loop of this interpreter: neighbours on the same cores show in it, as in every figure below."""
    started, total = time.thread_time(), 0
    for number in range(3_000_000):
        total += number
    return (time.thread_time() - started) * 1000


def commit() -> str:
    """The commit, with a + where files differ from it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True
    )
    return told.stdout.strip()


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--db", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--sizes", default="10000,100000,1000000", help="cases, for the list")
    parser.add_argument("--main-size", type=int, default=100_000, help="cases, for everything else")
    parser.add_argument("--rounds", type=int, default=200, help="operations each")
    parser.add_argument(
        "--tiny", action="store_true", help="seconds, to see that it works; its figures say nothing"
    )
    parser.add_argument("--photos", type=int, default=32)
    parser.add_argument(
        "--only", default="", help="of: list,search,map,detail,counts,report,photo,start,snap,floor"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "var/bench", help="where the data is kept")
    return parser.parse_args(given)


def main(given: list[str]) -> list[Results]:
    """Measure and print."""
    # As Ctrl-C: the servers that were started end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wanted = arguments(given)
    sizes = tuple(sorted({*map(int, wanted.sizes.split(",")), wanted.main_size}))
    only = frozenset(filter(None, wanted.only.split(",")))
    folder = wanted.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    plan = Plan(folder, sizes, wanted.main_size, wanted.rounds, wanted.photos, only=only)
    if wanted.tiny:
        plan = Plan(
            folder,
            (300,),
            300,
            rounds=4,
            photos=1,
            only=only,
            starts=1,
            rests=False,
            snap_points=300,
            photo_form=(400, 300, 20_000),
        )
    about = {
        "machine": machine(),
        "command": f"make bench ARGS={shlex.quote(' '.join(given))}" if given else "make bench",
        "commit": commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    print("\n".join(f"{name}: {said}" for name, said in about.items()), flush=True)
    done = []
    for kind in ["sqlite", "postgresql"] if wanted.db == "both" else [wanted.db]:
        done.append(measure(plan, kind))
        print(f"\n{table(done[-1], plan)}", flush=True)
    floor = pictures.floor(folder, pictures.photo(*plan.photo_form)) if plan.wants("floor") else {}
    if floor:
        print("\nThe floor, CPU ms: " + ", ".join(f"{name} {ms:.1f}" for name, ms in floor.items()))
    kept = folder / "last.json"
    kept.write_text(json.dumps(about | {"floor": floor, "results": [asdict(one) for one in done]}, indent=1))
    return done


def measure(plan: Plan, kind: str) -> Results:
    """Everything on one database."""
    results, store = Results(kind), stores.make(kind, plan.folder)
    store.start()
    try:
        measure_reads(store, plan, results)
        measure_writes(store, plan, results)
        if plan.wants("snap"):
            measure_snap(store, plan, results)
    finally:
        store.stop()
    return results


if __name__ == "__main__":
    main(sys.argv[1:])
