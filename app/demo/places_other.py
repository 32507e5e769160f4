"""More places: a stairwell, a river bank, a building site, a public entrance, a market hall. Builders for a Scene."""

import random

from app.demo import props
from app.demo.grounds import asphalt, grit, kerb, paving, sky
from app.demo.scene import Scene, add_tree
from app.demo.stage import Color, Plane, Stage, dim, mix
from app.demo.surfaces import GOODS, SIGNS, box, glyphs, notice, panels, weathering


def stairs(scene: Scene) -> None:
    """The foot of a stairwell: a flat door, the flight with its railing, meter boxes, a notice."""
    s, rng = scene.stage, scene.rng
    back, left, right = rng.uniform(4.4, 4.9), -2.3, 2.7
    wall, dado = (232, 226, 212), rng.choice(((140, 172, 156), (126, 158, 176), (176, 160, 136)))
    scene.floor = rng.choice(((176, 172, 164), (168, 164, 152)))
    g = s.ground()
    g.rect(left, 0.2, right, back, scene.floor)
    speck = scene.fork()
    for _ in range(900):
        u, v, r = speck.uniform(left, right), speck.uniform(0.4, back), speck.uniform(0.008, 0.022)
        tone = dim(scene.floor, speck.choice((0.7, 0.82, 1.14, 1.2)))
        g.poly(((u, v), (u + r, v + r * 0.4), (u + r * 0.4, v + r)), tone)
    grit(g, left, 1.0, right, back, scene.floor, speck, 0.4)
    face, s.back = s.plane((left, back, 0), (1, 0, 0), (0, 0, 1)), back - 0.02
    side = s.plane((left, 0.2, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0))
    other = s.plane((right, back, 0), (0, -1, 0), (0, 0, 1), (-1, 0, 0))
    for plane, width in ((side, back - 0.2), (other, back - 0.2), (face, right - left)):
        _indoor_wall(plane, width, wall, dado, scene.fork())
    s.plane((left, back, 2.9), (1, 0, 0), (0, -1, 0), (0, 0, -1)).rect(
        0, 0, right - left, back, (206, 200, 188)
    )
    _flat_door(side, back - 0.2 - rng.uniform(1.5, 1.8), scene.fork())
    notice(face, 0.5 + rng.uniform(0, 0.4), 1.45, 0.62, 0.85, scene.fork(), (236, 232, 220))
    for k in range(3):
        face.rect(1.5 + k * 0.4, 1.55, 1.84 + k * 0.4, 2.1, (172, 176, 174))
        face.rect(1.56 + k * 0.4, 1.82, 1.78 + k * 0.4, 2.04, (84, 96, 98))
    hx = rng.uniform(0.4, 0.8)
    side.rect(hx, 0.75, hx + 0.66, 1.55, (206, 60, 48))
    side.rect(hx + 0.05, 0.8, hx + 0.61, 1.5, (222, 84, 68))
    glyphs(side, hx + 0.12, 1.2, 0.13, 3, (250, 244, 236), scene.fork())
    for u in (0, right - left - 0.05):
        face.rect(u, 0, u + 0.05, 2.9, (60, 56, 52), 40)
    _flight(s, rng.uniform(0.75, 0.95), right, back, scene.fork())
    scene.spot, scene.wall, scene.wall_spot = (rng.uniform(-0.95, -0.5), back - 0.95), face, (1.15, 0.9)


def _indoor_wall(plane: Plane, width: float, wall: Color, dado: Color, rng: random.Random) -> None:
    plane.rect(0, 0, width, 2.9, wall)
    weathering(plane, width, 2.9, wall, rng, 0.6)
    plane.rect(0, 0, width, 1.25, dado)
    weathering(plane, width, 1.2, dado, rng, 0.6)
    plane.rect(0, 1.25, width, 1.29, dim(dado, 0.7))
    plane.rect(0, 0, width, 0.12, (120, 112, 102))
    for i, alpha in enumerate((30, 24, 18)):
        plane.rect(0, 2.9 - 0.18 * (i + 1), width, 2.9, (50, 48, 48), alpha)


