"""A standard as its YAML file says it, checked: names the file's own mistakes instead of failing on them later."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from app.features.standards.errors import StandardRefused
from app.features.standards.schemas import CategoryIn, CheckItemIn, Lists, PointTypeIn


class LoadedStandard(BaseModel):
    """A whole standard, in the words of the code."""

    version: str
    lists: Lists
    categories: list[CategoryIn]
    check_items: list[CheckItemIn]
    point_types: list[PointTypeIn]


_RENAMED = {
    "zh": "name_zh",
    "en": "name_en",
    "id": "code",
    "dynamic": "is_dynamic",
    "aliases_zh": "aliases",
    "issue_categories": "category_codes",
    "check_items": "check_item_codes",
}
_LISTS = (
    "natures", "themes", "handling_classes", "zones", "evidence_policies", "result_scale", "behaviours", "publicity_kinds",
)  # fmt: skip


def read_standard(source: Path | Mapping[str, Any]) -> LoadedStandard:
    """Parse and check a standard; raises StandardRefused naming each fault."""
    raw = source if isinstance(source, Mapping) else _parse(source)
    try:
        loaded = LoadedStandard.model_validate(
            {
                "version": str(raw.get("version", "")),
                "lists": {name: [_term(row) for row in raw.get(name, [])] for name in _LISTS},
                "categories": [_row(row, CategoryIn) for row in raw.get("issue_categories", [])],
                "check_items": [_row(row, CheckItemIn) for row in raw.get("check_items", [])],
                "point_types": [_row(row, PointTypeIn) for row in raw.get("point_types", [])],
            }
        )
    except ValidationError as exc:
        faults = [{"at": ".".join(map(str, e["loc"])), "why": e["msg"]} for e in exc.errors()[:50]]
        raise StandardRefused(faults=faults) from exc
    if faults := list(_dangling(loaded)):
        raise StandardRefused(faults=faults[:50])
    return loaded


def _parse(path: Path) -> Mapping[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise StandardRefused(faults=[{"at": "", "why": str(exc)}]) from exc
    if not isinstance(raw, Mapping):
        raise StandardRefused(faults=[{"at": "", "why": "not a mapping"}])
    return raw


def _renamed(row: Any) -> dict[str, Any]:
    return (
        {_RENAMED.get(str(key), str(key)): value for key, value in row.items()}
        if isinstance(row, Mapping)
        else {}
    )


def _row(row: Any, model: type[BaseModel]) -> dict[str, Any]:
    return {key: value for key, value in _renamed(row).items() if key in model.model_fields}


def _term(row: Any) -> dict[str, Any]:
    term = _renamed(row)
    if isinstance(term.get("focus"), list):
        term["focus"] = [_term(item) for item in term["focus"]]
    share = term.get("share")
    term["share_percent"] = None if share is None else round(share * 100)
    return term


def known_codes(lists: Lists) -> dict[str, set[str]]:
    """The codes an entry's fields may hold, by field."""
    return {
        "theme": {term.code for term in lists.themes},
        "handling_class": {term.code for term in lists.handling_classes},
        "nature": {term.code for term in lists.natures},
        "focus": {"none"} | {term.code for group in lists.handling_classes for term in group.focus},
        "zone": {term.code for term in lists.zones},
    }


def focus_fits(lists: Lists, handling_class: str, focus: str) -> bool:
    """Whether a handling class has this focus (四保、三补、三清、五面). One that does not list `none` demands a focus: so every
    case of enforcement lies on one of the five surfaces (X30)."""
    of_class = next((group.focus for group in lists.handling_classes if group.code == handling_class), [])
    return not of_class or focus in {term.code for term in of_class}


def _dangling(loaded: LoadedStandard) -> Iterator[dict[str, str]]:
    """Entries that name something the file does not hold, and codes that occur twice."""
    known = known_codes(loaded.lists) | {
        "category_codes": {row.code for row in loaded.categories},
        "check_item_codes": {row.code for row in loaded.check_items},
    }
    for rows in (loaded.categories, loaded.check_items, loaded.point_types):
        seen: set[str] = set()
        for row in rows:
            if row.code in seen:
                yield {"at": row.code, "why": "this code occurs twice"}
            seen.add(row.code)
            for field in unknown_in(row.model_dump(), known):
                yield {"at": row.code, "why": f"{field} names something unknown"}
            if isinstance(row, CategoryIn) and not focus_fits(loaded.lists, row.handling_class, row.focus):
                yield {"at": row.code, "why": "focus is not one of its handling class"}


def unknown_in(values: Mapping[str, Any], known: Mapping[str, set[str]]) -> Iterator[str]:
    """Names of the fields of `values` that hold a code not in `known`."""
    for field, codes in known.items():
        value = values.get(field)
        held = value if isinstance(value, list) else [] if value is None else [value]
        if any(code not in codes for code in held):
            yield field
