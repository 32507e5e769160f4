"""What towns are clad with: façades with windows, paving, lawn, walls, signs. Detail that sits in real perspective."""

import math
import random
from collections.abc import Callable, Sequence

from app.demo.stage import Color, Plane, Stage, dim, mix

GLASS: Color = (62, 78, 88)
FRAME: Color = (226, 222, 212)
CONCRETE: Color = (176, 171, 162)

WALLS: list[Color] = [
    (222, 205, 175),
    (214, 196, 172),
    (226, 214, 192),
    (208, 186, 160),
    (205, 205, 196),
    (219, 190, 164),
    (196, 203, 200),
    (228, 208, 164),
]
SIGNS: list[Color] = [(38, 84, 124), (150, 52, 42), (36, 98, 84), (172, 116, 38), (84, 62, 112), (52, 66, 84)]
GOODS: list[Color] = [
    (206, 84, 62),
    (232, 180, 74),
    (96, 150, 92),
    (84, 132, 178),
    (236, 228, 208),
    (166, 96, 138),
]


def glyphs(
    plane: Plane, u: float, v: float, height: float, count: int, color: Color, rng: random.Random
) -> None:
    """A line of invented characters: strokes in square cells. Reads as writing, says nothing."""
    for i in range(count):
        x, s, w = u + i * height * 1.16, height, height * 0.11
        for _ in range(rng.randint(2, 3)):
            y = v + s * rng.choice((0.08, 0.3, 0.5, 0.72, 0.92))
            plane.rect(x + s * rng.uniform(0, 0.2), y - w / 2, x + s * rng.uniform(0.75, 1), y + w / 2, color)
        for _ in range(rng.randint(1, 2)):
            z = x + s * rng.choice((0.12, 0.35, 0.5, 0.68, 0.9))
            plane.rect(
                z - w / 2, v + s * rng.uniform(0, 0.35), z + w / 2, v + s * rng.uniform(0.65, 1), color
            )
        if rng.random() < 0.6:
            x2 = x + s * rng.choice((0.05, 0.95))
            plane.line([(x + s * 0.5, v + s * 0.5), (x2, v)], w, color)


def bars(
    plane: Plane, u: float, v: float, width: float, rows: int, pitch: float, color: Color, rng: random.Random
) -> None:
    """Small print seen from afar: bars of uneven length, from the top down."""
    for i in range(rows):
        y = v - i * pitch
        plane.rect(u, y - pitch * 0.22, u + width * rng.uniform(0.55, 1.0), y + pitch * 0.22, color)


def notice(
    plane: Plane, u: float, v: float, w: float, h: float, rng: random.Random, color: Color | None = None
) -> None:
    """A board with a title and small print, seen as bars."""
    ground = color or rng.choice(SIGNS[:3])
    plane.rect(u - 0.03, v - 0.03, u + w + 0.03, v + h + 0.03, (232, 230, 222))
    plane.rect(u, v, u + w, v + h, ground)
    glyphs(plane, u + w * 0.1, v + h * 0.68, min(h * 0.2, w * 0.14), 5, (246, 242, 230), rng)
    bars(plane, u + w * 0.1, v + h * 0.52, w * 0.8, 4, h * 0.12, mix(ground, (255, 255, 255), 0.72), rng)


