"""A backup holds the town as of one moment, comes back whole into an empty place, and into no other."""

import hashlib
import shutil
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import inspect, select, text, update

from app.backup import BackupRefused, making, restoring, snapshot, tables
from app.backup.making import make
from app.backup.restoring import restore
from app.backup.sealing import Key
from app.backup.shelf import Shelf
from app.core import audit, clock, db, secrets
from app.core.instance import Instance
from app.core.storage import get_storage
from app.features.issues import chain
from app.features.photos import service as photos
from app.features.photos.models import Photo, PhotoState, Rendition, RenditionKind
from tests import factories
from tests.backup.conftest import Place, everything
from tests.conftest import Databases
from tests.support import cases

Places = Callable[..., Place]


def keep(owner_id: uuid.UUID, data: bytes) -> uuid.UUID:
    """A photo whose bytes are in storage; the phone's id."""
    client_id, digest = uuid.uuid4(), hashlib.sha256(data).hexdigest()
    kept = photos.Kept(uuid.uuid4(), digest, len(data), "image/jpeg", 640, 480)
    get_storage().put(kept.key, data, digest)
    with db.transaction() as session:
        photos.record(session, owner_id=owner_id, client_id=client_id, kept=kept)
    return client_id


def filed(world: cases.World, data: bytes, **changes: Any) -> dict[str, Any]:
    """The case of a report with one photo of these bytes."""
    answer = world.put(world.body(photos=[world.shot(keep(world.people["volunteer"].id, data))], **changes))
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()["issue"]
    return case


def pictures(*datas: bytes) -> None:
    """Photos with these bytes, of one person."""
    with db.transaction() as session:
        person = factories.user(session, factories.town(session), "volunteer")
    for data in datas:
        keep(person.id, data)


def lived_in(place: Place) -> cases.World:
    """A town with cases in different states, photos with bytes, texts, people: rows in most tables."""
    world = cases.world(place.client)
    first = filed(world, b"first" * 60_000, description="井盖松动 \u2028 'x")
    again = filed(world, b"again" * 10)
    world.done("dispatcher", again["id"], "merge", master_id=first["id"])
    world.done("dispatcher", first["id"], "dispatch", unit_id=str(world.unit.id), requirement="清运")
    gone = keep(world.people["volunteer"].id, b"gone")
    with db.transaction() as session:
        photo = session.scalars(select(Photo).order_by(Photo.received_at)).first()
        assert photo
        photo.state, photo.watermark = PhotoState.READY, ["兰溪苑", "0001"]
        session.add(
            Rendition(photo_id=photo.id, kind=RenditionKind.THUMB, storage_key="renditions/x", sha256="0" * 64,
                      size=1, width=1, height=1)
        )  # fmt: skip
        session.execute(update(Photo).where(Photo.client_id == gone).values(deleted_at=clock.now()))
        world.people["volunteer"].substitute_id = world.people["volunteer2"].id
        session.merge(world.people["volunteer"])
    return world


def is_whole() -> bool:
    with db.reading() as session:
        return not list(audit.verify(session)) and not list(chain.verify(session))


