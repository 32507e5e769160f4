"""Places out of doors in the town: a courtyard, a row of shops, a street, a lawn. Builders for a Scene.

What is fixed is painted at once; what stands is left to the scene, which paints it far to near.
"""

import random

from app.demo import props, vehicles
from app.demo.grounds import asphalt, kerb, lawn, paving, sky
from app.demo.scene import Scene, add_tree, paint_house
from app.demo.stage import Plane, Stage, dim, mix
from app.demo.surfaces import GOODS, SIGNS, WALLS, air_conditioner, facade, glyphs, notice, weathering, window


def lane(scene: Scene) -> None:
    """A courtyard between houses: bins by the wall, a strip of green, a noticeboard."""
    s, rng = scene.stage, scene.rng
    back, left = rng.uniform(6.9, 7.9), rng.uniform(-3.7, -2.9)
    wall, other = rng.sample(WALLS, 2)
    sky(s, s.light, scene.fork())
    scene.floor = rng.choice(((172, 167, 158), (164, 160, 156), (180, 170, 156)))
    paving(s, -9, 1.2, 14, back, scene.floor, scene.fork(), rng.choice((1.0, 0.8, 1.25)))
    _lane_shadow(s, left, back)
    face, s.back = s.plane((left, back, 0), (1, 0, 0), (0, 0, 1)), back - 0.02
    bx = rng.uniform(0.6, 1.4)
    facade(face, 18, 5.5, scene.fork(), wall, storey=2.75, blank=(bx - left - 2.6, bx - left + 1.7))
    side = s.plane((left, -1.5, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0))
    facade(side, back + 1.5, 5.5, scene.fork(), other, storey=2.75)
    s.ground(0.01).rect(left, back - 0.35, 14, back, dim(scene.floor, 0.72), 130)
    lawn(s, left + 0.02, 1.5, left + 1.5, back - 0.4, scene.fork(), 0.08, 0.5)
    kerb(s, left + 1.6, 1.5, left + 1.6, back - 0.4, 0.12, 0.12)
    for k in range(3):
        brush = scene.fork()
        y = 3.2 + k * rng.uniform(1.6, 2.0)
        scene.add(left + 0.7, y, props.bush, s, left + 0.75, y, brush, 0.42, 0.1)
    add_tree(scene, left + 0.9, rng.uniform(5.6, 6.8), rng.uniform(3.8, 4.8), 1.25)
    greens = ((52, 116, 84), (62, 76, 90), (58, 104, 128), (120, 66, 58))
    for i in range(rng.choice((2, 2, 3))):
        can, x = scene.fork(), bx + i * 0.82
        color = greens[(i + rng.randint(0, 1)) % 4]
        scene.add(x, back - 0.9, props.wheelie_bin, s, x, back - 0.95, color, can)
    notice(face, bx - left + 0.1, 1.5, 1.5, 0.95, scene.fork(), rng.choice(SIGNS[:3]))
    bay = [(bx - 0.3, back - 0.25), (bx - 0.3, back - 1.3), (bx + 2.7, back - 1.3), (bx + 2.7, back - 0.25)]
    s.ground(0.006).line(bay, 0.06, (226, 222, 210))
    _entrance(face, rng.uniform(8.2, 10.0), scene.fork())
    _drain(s, rng.uniform(-1.6, -0.6), rng.uniform(4.0, 5.6))
    scene.spot, scene.wall = (bx + rng.uniform(-0.9, -0.3), back - 2.7), face
    scene.wall_spot = (bx - left - 1.5, 0.95)


def _lane_shadow(s: Stage, left: float, back: float) -> None:
    """The shadow the left or back house throws into the court."""
    if s.light.shadow < 20:
        return
    sx, _, sz = s.sun
    reach = 5.5 / max(sz, 0.3)
    edge = min(left - sx * reach, 9.0) if sx < 0 else left
    if edge > left:
        s.fill(
            [
                s.to_camera(p)
                for p in (
                    (left, 1.2, 0.003),
                    (edge, 1.2, 0.003),
                    (edge - 1.5, back, 0.003),
                    (left, back, 0.003),
                )
            ],
            (34, 38, 52),
            s.light.shadow - 20,
        )