def window(
    plane: Plane, u: float, v: float, w: float, h: float, rng: random.Random, frame: Color = FRAME
) -> None:
    """A sliding window: reveal, panes, a slanting reflection, sometimes a curtain, grille or plants."""
    plane.rect(u - 0.07, v - 0.05, u + w + 0.07, v + h + 0.07, dim(frame, 0.86))
    plane.rect(u, v, u + w, v + h, frame)
    glass = mix(GLASS, (96, 120, 130), rng.random())
    plane.rect(u + 0.05, v + 0.05, u + w - 0.05, v + h - 0.05, glass)
    plane.rect(u + 0.05, v + h - 0.17, u + w - 0.05, v + h - 0.05, dim(glass, 0.72))
    if rng.random() < 0.4:
        side = rng.random() < 0.5
        cloth = rng.choice(((214, 196, 170), (186, 160, 140), (150, 172, 176), (206, 178, 120)))
        a, b = (u + 0.05, u + w * 0.36) if side else (u + w * 0.64, u + w - 0.05)
        plane.rect(a, v + 0.05, b, v + h - 0.05, mix(cloth, glass, 0.3))
        for k in (0.3, 0.65):
            x = a + (b - a) * k
            plane.rect(x, v + 0.05, x + 0.03, v + h - 0.05, mix(dim(cloth, 0.8), glass, 0.3))
    slant = w * 0.22
    shine = (
        (u + 0.05, v + 0.05),
        (u + w * 0.32, v + 0.05),
        (u + w * 0.32 + slant, v + h - 0.05),
        (u + 0.05, v + h - 0.05),
    )
    plane.poly(shine, (190, 208, 214), 46)
    plane.rect(u + w / 2 - 0.035, v, u + w / 2 + 0.035, v + h, frame)
    plane.rect(u - 0.12, v - 0.13, u + w + 0.12, v - 0.05, dim(frame, 0.93))
    plane.rect(u - 0.12, v - 0.18, u + w + 0.12, v - 0.13, (90, 84, 76), 70)
    if rng.random() < 0.3:
        _grille(plane, u, v, w, h)


def _grille(plane: Plane, u: float, v: float, w: float, h: float) -> None:
    steel = (188, 192, 192)
    for i in range(8):
        x = u - 0.05 + (w + 0.1) * i / 7
        plane.rect(x - 0.012, v - 0.1, x + 0.012, v + h + 0.05, steel)
    for y in (v - 0.1, v + h * 0.3, v + h * 0.7, v + h + 0.05):
        plane.rect(u - 0.08, y - 0.014, u + w + 0.08, y + 0.014, steel)


def air_conditioner(plane: Plane, u: float, v: float) -> None:
    """The outdoor unit every house wears."""
    plane.rect(u + 0.06, v - 0.12, u + 0.95, v - 0.02, (70, 66, 60), 80)
    plane.rect(u, v, u + 0.86, v + 0.58, (217, 215, 208))
    plane.rect(u, v + 0.52, u + 0.86, v + 0.58, (233, 231, 226))
    plane.disc(u + 0.32, v + 0.28, 0.24, (136, 138, 136))
    plane.disc(u + 0.32, v + 0.28, 0.19, (166, 168, 164))
    plane.line([(u + 0.15, v + 0.2), (u + 0.49, v + 0.36)], 0.05, (140, 142, 140))
    plane.line([(u + 0.24, v + 0.45), (u + 0.4, v + 0.11)], 0.05, (140, 142, 140))
    for i in range(4):
        plane.rect(u + 0.63, v + 0.1 + i * 0.1, u + 0.8, v + 0.14 + i * 0.1, (176, 176, 170))
    plane.line([(u + 0.86, v + 0.2), (u + 0.98, v + 0.3), (u + 0.98, v + 0.9)], 0.045, (226, 224, 218))


def pipe(plane: Plane, u: float, height: float) -> None:
    """A downpipe with its clamps and its thin shadow."""
    plane.rect(u + 0.1, 0, u + 0.2, height, (50, 46, 42), 52)
    plane.rect(u, 0.1, u + 0.12, height, (150, 152, 150))
    plane.rect(u + 0.02, 0.1, u + 0.05, height, (188, 190, 186))
    for k in range(int(height / 1.6)):
        plane.rect(u - 0.03, 0.7 + k * 1.6, u + 0.15, 0.78 + k * 1.6, (112, 114, 112))


