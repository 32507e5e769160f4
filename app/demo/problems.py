"""What is wrong in a picture, theme by theme, and how the same place looks when it has been put right.

A theme is painted with `solved` false or true; what is common to both (a bin, a parking bay) is painted either way.
"""

import math
import random
from collections.abc import Callable

from app.demo import litter, props, vehicles
from app.demo import problems_ground as ground
from app.demo import problems_wall as wall
from app.demo.scene import Scene
from app.demo.stage import Plane, dim
from app.demo.surfaces import box, glyphs

Theme = Callable[[Scene, random.Random, bool], None]


def _scatter(
    scene: Scene,
    rng: random.Random,
    count: int,
    wide: float,
    deep: float,
    color: tuple[int, int, int] | None = None,
) -> None:
    x, y = scene.spot
    for _ in range(count):
        u, v, own = x + rng.gauss(0, wide), max(1.6, y + rng.gauss(0, deep)), scene.fork()
        scene.add(u, v, litter.scrap, scene.stage, u, v, own, color)


def _bags(scene: Scene, rng: random.Random, count: int, wide: float = 0.7) -> None:
    x, y = scene.spot
    for k in range(count):
        u, v, own = (
            x + (k - count / 2) * wide * 0.6 + rng.uniform(-0.15, 0.15),
            y + rng.uniform(-0.4, 0.5),
            scene.fork(),
        )
        size = rng.uniform(0.3, 0.46)
        scene.add(u, v, litter.bag, scene.stage, u, v, own, size)


def _cartons(scene: Scene, rng: random.Random, count: int) -> None:
    x, y = scene.spot
    for _ in range(count):
        u, v, own = x + rng.uniform(-1.3, 1.1), y + rng.uniform(-0.2, 0.6), scene.fork()
        scene.add(u, v, litter.carton, scene.stage, u, v, own)


