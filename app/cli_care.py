"""The commands that look after the data: backup, backup verify, backup keygen, restore, audit verify."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app.cli_output import err, fail, out, progress

MIB = 1024 * 1024


class _FolderOrCommand(TyperGroup):
    """`backup verify` and `backup keygen` are commands; `backup` with anything else is the backup itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


backup_app = typer.Typer(
    cls=_FolderOrCommand,
    no_args_is_help=True,
    help="Back the town up while it works: `xunfang backup DIR`; docs/backup.md.",
)
audit_app = typer.Typer(no_args_is_help=True, help="The audit log.")

KeyFile = Annotated[
    Path | None, typer.Option("--key-file", help="Where the key is; default: XUNFANG_BACKUP_KEY_FILE.")
]


def _key(given: Path | None) -> Any:
    from app.backup.sealing import read_key
    from app.core.config import get_settings

    configured = get_settings().backup_key_file
    if given is None and not configured:
        raise fail(
            "which key? Make one with `xunfang backup keygen FILE`, "
            "then say --key-file FILE or set XUNFANG_BACKUP_KEY_FILE"
        )
    return read_key(given or Path(configured))


@contextmanager
def _refusals_as_messages() -> Iterator[None]:
    from app.backup import BackupRefused
    from app.core.errors import Problem

    try:
        yield
    except (BackupRefused, Problem, OSError) as refused:
        raise fail(f"refused: {getattr(refused, 'detail', None) or refused}") from refused


@backup_app.command("make", hidden=True)
def make(
    folder: Annotated[Path, typer.Argument(help="On another disk, best on another machine.")],
    key_file: KeyFile = None,
    keep: Annotated[
        int, typer.Option(min=0, help="Leave only so many backups in the folder; 0: all of them.")
    ] = 0,
) -> None:
    """Back up into a folder: database and original pictures, encrypted; then read everything back."""
    from app.backup import making

    with _refusals_as_messages(), progress() as report:
        made = making.make(folder, _key(key_file), report, keep=keep)
    _tell(made.summary)
    out.print(f"{made.pictures_copied} pictures were new: {made.bytes_copied / MIB:.1f} MiB", markup=False)
    _tell_lost(made.summary)


@backup_app.command("verify")
def verify(
    path: Annotated[Path, typer.Argument(exists=True, help="A backup folder (its newest), or a snapshot.")],
    key_file: KeyFile = None,
) -> None:
    """Decrypt a backup and every picture it names, compare every hash and count. Exit code 1 at the first fault."""
    from app.backup import snapshot

    with _refusals_as_messages(), progress() as report:
        summary = snapshot.verify(path, _key(key_file), report)
    _tell(summary)
    _tell_lost(summary)


@backup_app.command("keygen")
def keygen(file: Annotated[Path, typer.Argument(help="Where the new key goes.")]) -> None:
    """Make the key of all backups. Keep a copy of it off this machine: without it no backup can be read."""
    from app.backup.sealing import make_key

    with _refusals_as_messages():
        make_key(file)
    out.print(f"{file}: keep a copy elsewhere, on paper or in a safe; a backup is worth nothing without it")


def restore(
    path: Annotated[Path, typer.Argument(exists=True, help="A backup folder (its newest), or a snapshot.")],
    key_file: KeyFile = None,
) -> None:
    """Put a backup into an empty database and an empty storage. Everything is verified before anything is written."""
    from app.backup import restoring

    with _refusals_as_messages(), progress() as report:
        done = restoring.restore(path, _key(key_file), report)
    _tell(done.summary)
    out.print("restored: everybody signs in anew, invites are void, phones send again what came later")
    _tell_lost(done.summary)


def _tell(summary: Any) -> None:
    out.print(
        f"{summary.path.name}: {sum(summary.tables.values())} rows, {summary.pictures} pictures, "
        f"{summary.picture_bytes / MIB:.1f} MiB, complete up to {summary.durable_through:%Y-%m-%d %H:%M} UTC",
        markup=False,
    )


def _tell_lost(summary: Any) -> None:
    if not summary.lost:
        return
    for key in summary.lost[:20]:
        err.print(f"  {key}", markup=False)
    raise fail(
        f"{len(summary.lost)} pictures were missing or damaged in storage when this backup was made: "
        "it does not count as verified, and phones keep what they have"
    )


@audit_app.command("verify")
def audit_verify() -> None:
    """Check the hash chains of the audit log and of every case. Names each row that does not fit; exit code 1 then."""
    from app.core import audit, db
    from app.features.issues import chain

    with db.reading() as session, progress() as report:
        faults = [f"audit_log {fault.id}: {fault.why}" for fault in audit.verify(session, report)]
        faults += [f"issue_events {fault.row}: {fault.why}" for fault in chain.verify(session, report)]
    for fault in faults:
        out.print(fault, markup=False)
    if faults:
        raise fail(f"{len(faults)} faults: the records were altered")
    out.print("every chain is whole")
