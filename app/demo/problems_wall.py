"""Faults of the town's own fabric (holes, walls, boards, plants, lamps), broken and mended."""

import math
import random
from collections.abc import Callable

from app.demo import props, vehicles
from app.demo.scene import Scene
from app.demo.stage import Color, blob, dim
from app.demo.surfaces import bricks, extrude, glyphs

PAPERS: list[Color] = [(240, 236, 222), (246, 224, 120), (232, 150, 130), (196, 222, 236), (238, 238, 238)]


def posters(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Bills and a scrawl on the wall; afterwards the paler squares where they were."""
    if scene.wall is None:
        return
    u, v = scene.wall_spot
    for _ in range(13):
        a, b = u + rng.uniform(-0.9, 1.2), v + rng.uniform(-0.3, 0.75)
        w, h, paper = rng.uniform(0.2, 0.36), rng.uniform(0.26, 0.4), rng.choice(PAPERS)
        if solved:
            scene.wall.rect(a, b, a + w, b + h, (226, 222, 210), 70)
            continue
        tilt = rng.uniform(-0.05, 0.05)
        scene.wall.poly(((a, b), (a + w, b + tilt), (a + w - tilt, b + h + tilt), (a - tilt, b + h)), paper)
        glyphs(scene.wall, a + 0.03, b + h * 0.6, h * 0.25, 2, (190, 44, 38), rng)
        for k in range(3):
            scene.wall.rect(
                a + 0.03, b + h * (0.12 + 0.13 * k), a + w * 0.85, b + h * (0.17 + 0.13 * k), (90, 88, 88)
            )
        if rng.random() < 0.4:
            scene.wall.poly(((a + w, b + h), (a + w - 0.1, b + h), (a + w, b + h - 0.12)), dim(paper, 0.7))
    if not solved:
        glyphs(scene.wall, u - 0.9, v + 1.15, 0.26, 5, (52, 54, 60), rng)
        for k in range(6):
            scene.wall.rect(u + 0.75 + k * 0.15, v + 1.18, u + 0.8 + k * 0.15, v + 1.4, (52, 54, 60))


def wall_damage(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Render fallen off, bricks bare; afterwards a patch in almost the same colour."""
    if scene.wall is None:
        return
    u, v = scene.wall_spot
    wall, outline = scene.wall, blob(u, v + 0.25, 0.72, rng, 0.8, 0.4)
    if solved:
        wall.poly(outline, (222, 216, 204), 150)
        return
    wall.poly([(a * 1.0 + 0.04, b - 0.05) for a, b in outline], (70, 64, 58))
    wall.poly(outline, (196, 184, 168))
    low, high = min(b for _, b in outline), max(b for _, b in outline)
    row = 0
    b = low + 0.06
    while b < high - 0.08:
        inside = [a for a, c in outline if abs(c - b) < 0.2]
        if len(inside) > 1 and max(inside) - min(inside) > 0.3:
            bricks(wall, min(inside) + 0.08, b, max(inside) - 0.08, b + 0.1, (176, 106, 82), rng)
        row, b = row + 1, b + 0.115
    for _ in range(16):
        a, c = rng.uniform(u - 0.9, u + 0.9), rng.uniform(0.0, 0.1)
        wall.poly(((a, c), (a + 0.1, c), (a + 0.05, c + 0.08)), (206, 196, 180))
    g, o = scene.stage.ground(0.01), wall.at(u, 0)
    for _ in range(26):
        g.disc(
            o[0] + rng.gauss(0, 0.4),
            o[1] - abs(rng.gauss(0, 0.25)) - 0.05,
            rng.uniform(0.02, 0.05),
            (206, 196, 182),
        )


def cables(scene: Scene, rng: random.Random, solved: bool) -> None:
    """Wires in loops down the wall; afterwards one straight duct."""
    if scene.wall is None:
        return
    u, v = scene.wall_spot
    if solved:
        scene.wall.rect(u - 3, v + 1.5, u + 3, v + 1.6, (212, 210, 202))
        return
    for k in range(9):
        a, b = u - rng.uniform(1, 3), u + rng.uniform(1, 3)
        top, sag = v + 1.2 + 0.08 * k, rng.uniform(0.2, 1.1)
        curve = [(a + (b - a) * t / 12, top - sag * math.sin(math.pi * t / 12)) for t in range(13)]
        scene.wall.line(curve, 0.03, rng.choice(((36, 36, 40), (58, 60, 66), (90, 70, 60))))
    for k in range(4):
        scene.wall.line(
            [(u + 0.1 * k, v + 1.1), (u + 0.1 * k + rng.uniform(-0.2, 0.2), rng.uniform(0.1, 0.5))],
            0.03,
            (40, 40, 44),
        )
    scene.wall.rect(u - 0.25, v + 0.9, u + 0.35, v + 1.5, (166, 170, 168))
    scene.wall.rect(u - 0.2, v + 0.95, u + 0.3, v + 1.45, (60, 62, 64))


def fire_box(scene: Scene, rng: random.Random, solved: bool) -> None:
    """The cabinet for extinguishers: open and empty; afterwards filled and shut."""
    if scene.wall is None:
        return
    u, v = scene.wall_spot[0], 0.35
    wall, red = scene.wall, (198, 52, 42)
    wall.rect(u - 0.05, v - 0.05, u + 0.85, v + 0.95, dim(red, 0.8))
    wall.rect(u, v, u + 0.8, v + 0.9, (60, 54, 52))
    if solved:
        for k in (0.14, 0.46):
            wall.rect(u + k, v + 0.06, u + k + 0.22, v + 0.62, (214, 44, 36))
            wall.disc(u + k + 0.11, v + 0.62, 0.11, (214, 44, 36))
            wall.rect(u + k + 0.07, v + 0.7, u + k + 0.15, v + 0.8, (40, 40, 42))
            wall.rect(u + k + 0.03, v + 0.25, u + k + 0.19, v + 0.42, (246, 240, 226))
        wall.rect(u, v, u + 0.8, v + 0.9, (206, 222, 226), 60)
    else:
        wall.poly(
            ((u + 0.8, v), (u + 1.35, v - 0.12), (u + 1.35, v + 0.8), (u + 0.8, v + 0.9)), dim(red, 1.1)
        )
        wall.line([(u + 0.1, v + 0.1), (u + 0.5, v + 0.03)], 0.04, (130, 126, 120))
    glyphs(wall, u + 0.04, v + 1.0, 0.16, 4, red, rng)


def sign_broken(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A shop's hanging board, torn loose; afterwards straight."""
    if scene.wall is None:
        return
    u = scene.wall_spot[0]
    a = 0.0 if solved else math.radians(rng.choice((-17, 15)))
    c, s = math.cos(a), math.sin(a)
    o = scene.wall.at(u - 1.2, 2.15 if solved else 2.3)
    board = scene.stage.plane((o[0], o[1] - 0.12, o[2]), (c, 0, s), (-s, 0, c), (0, -1, 0))
    board.rect(0, -0.05, 2.4, 0.75, (60, 52, 48))
    board.rect(0.04, 0, 2.36, 0.7, (206, 150, 52))
    glyphs(board, 0.2, 0.16, 0.4, 4, (120, 34, 28), rng)
    if not solved:
        board.poly(((1.7, 0), (2.36, 0), (2.36, 0.4), (2.0, 0.24)), (74, 68, 62))
        board.line([(0.3, 0.7), (0.5, 1.4)], 0.03, (50, 50, 52))
        board.line([(1.2, 0.3), (1.5, 0.7)], 0.02, (90, 60, 40))


def hoarding(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A panel torn from the hoarding; afterwards a new one, cleaner than its neighbours."""
    if scene.wall is None:
        return
    u = scene.wall_spot[0] - 0.6
    if solved:
        scene.wall.rect(u, 0.27, u + 1.95, 2.55, (110, 150, 168))
        for k in range(9):
            scene.wall.rect(u + k * 0.22, 0.27, u + k * 0.22 + 0.06, 2.55, (96, 136, 156))
        return
    scene.wall.rect(u, 0.2, u + 1.95, 2.6, (150, 156, 150))
    scene.wall.rect(u, 0.2, u + 1.95, 0.9, (152, 120, 86))
    for k in range(3):
        scene.wall.rect(u + 0.1 + k * 0.8, 0.2, u + 0.18 + k * 0.8, 2.7, (120, 112, 96))
    o = scene.wall.at(u, 0)
    sheet = scene.stage.plane(
        (o[0] + 0.5, o[1] - 0.1, 0), (0.94, -0.34, 0), (-0.2, -0.3, 0.93), (0, -0.9, 0.4)
    )
    sheet.rect(0, 0, 1.7, 1.6, (92, 128, 146))
    for k in range(8):
        sheet.rect(k * 0.22, 0, k * 0.22 + 0.06, 1.6, (76, 110, 128))


def bench_broken(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A bench with a slat gone."""
    x, y = scene.spot
    gone = frozenset() if solved else frozenset({1, 2, 5})
    scene.add(x, y - 0.6, props.bench, scene.stage, x - 0.75, y - 0.6, 0, gone)
    if not solved:
        scene.stage.ground(0.05).line([(x - 0.6, y - 1.0), (x + 0.7, y - 0.8)], 0.09, (150, 106, 70))


def lamp_broken(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A street lamp with its head hanging."""
    x, y = scene.spot
    scene.add(x, y, props.lamp, scene.stage, x, y, 3.4, 0.7, 0.0 if solved else 0.9)


def board_state(broken: str) -> Callable[[Scene, random.Random, bool], None]:
    """A publicity board, faded or empty, afterwards as it should be."""

    def theme(scene: Scene, rng: random.Random, solved: bool) -> None:
        x, y = scene.spot
        own, state = scene.fork(), "good" if solved else broken
        scene.add(x, y, props.board, scene.stage, x - 1.5, y, 2.4, 1.3, own, state=state)

    return theme


def window_charging(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A cable from a window down to an e-bike; afterwards neither."""
    if solved or scene.wall is None:
        return
    x, y = scene.spot
    u = scene.wall_spot[0]
    end = scene.wall.at(u, 0)
    scene.wall.line(
        [(u + 1.0, 4.2), (u + 0.7, 2.6), (u + 0.75, 1.2), (u + 0.5, 0.3), (u + 0.1, 0.05)],
        0.035,
        (36, 36, 40),
    )
    scene.wall.rect(u - 0.05, 0.02, u + 0.35, 0.14, (240, 238, 230))
    scene.stage.ground(0.01).line([(end[0], end[1]), (x + 0.3, y + 0.2)], 0.035, (36, 36, 40))
    scene.add(x, y, vehicles.scooter, scene.stage, x - 0.6, y + 0.1, 12, vehicles.BIKES[0])


def service_desk(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A volunteers' desk: bare and unmanned; afterwards with cloth, sign, water and a first-aid box."""
    x, y = scene.spot
    own = scene.fork()

    def desk() -> None:
        s = scene.stage
        profile = [(0, 0), (1.6, 0), (1.6, 0.75), (0, 0.75)]
        color: Color = (186, 48, 40) if solved else (170, 150, 124)
        s.contact(x, y + 0.3, 0.95, 0.4)
        side = extrude(s, profile, x - 0.8, y, 0, 0.6, color)
        if not solved:
            side.rect(0.1, 0, 1.5, 0.66, dim(scene.floor, 0.6))
            return
        glyphs(side, 0.18, 0.25, 0.26, 4, (250, 228, 150), own)
        p = s.plane((x - 0.8, y + 0.2, 0.75), (1, 0, 0), (0, 0, 1))
        for k in range(4):
            p.rect(0.15 + k * 0.12, 0, 0.22 + k * 0.12, 0.24, (190, 220, 228))
        p.rect(0.8, 0, 1.15, 0.26, (246, 246, 242))
        p.rect(0.93, 0.06, 1.02, 0.2, (206, 44, 38))
        p.rect(1.25, 0, 1.5, 0.36, (42, 92, 140))

    scene.add(x, y, desk)


def wall_lamp(scene: Scene, rng: random.Random, solved: bool) -> None:
    """A stairwell lamp hanging by its wires; afterwards on."""
    if scene.wall is None:
        return
    u, wall = scene.wall_spot[0] - 0.2, scene.wall
    wall.disc(u, 2.45, 0.2, (150, 146, 138))
    if solved:
        for r, alpha in ((0.62, 26), (0.4, 40)):
            wall.disc(u, 2.45, r, (255, 244, 206), alpha)
        wall.disc(u, 2.45, 0.17, (255, 250, 230))
        return
    wall.disc(u, 2.45, 0.1, (60, 56, 54))
    wall.line([(u, 2.45), (u + 0.08, 2.2), (u + 0.02, 1.98)], 0.02, (40, 40, 44))
    wall.line([(u + 0.02, 2.45), (u - 0.1, 2.2), (u, 1.98)], 0.02, (170, 50, 40))
    wall.disc(u + 0.01, 1.84, 0.17, (186, 180, 166))
    wall.disc(u + 0.05, 1.84, 0.09, (90, 86, 82))
