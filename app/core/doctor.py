"""What is wrong with this configuration, and how to mend it. Each check finds its own faults and never raises."""

import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import Connection, select, text

from app.core import db, frontend, migrating
from app.core.config import Settings, get_settings, unknown_settings
from app.core.errors import Problem
from app.core.instance import Instance
from app.core.storage import Storage, get_storage

GIB = 1024**3
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
BACKUP_AGE = timedelta(hours=26)
"""A backup every night, and two hours for one that takes longer or starts later."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mend` says what to do, empty where nothing is to be done."""

    level: Literal["ok", "warning", "error"]
    what: str
    mend: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(more: Iterable[Check] = ()) -> Iterator[Finding]:
    """Run every check, and those of features."""
    settings = get_settings()
    for check in (*CHECKS, *more):
        try:
            yield from check(settings)
        except Exception as exc:
            yield Finding("error", f"{check.__name__.strip('_')}: {type(exc).__name__}: {_first_line(exc)}")


def _first_line(exc: Exception) -> str:
    return (str(exc).splitlines() or [""])[0][:300]


def _names(_: Settings) -> Iterator[Finding]:
    for name in unknown_settings():
        yield Finding(
            "error", f"{name} is set, but there is no such setting", "see docs/settings.md for its name"
        )


def _data_dir(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".doctor-{secrets.token_hex(4)}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as exc:
        yield Finding("error", f"{folder} cannot be written: {exc.strerror}", f"chown or chmod {folder}")
        return
    free = shutil.disk_usage(folder).free
    if free < GIB:
        yield Finding("error", f"{folder}: only {free / GIB:.1f} GiB free", "make room: photos need it")
    else:
        yield Finding("ok", f"{folder} can be written, {free / GIB:.0f} GiB free")


def _database(settings: Settings) -> Iterator[Finding]:
    url = db.get_engine().url.render_as_string(hide_password=True)
    try:
        connection = db.get_engine().connect()
    except Exception as exc:
        yield Finding(
            "error",
            f"{url} does not answer: {_first_line(exc)}",
            "check XUNFANG_DATABASE_URL, and that it runs",
        )
        return
    with connection:
        yield Finding("ok", f"database {url} answers")
        yield from _revision(connection)
        yield from (_sqlite if settings.is_sqlite else _postgresql)(connection)


def _revision(connection: Connection) -> Iterator[Finding]:
    at, needed = migrating.revisions(connection)
    if at == needed:
        yield Finding("ok", f"migrated to {at}")
        yield from last_backup(connection)
    else:
        yield Finding(
            "error", f"database is at migration {at}, this version needs {needed}", "xunfang migrate"
        )


def last_backup(connection: Connection) -> Iterator[Finding]:
    """Whether there is a verified backup, and whether last night's was one."""
    through = connection.execute(select(Instance.verified_backup_at)).scalar()
    mend = "xunfang backup DIR every night (docs/backup.md)"
    if through is None:
        yield Finding("warning", "no backup was ever made: all there is lies on this machine", mend)
    elif (age := datetime.now(UTC) - through) > BACKUP_AGE:
        hours = age.total_seconds() / 3600
        mend = f"look why last night's did not end well; {mend}"
        yield Finding("error", f"the last verified backup is {hours:.0f} hours old", mend)
    else:
        yield Finding("ok", f"the last verified backup holds everything up to {through:%Y-%m-%d %H:%M} UTC")


def _sqlite(connection: Connection) -> Iterator[Finding]:
    wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    for pragma, value in wanted.items():
        found = str(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar())
        if found == value:
            yield Finding("ok", f"SQLite {pragma} = {found}")
        else:
            mend = "keep the data folder on a local disk: network file systems cannot do it"
            yield Finding("error", f"SQLite {pragma} is {found}, not {value}: reports could be lost", mend)


def _postgresql(connection: Connection) -> Iterator[Finding]:
    version = connection.execute(text("SHOW server_version_num")).scalar_one()
    if int(version) < 130000:
        yield Finding("error", f"PostgreSQL {version} is too old", "use PostgreSQL 13 or newer")
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        value = connection.execute(text(f"SHOW {name}")).scalar_one()
        if value == "off":
            yield Finding("error", f"PostgreSQL {name} is off: reports could be lost", f"set {name} = on")
        else:
            yield Finding("ok", f"PostgreSQL {name} = {value}")
    theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    yield from _skew("PostgreSQL", theirs)


def _skew(who: str, theirs: datetime) -> Iterator[Finding]:
    seconds = abs((datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds())
    if seconds > 5:
        yield Finding(
            "error", f"this clock and that of {who} differ by {seconds:.0f} s", "start an NTP client"
        )
    else:
        yield Finding("ok", f"clock agrees with {who}")


def _clock(_: Settings) -> Iterator[Finding]:
    built = max(
        (p.stat().st_mtime for p in (migrating.ROOT / "migrations" / "versions").glob("*.py")), default=0
    )
    if datetime.now(UTC).timestamp() < built - 86400:
        yield Finding(
            "error", "this clock is earlier than the program's own files", "set it: start an NTP client"
        )


def _storage(settings: Settings) -> Iterator[Finding]:
    missing = [name for name in ("s3_bucket", "s3_access_key") if not getattr(settings, name)]
    if settings.storage == "s3" and missing:
        mend = " and ".join(f"XUNFANG_{name.upper()}" for name in missing)
        yield Finding("error", "storage is s3, but it is not told where", f"set {mend}")
        return
    try:
        is_whole = _kept_and_gone(get_storage())
    except Problem as exc:
        yield Finding(
            "error", f"storage ({settings.storage}): {exc.detail or exc.title}", _storage_mend(settings)
        )
        return
    if is_whole:
        yield Finding("ok", f"storage ({settings.storage}): put, get and delete work")
    else:
        yield Finding("error", f"storage ({settings.storage}) does not give back what it was given")


def _kept_and_gone(storage: Storage) -> bool:
    data, key = secrets.token_bytes(64), f"doctor/{secrets.token_hex(8)}"
    storage.put(key, data, hashlib.sha256(data).hexdigest())
    is_whole = storage.get(key) == data
    storage.delete(key)
    return is_whole and storage.head(key) is None


def _storage_mend(settings: Settings) -> str:
    if settings.storage == "files":
        return f"check the disk below {settings.data_dir.absolute()}"
    where = f"bucket {settings.s3_bucket!r} at {settings.s3_endpoint or 'the default address of S3'}"
    return f"check that {where} exists, answers, and that XUNFANG_S3_ACCESS_KEY may read and write it"


def _secret_key(settings: Settings) -> Iterator[Finding]:
    configured = settings.secret_key.get_secret_value()
    file = settings.data_dir / "secret.key"
    if configured:
        is_long = len(configured) >= 32
        yield (
            Finding("ok", "secret key: from the settings")
            if is_long
            else Finding(
                "error",
                "XUNFANG_SECRET_KEY is shorter than 32 characters",
                'python3 -c "import secrets; print(secrets.token_urlsafe(48))"; sign-ins stay, second factors do not',
            )
        )
    elif not file.exists():
        yield Finding("ok", f"secret key: will be made in {file} at first use")
    elif os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield Finding("error", f"{file} can be read by others", f"chmod 600 {file}")
    else:
        yield Finding("ok", f"secret key: {file}, readable by its owner only")


def _web(settings: Settings) -> Iterator[Finding]:
    if (frontend.PWA / "index.html").is_file():
        yield Finding("ok", "the PWA is built")
    else:
        yield Finding("error", f"the PWA is not built: {frontend.PWA} has no index.html", "scripts/setup run")
    url = urlsplit(settings.public_url)
    if url.scheme == "https":
        yield Finding("ok", f"public address {settings.public_url}")
        if not settings.trusted_proxies:
            yield Finding(
                "warning",
                "no trusted proxies: behind a reverse proxy everybody would share one address and its throttle",
                "set XUNFANG_TRUSTED_PROXIES to the proxy's address (not needed with serve --lan)",
            )
    elif url.hostname in LOCAL_HOSTS:
        mend = "for phones: xunfang serve --lan, or XUNFANG_PUBLIC_URL=https://… behind a proxy (docs/operations.md)"
        yield Finding("warning", f"{settings.public_url} is reached from this machine only", mend)
    else:
        mend = "XUNFANG_PUBLIC_URL=https://… (docs/operations.md), or xunfang serve --lan"
        yield Finding(
            "error", f"{settings.public_url}: without HTTPS phones give no camera and no position", mend
        )


def _choices(settings: Settings) -> Iterator[Finding]:
    if settings.jobs == "off":
        yield Finding("error", "jobs are off: no renditions, no deadlines", "XUNFANG_JOBS=inline or worker")
    if settings.map_tiles in ("tianditu",) and not settings.map_key:
        yield Finding("error", f"map tiles of {settings.map_tiles} need a key", "set XUNFANG_MAP_KEY")
    if not settings.totp_required:
        yield Finding("warning", "office roles sign in without a second factor", "XUNFANG_TOTP_REQUIRED=true")


CHECKS: tuple[Check, ...] = (
    _names,
    _data_dir,
    _database,
    _storage,
    _secret_key,
    _clock,
    _web,
    _choices,
)
