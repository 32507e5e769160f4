"""The drill: a town of so many reports, each with a photo, is backed up, verified, restored into an empty place, compared.

    .venv/bin/python -m bench.backup_drill [--reports 10000] [--photo-kb 100] [--on postgresql]

Both places are SQLite with files; `--on postgresql`: two databases of a PostgreSQL of its own, with fsync on, and two
buckets of an S3. Each step is the command an operator runs, in a process of its own, so that its memory is its own.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import now
from app.core.config import override
from app.core.storage import get_storage
from app.features.identity.models import Unit, UnitReach, User
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue, IssueEvent, IssuePhoto, Report, ReportPhoto
from app.features.issues.moves import GENESIS, event_hash
from app.features.photos.models import Photo
from app.features.standards.models import Campaign, Category
from bench.__main__ import commit, machine
from tests.core.test_storage import bucket
from tests.faults.service import s3_settings
from tests.support import ceph, postgres
from tests.support.database import Postgres

XUNFANG = Path(sys.executable).with_name("xunfang")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Step:
    """One command: how long it took, what it computed, and the most memory it had."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_mib: float


Run = Callable[..., Step]


def in_a_process(place: dict[str, str]) -> Run:
    """Run commands in `place` (its environment), each in a process of its own; a failure ends the drill."""

    def run(*words: str) -> Step:
        began = time.perf_counter()
        child = subprocess.Popen([XUNFANG, *words], env=os.environ | place, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"xunfang {' '.join(words)}: exit code {child.returncode}")
        cpu = used.ru_utime + used.ru_stime
        return Step(" ".join(words[:2]), time.perf_counter() - began, cpu, used.ru_maxrss / 1024)

    return run


# ---- the town ----
def build(count: int, photo_bytes: int) -> None:
    """`count` reports with a photo each, into the settings' empty, migrated database and storage. The same each time."""
    chance = random.Random(7)
    with db.transaction() as session:
        town = Unit(code="T", name_zh="汀兰镇", kind="town")
        session.add(town)
        session.flush()
        town.town_id = town.id
        person = User(unit_id=town.id, name_zh="张三", login="drill")
        today = now().date()
        campaign = Campaign(
            town_id=town.id, code="C", name_zh="创建", kind="civilized_city", start_on=today, end_on=today
        )
        category = Category(
            town_id=town.id, code="K", name_zh="乱堆乱放", name_en="Dumped things", theme="environment",
            handling_class="general", nature="general", deadline_hours=24, evidence="after_photo",
        )  # fmt: skip
        session.add_all([UnitReach(ancestor_id=town.id, unit_id=town.id), person, campaign, category])
    for start in range(1, count + 1, 500):
        with db.transaction() as session:
            for no in range(start, min(start + 500, count + 1)):
                _report(session, no, town, person, campaign, category, chance.randbytes(photo_bytes))


def _report(
    session: Session, no: int, town: Unit, person: User, campaign: Campaign, category: Category, data: bytes
) -> None:
    photo_id, sha256, at = uuid.uuid4(), hashlib.sha256(data).hexdigest(), now() - timedelta(hours=no % 500)
    get_storage().put(f"originals/{photo_id}", data, sha256)
    photo = Photo(
        id=photo_id, client_id=uuid.uuid4(), owner_id=person.id, sha256=sha256, size=len(data), width=4000, height=3000,
        media_type="image/jpeg", storage_key=f"originals/{photo_id}", claims={"make": "巡访"},
    )  # fmt: skip
    issue = Issue(
        id=uuid.uuid4(), town_id=town.id, campaign_id=campaign.id, no=no, state=State.SUBMITTED, nature="ordinary",
        category_id=category.id, description=f"第{no}处：花坛内有生活垃圾，商铺前占用盲道", source="snap",
        reporter_id=person.id, lon=120.1, lat=31.1, found_at=at, received_at=at, campaign_due_at=at, round_found_at=at,
    )  # fmt: skip
    event = IssueEvent(
        id=uuid.uuid4(), issue_id=issue.id, seq=1, action="submit", actor_id=person.id, at=at, to_state=issue.state,
        data={"source": "snap"}, photo_sha256=[sha256], prev_hash=GENESIS,
    )  # fmt: skip
    event.hash = event_hash(event)
    report = Report(
        id=uuid.uuid4(), client_id=uuid.uuid4(), user_id=person.id, town_id=town.id, campaign_id=campaign.id,
        action="submit", state="complete", body={"action": "submit", "photos": [str(photo.client_id)]},
        body_sha256=sha256, issue_id=issue.id, completed_at=at,
    )  # fmt: skip
    session.add_all([photo, issue])
    session.flush()
    session.add_all([event, report, IssuePhoto(issue_id=issue.id, photo_id=photo_id, kind="before")])
    session.flush()
    session.add(ReportPhoto(report_id=report.id, client_photo_id=photo.client_id, photo_id=photo_id))


