"""Street furniture and plants that stand in a place whatever happens: trees, lamps, bins, benches, vehicles, boards."""

import math
import random

from app.demo.stage import Color, Plane, Stage, dim, mix
from app.demo.surfaces import box, glyphs, notice

LEAVES: list[Color] = [(124, 154, 96), (108, 142, 92), (140, 164, 102), (116, 150, 112)]


def tree(
    stage: Stage, x: float, y: float, rng: random.Random, height: float = 4.6, spread: float = 1.5
) -> None:
    """A broad-leaved street tree. The crown is a heap of balls at their own depths, so it moves with the viewer."""
    leaf = rng.choice(LEAVES)
    stage.contact(x, y, 0.22, 0.16)
    trunk = stage.billboard(x, y)
    fork = height - spread * 1.15
    bark = (112, 92, 74)
    trunk.poly(((-0.15, 0), (0.15, 0), (0.09, fork), (-0.09, fork)), bark)
    trunk.poly(((-0.15, 0), (-0.04, 0), (-0.03, fork), (-0.09, fork)), dim(bark, 0.8))
    trunk.rect(-0.15, 0, 0.15, 1.05, (222, 220, 210), 190)
    for side in (-1, 1):
        trunk.poly(
            ((0, fork - 0.3), (0.08 * side, fork - 0.3), (spread * 0.55 * side, height - spread * 0.6)), bark
        )
    balls = []
    for _ in range(15):
        a, r, lift = rng.uniform(0, 6.28), spread * rng.random() ** 0.6, rng.uniform(-0.55, 0.75)
        balls.append(
            (
                x + r * math.cos(a) * 0.8,
                y + r * math.sin(a) * 0.7,
                height - spread * 0.3 + lift * spread * 0.8,
            )
        )
    balls.sort(key=lambda b: -b[1])
    for bx, by, bz in balls:
        tone = dim(leaf, 0.76 + 0.2 * (bz - height + spread) / spread)
        stage.billboard(bx, by, bz).disc(0, 0, spread * rng.uniform(0.34, 0.5), tone)
    detail = stage.scale_at(x, y) > 14
    for bx, by, bz in balls if detail else balls[::4]:
        face = stage.billboard(bx, by - spread * 0.3, bz)
        for _ in range(14 if detail else 4):
            a, r = rng.uniform(0, 6.28), spread * 0.42 * rng.random() ** 0.5
            u, v, s = r * math.cos(a), r * math.sin(a), rng.uniform(0.05, 0.11) * (1 if detail else 1.8)
            tone = dim(leaf, rng.choice((0.68, 0.82, 1.08, 1.18)))
            face.poly(((u - s, v), (u, v + s * 0.6), (u + s, v), (u, v - s * 0.5)), tone)


def tree_shadow(stage: Stage, x: float, y: float, height: float = 4.6, spread: float = 1.5) -> None:
    """What the crown throws on the ground; painted before anything that stands on it."""
    if stage.light.shadow < 20:
        return
    sx, sy, sz = stage.sun
    k = min(height / max(sz, 0.25), 14.0)
    cx, cy = x - sx * k, y - sy * k
    ring = [(cx + spread * 1.15 * math.cos(t / 3), cy + spread * math.sin(t / 3)) for t in range(19)]
    stage.fill(
        [stage.to_camera((u, min(v, stage.back), 0.006)) for u, v in ring],
        (34, 38, 52),
        stage.light.shadow - 14,
    )
    stage.shadow(((x - 0.12, y), (x + 0.12, y)), height * 0.7, 0.8)


def bush(
    stage: Stage,
    x: float,
    y: float,
    rng: random.Random,
    radius: float = 0.5,
    z: float = 0.0,
    leaf: Color | None = None,
) -> None:
    """A clipped round shrub."""
    leaf = leaf or rng.choice(LEAVES)
    stage.contact(x, y, radius, radius * 0.6, 0.8)
    for lift, scale, tone in ((0.75, 1.0, 0.78), (0.9, 0.82, 0.95), (1.1, 0.52, 1.08)):
        stage.billboard(x + (scale - 1) * 0.2, y, z).disc(
            0, radius * lift, radius * scale, dim(leaf, tone), squash=0.86
        )
    face = stage.billboard(x, y - radius * 0.4, z)
    for _ in range(18):
        a, r = rng.uniform(0, 6.28), radius * 0.8 * rng.random() ** 0.5
        u, v, s = r * math.cos(a), radius * 0.85 + r * math.sin(a) * 0.8, radius * rng.uniform(0.07, 0.14)
        face.poly(
            ((u - s, v), (u, v + s * 0.7), (u + s, v), (u, v - s * 0.6)),
            dim(leaf, rng.choice((0.66, 0.84, 1.14, 1.24))),
        )


