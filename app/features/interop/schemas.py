"""Wire forms of imports."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel


class Kind(StrEnum):
    UNITS = "units"
    PEOPLE = "people"
    GRIDS = "grids"
    POINTS = "points"
    CATEGORIES = "categories"
    DECLARATIONS = "declarations"
    FINDINGS = "findings"


class Fault(BaseModel):
    """One thing that is not right. `code` is a word for the reader's language; `value` what stood there, cut."""

    row: int
    column: str
    code: str
    value: str = ""


class ImportReport(BaseModel):
    kind: Kind
    is_dry_run: bool
    is_applied: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    error_count: int
    errors: list[Fault]
    """The first 500."""
    warnings: list[Fault]


TemplateFormat = Literal["xlsx", "csv"]
