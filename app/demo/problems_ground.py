"""Faults of ground and green, broken and mended: holes, water, soil, mud, plants, markings."""

import math
import random

from app.demo import props
from app.demo.grounds import lawn
from app.demo.scene import Scene
from app.demo.stage import blob, dim, mix


def pothole(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A hole with a broken rim; mended with a dark square of fresh asphalt."""
    g, (x, y) = scene.stage.ground(0.007), scene.spot
    if solved:
        g.rect(x - 0.85, y - 0.75, x + 0.85, y + 0.65, dim(scene.floor, 0.68))
        for _ in range(60):
            g.disc(x + rng.uniform(-0.8, 0.8), y + rng.uniform(-0.7, 0.6), 0.018, dim(scene.floor, 0.56))
        return
    g.blob(x, y, 0.82, dim(scene.floor, 0.82), rng, 255, 0.75)
    shape = rng.random()
    g.blob(x, y, 0.64, dim(scene.floor, 0.5), random.Random(shape), 255, 0.72)
    g.blob(x + 0.03, y - 0.07, 0.54, dim(scene.floor, 0.36), random.Random(shape), 255, 0.66)
    g.blob(x + 0.08, y - 0.12, 0.3, mix(scene.stage.light.sky_low, scene.floor, 0.45), rng, 210, 0.5)
    for _ in range(40):
        a, r = rng.uniform(0, 6.28), rng.uniform(0.55, 1.2)
        u, v, s = x + r * math.cos(a), y + 0.75 * r * math.sin(a), rng.uniform(0.02, 0.06)
        g.poly(
            ((u, v), (u + s, v + s * 0.4), (u + s * 0.3, v + s)), dim(scene.floor, rng.choice((0.6, 1.25)))
        )
    for _ in range(5):
        a = rng.uniform(0, 6.28)
        crack = [
            (x + r * math.cos(a + r * 0.3), y + 0.75 * r * math.sin(a + r * 0.3))
            for r in (0.7, 0.95, 1.2, 1.5)
        ]
        g.line(crack, 0.025, dim(scene.floor, 0.5))


def manhole(scene: Scene, rng: random.Random, solved: bool) -> None:
    """An open shaft with the cover beside it; afterwards a round cover in its frame."""
    g, (x, y) = scene.stage.ground(0.007), scene.spot
    iron = (92, 90, 86)
    g.disc(x, y, 0.5, dim(scene.floor, 0.8))
    g.disc(x, y, 0.42, iron)
    if not solved:
        g.disc(x, y, 0.36, (26, 26, 28))
        g.blob(x - 0.06, y + 0.1, 0.2, (60, 58, 54), rng, 255, 0.5)
        x, y = x + 0.95, y - 0.35
        g.disc(x + 0.05, y - 0.05, 0.4, (40, 40, 44), 120)
        g = scene.stage.ground(0.06)
    g.disc(x, y, 0.37, dim(iron, 1.1))
    for k in range(-3, 4):
        half = math.sqrt(max(0.0, 0.33**2 - (k * 0.09) ** 2))
        g.rect(x - half, y + k * 0.09 - 0.018, x + half, y + k * 0.09 + 0.018, dim(iron, 0.75))


def puddle(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Standing water that mirrors the sky."""
    g, (x, y) = scene.stage.ground(0.007), scene.spot
    if solved:
        g.blob(x, y, 0.9, dim(scene.floor, 0.94), rng, 120, 0.5)
        return
    outline = blob(x, y - 0.2, 1.35, rng, 0.55, 0.35)
    g.poly([(x + (u - x) * 1.1, y - 0.2 + (v - y + 0.2) * 1.14) for u, v in outline], dim(scene.floor, 0.74))
    g.poly(outline, mix(dim(scene.floor, 0.6), scene.stage.light.sky_low, 0.5))
    for k in range(7):
        u, v, w = x + rng.uniform(-0.7, 0.5), y - 0.2 + rng.uniform(-0.4, 0.4), rng.uniform(0.2, 0.7)
        tone = scene.stage.light.sky_low if k % 2 else dim(scene.floor, 0.5)
        g.poly(((u, v), (u + w * 0.5, v + 0.03), (u + w, v), (u + w * 0.5, v - 0.03)), tone, 140)


def bare_soil(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Bare earth in the green; afterwards new turf in squares."""
    x, y = scene.spot
    g = scene.stage.ground(0.03)
    if solved:
        for i in range(6):
            for j in range(4):
                tone = dim((136, 172, 98), rng.uniform(0.94, 1.06))
                g.rect(x - 1.8 + i * 0.6, y - 0.9 + j * 0.5, x - 1.22 + i * 0.6, y - 0.42 + j * 0.5, tone)
        return
    outline = blob(x, y, 1.9, rng, 0.6, 0.4)
    g.poly(outline, (166, 132, 96))
    g.poly([(x + (u - x) * 0.75, y + (v - y) * 0.7) for u, v in outline], (150, 116, 82))
    for _ in range(90):
        u, v, s = x + rng.gauss(0, 0.7), y + rng.gauss(0, 0.35), rng.uniform(0.02, 0.07)
        g.poly(
            ((u, v), (u + s, v + s * 0.5), (u + s * 0.3, v + s)),
            rng.choice(((118, 90, 62), (196, 168, 132), (150, 150, 144))),
        )


def soil_heap(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A heap of soil left open; afterwards under a green net."""
    x, y = scene.spot
    top, shape = (96, 146, 92) if solved else (158, 122, 86), scene.fork()

    def heap() -> None:
        s = scene.stage
        s.contact(x, y + 0.3, 1.7, 0.7)
        p = s.billboard(x, y + 0.2)
        hill = [
            (-1.7, 0),
            (1.7, 0),
            (1.3, 0.4),
            (0.8, 0.75),
            (0.3, 1.0),
            (-0.2, 0.95),
            (-0.8, 0.7),
            (-1.3, 0.3),
        ]
        p.poly(hill, top)
        p.poly(((-1.7, 0), (-0.3, 0), (-0.5, 0.8), (-1.3, 0.3)), dim(top, 0.86))
        for _ in range(70):
            u = shape.uniform(-1.4, 1.4)
            v = shape.uniform(0.03, 0.85 - abs(u) * 0.55)
            p.disc(u, max(0.03, v), shape.uniform(0.02, 0.05), dim(top, shape.choice((0.75, 1.15))))
        if solved:
            for k in range(-6, 7):
                p.line([(k * 0.25, 0), (k * 0.15, 0.9 - abs(k) * 0.1)], 0.015, (70, 116, 72))

    scene.add(x, y, heap)


def mud(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Muddy tyre tracks and spilled spoil on the road."""
    if solved:
        return
    x, _ = scene.spot
    g = scene.stage.ground(0.006)
    for track in (0.0, 1.5):
        line = [(x - 2 + track * 0.4 + k * 0.5, 1.6 + track + k * 0.42 + 0.05 * k * k) for k in range(8)]
        g.line(line, 0.34, (146, 116, 84), 190)
        for u, v in line:
            g.blob(u, v, rng.uniform(0.1, 0.3), (130, 100, 70), rng, 220, 0.6)
    for _ in range(50):
        g.blob(
            x + rng.gauss(0, 1.6),
            3.4 + rng.gauss(0, 0.8),
            rng.uniform(0.03, 0.13),
            (150, 120, 88),
            rng,
            255,
            0.7,
        )


def dead_tree(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A dead tree; afterwards a young one with stakes."""
    x, y = scene.spot
    own = scene.fork()
    scene.stage.ground(0.02).disc(x, y, 0.5, (140, 112, 82), squash=0.7)

    def dead() -> None:
        p = scene.stage.billboard(x, y)
        p.poly(((-0.13, 0), (0.13, 0), (0.05, 2.6), (-0.05, 2.6)), (132, 116, 100))
        for _ in range(9):
            v, side = own.uniform(1.0, 2.5), own.choice((-1, 1))
            tip = (side * own.uniform(0.4, 1.0), v + own.uniform(0.3, 0.9))
            p.line([(0, v), tip], 0.05, (132, 116, 100))
            p.line(
                [(tip[0] * 0.6, v + (tip[1] - v) * 0.6), (tip[0] * 0.8, tip[1] + 0.3)], 0.03, (120, 104, 90)
            )

    def young() -> None:
        for u in (-0.5, 0.5):
            scene.stage.billboard(x, y + 0.05).line([(u, 0), (0, 1.2)], 0.05, (170, 136, 96))
        props.tree(scene.stage, x, y, own, 3.0, 0.8)

    scene.add(x, y, young if solved else dead)


def weeds(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Weeds knee-high; afterwards cut."""
    x, y = scene.spot
    if solved:
        lawn(scene.stage, x - 1.6, y - 0.7, x + 1.6, y + 0.7, scene.fork(), 0.01, 0.3)
        return
    for _ in range(11):
        u, v, own = x + rng.gauss(0, 0.8), y + rng.gauss(0, 0.4), scene.fork()
        scene.add(u, v, _weed, scene, u, v, own)


def _weed(scene: Scene, x: float, y: float, rng: random.Random) -> None:
    p = scene.stage.billboard(x, y)
    for _ in range(16):
        lean, h = rng.uniform(-0.4, 0.4), rng.uniform(0.35, 0.95)
        tone = rng.choice(((112, 132, 62), (150, 146, 78), (92, 118, 64), (170, 160, 96)))
        p.poly(((-0.02, 0), (0.03, 0), (lean * 0.6 + 0.02, h * 0.6), (lean, h)), tone)


def faded_marks(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Road markings worn off; afterwards fresh. The scene paints them itself (`markings`)."""


def parking_lock(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Parking bays, a private lock standing in one of them."""
    g, (x, y) = scene.stage.ground(0.006), scene.spot
    for k in (-1.25, 1.25):
        g.rect(x + k - 0.05, y - 1.4, x + k + 0.05, y + 1.4, (236, 232, 220))
    g.rect(x - 1.25, y + 1.35, x + 1.25, y + 1.45, (236, 232, 220))
    if solved:
        for u in (-0.3, 0.3):
            g.disc(x + u, y - 0.2, 0.05, (90, 88, 84))
        return
    outline = [(-0.42, 0.0), (-0.3, 0.5), (0.3, 0.5), (0.42, 0.0)]

    def lock() -> None:
        scene.stage.contact(x, y - 0.2, 0.5, 0.16)
        p = scene.stage.upright(x, y - 0.2, 4)
        p.line(outline, 0.09, (226, 180, 56))
        p.line([(-0.36, 0.25), (0.36, 0.25)], 0.07, (40, 40, 42))
        p.rect(-0.12, 0.2, 0.12, 0.34, (60, 62, 64))

    scene.add(x, y - 0.2, lock)