def hedge(
    stage: Stage, x0: float, x1: float, y: float, rng: random.Random, height: float = 0.7, depth: float = 0.7
) -> None:
    """A clipped hedge along x."""
    leaf = rng.choice(LEAVES)
    box(stage, x0, y, x1 - x0, depth, height, dim(leaf, 0.84))
    face = stage.plane((x0, y - 0.01, 0), (1, 0, 0), (0, 0, 1))
    top = stage.ground(height)
    for _ in range(int((x1 - x0) * 22)):
        u, v, s = rng.uniform(0, x1 - x0), rng.uniform(0.02, height), rng.uniform(0.03, 0.07)
        face.poly(
            ((u - s, v), (u, v + s), (u + s, v), (u, v - s)), dim(leaf, rng.choice((0.6, 0.72, 0.98, 1.1)))
        )
    for _ in range(int((x1 - x0) * 7)):
        u, v, s = rng.uniform(x0, x1), y + rng.uniform(0, depth), rng.uniform(0.04, 0.08)
        top.poly(((u - s, v), (u, v + s), (u + s, v), (u, v - s)), dim(leaf, rng.choice((0.92, 1.1, 1.2))))


def lamp(
    stage: Stage, x: float, y: float, height: float = 4.5, reach: float = 0.9, lean: float = 0.0
) -> None:
    """A street lamp with one arm; `lean` bends the head down (broken)."""
    stage.contact(x, y, 0.16, 0.12)
    pole = stage.billboard(x, y)
    steel = (96, 104, 106)
    pole.rect(-0.1, 0, 0.1, 0.5, dim(steel, 0.9))
    pole.rect(-0.05, 0.5, 0.05, height, steel)
    pole.rect(-0.05, 0.5, -0.02, height, dim(steel, 1.3))
    tip = (reach, height + 0.25 - lean)
    pole.line([(0, height - 0.1), (reach * 0.5, height + 0.2 - lean * 0.3), tip], 0.07, steel)
    pole.poly(
        (
            (tip[0] - 0.1, tip[1] - 0.1),
            (tip[0] + 0.4, tip[1] - 0.06),
            (tip[0] + 0.36, tip[1] + 0.06),
            (tip[0] - 0.1, tip[1] + 0.06),
        ),
        dim(steel, 0.85),
    )
    pole.rect(tip[0], tip[1] - 0.12, tip[0] + 0.3, tip[1] - 0.08, (250, 240, 206))


def wheelie_bin(stage: Stage, x: float, y: float, color: Color, rng: random.Random, lid: float = 0.0) -> None:
    """A 240-litre bin; `lid` lifts the cover (overflowing)."""
    stage.contact(x + 0.29, y + 0.3, 0.36, 0.3)
    lower = stage.plane((x, y, 0), (1, 0, 0), (0, 0, 1))
    box(stage, x + 0.03, y + 0.04, 0.52, 0.56, 0.95, dim(color, 0.92), z=0.06)
    lower.poly(((0.07, 0.08), (0.51, 0.08), (0.58, 1.0), (0, 1.0)), color)
    lower.poly(((0.07, 0.08), (0.14, 0.08), (0.09, 1.0), (0, 1.0)), dim(color, 1.18))
    for u in (0.1, 0.42):
        lower.rect(u, 0, u + 0.09, 0.14, (40, 42, 44))
    lower.rect(-0.03, 0.96, 0.61, 1.05, dim(color, 0.8))
    box(stage, x - 0.03, y - 0.03, 0.64, 0.66, 0.09, dim(color, 0.86), z=1.02 + lid * 0.22)
    lower.rect(0.19, 0.52, 0.39, 0.74, (226, 230, 226))
    lower.poly(((0.24, 0.58), (0.34, 0.58), (0.29, 0.69)), dim(color, 0.9))
    glyphs(lower, 0.16, 0.36, 0.09, 3, (226, 230, 226), rng)


def bench(
    stage: Stage, x: float, y: float, angle: float = 0.0, missing: frozenset[int] = frozenset()
) -> None:
    """A slatted bench; slats (0–3 seat, 4–6 back) may be missing."""
    wood, iron = (150, 106, 70), (66, 70, 72)
    stage.contact(x + 0.75, y + 0.2, 0.85, 0.3, 0.7)
    for k in (0.15, 1.3):
        box(stage, x + k, y + 0.05, 0.07, 0.36, 0.42, iron)
    for i in range(4):
        if i not in missing:
            box(
                stage,
                x,
                y + 0.32 - i * 0.11,
                1.5,
                0.085,
                0.04,
                dim(wood, 1.0 + 0.05 * (i % 2)),
                z=0.42,
                angle=angle,
            )
    for i in range(3):
        if i + 4 not in missing:
            box(stage, x, y + 0.42, 1.5, 0.04, 0.1, dim(wood, 1.04 - 0.05 * (i % 2)), z=0.56 + i * 0.14)


