"""The disk is full, read-only or broken: refused with 507 or 503, never acknowledged; and well again without a restart."""

import random
import shutil
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.faults import small_disk
from tests.faults.load import picture
from tests.faults.small_disk import Disk
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support.database import Sqlite
from tests.support.server import LiveServer
from tests.support.street import Street, street_of


@pytest.fixture
def small(run_folder: Path, tmp_path: Path) -> Iterator[tuple[Street, Disk, Disk]]:
    """A server with 4 MB for photos and 8 MB for its database."""
    if not small_disk.is_possible():
        pytest.skip("no mount namespaces: run as root, or allow user namespaces")
    data, base = tmp_path / "data", tmp_path / "base"
    template = Sqlite(run_folder).migrated()
    moved = {
        "disks": {str(data): "4m", str(base): "8m"},
        "database": [template.removeprefix("sqlite:///"), str(base / "xunfang.db")],
    }
    server = LiveServer(
        tmp_path / "log",
        template,
        {
            "XUNFANG_JOBS": "off",
            "XUNFANG_DATA_DIR": str(data),
            "XUNFANG_DATABASE_URL": f"sqlite:///{base}/xunfang.db",
        },
        entry="tests.faults.small_disk:serve",
        entry_arguments=moved,
    )
    street = street_of(server)  # before it starts, for from outside SQLite finds no way to that disk
    server.start()
    yield street, Disk(server, data), Disk(server, base)
    server.kill()
    Sqlite(run_folder).drop(template)


def assert_refused(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0


def test_with_the_photos_disk_full_or_read_only_photos_are_refused_and_all_else_goes_on(
    small: tuple[Street, Disk, Disk],
) -> None:
    street, disk, _ = small
    chance = random.Random(1)
    # Small ones are kept in memory until they are stored; larger ones come to rest on the disk while they arrive.
    sizes = [picture(chance), pictures.encoded(pictures.noise(1400, 1000), "JPEG", quality=95)]
    assert len(sizes[0]) < 2**20 < len(sizes[1])
    with street.client("volunteer") as client:
        street.filed(client)
        ids = [uuid.uuid4() for _ in sizes]
        disk.fill()
        for photo_id, data in zip(ids, sizes, strict=True):
            assert_refused(put_photo(client, photo_id, data), 507)
        assert client.put(f"/api/reports/{uuid.uuid4()}", json=street.body(ids)).status_code == 201
        assert client.get("/api/my/reports").status_code == 200
        disk.free()
        disk.remount("ro")
        assert_refused(put_photo(client, ids[0], sizes[0]), 503)
        disk.remount("rw")
        for photo_id, data in zip(ids, sizes, strict=True):
            assert put_photo(client, photo_id, data).status_code == 201
            assert put_photo(client, photo_id, data).status_code == 200
    assert len([p for p in (disk.seen / "blobs").rglob("*") if p.is_file()]) == 3


def test_with_the_database_s_disk_full_nothing_is_acknowledged_until_there_is_room_again(
    small: tuple[Street, Disk, Disk], tmp_path: Path
) -> None:
    street, _, disk = small
    told: dict[uuid.UUID, int] = {}
    with street.client("volunteer") as client:
        photo = uuid.uuid4()
        disk.fill()
        # Full from the start: there is not even room for the files that SQLite makes beside its own.
        assert_refused(client.put(f"/api/reports/{uuid.uuid4()}", json=street.body([])), 507)
        disk.free()
        street.filed(client)
        disk.fill()
        bodies = {uuid.uuid4(): street.body([], description="路" * 1000) for _ in range(40)}
        for report_id, body in bodies.items():
            answer = client.put(f"/api/reports/{report_id}", json=body)
            told[report_id] = answer.status_code
            if answer.status_code != 201:
                assert_refused(answer, 507)
        refused = [report_id for report_id, status in told.items() if status == 507]
        assert len(refused) > 20
        assert_refused(put_photo(client, photo, pictures.jpeg()), 507)
        # What was read before can be read on, and nothing of the refused is there.
        assert client.get(f"/api/reports/{refused[0]}").status_code == 404
        disk.free()
        for report_id, body in bodies.items():
            again = client.put(f"/api/reports/{report_id}", json=body)
            assert again.status_code == (200 if told[report_id] == 201 else 201), again.text
        assert put_photo(client, photo, pictures.jpeg()).status_code == 201
    for name in ("xunfang.db", "xunfang.db-wal"):
        shutil.copyfile(disk.seen / name, tmp_path / name)
    _assert_whole(tmp_path / "xunfang.db", reports=len(bodies) + 1)


def _assert_whole(file: Path, reports: int) -> None:
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT count(*) FROM reports").fetchone() == (reports,)
    connection.close()


@contextmanager
def every(calls: str, error: str, server: LiveServer) -> Iterator[None]:
    """Each such system call of the server fails, by strace's fault injection, as with a dying disk."""
    if shutil.which("strace") is None:
        pytest.skip("no strace (Debian: strace)")
    assert server.process
    words = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"]
    with subprocess.Popen(
        [*words, "-p", str(server.process.pid)], stderr=subprocess.PIPE, text=True
    ) as tracer:
        assert tracer.stderr
        said = tracer.stderr.readline()
        if "attached" not in said:
            pytest.skip(f"strace may not attach here (kernel.yama.ptrace_scope): {said}")
        time.sleep(0.2)  # to its other threads
        try:
            yield
        finally:
            tracer.terminate()


def test_a_disk_that_fails_to_sync_is_never_believed(run_folder: Path, tmp_path: Path) -> None:
    database = Sqlite(run_folder)
    server = LiveServer(tmp_path / "data", database.migrated(), {"XUNFANG_JOBS": "off"}).start()
    street = street_of(server)
    data, photo, report_id = pictures.jpeg(), uuid.uuid4(), uuid.uuid4()
    try:
        with street.client("volunteer") as client:
            street.filed(client)
            body = street.body([photo])
            with every("fsync", "EIO", server):
                assert_refused(put_photo(client, photo, data), 503)
            with every("fsync,fdatasync", "EIO", server):
                assert_refused(client.put(f"/api/reports/{report_id}", json=body), 503)
            assert client.get(f"/api/reports/{report_id}").status_code == 404
            assert put_photo(client, photo, data).status_code == 201
            assert client.put(f"/api/reports/{report_id}", json=body).status_code == 201
        server.kill()
        _assert_whole(Path(server.database_url.removeprefix("sqlite:///")), reports=2)
    finally:
        server.kill()
        database.drop(server.database_url)