def _flat_door(side: Plane, u: float, rng: random.Random) -> None:
    door = rng.choice(((126, 78, 56), (112, 48, 42), (84, 92, 98)))
    side.rect(u - 0.1, 0, u + 1.1, 2.2, dim(door, 0.7))
    side.rect(u, 0, u + 1.0, 2.1, door)
    for v in (0.25, 1.15):
        side.rect(u + 0.15, v, u + 0.85, v + 0.75, dim(door, 0.86))
        side.rect(u + 0.2, v + 0.05, u + 0.8, v + 0.7, dim(door, 1.08))
    side.disc(u + 0.9, 1.05, 0.05, (214, 190, 120))
    side.rect(u + 0.3, 1.75, u + 0.7, 1.95, (196, 48, 40))
    glyphs(side, u + 0.34, 1.78, 0.13, 2, (250, 214, 110), rng)
    side.rect(u - 0.12, 0.3, u - 0.1, 1.9, (200, 60, 46))


def _flight(s: Stage, x: float, right: float, back: float, rng: random.Random) -> None:
    """Steps that climb away from the viewer on the right, and their handrail."""
    tread, rise, first = 0.3, 0.17, back - 2.7
    steps = [i for i in range(9) if first + (i + 1) * tread <= back]
    for i in reversed(steps):
        y, z = first + i * tread, i * rise
        s.ground(z + rise).rect(x, y, right, y + tread, (190, 186, 176))
        riser = s.plane((x, y, z), (1, 0, 0), (0, 0, 1))
        riser.rect(0, 0, right - x, rise, (150, 146, 138))
        riser.rect(0, rise - 0.035, right - x, rise, (108, 104, 98))
        s.plane((x, y, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0)).rect(0, 0, tread, z + rise, (170, 166, 156))
        for _ in range(10):
            u = rng.uniform(0.1, right - x - 0.1)
            riser.rect(u, 0.02, u + 0.03, 0.05, (126, 122, 114))
    rail = s.plane((x + 0.04, first, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0))
    for i in steps:
        u, v = (i + 0.5) * tread, (i + 1) * rise
        rail.rect(u - 0.014, v, u + 0.014, v + 0.86, (78, 82, 84))
    top = len(steps)
    rail.line([(0.1, rise + 0.84), (top * tread - 0.05, top * rise + 0.9)], 0.07, (140, 92, 58))


def river(scene: Scene) -> None:
    """A canal behind a railing: water, the far bank with white houses under dark roofs, willows."""
    s, rng = scene.stage, scene.rng
    near, far = 3.6, rng.uniform(12, 14)
    sky(s, s.light, scene.fork())
    s.ground().rect(-40, far, 40, 70, (150, 164, 122))
    x = -22.0
    while x < 22:
        width = rng.uniform(5, 8)
        _white_house(scene, x, far + 2.4 + rng.uniform(0, 1.5), width - 0.4, rng.uniform(3.6, 5.4))
        x += width
    s.plane((-40, far, -0.9), (1, 0, 0), (0, 0, 1)).rect(0, 0, 80, 0.95, (150, 146, 136))
    _water(s, near, far, scene.fork())
    scene.floor = (122, 146, 140)
    paving(s, -12, 0.9, 12, near - 0.5, rng.choice(((184, 178, 166), (172, 170, 164))), scene.fork(), 0.7)
    s.ground().rect(-12, near - 0.5, 12, near, (196, 192, 182))
    for k in range(5):
        add_tree(scene, -15 + k * rng.uniform(6.2, 7.4), far + 1.2, rng.uniform(3.8, 4.8), 1.5)
    stone = rng.choice(((206, 202, 192), (186, 190, 188)))
    for k in range(-4, 6):
        scene.add(k * 2.0, near - 0.2, _railing, s, k * 2.0, near - 0.25, stone)
    words = scene.fork()
    scene.add(-3.2, 2.9, props.board, s, -4.0, 2.9, 1.3, 0.8, words, (38, 92, 118))
    tx = rng.uniform(3.0, 3.8)
    add_tree(scene, tx, 2.9, 4.4, 1.3)
    scene.spot = (rng.uniform(-0.6, 0.6), near + 3.2)