def weathering(
    plane: Plane, width: float, height: float, wall: Color, rng: random.Random, density: float = 1.0
) -> None:
    """Stains, patches and chips: what makes one wall unlike the next."""
    for _ in range(int(width * 0.8 * density)):
        u, v = rng.uniform(0.2, width - 0.2), rng.uniform(0.3, height * 0.9)
        plane.blob(
            u,
            v,
            rng.uniform(0.12, 0.5),
            dim(wall, rng.choice((0.9, 0.94, 1.05))),
            rng,
            110,
            rng.uniform(0.5, 1.4),
        )
    for _ in range(int(width * 1.0 * density)):
        u, top = rng.uniform(0, width), rng.uniform(1.4, height)
        plane.poly(
            ((u, top), (u + 0.07, top), (u + 0.05, top - rng.uniform(0.4, 1.5)), (u + 0.02, top - 1.2)),
            dim(wall, 0.8),
            70,
        )
    for _ in range(int(width * 7 * density)):
        u, v, s = rng.uniform(0, width), rng.uniform(0.05, min(height, 3.4)), rng.uniform(0.01, 0.03)
        plane.rect(u, v, u + s * rng.uniform(0.6, 2.2), v + s, dim(wall, rng.choice((0.72, 0.82, 1.1))))


def bricks(plane: Plane, u0: float, v0: float, u1: float, v1: float, base: Color, rng: random.Random) -> None:
    """A field of bricks, some lighter, some darker, on mortar."""
    plane.rect(u0, v0, u1, v1, mix(base, (214, 206, 194), 0.55))
    row, v = 0, v0 + 0.015
    while v < v1 - 0.04:
        u = u0 - (0.13 if row % 2 else 0.0)
        while u < u1 - 0.02:
            a, b = max(u, u0), min(u + 0.245, u1)
            if b - a > 0.03:
                plane.rect(a, v, b, min(v + 0.1, v1), dim(base, rng.uniform(0.84, 1.12)))
            u += 0.26
        row, v = row + 1, v + 0.115


def panels(plane: Plane, width: float, height: float, wall: Color, rng: random.Random) -> None:
    """Tile or render joints with a few panels off-colour."""
    step_u, step_v = rng.choice(((0.9, 0.6), (1.2, 0.6), (0.6, 0.6), (1.8, 0.9)))
    for i in range(int(width / step_u) + 1):
        for j in range(int(height / step_v) + 1):
            if rng.random() < 0.16:
                u, v = i * step_u, j * step_v
                tone = dim(wall, rng.choice((0.95, 0.97, 1.03)))
                plane.rect(u, v, min(u + step_u, width), min(v + step_v, height), tone)
    for i in range(1, int(width / step_u) + 1):
        plane.rect(i * step_u - 0.008, 0, i * step_u + 0.008, height, dim(wall, 0.88), 150)
    for j in range(1, int(height / step_v) + 1):
        plane.rect(0, j * step_v - 0.008, width, j * step_v + 0.008, dim(wall, 0.88), 150)


def facade(
    plane: Plane,
    width: float,
    height: float,
    rng: random.Random,
    wall: Color,
    *,
    storey: float = 3.0,
    blank: tuple[float, float] = (0.0, 0.0),
    plain: bool = False,
) -> None:
    """A dwelling's front: plinth, windows, air conditioners, downpipes.

    `blank` keeps that stretch of the ground floor bare. `plain` leaves the dirt out, for houses far away; it has
    a generator of its own, so that the windows stay where they are when the viewer comes nearer.
    """
    dirt = random.Random(rng.random())
    plane.rect(0, 0, width, height, wall)
    if not plain:
        panels(plane, width, height, wall, dirt)
        weathering(plane, width, height, wall, dirt)
    plinth = dim(wall, 0.74)
    plane.rect(0, 0, width, 0.85, plinth)
    if not plain:
        weathering(plane, width, 0.9, plinth, dirt, 0.5)
    plane.rect(0, 0.85, width, 0.92, dim(wall, 1.08))
    _storeys(plane, width, height, rng, wall, storey, blank)
    for u in (0.35, width - 0.5) if width > 5 else (0.3,):
        pipe(plane, u, height)
    plane.rect(0, height - 0.24, width, height, dim(wall, 0.68))
    plane.rect(0, height - 0.3, width, height - 0.24, (60, 54, 48), 90)
    for i, alpha in enumerate((40, 30, 22)):
        plane.rect(0, 0, width, 0.16 * (i + 1), (40, 38, 40), alpha)