def _entrance(face: Plane, u: float, rng: random.Random) -> None:
    """A house door with a canopy, a number plate and meter boxes."""
    door = rng.choice(((92, 60, 46), (70, 84, 92), (116, 44, 40), (66, 92, 80)))
    face.rect(u - 0.14, 0, u + 1.5, 2.5, (196, 188, 174))
    face.rect(u, 0, u + 1.36, 2.36, door)
    face.rect(u + 0.66, 0, u + 0.7, 2.36, dim(door, 0.6))
    for a in (0.1, 0.78):
        face.rect(u + a, 0.3, u + a + 0.48, 1.1, dim(door, 1.16))
        face.rect(u + a, 1.3, u + a + 0.48, 2.1, mix(door, (150, 170, 178), 0.55))
    face.rect(u - 0.4, 2.58, u + 1.8, 2.8, (150, 144, 134))
    face.rect(u - 0.4, 2.4, u + 1.8, 2.58, (40, 38, 40), 70)
    face.rect(u + 0.38, 2.9, u + 0.98, 3.22, (40, 88, 140))
    glyphs(face, u + 0.44, 2.97, 0.18, 2, (240, 240, 236), rng)
    for k in range(3):
        face.rect(u + 1.72 + k * 0.42, 1.1, u + 2.06 + k * 0.42, 1.66, (178, 182, 178))
        face.rect(u + 1.78 + k * 0.42, 1.36, u + 2.0 + k * 0.42, 1.58, (96, 108, 110))


def _drain(s: Stage, x: float, y: float) -> None:
    g = s.ground(0.004)
    g.rect(x, y, x + 0.62, y + 0.42, (86, 86, 84))
    for i in range(6):
        g.rect(x + 0.05 + i * 0.095, y + 0.05, x + 0.1 + i * 0.095, y + 0.37, (44, 46, 48))


def shops(scene: Scene) -> None:
    """A row of shops behind a pavement: signs, awnings, glass, goods; dwellings above."""
    s, rng = scene.stage, scene.rng
    back, left = rng.uniform(7.6, 8.6), -9.5
    wall = rng.choice(WALLS)
    sky(s, s.light, scene.fork())
    asphalt(s, -14, 1.0, 16, 3.3, scene.fork())
    s.ground(0.004).rect(-14, 2.72, 16, 2.84, (236, 232, 220))
    scene.floor = rng.choice(((186, 176, 162), (176, 172, 166), (190, 166, 148)))
    kerb(s, -14, 3.3, 16, 3.3)
    paving(s, -14, 3.46, 16, back, scene.floor, scene.fork(), rng.choice((0.6, 0.8, 1.0)), 0.0)
    _tactile(s, 4.9)
    face, s.back = s.plane((left, back, 0), (1, 0, 0), (0, 0, 1)), back - 0.02
    face.rect(0, 0, 26, 9, wall)
    weathering(face, 26, 9, wall, scene.fork(), 0.6)
    width = rng.uniform(3.5, 4.2)
    for k in range(6):
        _shop(scene, face, 0.25 + k * width, width - 0.3, scene.fork())
    upper = scene.fork()
    for k in range(9):
        window(face, 0.8 + k * 2.7, 4.9, 1.5, 1.4, upper)
        if upper.random() < 0.5:
            air_conditioner(face, 1.1 + k * 2.7, 4.02)
    face.rect(0, 4.52, 26, 4.7, dim(wall, 1.08))
    for x in (rng.uniform(-4.6, -3.6), rng.uniform(2.6, 3.8), 8.5):
        add_tree(scene, x, 3.9, rng.uniform(4.2, 5.0), 1.25)
    for k in range(3):
        x = rng.uniform(-3, -2) + k * 1.5
        scene.add(x, 3.65, props.bollard, s, x, 3.65)
    green = scene.fork()
    px = rng.uniform(2.6, 3.6)
    scene.add(px, back - 0.5, props.pot, s, px, back - 0.5, green)
    scene.spot, scene.wall, scene.wall_spot = (
        (rng.uniform(-0.6, 0.8), back - 1.5),
        face,
        (-left - 0.6 + rng.uniform(-0.5, 0.5), 1.1),
    )


def _tactile(s: Stage, y: float, z: float = 0.003) -> None:
    """The ribbed yellow strip for the blind."""
    g = s.ground(z)
    g.rect(-14, y, 16, y + 0.5, (214, 172, 72))
    for k in range(60):
        x = -9 + k * 0.3
        g.rect(x, y, x + 0.025, y + 0.5, (186, 144, 52))
    for k in range(4):
        v = y + 0.08 + k * 0.11
        g.rect(-9, v, 9, v + 0.04, (230, 192, 96))