def comparable(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Rows as they must be equal on both sides: a restore logs itself, and pictures wait for their renditions."""
    skipped = {"instance", "audit_log", "audit_head"}
    return {name: [[cell if cell != "ready" else "received" for cell in row] for row in found]
            for name, found in rows.items() if name not in skipped}  # fmt: skip


def test_everything_comes_back_row_for_row_and_byte_for_byte(place: Places, key: Key, tmp_path: Path) -> None:
    with place().at() as town:
        lived_in(town)
        before = everything(town)
        signed = secrets.signature("any", "thing")
        made = make(tmp_path / "backups", key)
        assert (made.summary.pictures, made.pictures_copied, made.summary.lost) == (2, 2, [])
        assert {"issue_events", "reports", "photos", "users"} <= {
            t for t, n in made.summary.tables.items() if n
        }
    with place(empty=True).at() as other:
        done = restore(tmp_path / "backups", key)
        after = everything(other)
        assert comparable(after) == comparable(before)
        # Everything of the audit log, then what happened since: the backup itself was logged after its moment.
        assert [row[3] for row in sorted(after["audit_log"])[len(before["audit_log"]) :]] == ["restored"]
        assert is_whole()
        with db.reading() as session:
            there = session.scalars(select(Photo).where(Photo.deleted_at.is_(None))).all()
            assert {photo.state for photo in there} == {PhotoState.RECEIVED}
            assert session.get_one(Instance, 1).restore_epoch == done.epoch > 0
        for photo in there:
            assert hashlib.sha256(get_storage().get(photo.storage_key)).hexdigest() == photo.sha256
        assert secrets.signature("any", "thing") == signed, (
            "the server's key came along: TOTP seeds can be read"
        )


def test_the_restored_town_works_on(place: Places, key: Key, tmp_path: Path) -> None:
    with place().at() as town:
        world = lived_in(town)
        make(tmp_path / "backups", key)
    with place().at() as other:
        restore(tmp_path / "backups", key)
        world.sign_in, world.clients = other.client, {}
        found = world.client("dispatcher").get("/api/issues", params={"q": "井盖"}).json()["items"]
        assert len(found) == 1, "the full-text index came back too"
        world.done("liaison", found[0]["id"], "claim")
        new = filed(world, b"new")
        assert new["no"] > found[0]["no"]
        assert is_whole()


def test_a_town_can_move_from_sqlite_to_postgresql_and_back(
    place: Places, key: Key, tmp_path: Path, databases: Databases, request: pytest.FixtureRequest
) -> None:
    if databases.name == "sqlite":
        return  # in the run on PostgreSQL both are there
    file = tmp_path / "there.db"
    with place().at() as town:
        lived_in(town)
        before = everything(town)
        make(tmp_path / "backups", key)
    with place(url=f"sqlite:///{file}").at():
        restore(tmp_path / "backups", key)
        assert is_whole()
        make(tmp_path / "more", key)
    with place().at() as other:
        restore(tmp_path / "more", key)
        assert is_whole()
        assert comparable(everything(other)) == comparable(before)


# ---- what is refused ----
@pytest.fixture(scope="module")
def template(
    databases: Databases, app: FastAPI, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Key]:
    """A backup folder with one snapshot and two pictures, and its key; made once."""
    folder = tmp_path_factory.mktemp("template")
    place, key = Place(databases.migrated(), folder / "place", app, {}), Key(b"t" * 32)
    with place.at():
        lived_in(place)
        make(folder / "backups", key)
    databases.drop(place.url)
    return folder / "backups", key


@pytest.fixture
def backup(template: tuple[Path, Key], tmp_path: Path) -> Path:
    """A copy of it for this test."""
    return Path(shutil.copytree(template[0], tmp_path / "backups"))


@pytest.fixture
def key(template: tuple[Path, Key]) -> Key:
    return template[1]


def refuses(other: Place, where: Path, key: Key, why: str | None = None, verifies: bool = False) -> None:
    """Verify and restore both refuse, and the empty place is as empty as before."""
    if not verifies:
        with pytest.raises(BackupRefused, match=why):
            snapshot.verify(where, key)
    with pytest.raises(BackupRefused, match=why):
        restore(where, key)
    assert inspect(db.get_engine()).get_table_names() == []
    assert not other.folder.exists() or list(other.folder.iterdir()) == []


def test_a_damaged_backup_is_refused_with_the_target_unchanged(backup: Path, place: Places, key: Key) -> None:
    found = next((backup / "snapshots").iterdir())
    picture = max(backup.glob("pictures/*/*"), key=lambda path: path.stat().st_size)
    other_picture = min(backup.glob("pictures/*/*"), key=lambda path: path.stat().st_size)
    with place(empty=True).at() as other:
        for path in (found, picture):
            whole = path.read_bytes()
            for end in (0, 20, len(whole) // 2, len(whole) - 1):
                path.write_bytes(whole[:end])
                refuses(other, backup, key)
            for at in (0, 8, 40, len(whole) // 3, len(whole) - 1):
                flipped = bytearray(whole)
                flipped[at] ^= 0x20
                path.write_bytes(flipped)
                refuses(other, backup, key)
            path.write_bytes(whole + b"x")
            refuses(other, backup, key)
            path.write_bytes(whole)
        small = other_picture.read_bytes()
        other_picture.write_bytes(picture.read_bytes())
        refuses(other, backup, key, "length")
        other_picture.unlink()
        refuses(other, backup, key, "missing")
        other_picture.write_bytes(small)
        refuses(other, backup, Key(b"x" * 32), "another key")
        assert snapshot.verify(backup, key).pictures == 2


def test_a_place_that_is_not_empty_is_refused(backup: Path, place: Places, key: Key) -> None:
    with place().at() as other:
        with db.transaction() as session:
            factories.town(session)
        with pytest.raises(BackupRefused, match="the database is not empty: units has rows"):
            restore(backup, key)
    with place(empty=True).at():
        with db.get_engine().begin() as connection:
            connection.execute(text("CREATE TABLE somebody_elses (id integer)"))
        with pytest.raises(BackupRefused, match="somebody_elses"):
            restore(backup, key)
    with place().at() as other:
        get_storage().put("originals/mine", b"x", hashlib.sha256(b"x").hexdigest())
        with pytest.raises(BackupRefused, match="originals/mine"):
            restore(backup, key)
        get_storage().delete("originals/mine")
        (other.folder / "secret.key").write_text("another")
        with pytest.raises(BackupRefused, match=r"secret\.key"):
            restore(backup, key)
        (other.folder / "secret.key").unlink()
        assert restore(backup, key).epoch > 0


def test_a_server_with_its_key_in_the_settings_needs_the_same_one(
    place: Places, key: Key, tmp_path: Path
) -> None:
    with place(secret_key="x" * 32).at():
        make(tmp_path / "backups", key)
    other = place(empty=True)
    for settings in ({}, {"secret_key": "y" * 32}, {"secret_key": "x" * 32}):
        other.settings = settings
        with other.at():
            if settings.get("secret_key") != "x" * 32:
                refuses(other, tmp_path / "backups", key, "XUNFANG_SECRET_KEY", verifies=True)
            else:
                restore(tmp_path / "backups", key)


def test_a_restore_that_breaks_off_leaves_nothing_behind_and_can_be_run_again(
    backup: Path, place: Places, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place().at() as other:
        monkeypatch.setattr(restoring.audit, "record", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            restore(backup, key)
        assert {name: rows for name, rows in everything(other).items() if rows} == {}
        monkeypatch.undo()
    with other.at():
        restore(backup, key)
        assert is_whole()


def test_a_restore_is_another_one_each_time(backup: Path, place: Places, key: Key) -> None:
    epochs = set()
    for _ in range(2):
        with place().at():
            epochs.add(restore(backup, key).epoch)
    assert len(epochs) == 2, "phones must notice the second restore of the same backup too"


# ---- making ----
def test_the_snapshot_is_of_one_moment_while_others_write(
    place: Places, key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place().at() as town:
        pictures(b"1", b"2")
        read, wrote = tables.rows_of, threading.Event()

        def write() -> None:
            pictures(b"3")
            wrote.set()

        def slowly(connection: Any, table: Any) -> Any:
            if table.name == "users":
                thread = threading.Thread(target=write)
                thread.start()
                thread.join(20)
            return read(connection, table)

        before = len(everything(town)["photos"])
        monkeypatch.setattr(making.tables, "rows_of", slowly)
        made = make(tmp_path / "backups", key)
        assert wrote.is_set(), "nobody waits for a backup"
        assert made.summary.tables["photos"] == before
        monkeypatch.undo()
        assert len(everything(town)["photos"]) == before + 1


def test_a_second_backup_copies_only_new_pictures_and_old_ones_can_be_thinned_out(
    place: Places, key: Key, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    with place().at():
        pictures(b"first", b"again" * 10)
        assert make(folder, key).pictures_copied == 2
        pictures(b"third")
        with db.transaction() as session:
            session.execute(
                update(Photo).where(Photo.size == len(b"again" * 10)).values(deleted_at=clock.now())
            )
        made = make(folder, key, keep=2)
        assert (made.pictures_copied, made.summary.pictures) == (1, 2)
        assert len(list(folder.glob("pictures/*/*"))) == 3
        make(folder, key, keep=1)
        assert len(Shelf(folder, key).all_snapshots()) == 1
        assert len(list(folder.glob("pictures/*/*"))) == 2, "what was deleted in the town left its backups"
        snapshot.verify(folder, key)


def test_a_picture_that_storage_lost_is_named_and_nothing_counts_as_verified(
    place: Places, key: Key, tmp_path: Path
) -> None:
    with place().at():
        pictures(b"1", b"2")
        with db.reading() as session:
            lost = session.scalars(select(Photo).where(Photo.deleted_at.is_(None))).first()
        assert lost
        get_storage().delete(lost.storage_key)
        assert make(tmp_path / "backups", key).summary.lost == [lost.storage_key]
        with db.reading() as session:
            assert session.get(Instance, 1) is None
    with place().at():
        assert restore(tmp_path / "backups", key).summary.lost == [lost.storage_key]


def test_a_copy_that_rotted_in_the_backup_is_noticed_and_made_anew(
    place: Places, key: Key, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    with place().at():
        pictures(b"1")
        make(folder, key)
        rotten = next(folder.glob("pictures/*/*"))
        flipped = bytearray(rotten.read_bytes())
        flipped[-1] ^= 1
        rotten.write_bytes(flipped)
        with pytest.raises(BackupRefused, match="copies it anew"):
            make(folder, key)
        assert make(folder, key).pictures_copied == 1
        assert len(Shelf(folder, key).all_snapshots()) == 2


def test_one_backup_at_a_time_writes_to_a_folder(place: Places, key: Key, tmp_path: Path) -> None:
    with place().at():
        shelf = Shelf(tmp_path / "backups", key)
        shelf.prepare()
        with shelf.alone(), pytest.raises(BackupRefused, match="another backup"):
            make(tmp_path / "backups", key)


def test_the_pictures_can_come_from_and_go_to_s3(
    backup: Path, place: Places, key: Key, s3: dict[str, Any]
) -> None:
    from tests.core.test_storage import bucket

    with bucket(s3) as storage:
        there = {
            "s3_bucket": storage.bucket,
            "s3_endpoint": s3["endpoint"],
            "s3_access_key": s3["access_key"],
        }
        with place(storage="s3", s3_secret_key=s3["secret_key"], **there).at() as other:
            restore(backup, key)
            made = make(other.folder / "more", key)
            assert (made.summary.pictures, made.pictures_copied) == (2, 2)


def test_a_folder_copied_elsewhere_is_as_good(backup: Path, tmp_path: Path, key: Key) -> None:
    shutil.copytree(backup, tmp_path / "copy")
    found = next((tmp_path / "copy" / "snapshots").iterdir())
    assert snapshot.verify(found, key).pictures == 2
