"""Sky and grounds: paving, asphalt, lawn, kerbs, with the grit that makes one yard unlike the next."""

import math
import random

from app.demo.stage import Color, Light, Plane, Stage, dim, mix


def sky(stage: Stage, light: Light, rng: random.Random) -> None:
    """From the top down to the horizon, with a few flat clouds."""
    horizon = stage.height / 2 - stage.focal * math.tan(math.radians(stage.camera.pitch))
    low = max(10, int(horizon + stage.height * 0.06))
    for i in range(20):
        y0, y1 = low * i // 20, low * (i + 1) // 20 + 1
        stage._solid.rectangle((0, y0, stage.width, y1), mix(light.sky_top, light.sky_low, (i / 19) ** 0.8))
    for _ in range(rng.randint(2, 4)):
        x, y = rng.uniform(-0.1, 1.0) * stage.width, rng.uniform(0.0, 0.7) * low
        for _ in range(6):
            w, h = rng.uniform(0.05, 0.14) * stage.width, rng.uniform(0.01, 0.03) * stage.height
            dx, dy = rng.uniform(-1, 1) * w, rng.uniform(-0.6, 0.6) * h
            stage._clear.ellipse((x + dx - w, y + dy - h, x + dx + w, y + dy + h), (250, 248, 242, 46))


def paving(
    stage: Stage,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    color: Color,
    rng: random.Random,
    step: float = 1.0,
    z: float = 0.0,
) -> None:
    """Slabs with joints; single slabs off-colour, chipped, stained, cracked."""
    g = stage.ground(z)
    g.rect(x0, y0, x1, y1, color)
    nx, ny = math.ceil((x1 - x0) / step), math.ceil((y1 - y0) / step)
    for j in range(ny):
        for i in range(nx):
            if rng.random() < 0.34:
                u, v = x0 + i * step, y0 + j * step
                g.rect(u, v, min(u + step, x1), min(v + step, y1), dim(color, rng.uniform(0.93, 1.06)))
    joint = dim(color, 0.8)
    for i in range(1, nx):
        wide = 0.022 * step
        g.rect(x0 + i * step - wide / 2, y0, x0 + i * step + wide / 2, y1, joint)
    for j in range(1, ny):
        wide = 0.03 * step
        g.rect(x0, y0 + j * step - wide / 2, x1, y0 + j * step + wide / 2, joint)
    grit(g, x0, y0, x1, y1, color, rng)


def grit(
    g: Plane,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    color: Color,
    rng: random.Random,
    density: float = 1.0,
) -> None:
    """Stains, cracks and specks on a floor, denser near the viewer where they can be seen."""
    span = min(y1, y0 + 9.0) - y0
    for _ in range(int(16 * density)):
        u, v = rng.uniform(x0, x1), y0 + span * rng.random() ** 1.3
        g.blob(u, v, rng.uniform(0.1, 0.45), dim(color, rng.choice((0.88, 0.92, 1.05))), rng, 120, 0.7)
    for _ in range(int(7 * density)):
        u, v, a = rng.uniform(x0, x1), y0 + span * rng.random() ** 1.5, rng.uniform(0, 6.28)
        crack = [(u, v)]
        for _ in range(rng.randint(3, 6)):
            a += rng.uniform(-0.7, 0.7)
            crack.append((crack[-1][0] + 0.22 * math.cos(a), crack[-1][1] + 0.22 * math.sin(a)))
        g.line(crack, 0.014, dim(color, 0.66))
    for _ in range(int(420 * density)):
        u, v, s = rng.uniform(x0, x1), y0 + span * rng.random() ** 1.6, rng.uniform(0.008, 0.035)
        tone = dim(color, rng.choice((0.7, 0.78, 0.84, 1.12)))
        g.poly(((u, v), (u + s, v + s * 0.3), (u + s * 0.6, v + s)), tone)


def asphalt(stage: Stage, x0: float, y0: float, x1: float, y1: float, rng: random.Random) -> None:
    """A carriageway with mends, cracks and grit."""
    color = mix((104, 106, 108), (122, 120, 116), rng.random())
    g = stage.ground()
    g.rect(x0, y0, x1, y1, color)
    for _ in range(5):
        u, v = rng.uniform(x0, x1 - 1.5), rng.uniform(y0, min(y1, y0 + 14))
        g.rect(
            u,
            v,
            u + rng.uniform(0.6, 2.0),
            v + rng.uniform(0.6, 2.2),
            dim(color, rng.choice((0.9, 0.94, 1.05))),
        )
    for _ in range(3):
        v = rng.uniform(y0 + 1, y0 + 12)
        seam = [(x0 + (x1 - x0) * k / 6, v + rng.uniform(-0.1, 0.1)) for k in range(7)]
        g.line(seam, 0.03, dim(color, 0.74))
    grit(g, x0, y0, x1, y1, color, rng, 1.5)


def lawn(
    stage: Stage,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    rng: random.Random,
    z: float = 0.0,
    density: float = 1.0,
) -> None:
    """Grass: mown patches, tufts standing in perspective, a few clover flowers."""
    base = mix((128, 158, 92), (112, 146, 84), rng.random())
    g = stage.ground(z)
    g.rect(x0, y0, x1, y1, base)
    for _ in range(int(14 * density)):
        u, v = rng.uniform(x0, x1), rng.uniform(y0, y1)
        g.blob(u, v, rng.uniform(0.4, 1.3), dim(base, rng.choice((0.92, 0.95, 1.06))), rng, 150, 0.6)
    span = min(y1 - y0, 10.0)
    for _ in range(int(520 * density)):
        u, v, s = rng.uniform(x0, x1), y0 + span * rng.random() ** 1.4, rng.uniform(0.04, 0.13)
        lean, tone = rng.uniform(-0.04, 0.04), dim(base, rng.choice((0.74, 0.84, 1.1, 1.18)))
        stage.poly(((u - 0.016, v, z), (u + 0.016, v, z), (u + lean, v, z + s)), tone)
    for _ in range(int(26 * density)):
        u, v = rng.uniform(x0, x1), y0 + span * rng.random()
        g.disc(u, v, 0.025, rng.choice(((240, 238, 224), (238, 206, 92))))


def kerb(
    stage: Stage, x0: float, y0: float, x1: float, y1: float, height: float = 0.14, depth: float = 0.16
) -> None:
    """A row of kerb stones from one end to the other; runs along x or along y."""
    stone = (190, 186, 178)
    if abs(x1 - x0) > abs(y1 - y0):
        front = stage.plane((x0, y0, 0), (1, 0, 0), (0, 0, 1))
        front.rect(0, 0, x1 - x0, height, dim(stone, 0.9))
        for i in range(int(x1 - x0)):
            front.rect(i, 0, i + 0.025, height, (120, 116, 110))
        stage.ground(height).rect(x0, y0, x1, y0 + depth, stone)
    else:
        side = stage.plane((x0, y0, 0), (0, 1, 0), (0, 0, 1), (-1 if stage.camera.x < x0 else 1, 0, 0))
        side.rect(0, 0, y1 - y0, height, dim(stone, 0.9))
        top = stage.ground(height)
        inner = x0 + (depth if stage.camera.x < x0 else -depth)
        top.rect(min(x0, inner), y0, max(x0, inner), y1, stone)
        for i in range(int(y1 - y0)):
            side.rect(i, 0, i + 0.025, height, (120, 116, 110))
            top.rect(min(x0, inner), y0 + i, max(x0, inner), y0 + i + 0.025, (140, 136, 130))
