"""In which order to walk to a handful of places: a short way, not the shortest. Pure."""

from collections.abc import Sequence

from app.core.geo import distance_m

MOST_UNTANGLED = 40
"""Beyond this many the nearest next one is good enough, and soon found."""
Place = tuple[float, float]


def walking_order(places: Sequence[Place]) -> list[int]:
    """Indexes into `places` (longitude, latitude): from the westernmost always on to the nearest, crossings undone."""
    if not places:
        return []
    left = set(range(len(places)))
    order = [min(left, key=lambda n: (places[n], n))]
    left.discard(order[0])
    while left:
        here = places[order[-1]]
        order.append(min(left, key=lambda n: (distance_m(*here, *places[n]), n)))
        left.discard(order[-1])
    return _untangled(order, places) if len(order) <= MOST_UNTANGLED else order


def _untangled(order: list[int], places: Sequence[Place]) -> list[int]:
    def leg(a: int, b: int) -> float:
        return distance_m(*places[order[a]], *places[order[b]])

    improved = True
    while improved:
        improved = False
        for i in range(1, len(order) - 2):
            for k in range(i + 1, len(order) - 1):
                if leg(i - 1, k) + leg(i, k + 1) < leg(i - 1, i) + leg(k, k + 1) - 1e-6:
                    order[i : k + 1] = reversed(order[i : k + 1])
                    improved = True
    return order