def _white_house(scene: Scene, x: float, y: float, w: float, h: float) -> None:
    s, rng = scene.stage, scene.fork()
    face = s.plane((x, y, 0), (1, 0, 0), (0, 0, 1))
    wall = rng.choice(((232, 228, 216), (224, 222, 214), (236, 226, 206)))
    face.rect(0, 0, w, h, wall)
    weathering(face, w, h, wall, rng, 0.5)
    face.rect(0, 0, w, 0.7, (150, 150, 146))
    for k in range(int(w / 2)):
        u = 0.6 + k * 2
        for v in (1.1, 3.2) if h > 4.8 else (1.2,):
            face.rect(u - 0.06, v - 0.06, u + 0.96, v + 1.16, (112, 84, 66))
            face.rect(u, v, u + 0.9, v + 1.1, (74, 84, 88))
            face.rect(u + 0.43, v, u + 0.47, v + 1.1, (112, 84, 66))
            face.rect(u, v + 0.5, u + 0.9, v + 0.54, (112, 84, 66))
    roof = (
        (x - 0.4, y - 0.5, h - 0.1),
        (x + w + 0.4, y - 0.5, h - 0.1),
        (x + w, y + 2, h + 1.3),
        (x, y + 2, h + 1.3),
    )
    s.poly(roof, (84, 88, 92), (0, -0.5, 0.8))
    eave = s.plane((x - 0.4, y - 0.5, h - 0.2), (1, 0, 0), (0, 0, 1))
    eave.rect(0, 0, w + 0.8, 0.12, (62, 64, 68))
    for k in range(int((w + 0.8) / 0.35)):
        u = x - 0.4 + k * 0.35
        s.poly(
            (
                (u, y - 0.5, h - 0.08),
                (u + 0.06, y - 0.5, h - 0.08),
                (u + 0.06, y + 1.9, h + 1.26),
                (u, y + 1.9, h + 1.26),
            ),
            (70, 74, 78),
            (0, -0.5, 0.8),
        )


def _water(s: Stage, near: float, far: float, rng: random.Random) -> None:
    base = mix((96, 132, 128), (118, 138, 124), rng.random())
    g = s.ground(-0.9)
    g.rect(-40, near - 1, 40, far, base)
    for k in range(7):
        y = far - (far - near) * (k / 7) ** 1.6
        g.rect(-40, y - 0.5, 40, y, mix(base, s.light.sky_low, 0.22), 60)
    for _ in range(170):
        y = near + (far - near) * rng.random() ** 1.3
        x, w = rng.uniform(-14, 14), rng.uniform(0.3, 1.4)
        g.poly(
            ((x, y), (x + w * 0.5, y + 0.05), (x + w, y), (x + w * 0.5, y - 0.05)),
            mix(base, rng.choice(((220, 232, 230), (52, 82, 82))), 0.4),
        )
    for _ in range(12):
        x, w = rng.uniform(-14, 12), rng.uniform(1.5, 4)
        g.rect(x, far - rng.uniform(0.6, 2.6), x + w, far - 0.1, (226, 222, 208), 40)


def _railing(s: Stage, x: float, y: float, stone: Color) -> None:
    box(s, x, y, 0.2, 0.2, 0.52, stone)
    box(s, x - 0.03, y - 0.03, 0.26, 0.26, 0.06, dim(stone, 1.06), z=0.52)
    box(s, x + 0.2, y + 0.05, 1.8, 0.1, 0.09, dim(stone, 0.97), z=0.36)
    p = s.plane((x, y + 0.05, 0), (1, 0, 0), (0, 0, 1))
    for k in range(5):
        p.rect(0.5 + k * 0.32, 0, 0.58 + k * 0.32, 0.36, dim(stone, 0.92))