def contents() -> dict[str, object]:
    """What must be equal on both sides: rows by table, and the hash of every picture's bytes."""
    digest = hashlib.sha256()
    with db.reading() as session:
        kinds = (Report, ReportPhoto, Issue, IssueEvent, IssuePhoto, Photo, User)
        counts = {
            kind.__tablename__: session.scalar(select(func.count()).select_from(kind)) for kind in kinds
        }
        keys = session.scalars(select(Photo.storage_key).order_by(Photo.storage_key)).all()
    for key in keys:
        digest.update(hashlib.sha256(get_storage().get(key)).digest())
    return {**counts, "pictures": digest.hexdigest()}


# ---- the drill ----
def drill(here: Run, there: Run, folder: Path) -> Iterable[Step]:
    """Every step, in order, by the runners of the two places. Raises or exits at the first that fails."""
    backups, key = str(folder / "backups"), ("--key-file", str(folder / "backup.key"))
    yield here("backup", "keygen", key[1])
    for words in (("backup", backups, *key), ("backup", backups, *key), ("backup", "verify", backups, *key)):
        yield here(*words)
    yield there("restore", backups, *key)
    yield there("audit", "verify")


def _places(on: str, folder: Path, mib: int, until: ExitStack) -> Iterator[dict[str, str]]:
    """Two empty places, as environments."""
    names = ("here", "there")
    if on == "sqlite":
        yield from ({"XUNFANG_DATA_DIR": str(folder / name), "XUNFANG_DATABASE_URL": ""} for name in names)
        return
    binaries = postgres.binaries()
    if binaries is None or ceph.missing():
        raise SystemExit(f"PostgreSQL or {ceph.missing()} is missing")
    databases = Postgres(folder, postgres.start(binaries, durable=True)["url"])
    # Two buckets, and what the store needs beside the bytes.
    s3 = ceph.start(gib=2 + 3 * mib // 1024)
    for name in names:
        url, storage = databases.empty(), until.enter_context(bucket(s3))
        place = {"XUNFANG_DATA_DIR": str(folder / name), "XUNFANG_DATABASE_URL": url}
        yield place | s3_settings(s3, storage.bucket)


def _at(place: dict[str, str]) -> None:
    settings = {name.removeprefix("XUNFANG_").lower(): value for name, value in place.items()}
    override(**settings | {"data_dir": Path(settings["data_dir"])})
    db.get_engine.cache_clear()
    get_storage.cache_clear()


def main() -> None:
    wanted = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    wanted.add_argument("--reports", type=int, default=10_000)
    wanted.add_argument("--photo-kb", type=int, default=100)
    wanted.add_argument("--on", choices=("sqlite", "postgresql"), default="sqlite")
    asked = wanted.parse_args()
    mib = asked.reports * asked.photo_kb // 1024
    with ExitStack() as until:
        folder = Path(until.enter_context(tempfile.TemporaryDirectory(prefix="xunfang-drill-")))
        source, target = _places(asked.on, folder, mib, until)
        in_a_process(source)("migrate")
        _at(source)
        build(asked.reports, asked.photo_kb * 1024)
        before, size = contents(), asked.reports * asked.photo_kb / 1024
        print(f"{machine()}\n{commit()}\n{asked.on}: {asked.reports} reports, {size:.0f} MiB of pictures")
        print(f"{'step':<16}{'seconds':>9}{'CPU s':>8}{'MiB/s':>8}{'peak MiB':>10}")
        for step in drill(in_a_process(source), in_a_process(target), folder):
            name, rate = step.name.split(" /")[0], size / step.seconds
            print(f"{name:<16}{step.seconds:>9.1f}{step.cpu_seconds:>8.1f}{rate:>8.0f}{step.peak_mib:>10.0f}")
        _at(target)
        if contents() != before:
            raise SystemExit("what was restored is not what was backed up")
        print("what was restored is what was backed up: rows, and every picture's bytes")


if __name__ == "__main__":
    main()