def _shop(scene: Scene, face: Plane, u: float, w: float, rng: random.Random) -> None:
    """One shop front between its piers."""
    tone = rng.choice(SIGNS)
    face.rect(u - 0.12, 0, u + w + 0.12, 3.25, (178, 170, 158))
    face.rect(u, 0, u + w, 3.0, (74, 66, 58))
    style = rng.choice(("glass", "glass", "glass", "shelf", "shelf", "shutter"))
    if style == "shutter":
        face.rect(u + 0.05, 0, u + w - 0.05, 2.9, (186, 190, 190))
        for i in range(18):
            face.rect(u + 0.05, i * 0.16, u + w - 0.05, i * 0.16 + 0.035, (150, 154, 154))
    else:
        face.rect(u + 0.08, 0.45, u + w - 0.08, 2.9, (92, 102, 104))
        _shelves(face, u + 0.16, 0.6, w * (0.9 if style == "shelf" else 0.55), rng)
        face.poly(
            ((u + w * 0.3, 0.45), (u + w * 0.5, 0.45), (u + w * 0.8, 2.9), (u + w * 0.6, 2.9)),
            (220, 230, 232),
            40,
        )
        for k in range(4):
            x = u + 0.05 + (w - 0.1) * k / 3
            face.rect(x - 0.04, 0, x + 0.04, 2.9, mix(tone, (190, 190, 186), 0.6))
        face.rect(u + w * 0.67, 0, u + w - 0.1, 2.3, (60, 64, 66))
        face.rect(u + w * 0.71, 0.2, u + w - 0.2, 2.2, (122, 138, 142))
        face.rect(u + w * 0.73, 0.9, u + w * 0.75, 1.3, (220, 220, 214))
        face.rect(u, 0, u + w * 0.66, 0.45, mix(tone, (140, 132, 122), 0.6))
    face.rect(u - 0.1, 3.0, u + w + 0.1, 4.1, dim(tone, 0.7))
    face.rect(u - 0.06, 3.04, u + w + 0.06, 4.06, tone)
    count = rng.choice((3, 4, 4, 5))
    size = min(0.62, (w - 0.7) / count / 1.16)
    glyphs(
        face,
        u + (w - size * 1.16 * count) / 2,
        3.34,
        size,
        count,
        rng.choice(((248, 238, 208), (250, 250, 244), (246, 206, 96))),
        rng,
    )
    if rng.random() < 0.7:
        _awning(scene, face, u, w, rng)


def _shelves(face: Plane, u: float, v: float, w: float, rng: random.Random) -> None:
    for row in range(4):
        y = v + row * 0.54
        face.rect(u, y, u + w, y + 0.05, (168, 140, 108))
        x = u + 0.03
        while x < u + w - 0.2:
            wide = rng.uniform(0.12, 0.3)
            face.rect(x, y + 0.05, x + wide - 0.03, y + 0.05 + rng.uniform(0.18, 0.4), rng.choice(GOODS))
            x += wide


def _awning(scene: Scene, face: Plane, u: float, w: float, rng: random.Random) -> None:
    """A striped cloth roof that comes towards the viewer."""
    s, color = scene.stage, rng.choice(((176, 60, 48), (44, 102, 84), (52, 92, 132), (196, 144, 60)))
    x0, y0 = face.origin[0] + u, face.origin[1]
    n = int(w / 0.36)
    for i in range(n):
        a, b = x0 + w * i / n, x0 + w * (i + 1) / n
        tone = color if i % 2 else (240, 234, 220)
        s.poly(
            ((a, y0 - 0.02, 3.0), (b, y0 - 0.02, 3.0), (b, y0 - 1.05, 2.5), (a, y0 - 1.05, 2.5)),
            tone,
            (0, -0.4, 0.9),
        )
        s.poly(
            ((a, y0 - 1.05, 2.5), (b, y0 - 1.05, 2.5), ((a + b) / 2, y0 - 1.06, 2.3)),
            dim(tone, 0.92),
            (0, -0.8, 0.3),
        )
    face.rect(u, 1.9, u + w, 2.5, (24, 26, 34), 60)


def road(scene: Scene) -> None:
    """A street seen along its length: carriageway, kerbs, rows of trees, lamps, houses on both sides."""
    s, rng = scene.stage, scene.rng
    wide = rng.uniform(3.0, 3.8)
    sky(s, s.light, scene.fork())
    _road_ground(scene, wide)
    crossing = rng.random() < 0.5

    def paint(fresh: float) -> None:
        _road_lines(s, wide, crossing, fresh)

    scene.markings = paint
    _road_houses(scene, wide)
    first = rng.uniform(5.0, 7.0)
    for k in range(6):
        for edge in (-1, 1):
            y = first + k * 6.5 + (edge > 0) * 2.0
            add_tree(scene, edge * (wide + 0.9), y, rng.uniform(4.4, 5.4), rng.uniform(1.2, 1.5))
    for k in range(3):
        y = first + 2.4 + k * 13
        scene.add(-wide - 0.6, y, props.lamp, s, -wide - 0.6, y, 6.0, 1.2)
    tint = scene.fork().choice(vehicles.CARS)
    cy = rng.uniform(17, 24)
    scene.add(wide - 2, cy, vehicles.car, s, wide - 1.9, cy, 90, tint)
    sign = scene.fork()
    scene.add(wide + 2.4, 9, props.board, s, wide + 1.6, 9.0, 2.0, 1.2, sign)
    scene.spot = (rng.uniform(0.2, 0.9), rng.uniform(3.7, 4.5))