def site(scene: Scene) -> None:
    """A building site from the street: hoarding with its wash band, the gate, the shell and a crane behind."""
    s, rng = scene.stage, scene.rng
    back = rng.uniform(7.2, 8.0)
    sky(s, s.light, scene.fork())
    _shell(s, rng.uniform(-9, -5), 26, scene.fork())
    _crane(s, rng.uniform(3, 8), 30)
    asphalt(s, -14, 0.8, 14, 5.0, scene.fork())
    scene.floor = (168, 160, 148)
    kerb(s, -14, 5.0, 14, 5.0)
    paving(s, -14, 5.16, 14, back, (176, 168, 156), scene.fork(), 0.6)
    face, s.back = s.plane((-14, back, 0), (1, 0, 0), (0, 0, 1)), back - 0.02
    tint = rng.choice(((64, 124, 150), (86, 138, 96), (206, 206, 198)))
    _hoarding(face, 28, tint, scene.fork())
    for k in range(3):
        notice(face, 6.4 + k * 5.0 + rng.uniform(-0.4, 0.4), 0.75, 2.9, 1.2, scene.fork(), SIGNS[k])
    gate = s.plane((2.6, back - 0.04, 0), (1, 0, 0), (0, 0, 1))
    gate.rect(-0.3, 0, 0, 3.4, (226, 186, 62))
    gate.rect(4.2, 0, 4.5, 3.4, (226, 186, 62))
    gate.rect(0, 0, 4.2, 2.5, (110, 116, 118))
    for k in range(14):
        gate.rect(0.1 + k * 0.3, 0.1, 0.16 + k * 0.3, 2.4, (160, 166, 166))
    gate.rect(-0.3, 2.7, 4.5, 3.5, (46, 92, 132))
    glyphs(gate, 0.3, 2.86, 0.46, 7, (246, 244, 236), scene.fork())
    scene.spot, scene.wall, scene.wall_spot = (rng.uniform(-0.9, 0.2), back - 1.6), face, (13.2, 0.9)


def _hoarding(face: Plane, width: float, tint: Color, rng: random.Random) -> None:
    face.rect(0, 0.25, width, 2.6, tint)
    for k in range(int(width / 0.22)):
        face.rect(k * 0.22, 0.25, k * 0.22 + 0.07, 2.6, dim(tint, 0.9))
    for k in range(int(width / 2.0)):
        face.rect(k * 2.0, 0.25, k * 2.0 + 0.09, 2.7, dim(tint, 0.7))
    face.rect(0, 0, width, 0.28, (196, 192, 184))
    face.rect(0, 2.55, width, 2.68, dim(tint, 0.72))
    for k in range(int(width / 0.5)):
        face.poly(
            ((k * 0.5, 0.02), (k * 0.5 + 0.25, 0.02), (k * 0.5 + 0.4, 0.26), (k * 0.5 + 0.15, 0.26)),
            (214, 166, 54),
        )
    weathering(face, width, 2.4, tint, rng, 0.7)


def _shell(s: Stage, x: float, y: float, rng: random.Random) -> None:
    floors, bays = rng.randint(4, 6), 5
    for f in range(floors):
        z = f * 3.0
        box(s, x, y, bays * 3.4, 8, 0.4, (186, 182, 172), z=z + 2.6)
        for b in range(bays + 1):
            box(s, x + b * 3.3, y, 0.5, 0.5, 2.6, (170, 166, 156), z=z)
        p = s.plane((x, y - 0.05, z), (1, 0, 0), (0, 0, 1))
        if rng.random() < 0.7:
            p.rect(0, 0, bays * 3.4 * rng.uniform(0.5, 1.0), 2.6, (92, 150, 116), 150)
        for k in range(12):
            p.rect(k * 1.5, 0, k * 1.5 + 0.06, 2.9, (146, 120, 84))


def _crane(s: Stage, x: float, y: float) -> None:
    p = s.upright(x, y, 0)
    yellow = (222, 172, 58)
    for k in range(13):
        p.line([(0, k * 1.5), (1.2, k * 1.5 + 1.5)], 0.14, yellow)
        p.line([(1.2, k * 1.5), (0, k * 1.5 + 1.5)], 0.14, yellow)
    for u in (0, 1.2):
        p.rect(u - 0.1, 0, u + 0.1, 19.5, yellow)
    for k in range(14):
        p.line([(-12 + k * 1.2, 19.5), (-11.4 + k * 1.2, 20.6), (-10.8 + k * 1.2, 19.5)], 0.12, yellow)
    p.rect(-12, 19.4, 6, 19.6, yellow)
    p.rect(4.4, 18, 6, 19.4, (150, 146, 138))
    p.line([(-8, 19.4), (-8, 14.5)], 0.06, (80, 80, 80))