def _storeys(
    plane: Plane,
    width: float,
    height: float,
    rng: random.Random,
    wall: Color,
    storey: float,
    blank: tuple[float, float],
) -> None:
    """Rows of windows with an air conditioner here and there."""
    pitch = rng.uniform(2.5, 3.1)
    columns = max(1, int((width - 0.8) / pitch))
    inset = (width - columns * pitch) / 2 + (pitch - 1.4) / 2
    for floor in range(int(height / storey)):
        v = floor * storey + (1.15 if floor == 0 else 1.0)
        if floor:
            plane.rect(0, floor * storey - 0.06, width, floor * storey + 0.06, dim(wall, 1.07))
        for k in range(columns):
            if floor == 0 and blank[0] - 1.5 < inset + k * pitch < blank[1]:
                continue
            if rng.random() < 0.94 and v + 1.5 < height:
                window(plane, inset + k * pitch, v, 1.4, 1.35, rng)
            if rng.random() < 0.45 and v + 1.0 < height:
                air_conditioner(plane, inset + k * pitch + rng.choice((-0.1, 0.4)), v - 0.86)


def box(
    stage: Stage,
    x: float,
    y: float,
    w: float,
    d: float,
    h: float,
    color: Color,
    *,
    z: float = 0.0,
    angle: float = 0.0,
    decorate: Callable[[str, Plane, float, float], None] | None = None,
) -> None:
    """A cuboid with one corner at (x, y, z), turned by `angle` about it; `decorate` paints its visible sides."""
    a = math.radians(angle)
    ex, ey = (math.cos(a), math.sin(a), 0.0), (-math.sin(a), math.cos(a), 0.0)
    far_x, far_y = x + w * ex[0], y + w * ex[1]
    back_x, back_y = x + d * ey[0], y + d * ey[1]
    corner_x, corner_y = far_x + d * ey[0], far_y + d * ey[1]
    minus_x, minus_y = (-ex[0], -ex[1], 0.0), (-ey[0], -ey[1], 0.0)
    up = (0.0, 0.0, 1.0)
    sides = (
        ("front", (x, y, z), ex, up, w, h),
        ("right", (far_x, far_y, z), ey, up, d, h),
        ("back", (corner_x, corner_y, z), minus_x, up, w, h),
        ("left", (back_x, back_y, z), minus_y, up, d, h),
        ("top", (x, y, z + h), ex, ey, w, d),
        ("bottom", (back_x, back_y, z), ex, minus_y, w, d),
    )
    for name, origin, right, upward, wide, high in sides:
        side = stage.plane(origin, right, upward)
        if stage.faces(side):
            side.rect(0, 0, wide, high, color)
            if decorate:
                decorate(name, side, wide, high)


def extrude(
    stage: Stage,
    profile: Sequence[tuple[float, float]],
    x: float,
    y: float,
    angle: float,
    width: float,
    color: Color,
    tops: Sequence[Color] | None = None,
) -> Plane:
    """A profile (along, up), given counter-clockwise, pulled `width` metres sideways. Returns the nearer side to draw on."""
    a = math.radians(angle)
    along, across = (math.cos(a), math.sin(a), 0.0), (-math.sin(a), math.cos(a), 0.0)
    near = stage.plane((x, y, 0), along, (0, 0, 1))
    if not stage.faces(near):
        near = stage.plane((x + across[0] * width, y + across[1] * width, 0), along, (0, 0, 1), across)
    for i, ((u0, v0), (u1, v1)) in enumerate(zip(profile, [*profile[1:], profile[0]], strict=True)):
        length = math.hypot(u1 - u0, v1 - v0) or 1.0
        du, dv = (u1 - u0) / length, (v1 - v0) / length
        normal = (dv * along[0], dv * along[1], -du)
        start = (x + u0 * along[0], y + u0 * along[1], v0)
        side = stage.plane(start, (du * along[0], du * along[1], dv), across, normal)
        if stage.faces(side):
            side.rect(0, 0, length, width, tops[i] if tops else color)
    near.poly(profile, color)
    return near
