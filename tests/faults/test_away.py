"""PostgreSQL or S3 away, silent, slow, refusing: 503 with Retry-After within five seconds, all else goes on, and then it is normal again."""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.core import patience, pg_connection
from app.features.standards.models import Campaign
from tests.core.test_storage import bucket
from tests.faults.service import Service, s3_settings
from tests.faults.test_disk import assert_refused
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support import postgres, zygote
from tests.support.database import Postgres, Sqlite
from tests.support.server import LiveServer
from tests.support.street import Street, street_of
from tests.support.wire import Switch

SOON = 5.0
SMALL = pictures.jpeg(64, 48)


def timed(ask: Any) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - began


@pytest.fixture
def behind_switch(run_folder: Path, s3: dict[str, Any], tmp_path: Path) -> Iterator[tuple[Street, Switch]]:
    """A server whose S3 is reached through a switch."""
    databases = Sqlite(run_folder)
    switch = Switch(("127.0.0.1", int(s3["endpoint"].rsplit(":", 1)[1])))
    with bucket(s3) as storage:
        settings = s3_settings(s3, storage.bucket, switch.port) | {"XUNFANG_JOBS": "off"}
        server = LiveServer(tmp_path / "data", databases.migrated(), settings).start()
        try:
            yield street_of(server), switch
        finally:
            server.kill()
            switch.close()
            databases.drop(server.database_url)


REFUSING, UNREACHABLE = ("503", "403", "507"), ("slow", "silent", "gone")


def test_while_s3_is_away_photos_wait_and_everything_else_goes_on(
    behind_switch: tuple[Street, Switch],
) -> None:
    street, switch = behind_switch
    with street.client("volunteer") as client:
        street.filed(client)  # the pictures' processes are up
        waiting = []
        for mode in REFUSING + UNREACHABLE:
            switch.mode = mode
            waiting.append(_twenty_are_told_in_time(street, client, 507 if mode == "507" else 503))
            if mode in UNREACHABLE:
                switch.mode = "pass"
                _normal_again(client)
        for photo_id in waiting:
            assert put_photo(client, photo_id, SMALL).status_code == 201
            assert client.get(f"/api/reports/{photo_id}").json()["state"] == "complete"


def _twenty_are_told_in_time(street: Street, client: httpx.Client, status: int) -> uuid.UUID:
    """Twenty photos at once are refused; a report goes through meanwhile: no pool is stuck, no row locked."""
    ids = [uuid.uuid4() for _ in range(20)]
    with ThreadPoolExecutor(20) as phones:
        sent = [phones.submit(timed, partial(put_photo, client, photo_id, SMALL)) for photo_id in ids]
        body = street.body(ids[:1])
        report, seconds = timed(lambda: client.put(f"/api/reports/{ids[0]}", json=body))
        assert (report.status_code, report.json()["state"]) == (201, "incomplete")
        told = [future.result() for future in sent]
    for answer, _ in told:
        assert_refused(answer, status)
    assert max(seconds, *(seconds for _, seconds in told)) < SOON
    return ids[0]


def _normal_again(client: httpx.Client) -> None:
    until = time.monotonic() + 10
    while put_photo(client, uuid.uuid4(), SMALL).status_code == 503:
        assert time.monotonic() < until, "not normal again"
        time.sleep(0.1)