def rubbish(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A heap of bags and cartons with a broken chair."""
    if solved:
        return
    _stain(scene, rng)
    _bags(scene, rng, rng.randint(4, 6))
    _cartons(scene, rng, 2)
    own, (x, y) = scene.fork(), scene.spot
    scene.add(x - 1.3, y, litter.chair, scene.stage, x - 1.4, y - 0.1, own)
    _scatter(scene, rng, 8, 0.9, 0.5)


def small_litter(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Paper, bottles, a bag or two."""
    if not solved:
        _scatter(scene, rng, 22, 1.1, 0.6)
        _bags(scene, rng, 2)


def white_litter(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Plastic blown along the verge."""
    if not solved:
        _scatter(scene, rng, 20, 1.4, 0.8, (242, 242, 236))


def butts(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Cigarette ends and small paper."""
    if solved:
        return
    g, (x, y) = scene.stage.ground(0.01), scene.spot
    for _ in range(34):
        u, v, a = x + rng.gauss(0, 0.7), y - 0.8 + rng.gauss(0, 0.5), rng.uniform(0, 6.28)
        c, s = math.cos(a), math.sin(a)
        g.line([(u, v), (u + 0.07 * c, v + 0.07 * s)], 0.022, (242, 240, 232))
        g.line([(u + 0.07 * c, v + 0.07 * s), (u + 0.1 * c, v + 0.1 * s)], 0.022, (216, 142, 72))
    _scatter(scene, rng, 4, 0.6, 0.4)


def bin_overflow(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Bins too full to close, bags around them; afterwards the same bins, shut."""
    x, y = scene.spot
    own = [scene.fork() for _ in range(2)]
    for k in range(2):
        color = ((52, 116, 84), (62, 76, 90))[k]
        u, v = x - 0.7 + k * 0.8, y + 0.4
        scene.add(u, v, props.wheelie_bin, scene.stage, u, v, color, own[k], 0.0 if solved else 1.0)
        if not solved:
            extra = scene.fork()
            scene.add(u, v - 0.02, _overspill, scene, u, v, extra)
    if not solved:
        _bags(scene, rng, 3, 0.9)
        _scatter(scene, rng, 10, 0.8, 0.3)


def _overspill(scene: Scene, x: float, y: float, rng: random.Random) -> None:
    for u, lift in ((0.14, 0.0), (0.44, 0.02), (0.3, 0.14)):
        litter.bag(scene.stage, x + u, y, rng, 0.24, 0.98 + lift)


def _stain(scene: Scene, rng: random.Random, dark: float = 0.72) -> None:
    g, (x, y) = scene.stage.ground(0.007), scene.spot
    for _ in range(5):
        g.blob(
            x + rng.gauss(0, 0.6),
            y - 0.2 + rng.gauss(0, 0.35),
            rng.uniform(0.3, 0.8),
            dim(scene.floor, dark),
            rng,
            110,
            0.55,
        )


def dirty(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Stains and dust on the ground."""
    if solved:
        return
    _stain(scene, rng, 0.6)
    _stain(scene, rng, 0.5)
    g, (x, y) = scene.stage.ground(0.008), scene.spot
    for _ in range(60):
        g.disc(
            x + rng.gauss(0, 1.0),
            y - 0.3 + rng.gauss(0, 0.5),
            rng.uniform(0.01, 0.05),
            dim(scene.floor, 0.45),
            squash=0.7,
        )
    _scatter(scene, rng, 3, 0.8, 0.4)


def scooters(scene: Scene, rng: random.Random, solved: bool) -> None:
    """E-bikes strewn about; afterwards in a row inside the bay. The bay is there all the time."""
    _bay(scene)
    x, y = scene.spot
    for k in range(5 if not solved else 4):
        if solved:
            u, v, angle, lean = x - 1.6 + k * 0.72, y - 0.2, 48.0, 0.0
        else:
            u, v = x - 1.7 + k * 0.72 + rng.uniform(-0.2, 0.2), y - 0.5 + rng.uniform(-0.5, 0.5)
            angle, lean = rng.choice((8, 28, 150, 172, 62, 118)) + rng.uniform(-8, 8), rng.uniform(-0.1, 0.1)
        color = vehicles.BIKES[(k + scene.rng.randint(0, 1)) % len(vehicles.BIKES)]
        scene.add(u, v, vehicles.scooter, scene.stage, u, v, angle, color, lean)


def _bay(scene: Scene) -> None:
    g, (x, y) = scene.stage.ground(0.006), scene.spot
    for k in range(6):
        u = x - 2.0 + k * 0.72
        g.line([(u, y - 0.45), (u + 1.1, y + 0.95)], 0.05, (236, 232, 220))
    g.rect(x - 0.92, y + 0.92, x + 2.74, y + 0.98, (236, 232, 220))


def shared_bikes(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Rental bicycles across the pavement; afterwards two, in line."""
    x, y = scene.spot
    color = scene.rng.choice(((236, 178, 44), (52, 140, 196), (72, 164, 118)))
    for k in range(2 if solved else 6):
        if solved:
            u, v, angle = x - 0.2 + k * 0.6, y + 0.4, 80.0
        else:
            u, v, angle = (
                x - 1.9 + k * 0.62,
                y + rng.uniform(-0.7, 0.4),
                rng.choice((12, 40, 140, 168, 70)) + rng.uniform(-10, 10),
            )
        scene.add(u, v, vehicles.bicycle, scene.stage, u, v, angle, color)


def parked_car(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A car where no car belongs."""
    x, y = scene.spot
    color, angle = rng.choice(vehicles.CARS), rng.choice((6, -9, 14, 172))
    left = x - 2.0 if angle < 90 else x + 2.0
    if not solved:
        scene.add(
            x, y - 0.2, vehicles.car, scene.stage, left, y - 0.6 if angle < 90 else y + 0.8, angle, color
        )


def fire_lane(scene: Scene, rng: random.Random, solved: bool) -> None:
    """The yellow hatching of a fire lane, with a car on it."""
    g, (x, y) = scene.stage.ground(0.006), scene.spot
    yellow = (226, 178, 60)
    g.line(
        [(x - 2.4, y - 1.1), (x + 2.4, y - 1.1), (x + 2.4, y + 1.2), (x - 2.4, y + 1.2), (x - 2.4, y - 1.1)],
        0.09,
        yellow,
    )
    for k in range(-4, 5):
        a, b = max(-2.4, k * 0.62 - 0.6), min(2.4, k * 0.62 + 0.6)
        g.line(
            [(x + a, y - 1.1 + (a - k * 0.62 + 0.6) * 1.9), (x + b, y - 1.1 + (b - k * 0.62 + 0.6) * 1.9)],
            0.07,
            yellow,
        )
    glyphs(g, x - 1.3, y - 1.75, 0.5, 4, yellow, random.Random(7))
    parked_car(scene, rng, solved)


def goods_outside(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Tables and crates in front of a shop, beyond its line."""
    if solved:
        return
    x, y = scene.spot
    for k in range(2):
        u = x - 1.5 + k * 1.6
        scene.add(u, y + 0.4, litter.table, scene.stage, u, y + 0.3, 1.3, 0.6, 0.6, (164, 128, 90))
        for j in range(2):
            own = scene.fork()
            scene.add(
                u + j * 0.6, y + 0.35, litter.crate, scene.stage, u + 0.05 + j * 0.62, y + 0.36, own, 0.66
            )
    for k in range(4):
        own, u = scene.fork(), x - 1.7 + k * 0.85
        scene.add(u, y - 0.5, litter.crate, scene.stage, u, y - 0.45 + 0.1 * own.random(), own)
    own2 = scene.fork()
    scene.add(x + 1.9, y, litter.carton, scene.stage, x + 1.8, y, own2)


def street_stall(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A barrow under an umbrella, crates around it."""
    if solved:
        return
    x, y = scene.spot
    own = [scene.fork() for _ in range(6)]

    def barrow() -> None:
        s = scene.stage
        litter.table(s, x - 0.8, y, 1.6, 0.8, 0.75, (96, 122, 140))
        for u in (-0.5, 0.5):
            s.plane((x + u, y - 0.05, 0), (1, 0, 0), (0, 0, 1)).disc(0, 0.2, 0.2, (40, 42, 44))
        for k in range(2):
            litter.crate(s, x - 0.7 + k * 0.75, y + 0.2, own[k], 0.81)
        litter.parasol(s, x + 0.2, y + 0.5, own[2])

    scene.add(x, y, barrow)
    for k, u in enumerate((-1.6, 1.1, 1.7)):
        scene.add(x + u, y - 0.2, litter.crate, scene.stage, x + u, y - 0.2, own[3 + k])
    _scatter(scene, rng, 6, 1.0, 0.4)


def clutter(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Cartons, boards, an old table: things kept where all should walk."""
    if solved:
        return
    x, y = scene.spot
    own = [scene.fork() for _ in range(8)]
    scene.add(x, y + 0.9, litter.planks, scene.stage, x - 0.9, y + 0.9, own[0])
    for k in range(3):
        u = x - 0.9 + k * 0.6
        scene.add(u, y + 0.3, litter.carton, scene.stage, u, y + 0.3, own[1 + k], 0.55)
    scene.add(x - 0.6, y + 0.25, litter.carton, scene.stage, x - 0.6, y + 0.32, own[4], 0.42, 0.46)
    scene.add(x + 1.1, y, litter.table, scene.stage, x + 0.9, y, 0.9, 0.6, 0.7, (140, 102, 70))
    scene.add(x - 1.5, y, litter.chair, scene.stage, x - 1.6, y, own[5])
    _bags(scene, rng, 2)


def bulky(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A sofa, sacks of rubble, laths."""
    if solved:
        return
    x, y = scene.spot
    own = [scene.fork() for _ in range(8)]
    scene.add(x, y + 0.4, litter.sofa, scene.stage, x - 1.3, y + 0.3, own[0])
    scene.add(x + 1.2, y + 0.3, litter.planks, scene.stage, x + 0.5, y + 0.3, own[1])
    for k, (u, z) in enumerate(((0.3, 0.0), (0.95, 0.0), (0.6, 0.26), (1.6, 0.0))):
        scene.add(x + u, y - 0.4 - z * 0.1, litter.sack, scene.stage, x + u, y - 0.4, own[2 + k], z)


def laundry(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Washing on a line across public ground."""
    x, y = scene.spot
    own = scene.fork()
    if not solved:
        scene.add(x, y, litter.clothes, scene.stage, x - 1.5, y, 3.0, own)


def shed(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A hut of corrugated sheet against the wall; afterwards its pale footprint."""
    x, y = scene.spot
    scene.stage.ground(0.006).rect(x - 1.2, y, x + 1.2, y + 1.5, dim(scene.floor, 1.1), 150)
    if solved:
        return
    tint = rng.choice(((108, 142, 168), (170, 96, 78), (150, 154, 150)))

    def sheet(name: str, side: Plane, wide: float, high: float) -> None:
        for k in range(int(wide / 0.16)):
            side.rect(k * 0.16, 0, k * 0.16 + 0.05, high, dim(tint, 0.84))
        if name == "front":
            side.rect(wide * 0.55, 0, wide * 0.9, high * 0.82, dim(tint, 0.6))

    scene.stage.shadow(((x - 1.2, y), (x + 1.2, y), (x + 1.2, y + 1.5), (x - 1.2, y + 1.5)), 2.1)
    scene.add(x, y + 0.1, box, scene.stage, x - 1.2, y, 2.4, 1.5, 2.1, tint, decorate=sheet)
    scene.add(x, y + 0.05, box, scene.stage, x - 1.4, y - 0.2, 2.8, 1.8, 0.08, dim(tint, 0.7), z=2.1)


def stair_clutter(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Cartons, a scooter and odds and ends at the foot of the stairs."""
    if solved:
        return
    x, y = scene.spot
    own = [scene.fork() for _ in range(6)]
    for k, (u, v, z, size) in enumerate(
        ((0.35, 0.4, 0, 0.5), (0.9, 0.45, 0, 0.44), (0.4, 0.42, 0.42, 0.4), (0.05, -0.25, 0, 0.36))
    ):
        scene.add(x + u, y + v - z * 0.2, litter.carton, scene.stage, x + u, y + v, own[k], size, z)
    scene.add(x - 0.9, y - 0.2, vehicles.scooter, scene.stage, x - 1.25, y - 0.75, 62, vehicles.BIKES[2])
    scene.add(x + 1.1, y - 0.2, litter.bag, scene.stage, x + 1.05, y - 0.2, own[4], 0.32)


def floating(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Rubbish on the water."""
    if solved:
        return
    x, y = scene.spot
    g = scene.stage.ground(-0.89)
    for _ in range(9):
        g.blob(
            x + rng.gauss(0, 1.6), y + rng.gauss(0, 0.7), rng.uniform(0.2, 0.7), (96, 122, 70), rng, 200, 0.5
        )
    for _ in range(38):
        u, v = x + rng.gauss(0, 1.8), y + rng.gauss(0, 0.9)
        s, tone = rng.uniform(0.06, 0.16), rng.choice(litter.SCRAPS)
        g.poly(((u - s, v), (u, v + s * 0.8), (u + s, v + s * 0.2), (u + s * 0.2, v - s * 0.7)), tone)


THEMES: dict[str, Theme] = {
    "rubbish": rubbish,
    "litter": small_litter,
    "white_litter": white_litter,
    "butts": butts,
    "bin_overflow": bin_overflow,
    "dirty": dirty,
    "scooters": scooters,
    "shared_bikes": shared_bikes,
    "car": parked_car,
    "fire_lane": fire_lane,
    "goods_outside": goods_outside,
    "street_stall": street_stall,
    "clutter": clutter,
    "bulky": bulky,
    "laundry": laundry,
    "shed": shed,
    "stair_clutter": stair_clutter,
    "floating": floating,
    "pothole": ground.pothole,
    "manhole": ground.manhole,
    "puddle": ground.puddle,
    "posters": wall.posters,
    "wall_damage": wall.wall_damage,
    "cables": wall.cables,
    "fire_box": wall.fire_box,
    "sign_broken": wall.sign_broken,
    "bare_soil": ground.bare_soil,
    "soil_heap": ground.soil_heap,
    "mud": ground.mud,
    "hoarding": wall.hoarding,
    "dead_tree": ground.dead_tree,
    "weeds": ground.weeds,
    "bench_broken": wall.bench_broken,
    "lamp_broken": wall.lamp_broken,
    "faded_marks": ground.faded_marks,
    "board_faded": wall.board_state("faded"),
    "board_empty": wall.board_state("empty"),
    "parking_lock": ground.parking_lock,
    "window_charging": wall.window_charging,
    "service_desk": wall.service_desk,
    "wall_lamp": wall.wall_lamp,
}
