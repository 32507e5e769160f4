"""Imports: check a whole file, then apply all of it or nothing. A dry run does everything and takes it back."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, geo
from app.core.sheets import csv_bytes, xlsx_bytes
from app.features.identity.models import Unit, UnitKind
from app.features.identity.viewer import Viewer
from app.features.interop.columns import COLUMNS, match
from app.features.interop.declaring import Declarations
from app.features.interop.duties import Rosters, Trainings
from app.features.interop.errors import FileRefused
from app.features.interop.findings import Findings, named_photos, require_importer
from app.features.interop.importers import Categories, Grids, Importer, Points, RowRefused, Target
from app.features.interop.reading import Cell, Row, Table, read_table
from app.features.interop.schemas import Fault, ImportReport, Kind
from app.features.interop.shops import Frontages
from app.features.interop.staff import People, Units
from app.features.standards import service as standards

IMPORTERS: Mapping[Kind, Callable[[Target], Importer]] = {
    Kind.UNITS: Units,
    Kind.PEOPLE: People,
    Kind.GRIDS: Grids,
    Kind.POINTS: Points,
    Kind.CATEGORIES: Categories,
    Kind.DECLARATIONS: Declarations,
    Kind.FINDINGS: Findings,
    Kind.FRONTAGES: Frontages,
    Kind.ROSTERS: Rosters,
    Kind.TRAININGS: Trainings,
}
MOST_FAULTS = 500
Progress = Callable[[int, int], None]


def import_as(
    session: Session,
    viewer: Viewer,
    kind: Kind,
    data: bytes,
    *,
    town_id: uuid.UUID,
    crs: geo.Crs,
    is_dry_run: bool,
    source_name: str = "",
    photos: str = "",
) -> ImportReport:
    """An administrator's import; findings are a third party's or the desk's. `photos`: JSON, {file name: id}."""
    if kind == Kind.FINDINGS:
        require_importer(viewer, town_id)
    else:
        standards.require_configurer(session, viewer, town_id)
    return import_file(
        session, kind, data, town_id=town_id, crs=crs, is_dry_run=is_dry_run, source_name=source_name,
        viewer=viewer, photos=named_photos(photos),
    )  # fmt: skip


def import_file(
    session: Session,
    kind: str,
    data: bytes,
    *,
    town_id: uuid.UUID,
    crs: geo.Crs = geo.Crs.WGS84,
    is_dry_run: bool = False,
    source_name: str = "",
    viewer: Viewer | None = None,
    progress: Progress = lambda done, total: None,
    photos: Mapping[str, uuid.UUID] = MappingProxyType({}),
) -> ImportReport:
    """Apply a file by its rows' codes: all rows or, when one is wrong, none. Without a viewer: a command's import."""
    kind = Kind(kind)
    table = read_table(data)
    fields, notes = match(kind, table)
    with suppress(_TakenBack), session.begin_nested():
        with session.no_autoflush:
            target = Target(
                session, town_id, crs, viewer, _plain_name(source_name), _sha256(data), photos, is_dry_run
            )
            report = _run(kind, target, table, fields, progress)
        report.warnings[:0] = notes
        report.is_dry_run = is_dry_run
        report.is_applied = not (is_dry_run or report.error_count)
        if not report.is_applied:
            raise _TakenBack
        _log(session, report, target)
    return report


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _plain_name(name: str) -> str:
    """The name of a file as it may be kept and shown: no folders, no control characters."""
    return "".join(letter for letter in name.replace("\\", "/").rpartition("/")[2] if letter.isprintable())[
        :120
    ]


class _TakenBack(Exception):
    """Ends the savepoint of an import that is not to stay."""


