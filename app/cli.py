"""The command `xunfang`. Each command imports what it needs itself, so that `xunfang --help` stays instant."""

import ipaddress
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from app import cli_care, starting
from app.cli_output import err, out
from app.cli_output import fail as _fail
from app.cli_output import progress as _progress
from app.features.evidence import command as evidence

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_show_locals=False, help="Xunfang 巡访: street patrols for a town."
)
demo_app = typer.Typer(no_args_is_help=True, help="The demo town, in a data folder of its own.")
app.add_typer(demo_app, name="demo")
app.add_typer(cli_care.backup_app, name="backup")
app.add_typer(cli_care.audit_app, name="audit")
app.command("restore")(cli_care.restore)
app.command("match")(evidence.match)

DEFAULT_PORT = 8000
Host = Annotated[str, typer.Option(help="0.0.0.0: reachable from other machines.")]
Port = Annotated[int, typer.Option(min=1, max=65534, help="Where it listens.")]
Lan = Annotated[bool, typer.Option("--lan", help="HTTPS for phones on the same network: docs/lan.md.")]
LanAddress = Annotated[
    list[str] | None, typer.Option(help="This machine's address on that network, where the guess is wrong.")
]
Town = Annotated[str | None, typer.Option(help="The town's code; needed where there are several.")]


class Crs(StrEnum):
    """As core.geo has it; repeated so that --help needs no geometry library."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"


class ImportKind(StrEnum):
    UNITS = "units"
    PEOPLE = "people"
    GRIDS = "grids"
    POINTS = "points"
    CATEGORIES = "categories"
    DECLARATIONS = "declarations"


@app.callback()
def _logging() -> None:
    """What a command logs goes to standard error, and never with local variables: those hold passwords."""
    from app.core import log
    from app.core.config import get_settings

    log.configure(get_settings())


@contextmanager
def _refusals_as_messages() -> Iterator[None]:
    """A refusal of the product is a message and exit code 1, not a traceback."""
    from app.core.errors import Problem

    try:
        yield
    except Problem as problem:
        err.print(f"[red]{problem.title}[/]" + (f": {problem.detail}" if problem.detail else ""))
        for name, value in problem.members.items():
            err.print(f"  {name}: {json.dumps(value, ensure_ascii=False, default=str)}", markup=False)
        raise typer.Exit(1) from problem


# ---- serving ----
@app.command()
def serve(
    host: Host = "127.0.0.1", port: Port = DEFAULT_PORT, lan: Lan = False, lan_address: LanAddress = None
) -> None:
    """Serve API and PWA; with XUNFANG_JOBS=inline (the default) also do the jobs."""
    _run_server(host, port, _lan_files(port, lan_address or []) if lan else {})


KEEP_ALIVE_SECONDS = 75
"""Longer than a proxy keeps its own end: whoever closes first must not be the one that is being written to."""


def _run_server(host: str, port: int, tls: dict[str, Any]) -> None:
    from app.core.config import get_settings

    _set_public_url(f"http://localhost:{port}")
    app = starting.product()
    out.print(f"[bold]{get_settings().public_url}[/]")
    import uvicorn

    uvicorn.run(
        app,
        host="0.0.0.0" if tls else host,  # noqa: S104 - phones are other machines
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the app itself believes the trusted ones only
        timeout_graceful_shutdown=5,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        **tls,
    )


def _set_public_url(url: str) -> None:
    from app.core.config import get_settings, override

    if "public_url" not in get_settings().model_fields_set:
        override(public_url=url)


def _lan_files(port: int, given: list[str]) -> dict[str, Any]:
    """Certificates for the machine's addresses on the network; prints how a phone gets in."""
    from app.core import lan_ca
    from app.core.config import get_settings

    try:
        addresses = [ipaddress.ip_address(text) for text in given] or lan_ca.lan_addresses()
    except ValueError as exc:
        raise _fail(str(exc)) from exc
    if not addresses:
        raise _fail("no network found: connect this machine, or name its address with --lan-address")
    files = lan_ca.ensure(get_settings().data_dir / "lan", addresses)
    _set_public_url(f"https://{addresses[0]}:{port}")
    lan_ca.serve_ca(files, "0.0.0.0", port + 1)  # noqa: S104 - phones are other machines
    _print_way_in(f"http://{addresses[0]}:{port + 1}/ca.crt", files)
    return {"ssl_certfile": str(files.cert), "ssl_keyfile": str(files.key)}