def front(scene: Scene) -> None:
    """The entrance of a public building: steps, glass doors, a ramp, boards, planted pots."""
    s, rng = scene.stage, scene.rng
    back = rng.uniform(8.6, 9.4)
    wall = rng.choice(((214, 208, 196), (206, 190, 168), (198, 204, 204), (226, 214, 190)))
    sky(s, s.light, scene.fork())
    scene.floor = rng.choice(((184, 178, 168), (176, 176, 172)))
    paving(s, -14, 0.9, 14, back - 0.1, scene.floor, scene.fork(), 0.8)
    face, s.back = s.plane((-9, back, 0), (1, 0, 0), (0, 0, 1)), back - 0.02
    face.rect(0, 0, 18, 5.9, wall)
    panels(face, 18, 5.9, wall, scene.fork())
    weathering(face, 18, 5.9, wall, scene.fork(), 0.7)
    sign = rng.choice(SIGNS[:3])
    for u in (0.1, 2.4, 12.0, 14.6):
        face.rect(u, 0.9, u + 2.1, 3.5, (190, 190, 184))
        face.rect(u + 0.08, 0.98, u + 2.02, 3.42, (84, 104, 112))
        face.poly(((u + 0.2, 0.98), (u + 0.8, 0.98), (u + 1.5, 3.42), (u + 0.9, 3.42)), (196, 212, 216), 60)
        face.rect(u + 1.02, 0.98, u + 1.1, 3.42, (190, 190, 184))
    face.rect(0, 4.9, 18, 5.0, dim(wall, 0.8))
    face.rect(0, 5.6, 18, 5.9, dim(wall, 0.7))
    for i in range(3):
        box(s, -3.4 + i * 0.2, back - 1.2 + i * 0.35, 6.8 - i * 0.4, 1.2, 0.15, (196, 192, 184), z=i * 0.15)
    _glass_doors(s, back, sign, scene.fork())
    ramp = s.plane((3.6, back - 1.1, 0), (0, 0, 1), (1, 0, 0), (0, -0.6, 0.8))
    ramp.poly(((0.45, 0), (0.45, 0.9), (0.0, 3.2), (0.0, 2.3)), (170, 166, 158))
    words = scene.fork()
    scene.add(-4.6, back - 1.2, props.board, s, -5.9, back - 1.3, 2.2, 1.2, words)
    for x in (-3.9, 3.9):
        brush = scene.fork()
        scene.add(x, back - 1.5, props.pot, s, x, back - 1.5, brush)
    add_tree(scene, rng.choice((-5.4, 5.6)), 6.4, 4.6, 1.3)
    g = s.ground(0.004)
    for k in range(5):
        g.rect(5.4 + k * 0.7, 5.4, 5.45 + k * 0.7, 7.0, (238, 234, 222))
    scene.spot, scene.wall, scene.wall_spot = (rng.uniform(-0.6, 0.9), back - 3.8), face, (5.3, 1.0)


def _glass_doors(s: Stage, back: float, sign: Color, rng: random.Random) -> None:
    door = s.plane((-2.4, back - 0.02, 0.45), (1, 0, 0), (0, 0, 1))
    door.rect(-0.3, 0, 5.1, 3.1, (164, 158, 148))
    door.rect(0, 0, 4.8, 2.8, (70, 92, 100))
    for k in range(5):
        door.rect(k * 1.2 - 0.04, 0, k * 1.2 + 0.04, 2.8, (204, 206, 202))
    door.rect(0, 2.25, 4.8, 2.32, (204, 206, 202))
    door.rect(0, 1.2, 4.8, 1.3, (226, 92, 70), 190)
    door.poly(((0.6, 0), (1.4, 0), (2.6, 2.8), (1.8, 2.8)), (206, 222, 226), 70)
    for u in (1.06, 1.26, 3.46, 3.66):
        door.rect(u - 0.02, 0.9, u + 0.02, 1.7, (220, 222, 218))
    s.poly(
        ((-3, back - 1.5, 3.7), (3, back - 1.5, 3.7), (3, back, 3.7), (-3, back, 3.7)),
        (120, 118, 114),
        (0, 0, -1),
    )
    edge = s.plane((-3, back - 1.5, 3.6), (1, 0, 0), (0, 0, 1))
    edge.rect(0, 0, 6, 0.85, sign)
    glyphs(edge, 0.45, 0.18, 0.5, 8, (250, 246, 234), rng)


