"""A server whose folders are small file systems of their own, in a mount namespace that ends with it: as root or not."""

import ctypes
import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support import zygote
from tests.support.server import LiveServer

NEW_MOUNTS, NEW_USER = 0x00020000, 0x10000000


def serve(port: int, disks: dict[str, str], database: list[str]) -> None:
    """In the forked process: mount `disks` (folder → size), copy the database onto one of them, serve."""
    _own_mounts()
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for folder, size in disks.items():
        Path(folder).mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    shutil.copyfile(*database)
    zygote.serve(port)


def _own_mounts() -> None:
    uid, gid = os.geteuid(), os.getegid()
    flags = NEW_MOUNTS if uid == 0 else NEW_MOUNTS | NEW_USER
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "no mount namespace")
    if uid != 0:
        for name, words in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
            Path(f"/proc/self/{name}").write_text(words)


def is_possible() -> bool:
    """Whether this machine lets us: root does, others where user namespaces are on."""
    words = ["unshare", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)), "true"]
    return subprocess.run(words, capture_output=True).returncode == 0


@dataclass(frozen=True)
class Disk:
    """One of the server's small disks, seen from outside."""

    server: LiveServer
    folder: Path

    @property
    def seen(self) -> Path:
        assert self.server.process
        return Path(f"/proc/{self.server.process.pid}/root{self.folder}")

    def fill(self) -> None:
        """Not one more byte fits."""
        with (self.seen / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            for size in (65536, 4096):
                with suppress(OSError):
                    while True:
                        ballast.write(b"x" * size)

    def free(self) -> None:
        (self.seen / "ballast").unlink()

    def remount(self, how: str) -> None:
        """ro or rw."""
        assert self.server.process
        user = () if os.geteuid() == 0 else ("-U", "--preserve-credentials")
        words = [
            "nsenter",
            "-t",
            str(self.server.process.pid),
            *user,
            "-m",
            "mount",
            "-o",
            f"remount,{how}",
            str(self.folder),
        ]
        subprocess.run(words, check=True)
