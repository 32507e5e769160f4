"""Loose things people leave behind: bags, cartons, scraps, crates, sacks, old furniture. Painted one by one."""

import math
import random

from app.demo.stage import Color, Plane, Stage, dim, mix
from app.demo.surfaces import GOODS, box, extrude, glyphs
from app.demo.vehicles import BIKES

BAGS: list[Color] = [(44, 46, 50), (52, 56, 60), (172, 52, 44), (222, 222, 216), (60, 96, 132), (72, 116, 84)]
SCRAPS: list[Color] = [
    (240, 238, 230),
    (232, 226, 208),
    (214, 88, 62),
    (92, 136, 178),
    (230, 178, 72),
    (150, 190, 160),
]


_KNOT = ((-0.16, 0.74), (0.16, 0.74), (0.06, 0.92), (0.2, 1.14), (0, 1.04), (-0.2, 1.12), (-0.06, 0.92))
_SHEEN = ((-0.6, 0.3), (-0.44, 0.62), (-0.22, 0.72), (-0.36, 0.5), (-0.46, 0.28))
_GLINT = ((0.2, 0.16), (0.56, 0.2), (0.5, 0.42), (0.36, 0.28))


def bag(stage: Stage, x: float, y: float, rng: random.Random, size: float = 0.42, z: float = 0.0) -> None:
    """A tied plastic bag with its sheen and folds."""
    color = rng.choice(BAGS)
    w, h = size * rng.uniform(0.8, 1.05), size * rng.uniform(1.15, 1.5)
    if z == 0.0:
        stage.contact(x, y, w * 0.95, w * 0.5)
    p = stage.billboard(x, y, z)
    lean = rng.uniform(-0.08, 0.08)
    outline = [(-w * 0.6, 0.0), (w * 0.6, 0.0)]
    for i in range(21):
        a, lump = math.pi * (i - 2.5) / 15, rng.uniform(0.94, 1.06)
        up = math.sin(a)
        narrowed = 1 - 0.25 * max(0.0, up) ** 3
        outline.append((w * math.cos(a) * lump * narrowed + lean * up, h * (0.26 + 0.5 * up * lump)))
    p.poly(outline, color)
    white = (255, 255, 255)
    for shape, tone in (
        (_KNOT, dim(color, 0.92)),
        (_SHEEN, mix(color, white, 0.28)),
        (_GLINT, mix(color, white, 0.13)),
    ):
        p.poly([(u * w, v * h) for u, v in shape], tone)
    for _ in range(4):
        u = rng.uniform(-0.5, 0.5) * w
        p.line([(u * 0.3, h * 0.74), (u, h * rng.uniform(0.2, 0.5))], 0.02, dim(color, 0.7))


def carton(stage: Stage, x: float, y: float, rng: random.Random, size: float = 0.45, z: float = 0.0) -> None:
    """A cardboard box, a little turned, its flap sometimes open."""
    w, d, h = size * rng.uniform(0.8, 1.3), size * rng.uniform(0.7, 1.1), size * rng.uniform(0.6, 1.0)
    paper, angle = rng.choice(((190, 150, 104), (204, 166, 120), (178, 136, 92))), rng.uniform(-28, 28)
    if z == 0.0:
        stage.contact(x + w / 2, y + d / 2, w * 0.7, d * 0.7)
    mark = rng.random()

    def tape(name: str, side: Plane, wide: float, high: float) -> None:
        if name == "top":
            side.rect(wide * 0.44, 0, wide * 0.56, high, (214, 196, 158))
        elif name in ("front", "left", "right"):
            side.rect(0, high * 0.9, wide, high, dim(paper, 0.9))
            side.rect(wide * 0.42, high * 0.7, wide * 0.58, high, (214, 196, 158))
            glyphs(side, wide * 0.1, high * 0.18, high * 0.22, 2, dim(paper, 0.62), random.Random(mark))

    box(stage, x, y, w, d, h, paper, z=z, angle=angle, decorate=tape)
    if rng.random() < 0.4:
        p = stage.upright(x, y, angle, z + h)
        p.poly(((0, 0), (w, 0), (w * 1.02, -0.16), (-0.04, -0.2)), dim(paper, 1.1))


