"""Which problems fit which places of the demo town, how they are drawn, and who is answerable for them."""

from typing import Any, NamedTuple


class Subject(NamedTuple):
    """A category as the demo uses it: its picture theme (None: words are enough) and the kinds of place it suits."""

    theme: str | None
    kinds: tuple[str, ...]
    weight: int = 4
    unit: str | None = None
    """The department that is always in charge; None: whoever answers for the point."""


SUBJECTS: dict[str, Subject] = {
    "ENV-01": Subject("rubbish", ("lane", "shops", "front", "market"), 10),
    "ENV-02": Subject("litter", ("green",), 12),
    "ENV-03": Subject("rubbish", ("shops", "road", "site"), 7, "D08"),
    "ENV-04": Subject("bin_overflow", ("lane", "shops", "front", "green"), 7),
    "ENV-05": Subject("dirty", ("shops", "road", "front", "market"), 4, "D08"),
    "ENV-06": Subject("puddle", ("lane", "road", "shops", "front"), 5),
    "ENV-08": Subject("posters", ("lane", "shops", "front", "site"), 7),
    "ENV-09": Subject("butts", ("shops", "front"), 3),
    "ENV-10": Subject("floating", ("river",), 20),
    "ENV-11": Subject("bulky", ("lane", "green"), 5),
    "ENV-12": Subject("white_litter", ("green", "road"), 3, "D08"),
    "ORD-01": Subject("car", ("road", "lane", "front"), 6, "D07"),
    "ORD-02": Subject("scooters", ("lane", "shops", "front"), 14),
    "ORD-03": Subject("shared_bikes", ("shops", "front", "road"), 6, "D05"),
    "ORD-04": Subject("goods_outside", ("shops",), 10, "D05"),
    "ORD-05": Subject("street_stall", ("shops", "road", "front"), 5, "D05"),
    "ORD-06": Subject("clutter", ("lane", "front", "green"), 6),
    "ORD-07": Subject("parking_lock", ("lane", "front"), 2),
    "ORD-08": Subject("laundry", ("lane", "green"), 4),
    "ORD-09": Subject("cables", ("lane",), 2, "D03"),
    "ORD-11": Subject("goods_outside", ("market",), 8),
    "BLD-02": Subject("sign_broken", ("shops",), 2, "D05"),
    "BLD-04": Subject("wall_damage", ("lane", "front"), 2, "D03"),
    "BLD-05": Subject("car", ("green",), 2, "D05"),
    "FAC-01": Subject("pothole", ("road", "lane"), 7, "D03"),
    "FAC-02": Subject("manhole", ("road", "lane"), 2, "D03"),
    "FAC-03": Subject("lamp_broken", ("green", "lane"), 3, "D03"),
    "FAC-04": Subject("shared_bikes", ("shops",), 3, "D05"),
    "FAC-05": Subject("bench_broken", ("green",), 4),
    "FAC-06": Subject("faded_marks", ("road",), 4, "D07"),
    "GRN-01": Subject("bare_soil", ("green",), 5, "D08"),
    "GRN-02": Subject("dead_tree", ("green",), 3, "D08"),
    "GRN-03": Subject("weeds", ("green", "river"), 4, "D08"),
    "RES-01": Subject("stair_clutter", ("stairs",), 16),
    "RES-02": Subject("wall_damage", ("stairs",), 4),
    "RES-03": Subject("wall_lamp", ("stairs",), 4),
    "SAF-01": Subject("fire_lane", ("lane", "front"), 3, "D09"),
    "SAF-02": Subject("fire_box", ("stairs",), 2, "D09"),
    "SAF-03": Subject("window_charging", ("lane",), 3),
    "SAF-05": Subject("dirty", ("market",), 3, "D06"),
    "SIT-01": Subject("hoarding", ("site",), 8),
    "SIT-02": Subject("soil_heap", ("site",), 8),
    "SIT-03": Subject("mud", ("site",), 8),
    "PUB-01": Subject("board_empty", ("front", "green"), 3),
    "PUB-02": Subject("board_faded", ("front", "green", "shops"), 5),
    "PUB-03": Subject("board_faded", ("front",), 1, "D01"),
    "VOL-01": Subject("service_desk", ("front",), 4),
    "MKT-01": Subject("board_empty", ("market",), 3, "D06"),
    "MKT-03": Subject("puddle", ("market",), 6),
    "CON-01": Subject(None, ("front", "green"), 1),
    "CON-02": Subject(None, ("green",), 1),
    "CON-03": Subject(None, ("front",), 1),
    "CON-04": Subject(None, ("road",), 1, "D07"),
}
DIFFICULT: dict[str, Subject] = {
    "ORD-10": Subject("car", ("road", "lane"), 1, "D07"),
    "BLD-01": Subject("shed", ("lane",), 2, "D05"),
}
DEFERRABLE = ("FAC-01", "GRN-01", "GRN-02", "BLD-04", "ENV-06", "ORD-09")

KINDS_OF: dict[str, tuple[str, ...]] = {
    "RES": ("lane", "lane", "stairs", "green"),
    "AREA": ("lane", "lane", "stairs"),
    "ALLEY": ("lane", "shops"),
    "ROAD": ("road", "shops", "green"),
    "CROSS": ("road",),
    "MARKET": ("market", "market", "shops"),
    "SHOPST": ("shops",),
    "PARK": ("green",),
    "SQUARE": ("green", "front"),
    "AFFAIRS": ("front",),
    "HOSP": ("front",),
    "BANK": ("front",),
    "SCHOOL": ("front", "road", "shops"),
    "NETBAR": ("shops",),
    "HOTEL": ("front", "shops"),
    "BOOK": ("front", "shops"),
    "BUS": ("road", "shops"),
    "SITE": ("site",),
    "PRACT": ("front",),
    "ACT": ("front",),
    "GREEN": ("green",),
    "RIVER": ("river",),
}
"""What one sees at a point of this type."""

_BY_POINT_TYPE = {"NETBAR": "D06", "HOTEL": "D06", "HOSP": "D01", "AFFAIRS": "D01", "SCHOOL": "D01"}


def unit_for(subject: Subject, point: dict[str, Any] | None, community: str) -> str:
    """The unit an order would go to: the department in charge, else who answers for the point, else the community."""
    if point is None:
        return subject.unit or community
    if point["type"] in ("MARKET", "SITE", "RES") and subject.unit in (None, "D08"):
        return str(point["responsible_unit"])
    return subject.unit or _BY_POINT_TYPE.get(point["type"]) or str(point["responsible_unit"])