def market(scene: Scene) -> None:
    """A market hall along its aisle: tiled stalls on both sides, lamps under a truss roof, a wet-look floor."""
    s, rng = scene.stage, scene.rng
    scene.floor = rng.choice(((172, 168, 158), (178, 162, 146)))
    end = 22.0
    s.ground(3.8).rect(-6, 0.5, 6, end, (150, 158, 162))
    for k in range(12):
        y = 2.0 + k * 1.8
        s.plane((-6, y, 3.55), (1, 0, 0), (0, 0, 1)).rect(0, 0, 12, 0.12, (110, 120, 124))
        for x in (-2.4, 2.4):
            p = s.billboard(x, y, 2.6)
            p.line([(0, 0.9), (0, 0.2)], 0.02, (70, 70, 70))
            p.poly(((-0.2, 0), (0.2, 0), (0.1, 0.22), (-0.1, 0.22)), (196, 60, 44))
            p.rect(-0.12, -0.06, 0.12, 0, (255, 246, 214))
    face = s.plane((-6, end, 0), (1, 0, 0), (0, 0, 1))
    face.rect(0, 0, 12, 3.8, (206, 204, 194))
    face.rect(4.4, 0, 7.6, 2.9, (226, 236, 238))
    glyphs(face, 4.4, 3.05, 0.5, 5, (176, 56, 44), scene.fork())
    for x in (-5, 5):
        flank = s.plane((x, 0.4, 0), (0, 1, 0), (0, 0, 1), (-x / 5, 0, 0))
        flank.rect(0, 0, end, 3.8, (214, 210, 198))
        panels(flank, end, 3.8, (214, 210, 198), scene.fork())
    paving(s, -6, 0.6, 6, end, scene.floor, scene.fork(), 0.6)
    for x in (-1.55, 1.55):
        s.ground(0.004).rect(x - 0.1, 0.6, x + 0.1, end, (96, 98, 98))
    side_seed = [scene.fork(), scene.fork()]
    for k in reversed(range(7)):
        for i, x in enumerate((-1, 1)):
            stall = random.Random(side_seed[i].random())
            y = 2.2 + k * 2.6
            scene.add(x * 2.4, y + 1.2, _stall, s, x, y, stall)
    back = s.plane((-1.75, 4.9, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0))
    scene.spot, scene.wall, scene.wall_spot = (rng.uniform(-0.5, 0.5), 4.4), back, (0.6, 0.2)


def _stall(s: Stage, side: int, y: float, rng: random.Random) -> None:
    """A tiled counter full of greens, its number board above."""
    x = side * 1.75
    box(s, min(x, x + side * 1.3), y, 1.3, 2.3, 0.72, (222, 222, 214))
    p = s.plane((x, y, 0), (0, 1, 0), (0, 0, 1), (-side, 0, 0))
    for k in range(8):
        p.rect(k * 0.3, 0, k * 0.3 + 0.012, 0.72, (180, 184, 180))
    for k in range(2):
        p.rect(0, 0.24 + k * 0.24, 2.3, 0.252 + k * 0.24, (180, 184, 180))
    sign = rng.choice(((38, 104, 84), (44, 88, 130), (168, 62, 46)))
    for row in range(3):
        for k in range(6):
            tone = rng.choice([*GOODS, (92, 142, 78), (122, 162, 84), (206, 112, 60)])
            gx, gy = x + side * (0.25 + row * 0.36), y + 0.22 + k * 0.37
            heap = s.billboard(gx, gy, 0.72)
            for _ in range(5):
                heap.disc(
                    rng.uniform(-0.13, 0.13),
                    rng.uniform(0.02, 0.16),
                    rng.uniform(0.06, 0.1),
                    dim(tone, rng.uniform(0.8, 1.15)),
                )
    board = s.plane(
        (x + side * 0.5, y + 1.0, 2.05), (side * 1.0, 0, 0) if side > 0 else (1, 0, 0), (0, 0, 1), (0, -1, 0)
    )
    board.rect(-0.6, 0, 0.6, 0.42, sign)
    glyphs(board, -0.44, 0.1, 0.22, 3, (248, 244, 232), rng)
    post = s.plane((x + side * 0.06, y, 0), (1, 0, 0), (0, 0, 1))
    post.rect(-0.04, 0.7, 0.04, 2.5, (168, 172, 170))