def board(
    stage: Stage,
    x: float,
    y: float,
    w: float,
    h: float,
    rng: random.Random,
    color: Color | None = None,
    angle: float = 0.0,
    state: str = "good",
) -> None:
    """A publicity board on two posts: good, faded (pale, torn corner) or empty."""
    stage.contact(x + w / 2, y, w / 2, 0.12, 0.7)
    face = stage.upright(x, y, angle)
    post = (120, 124, 124)
    for u in (0.12, w - 0.2):
        face.rect(u, 0, u + 0.08, h + 0.75, post)
    ground = color or rng.choice(((168, 48, 40), (38, 92, 118), (42, 104, 86)))
    if state == "empty":
        face.rect(0, 0.75, w, 0.75 + h, (150, 146, 138))
        face.rect(0.06, 0.81, w - 0.06, 0.69 + h, (196, 192, 184))
        for _ in range(4):
            face.blob(rng.uniform(0.3, w - 0.3), rng.uniform(1, h + 0.5), 0.12, (176, 168, 156), rng)
        return
    face.rect(-0.05, 0.7, w + 0.05, 0.8 + h, (214, 212, 204))
    faded = state == "faded"
    tone = mix(ground, (206, 200, 190), 0.62) if faded else ground
    face.rect(0, 0.75, w, 0.75 + h, tone)
    face.disc(w * 0.8, 0.75 + h * 0.34, h * 0.26, mix(tone, (255, 236, 190), 0.5))
    hills = ((0, 0), (1, 0), (1, 0.22), (0.62, 0.12), (0.3, 0.3), (0, 0.14))
    face.poly([(u * w, 0.75 + v * h) for u, v in hills], mix(tone, (30, 50, 40), 0.3))
    ink = mix((250, 244, 226), tone, 0.45 if faded else 0.0)
    size = min(h * 0.26, w / 6.4)
    glyphs(face, w * 0.07, 0.75 + h * 0.62, size, 4, ink, rng)
    glyphs(face, w * 0.07, 0.75 + h * 0.4, size * 0.55, 5, ink, rng)
    if faded:
        _torn(face, w, h, tone, rng)


def _torn(face: Plane, w: float, h: float, tone: Color, rng: random.Random) -> None:
    """The upper right corner hanging down, scratches all over."""
    top = 0.75 + h
    face.poly(((w, top), (w - h * 0.55, top), (w, top - h * 0.6)), (176, 172, 164))
    flap = ((w - h * 0.55, top), (w - h * 0.5, top - h * 0.38), (w, top - h * 0.6))
    face.poly(flap, mix(tone, (240, 236, 226), 0.6))
    for _ in range(5):
        scratch = [(rng.uniform(0, w), 0.8), (rng.uniform(0, w), top)]
        face.line(scratch, 0.02, mix(tone, (230, 226, 216), 0.5))


def bollard(stage: Stage, x: float, y: float) -> None:
    """A stone bollard."""
    stage.contact(x, y, 0.16, 0.12, 0.8)
    p = stage.billboard(x, y)
    p.rect(-0.12, 0, 0.12, 0.62, (168, 164, 156))
    p.rect(-0.12, 0, -0.05, 0.62, (196, 192, 184))
    p.disc(0, 0.64, 0.13, (180, 176, 168))
    p.rect(-0.12, 0.46, 0.12, 0.52, (214, 170, 60))


def pot(stage: Stage, x: float, y: float, rng: random.Random) -> None:
    """A planted pot."""
    stage.contact(x, y, 0.3, 0.2)
    p = stage.billboard(x, y)
    p.poly(((-0.2, 0), (0.2, 0), (0.28, 0.42), (-0.28, 0.42)), (170, 96, 66))
    p.poly(((-0.2, 0), (-0.1, 0), (-0.16, 0.42), (-0.28, 0.42)), (192, 116, 84))
    p.rect(-0.3, 0.38, 0.3, 0.46, (182, 106, 74))
    bush(stage, x, y, rng, 0.34, 0.4)
    for _ in range(7):
        p.disc(
            rng.uniform(-0.28, 0.28),
            rng.uniform(0.5, 1.0),
            0.045,
            rng.choice(((226, 96, 88), (240, 196, 90), (236, 226, 216))),
        )


def notice_wall(stage: Stage, x: float, y: float, z: float, w: float, h: float, rng: random.Random) -> None:
    """A board on a wall that faces the viewer."""
    notice(stage.plane((x, y - 0.03, z), (1, 0, 0), (0, 0, 1)), 0, 0, w, h, rng)
