"""A place while it is being painted: what stands in it, and where its problem goes."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from app.demo import props
from app.demo.stage import Color, Plane, Stage, dim
from app.demo.surfaces import box, facade


class Scene:
    """One place in the making: what stands in it, and where its problem goes."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.rng = stage, random.Random(seed)
        self.spot = (0.4, 5.6)
        self.floor: Color = (168, 164, 156)
        self.wall: Plane | None = None
        self.wall_spot = (0.0, 1.2)
        self.markings: Callable[[float], None] | None = None
        """Paints the road markings with this freshness; a problem theme may have them faded."""
        self._standing: list[tuple[float, int, Callable[[], None]]] = []

    def fork(self) -> random.Random:
        """A generator of its own for one thing, so that what the camera leaves out changes nothing else."""
        return random.Random(self.rng.random())

    def add(self, x: float, y: float, paint: Callable[..., None], *args: Any, **options: Any) -> None:
        """A thing that stands at (x, y), painted by `paint(*args, **options)` in its turn, far ones first."""
        depth = self.stage.to_camera((x, y, 0.0))[2]
        self._standing.append((-depth, len(self._standing), partial(paint, *args, **options)))

    def finish(self) -> None:
        """Paint all that stands."""
        for _, _, paint in sorted(self._standing, key=lambda item: item[:2]):
            paint()


def add_tree(scene: Scene, x: float, y: float, height: float = 4.6, spread: float = 1.5) -> None:
    props.tree_shadow(scene.stage, x, y, height, spread)
    rng = scene.fork()
    scene.add(x, y, props.tree, scene.stage, x, y, rng, height, spread)


def paint_house(scene: Scene, x: float, y: float, w: float, d: float, h: float, wall: Color) -> None:
    """A house standing free: windows on the sides one sees, a darker roof edge."""
    seed = scene.fork().random()
    plain = scene.stage.scale_at(x + w / 2, y) < 34

    def decorate(name: str, side: Plane, wide: float, high: float) -> None:
        if name in ("front", "right", "left", "back"):
            facade(side, wide, high, random.Random(f"{seed}{name}"), wall, plain=plain)
        else:
            side.rect(0, 0, wide, high, dim(wall, 0.7))

    box(scene.stage, x, y, w, d, h, wall, decorate=decorate)