def _road_ground(scene: Scene, wide: float) -> None:
    s, rng = scene.stage, scene.rng
    asphalt(s, -wide, 0.6, wide, 90, scene.fork())
    scene.floor = (112, 112, 112)
    pave = rng.choice(((178, 172, 162), (188, 170, 152)))
    paving(s, wide + 0.16, 0.8, wide + 3.6, 34, pave, scene.fork(), 0.9)
    paving(s, -wide - 3.6, 0.8, -wide - 0.16, 34, pave, scene.fork(), 0.9)
    for edge in (wide + 3.6, -wide - 3.6):
        s.ground().rect(min(edge, edge * 4), 0.8, max(edge, edge * 4), 90, (160, 166, 140))
        s.ground().rect(wide if edge > 0 else -wide - 3.6, 34, wide + 3.6 if edge > 0 else -wide, 90, pave)
    kerb(s, wide, 0.8, wide, 34)
    kerb(s, -wide, 0.8, -wide, 34)


def _road_houses(scene: Scene, wide: float) -> None:
    """Blocks on both sides, the farthest first."""
    rng, y = scene.rng, 52.0
    while y > 5:
        depth = rng.uniform(9, 13)
        y -= depth
        for edge in (-1, 1):
            x = (wide + rng.uniform(4.2, 5.2)) if edge > 0 else -wide - rng.uniform(4.2, 5.2) - 9
            if y > 4 or edge > 0:
                long, high = depth - rng.uniform(0.6, 1.6), rng.uniform(6, 11)
                paint_house(scene, x, y, 9, long, high, rng.choice(WALLS))


def _road_lines(s: Stage, wide: float, crossing: bool, fresh: float) -> None:
    g = s.ground(0.004)
    white, yellow, alpha = (238, 236, 226), (224, 176, 66), round(255 * fresh)
    for k in range(12):
        g.rect(-0.07, 3.4 + k * 4.2, 0.07, 5.6 + k * 4.2, yellow if fresh > 0.9 else white, alpha)
    for x in (-wide + 0.25, wide - 0.35):
        g.rect(x, 0.8, x + 0.1, 60, white, alpha)
    if crossing:
        for k in range(int(wide * 2 / 0.9)):
            g.rect(-wide + 0.45 + k * 0.9, 7.4, -wide + 0.9 + k * 0.9, 10.4, white, alpha)
        g.rect(-wide + 0.3, 6.6, wide - 0.3, 6.85, white, alpha)


def green(scene: Scene) -> None:
    """A lawn with a hedge and trees before a house; a path and its kerb in front."""
    s, rng = scene.stage, scene.rng
    back = rng.uniform(10.5, 12.5)
    sky(s, s.light, scene.fork())
    paint_house(scene, -11, back + 2.2, 13, 4, rng.uniform(6.2, 7.4), rng.choice(WALLS))
    paint_house(scene, 4.5, back + 3.4, 12, 4, rng.uniform(6.2, 9.4), rng.choice(WALLS))
    scene.floor = (122, 150, 90)
    s.ground().rect(-20, 10, 20, back + 3, (150, 158, 118))
    lawn(s, -14, 3.7, 14, back, scene.fork(), 0.0, 1.6)
    paving(s, -14, 0.9, 14, 3.55, rng.choice(((186, 180, 168), (190, 168, 150))), scene.fork(), 0.6)
    kerb(s, -14, 3.55, 14, 3.55, 0.1, 0.12)
    leaf = scene.fork()
    scene.add(0, back - 0.4, props.hedge, s, -13, 13, back - 0.4, leaf, 0.9, 0.9)
    for k in range(4):
        x = -5.4 + k * rng.uniform(3.2, 3.9)
        if abs(x - 0.4) > 1.2:
            add_tree(scene, x, rng.uniform(7.2, 9.4), rng.uniform(3.8, 5.0), rng.uniform(1.2, 1.6))
    for x, y in ((-3.4, 5.2), (-2.5, 5.6), (3.6, 5.9), (4.5, 5.4)):
        twig = scene.fork()
        scene.add(x, y, props.bush, s, x, y, twig, 0.46)
    seat = rng.choice((-3.3, 2.4))
    scene.add(seat, 4.1, props.bench, s, seat, 4.15)
    lx = rng.uniform(2.6, 3.4) * (-1 if seat > 0 else 1)
    scene.add(lx, 4.0, props.lamp, s, lx, 4.0, 3.2, 0.0)
    word = scene.fork()
    scene.add(-0.6, back - 1.6, props.board, s, -1.6, back - 1.7, 1.9, 0.9, word)
    scene.spot = (rng.uniform(-0.3, 0.5), 5.1)
