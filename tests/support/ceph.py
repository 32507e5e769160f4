"""A throw-away S3 server: Ceph's mon, one OSD in memory and radosgw, on loopback, in about three seconds."""

import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from tests.support.guard import when_run_ends
from tests.support.ports import free_port

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
ACCESS_KEY, SECRET_KEY = "patroltestkey0001", "patroltestsecret0000000001"

CONF = """
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{mon_port}/0
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = true
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
mon max pg per osd = 1000
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon warn on pool no redundancy = false
ms bind msgr1 = false
public addr = 127.0.0.1
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
log file = {folder}/log/$name.log
pid file = {folder}/run/$name.pid
debug ms = 0
# The mon gathers changes for a second by default; nobody else is here to wait for.
paxos propose interval = 0.02
paxos min wait = 0.01
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
mon data = {folder}/mon
mon data avail crit = 1
mon data avail warn = 2
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = {room}
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{rgw_port}
rgw dns name = localhost
rgw enable usage log = false
rgw gc max objs = 8
rgw thread pool size = 32
rgw crypt require ssl = false
rgw override bucket index max shards = 1
[mon.a]
mon addr = 127.0.0.1:{mon_port}
host = localhost
"""


def missing() -> list[str]:
    """The programs that are not installed."""
    return [name for name in PROGRAMS if not shutil.which(name)]


class _Cluster:
    def __init__(self, folder: Path, gib: int) -> None:
        self.folder, self.fsid = folder, str(uuid.uuid4())
        self.mon_port, self.rgw_port = free_port(), free_port()
        for name in ("mon", "osd", "rgw", "run", "log"):
            (folder / name).mkdir()
        self.conf = folder / "ceph.conf"
        places = {"folder": folder, "mon_port": self.mon_port, "rgw_port": self.rgw_port}
        self.conf.write_text(CONF.format(fsid=self.fsid, room=gib * 2**30, **places))

    def run(self, program: str, *arguments: str) -> None:
        command = [program, "-c", str(self.conf), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=self.environment())
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout[-500:]} {done.stderr[-1500:]}")

    def environment(self) -> dict[str, str]:
        return {**os.environ, "CEPH_CONF": str(self.conf)}

    def start(self) -> None:
        monmap = str(self.folder / "monmap")
        address = f"[v2:127.0.0.1:{self.mon_port}]"
        self.run("monmaptool", "--create", "--clobber", "--fsid", self.fsid, "--addv", "a", address, monmap)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self.run("ceph-mon", "-i", "a")
        osd = str(uuid.uuid4())
        self.run("ceph", "osd", "new", osd, "0")
        (self.folder / "osd/fsid").write_text(f"{osd}\n")
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost")
        self.run("ceph-osd", "-i", "0")
        user = ["user", "create", "--uid=test", "--display-name=test", "--no-mon-config"]
        self.run("radosgw-admin", *user, f"--access-key={ACCESS_KEY}", f"--secret={SECRET_KEY}")
        self.run("radosgw", "-n", "client.rgw", "--no-mon-config")


def _wait(url: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError as answered:
            answered.close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def start(gib: int = 2) -> dict[str, Any]:
    """Start a server with room for so many GiB, which ends with the test run. Returns `endpoint`, `access_key`, `secret_key`, `region`, `pids`."""
    folder = Path(tempfile.mkdtemp(prefix="xf-s3-"))
    cluster = _Cluster(folder, gib)
    # Registered first: half a cluster must not outlive the run either.
    when_run_ends(f"kill -9 $(cat {folder}/run/*.pid 2>/dev/null) 2>/dev/null; sleep 0.2", folder)
    cluster.start()
    endpoint = f"http://127.0.0.1:{cluster.rgw_port}"
    _wait(endpoint, 30)
    pids = {pid.stem: int(pid.read_text()) for pid in (folder / "run").glob("*.pid")}
    return {
        "endpoint": endpoint,
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
        "region": "us-east-1",
        "pids": pids,
    }