def scrap(
    stage: Stage, x: float, y: float, rng: random.Random, color: Color | None = None, z: float = 0.0
) -> None:
    """A crumpled bit of paper, foil or plastic; or a bottle lying about."""
    tone = color or rng.choice(SCRAPS)
    s = rng.uniform(0.07, 0.15)
    g = stage.ground(z + 0.008)
    if rng.random() < 0.18:
        p = stage.upright(x, y, rng.uniform(-40, 40), z + 0.01)
        p.rect(0, 0, 0.18, 0.075, (172, 206, 206), 210)
        p.rect(0.06, 0, 0.12, 0.075, rng.choice(GOODS))
        p.rect(0.18, 0.02, 0.24, 0.055, (206, 82, 62))
        return
    g.blob(x + 0.02, y - 0.02, s * 0.9, (30, 32, 40), rng, 60, 0.6)
    outline = [
        (x + s * rng.uniform(0.6, 1.1) * math.cos(a), y + s * rng.uniform(0.4, 0.8) * math.sin(a))
        for a in (0.2, 1.3, 2.4, 3.5, 4.5, 5.5)
    ]
    g.poly(outline, tone)
    top = [(u * 0.6 + x * 0.4, v * 0.6 + y * 0.4 + 0.02) for u, v in outline[:4]]
    stage.ground(z + 0.05).poly(top, mix(tone, (255, 255, 255), 0.4))
    g.line(outline[1:4], 0.012, dim(tone, 0.75))