class OwnPostgres:
    """A PostgreSQL to be stopped and started."""

    def __init__(self, folder: Path) -> None:
        binaries = postgres.binaries()
        assert binaries
        self.binaries, self.started = binaries, postgres.start(binaries, durable=True)
        self.databases = Postgres(folder, self.started["url"])

    def _control(self, *words: str) -> None:
        data = Path(self.started["folder"]) / "data"
        owner = data.stat().st_uid
        who = {} if os.geteuid() else {"user": owner, "group": data.stat().st_gid, "extra_groups": []}
        flags = (data / "postmaster.opts").read_text().split(" ", 1)[1].replace('"', "").strip()
        options = ["-o", flags.partition(f"-D {data}")[2].strip() or flags] if words[0] == "start" else []
        command = [self.binaries / "pg_ctl", "-D", data, "-w", "-l", data.parent / "log", *options, *words]
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        subprocess.run(command, cwd=data.parent, check=True, stdout=subprocess.DEVNULL, env=env, **who)  # type: ignore[call-overload]

    def crash(self) -> None:
        """As if its machine lost power: nothing is flushed, every connection is gone."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        self._control("start")

    def signal(self, number: int) -> None:
        """To the server and every process of its connections."""
        head = (Path(self.started["folder"]) / "data" / "postmaster.pid").read_text().split()[0]
        children = Path(f"/proc/{head}/task/{head}/children").read_text().split()
        for process in (head, *children):
            os.kill(int(process), number)


HASTE = 2.2


def hasty(port: int) -> None:
    """A server with half the patience: what a busy machine adds is then no reason to fail."""
    patience.PER_REQUEST = HASTE
    zygote.serve(port)


def test_the_patience_of_a_request_ends_well_before_it_is_to_be_answered() -> None:
    assert pg_connection.GREETING < patience.PER_REQUEST < SOON - 0.5


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPostgres]:
    """One for the tests of this file."""
    if postgres.binaries() is None:
        pytest.skip("no PostgreSQL")
    made = OwnPostgres(tmp_path_factory.mktemp("postgres"))
    yield made
    made.signal(signal.SIGCONT)
    made.crash()


def test_a_postgresql_that_no_longer_answers_keeps_nobody_waiting(own: OwnPostgres, tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", own.databases.migrated(), {"XUNFANG_JOBS": "off"})
    server.entry = f"{hasty.__module__}:{hasty.__name__}"
    street = street_of(server.start())
    try:
        with street.client("volunteer") as client, ThreadPoolExecutor(20) as phones:
            kept = street.filed(client)
            own.signal(signal.SIGSTOP)
            asks = [
                partial(client.put, f"/api/reports/{uuid.uuid4()}", json=street.body([])) for _ in range(15)
            ]
            asks += [partial(client.get, "/api/my/reports")] * 5
            for _ in range(2):  # with connections that were open, and with new ones
                for answer, seconds in phones.map(timed, asks):
                    assert_refused(answer, 503)
                    assert seconds < 2 * HASTE  # one wait after the other would be more
            assert client.get("/healthz").status_code == 200
            own.signal(signal.SIGCONT)
            assert client.get("/api/my/reports").json()["items"][0]["issue"]["id"] == kept["id"]
            assert client.put(f"/api/reports/{uuid.uuid4()}", json=street.body([])).status_code == 201
            _a_photo_that_waits_in_vain_for_its_case_is_told_so(street, client)
    finally:
        server.kill()
        own.signal(signal.SIGCONT)


def _a_photo_that_waits_in_vain_for_its_case_is_told_so(street: Street, client: httpx.Client) -> None:
    """Its connection ends with its patience, in the savepoint that files the report: nothing is left to acknowledge."""
    photo, path = uuid.uuid4(), f"/api/reports/{uuid.uuid4()}"
    body = street.body([photo])
    assert client.put(path, json=body).json()["state"] == "incomplete"
    with street.session() as session:
        session.execute(sa.select(Campaign).with_for_update())
        answer, seconds = timed(lambda: put_photo(client, photo, SMALL))
        assert_refused(answer, 503)
        assert seconds < SOON
    assert put_photo(client, photo, SMALL).status_code == 201
    assert client.put(path, json=body).json()["state"] == "complete"


def test_postgresql_crashes_and_comes_back(own: OwnPostgres, tmp_path: Path, eventually: Any) -> None:
    server = LiveServer(tmp_path / "data", own.databases.migrated(), {"XUNFANG_JOBS": "worker"}).start()
    service = Service(street_of(server), storage=None)  # type: ignore[arg-type]
    street, photo = service.street, uuid.uuid4()
    try:
        service.start_worker()
        with street.client("volunteer") as client, ThreadPoolExecutor(20) as phones:
            kept = street.filed(client)
            own.crash()
            asked = [
                phones.submit(timed, lambda: client.put(f"/api/reports/{uuid.uuid4()}", json=street.body([])))
                for _ in range(19)
            ]
            assert_refused(put_photo(client, photo, pictures.jpeg(64, 48)), 503)
            for answer, seconds in (future.result() for future in asked):
                assert_refused(answer, 503)
                assert seconds < SOON
            assert client.get("/healthz").status_code == 200
            own.start()
            assert put_photo(client, photo, pictures.jpeg(64, 48)).status_code == 201
            assert client.get("/api/my/reports").json()["items"][0]["issue"]["id"] == kept["id"]
            report = client.put(f"/api/reports/{uuid.uuid4()}", json=street.body([photo]))
            assert report.json()["state"] == "complete"
            path = f"/api/issues/{report.json()['issue']['id']}"
            # The worker has outlived it too.
            eventually(lambda: client.get(path).json()["photos"][0]["thumb_url"], seconds=60, every=0.2)
    finally:
        service.end()