def _run(
    kind: Kind, target: Target, table: Table, fields: Mapping[str, str], progress: Progress
) -> ImportReport:
    importer = IMPORTERS[kind](target)
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    faults: list[Fault] = []
    heads = {field: head for head, field in fields.items()}
    rows = [(row, {fields[h]: cell for h, cell in row.cells.items() if h in fields}) for row in table.rows]
    faults += _unusable(kind, rows, fields, heads)
    wrong = {fault.row for fault in faults}
    usable = [(row, cells) for row, cells in rows if row.number not in wrong]
    for done, (row, cells) in enumerate(importer.order(usable), 1):
        try:
            counts[importer.put(row, cells)] += 1
        except RowRefused as refused:
            faults += [_fault(row, cells, heads, field, code) for field, code in refused.faults]
        if done % 50 == 0 or done == len(usable):
            progress(done, len(usable))
    together, warnings = ([], []) if faults else importer.finish()
    faults += together
    faults.sort(key=lambda fault: fault.row)
    return ImportReport(
        kind=kind,
        is_dry_run=True,
        is_applied=False,
        rows=len(rows),
        **counts,
        error_count=len(faults),
        errors=faults[:MOST_FAULTS],
        warnings=warnings[:MOST_FAULTS],
    )


def _unusable(
    kind: Kind,
    rows: list[tuple[Row, dict[str, Cell]]],
    fields: Mapping[str, str],
    heads: Mapping[str, str],
) -> list[Fault]:
    """What can be said of the rows before anything is looked up: formulas, empty cells, codes used twice."""
    faults: list[Fault] = []
    first: dict[str, int] = {}
    key = COLUMNS[kind][0].key
    for row, cells in rows:
        for head in row.formulas:
            if head in fields:
                faults.append(
                    Fault(row=row.number, column=head, code="formula", value=_shown(row.cells.get(head)))
                )
        for column in COLUMNS[kind]:
            if column.is_required and column.key not in cells:
                faults.append(Fault(row=row.number, column=heads[column.key], code="missing"))
        code = cells.get(key)
        if isinstance(code, str) and (earlier := first.setdefault(code, row.number)) != row.number:
            faults.append(Fault(row=row.number, column=heads[key], code="twice", value=f"{code} = {earlier}"))
    return faults


def _fault(row: Row, cells: Mapping[str, Cell], heads: Mapping[str, str], field: str, code: str) -> Fault:
    if field == "position":
        field = "lon"
    elif field == "unit_id" and field not in heads:
        field = "unit"
    value = _shown(cells.get(field))
    is_empty = code == "unknown-code" and not value
    why = "missing" if is_empty else code
    return Fault(row=row.number, column=heads.get(field, field), code=why, value=value)


def _shown(cell: Cell | None) -> str:
    return cell[:80] if isinstance(cell, str) else ""


def _log(session: Session, report: ImportReport, target: Target) -> None:
    audit.record(
        session,
        "imported",
        actor_id=target.viewer.user_id if target.viewer else None,
        subject_kind="town",
        subject_id=target.town_id,
        detail={
            "kind": report.kind,
            "created": report.created,
            "updated": report.updated,
            "sha256": target.source_sha256,
        },
    )


def template(kind: Kind, file_format: str) -> bytes:
    """An empty table with the right heads; as XLSX also a sheet that explains them."""
    columns = COLUMNS[kind]
    heads = [f"{column.zh[0]}{'*' if column.is_required else ''}" for column in columns]
    if file_format == "csv":
        return csv_bytes([heads])
    explained = [["列名", "Column", "必填", "说明"]]
    explained += [[c.zh[0], c.key, "是" if c.is_required else "", c.help_zh] for c in columns]
    return xlsx_bytes({"数据": [heads], "说明": explained})


def town_by_code(session: Session, code: str | None) -> uuid.UUID:
    """A command's town: by its code, or the only one there is."""
    towns = select(Unit.id).where(Unit.kind == UnitKind.TOWN)
    found = session.scalars(towns.where(Unit.code == code) if code else towns).all()
    if len(found) != 1:
        raise FileRefused("unknown-town", "Name one town by its code: --town CODE.")
    return found[0]