def crate(stage: Stage, x: float, y: float, rng: random.Random, z: float = 0.0, full: bool = True) -> None:
    """A plastic crate, perhaps full of fruit."""
    color = rng.choice(((62, 108, 158), (196, 82, 58), (86, 138, 92), (222, 180, 84)))
    if z == 0.0:
        stage.contact(x + 0.28, y + 0.2, 0.36, 0.26)

    def slots(name: str, side: Plane, wide: float, high: float) -> None:
        if name in ("front", "left", "right", "back"):
            for row in (0.08, 0.18):
                for k in range(4):
                    side.rect(
                        wide * (0.08 + k * 0.22), row, wide * (0.24 + k * 0.22), row + 0.05, dim(color, 0.6)
                    )
        elif name == "top":
            side.rect(0.03, 0.03, wide - 0.03, high - 0.03, dim(color, 0.5))

    box(stage, x, y, 0.56, 0.4, 0.3, color, z=z, decorate=slots)
    if full:
        tone = rng.choice([*GOODS[:3], (206, 112, 60), (122, 162, 84)])
        for k in range(14):
            p = stage.billboard(x + 0.07 + (k % 5) * 0.105, y + 0.32 - (k // 5) * 0.11, z + 0.28)
            p.disc(0, 0.03, 0.065, dim(tone, rng.uniform(0.82, 1.14)))


def sack(stage: Stage, x: float, y: float, rng: random.Random, z: float = 0.0) -> None:
    """A woven sack lying on its side: cement, rubble."""
    color = rng.choice(((214, 208, 192), (188, 196, 200), (206, 190, 160)))
    if z == 0.0:
        stage.contact(x + 0.3, y + 0.15, 0.42, 0.24)
    profile = [
        (0.0, z + 0.05),
        (0.1, z),
        (0.6, z),
        (0.68, z + 0.06),
        (0.66, z + 0.2),
        (0.52, z + 0.26),
        (0.15, z + 0.25),
        (0.02, z + 0.17),
    ]
    side = extrude(stage, profile, x, y, rng.uniform(-18, 18), 0.36, color)
    side.rect(0.2, z + 0.06, 0.5, z + 0.2, mix(color, (70, 110, 150), 0.5))
    side.line([(0.06, z + 0.1), (0.16, z + 0.2)], 0.02, dim(color, 0.7))


def chair(stage: Stage, x: float, y: float, rng: random.Random) -> None:
    """A wooden chair with a broken leg."""
    wood = rng.choice(((132, 88, 58), (156, 110, 74)))
    stage.contact(x + 0.22, y + 0.2, 0.34, 0.24)
    for u, v in ((0, 0.38), (0.4, 0.38), (0, 0), (0.4, 0)):
        p = stage.billboard(x + u, y + v)
        p.line([(0, 0), (rng.uniform(-0.06, 0.06), 0.44)], 0.05, wood)
    box(stage, x - 0.04, y - 0.02, 0.5, 0.46, 0.05, dim(wood, 1.1), z=0.43)
    back = stage.plane((x - 0.04, y + 0.42, 0.46), (1, 0, 0), (0, 0, 1))
    for u in (0, 0.2, 0.44):
        back.rect(u, 0, u + 0.05, 0.5, wood)
    for v in (0.2, 0.44):
        back.rect(0, v, 0.5, v + 0.07, dim(wood, 1.08))


def sofa(stage: Stage, x: float, y: float, rng: random.Random) -> None:
    """A thrown-out sofa, one cushion torn."""
    cloth = rng.choice(((150, 92, 74), (96, 112, 108), (132, 120, 98), (108, 84, 108)))
    stage.contact(x + 0.85, y + 0.4, 1.05, 0.5)
    stage.shadow(((x, y), (x + 1.7, y), (x + 1.7, y + 0.8), (x, y + 0.8)), 0.8, 0.8)
    box(stage, x, y + 0.55, 1.7, 0.25, 0.85, dim(cloth, 0.86))
    box(stage, x, y, 1.7, 0.56, 0.3, dim(cloth, 0.76))
    for k in range(2):
        box(stage, x + 0.18 + k * 0.68, y + 0.02, 0.66, 0.54, 0.16, dim(cloth, 1.04 + 0.06 * k), z=0.3)
    for u in (0, 1.5):
        box(stage, x + u, y - 0.02, 0.2, 0.76, 0.6, cloth)
    p = stage.plane((x, y - 0.03, 0), (1, 0, 0), (0, 0, 1))
    p.blob(0.6, 0.38, 0.12, (226, 214, 186), rng)
    p.line([(1.1, 0.32), (1.3, 0.42)], 0.03, dim(cloth, 0.6))


def planks(stage: Stage, x: float, y: float, rng: random.Random) -> None:
    """Boards and laths thrown together."""
    for _ in range(6):
        wood = dim((176, 136, 92), rng.uniform(0.75, 1.15))
        box(
            stage,
            x + rng.uniform(-0.3, 0.3),
            y + rng.uniform(-0.3, 0.3),
            rng.uniform(1.0, 1.9),
            0.14,
            0.05,
            wood,
            z=rng.uniform(0, 0.2),
            angle=rng.uniform(-35, 35),
        )


def table(
    stage: Stage, x: float, y: float, w: float, d: float, h: float, color: Color, cloth: Color | None = None
) -> None:
    """A trestle table, bare or with a cloth."""
    stage.contact(x + w / 2, y + d / 2, w * 0.6, d * 0.6, 0.8)
    stage.shadow(((x, y), (x + w, y), (x + w, y + d), (x, y + d)), h, 0.6)
    if cloth:
        box(stage, x, y, w, d, h, cloth)
        return
    for u in (0.04, w - 0.1):
        for v in (d - 0.1, 0.04):
            box(stage, x + u, y + v, 0.06, 0.06, h, dim(color, 0.6))
    box(stage, x, y, w, d, 0.06, color, z=h)


def parasol(stage: Stage, x: float, y: float, rng: random.Random, height: float = 2.3) -> None:
    """A big market umbrella in two colours."""
    color = rng.choice(((196, 62, 50), (52, 112, 150), (60, 128, 92)))
    stage.shadow([(x + 1.1 * math.cos(a), y + 1.1 * math.sin(a)) for a in (0, 1, 2, 3, 4, 5)], 0.1, 0.6)
    stage.billboard(x, y).rect(-0.025, 0, 0.025, height, (150, 152, 150))
    n = 12
    rim = [
        (x + 1.25 * math.cos(6.283 * i / n), y + 1.25 * math.sin(6.283 * i / n), height - 0.42)
        for i in range(n)
    ]
    order = sorted(range(n), key=lambda i: -rim[i][1])
    for i in order:
        tone = color if i % 2 else (242, 236, 222)
        a = 6.283 * (i + 0.5) / n
        stage.poly(
            (rim[i], rim[(i + 1) % n], (x, y, height)), tone, (math.cos(a) * 0.5, math.sin(a) * 0.5, 0.8)
        )


def clothes(stage: Stage, x: float, y: float, length: float, rng: random.Random) -> None:
    """A line with washing, between two poles."""
    p = stage.upright(x, y, rng.uniform(-6, 6))
    for u in (0.0, length):
        p.line([(u, 0), (u, 1.9)], 0.05, (122, 112, 96))
    p.line([(0, 1.8), (length * 0.5, 1.7), (length, 1.8)], 0.02, (214, 214, 206))
    u = 0.12
    while u < length - 0.5:
        w, h, tone = rng.uniform(0.35, 0.6), rng.uniform(0.5, 0.95), rng.choice([*SCRAPS, *BIKES[:3]])
        p.poly(((u, 1.75), (u + w, 1.75), (u + w * 0.96, 1.75 - h), (u + w * 0.05, 1.75 - h * 0.97)), tone)
        if rng.random() < 0.5:
            p.poly(((u, 1.75), (u - 0.1, 1.4), (u + 0.02, 1.36), (u + 0.08, 1.7)), dim(tone, 0.9))
        for k in (0.35, 0.7):
            p.rect(u + w * k, 1.75 - h * 0.95, u + w * k + 0.025, 1.7, dim(tone, 0.86))
        u += w + rng.uniform(0.08, 0.22)