def _print_way_in(ca_url: str, files: Any) -> None:
    from app.core import lan_ca
    from app.core.config import get_settings

    out.print(f"\n1  Once per phone: install the certificate authority (docs/lan.md)  {ca_url}")
    _print_qr(ca_url)
    out.print(f"   SHA-256 {lan_ca.fingerprint(files.ca_cert)}")
    out.print(f"\n2  Then open  {get_settings().public_url}")
    _print_qr(get_settings().public_url)


def _print_qr(text: str) -> None:
    import segno

    segno.make(text, error="m").terminal(out=sys.stdout, compact=True)


@app.command()
def worker() -> None:
    """Do the jobs in a process of its own, until SIGTERM. The servers then run with XUNFANG_JOBS=worker."""
    starting.jobs_only()
    from app.core import jobs

    jobs.run_worker()


@app.command()
def migrate() -> None:
    """Bring the database to the newest migration."""
    from app.core import db, migrating

    migrating.upgrade()
    with db.get_engine().connect() as connection:
        at, _ = migrating.revisions(connection)
    out.print(f"migrated to {at}")


# ---- setting up ----
@app.command("create-admin")
def create_admin(
    login: Annotated[str, typer.Option(prompt=True)],
    name: Annotated[str, typer.Option(prompt=True, help="The person's name.")],
    town: Annotated[
        str, typer.Option(prompt="Town code", help="The town's code; made if it does not exist.")
    ],
    town_name: Annotated[str, typer.Option(prompt=True)],
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
) -> None:
    """Make the first administrator, and the town if there is none with that code."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    from app.core import db
    from app.features.identity import service as identity

    with _refusals_as_messages(), db.transaction() as session:
        admin = identity.create_admin(
            session, login=login, password=password, name_zh=name, town_code=town, town_name=town_name
        )
        _begin_with_a_standard(session, admin.unit_id)
    out.print(f"{login} may sign in")


def _begin_with_a_standard(session: Any, town_id: Any) -> None:
    """A new town begins with the lists and categories that come with the program: without, nothing can be reported."""
    from app.features.standards import service as standards

    if not standards.lists_of(session, town_id):
        data = import_module("app.demo.town").read_data("categories.yaml")
        standard = standards.load_standard(session, town_id, data)
        out.print(f"the town begins with the categories and point types of {standard.version}")


@app.command("import")
def import_file(
    kind: ImportKind,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, XLSX or GeoJSON.")],
    crs: Annotated[Crs, typer.Option(help="In what system the file's coordinates are.")] = Crs.WGS84,
    town: Town = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
) -> None:
    """Import rows by their code: all of them, or none and a list of what is wrong."""
    from app.core import db
    from app.core.geo import Crs as GeoCrs
    from app.features.interop import service as interop

    with _refusals_as_messages(), _progress() as report, db.transaction() as session:
        done = interop.import_file(
            session,
            kind,
            file.read_bytes(),
            town_id=interop.town_by_code(session, town),
            crs=GeoCrs(crs),
            is_dry_run=dry_run,
            source_name=file.name,
            progress=lambda row, rows: report(kind, row, rows),
        )
    for fault in done.errors:
        err.print(f"row {fault.row}, {fault.column or '-'}: {fault.code} {fault.value}", markup=False)
    for fault in done.warnings:
        err.print(f"row {fault.row}, {fault.column or '-'}: note: {fault.code} {fault.value}", markup=False)
    what = "applied" if done.is_applied else "nothing was changed"
    out.print(f"{done.created} new, {done.updated} changed, {done.unchanged} unchanged: {what}")
    if done.errors:
        raise typer.Exit(1)


@app.command("export-openapi")
def export_openapi(file: Annotated[Path, typer.Argument(help="- for standard output")] = Path("-")) -> None:
    """Write the API's description, from which the PWA's client is generated."""
    from app.api import create_app

    text = json.dumps(create_app().openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="For monitoring.")] = False) -> None:
    """Say what is wrong with this configuration, and how to mend it. Exit code 1 if something is."""
    from app.core.doctor import Finding, examine
    from app.features.evidence import catalogue
    from app.features.photos.fonts import chinese_font

    findings = list(examine([catalogue.examine]))
    if font := chinese_font():
        findings.append(Finding("ok", f"Chinese on pictures: {font.name}"))
    else:
        mend = "apt install fonts-noto-cjk (or fonts-wqy-zenhei)"
        findings.append(Finding("error", "no Chinese font: photos get no watermark", mend))
    if as_json:
        sys.stdout.write(json.dumps([finding.__dict__ for finding in findings], ensure_ascii=False) + "\n")
    else:
        marks = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}
        for finding in findings:
            out.print(marks[finding.level], end=" ")
            out.print(finding.what, markup=False)
            if finding.mend:
                out.print(f"  → {finding.mend}", markup=False)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


# ---- replays ----
@app.command()
def replay(
    name: Annotated[str, typer.Argument(help="One of docs/replays.md, or all.")],
) -> None:
    """Do again what the sources report, on an empty database of its own; prints what must come out beside what did."""
    from app.api import create_app
    from app.replay import run

    if name != "all" and name not in run.names():
        raise _fail(f"no such replay; there are: {', '.join(run.names())}, all")
    differ = False
    for one in run.names() if name == "all" else [name]:
        with _refusals_as_messages(), _progress() as report:
            result = run.play(one, create_app, partial(report, one))
        _print_replay(result)
        differ = differ or bool(result.differs)
    if differ:
        raise typer.Exit(1)


def _print_replay(result: Any) -> None:
    from rich.table import Table

    table = Table(title=f"{result.name}  {result.seconds:.0f} s", title_justify="left")
    for head in ("", "expected", "measured", ""):
        table.add_column(head)
    for key, wanted in result.expected.items():
        good = key not in result.differs
        table.add_row(
            key, str(wanted), str(result.measured.get(key, "—")), "[green]✓[/]" if good else "[red]✗[/]"
        )
    out.print(table)


# ---- demo ----
DEMO_DIR = Path("var/demo")


def _demo_settings() -> Path:
    """The demo lives in a folder of its own and signs in without a second factor, unless told otherwise."""
    from app.core.config import get_settings, override

    told = get_settings().model_fields_set
    if "database_url" in told:
        out.print("the demo town goes into the database of XUNFANG_DATABASE_URL")
    elif "data_dir" not in told:
        override(data_dir=DEMO_DIR)
    if "totp_required" not in told:
        override(totp_required=False)
    return get_settings().data_dir


def _load_demo() -> Any:
    from app.core import migrating

    migrating.upgrade()
    demo = import_module("app.demo.load")
    with _refusals_as_messages(), _progress() as report:
        demo.load_demo(report)
    return demo


@demo_app.command("load")
def demo_load() -> None:
    """Load the demo town, shifted so that today is in the middle of its campaign. Loaded already: does nothing."""
    folder = _demo_settings()
    _load_demo()
    out.print(f"the demo town is in {folder}")


@demo_app.command("run")
def demo_run(
    host: Host = "127.0.0.1", port: Port = DEFAULT_PORT, lan: Lan = False, lan_address: LanAddress = None
) -> None:
    """Migrate, load the demo town where it is missing, and serve it."""
    _demo_settings()
    demo = _load_demo()
    tls = _lan_files(port, lan_address or []) if lan else {}
    for role, login, password in demo.demo_logins():
        out.print(f"  {role:<24} {login:<16} {password}", markup=False)
    _run_server(host, port, tls)


@demo_app.command("reset")
def demo_reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete the demo town's folder and load it anew."""
    folder = _demo_settings()
    from app.core.config import get_settings

    if folder != DEMO_DIR or not get_settings().is_sqlite:
        raise _fail("only the demo's own folder is deleted: empty your own database and folder yourself")
    if not yes:
        typer.confirm(f"Delete {folder.absolute()}?", abort=True)
    shutil.rmtree(folder, ignore_errors=True)
    _load_demo()
    out.print(f"the demo town is in {folder}")
