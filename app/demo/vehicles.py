"""Vehicles seen from the side, with some body: e-bikes, rental bicycles, cars."""

import math

from app.demo.stage import Color, Plane, Stage, dim, mix
from app.demo.surfaces import extrude

BIKES: list[Color] = [
    (196, 62, 48),
    (228, 162, 48),
    (52, 92, 132),
    (58, 62, 68),
    (236, 234, 226),
    (46, 118, 112),
]


CARS: list[Color] = [
    (236, 234, 228),
    (60, 64, 70),
    (150, 44, 40),
    (52, 78, 112),
    (176, 178, 176),
    (118, 110, 98),
]


_BODY = [
    (0.0, 0.36), (0.1, 0.5), (0.42, 0.46), (0.56, 0.26), (0.82, 0.26), (0.92, 0.62),
    (1.04, 0.94), (1.12, 0.92), (1.06, 0.46), (0.92, 0.18), (0.44, 0.18), (0.34, 0.34),
]  # fmt: skip


def scooter(stage: Stage, x: float, y: float, angle: float, color: Color, lean: float = 0.0) -> None:
    """An e-bike along direction `angle`: three flat layers a hand apart, so that it has a body end-on."""
    a = math.radians(angle)
    c, s = math.cos(a), math.sin(a)
    stage.contact(x + 0.6 * c, y + 0.6 * s, 0.2 + 0.55 * abs(c), 0.16 + 0.5 * abs(s), 0.8)
    toward = 1 if (stage.camera.x - x) * s - (stage.camera.y - y) * c > 0 else -1
    for layer, tone in ((-0.09, 0.6), (0.0, 0.82), (0.09, 1.0)):
        p = stage.upright(x + s * layer * toward, y - c * layer * toward, angle)
        if lean:
            up = (s * math.sin(lean), -c * math.sin(lean), math.cos(lean))
            p = stage.plane(p.origin, p.right, up, p.normal)
        _scooter_layer(p, dim(color, tone), wheels=layer == 0.0, outer=layer == 0.09)


def _scooter_layer(p: Plane, body: Color, *, wheels: bool, outer: bool) -> None:
    if wheels:
        for u in (0.2, 1.12):
            p.disc(u, 0.22, 0.22, (38, 40, 42))
            p.disc(u, 0.22, 0.13, (150, 152, 152))
            p.disc(u, 0.22, 0.05, (60, 62, 64))
    p.poly(_BODY, body)
    p.poly(((0.02, 0.5), (0.46, 0.46), (0.54, 0.6), (0.5, 0.7), (0.04, 0.66)), body)
    p.poly(((0.0, 0.66), (0.5, 0.7), (0.56, 0.76), (0.02, 0.76)), (46, 46, 48))
    p.line([(1.08, 0.92), (0.96, 1.04), (0.84, 1.02)], 0.05, (52, 54, 56))
    if outer:
        p.disc(1.14, 0.8, 0.06, (244, 236, 204))
        p.poly(((0.06, 0.56), (0.36, 0.54), (0.4, 0.6), (0.08, 0.62)), mix(body, (255, 255, 255), 0.35))
        p.rect(1.08, 0.52, 1.34, 0.78, (72, 76, 78))
        p.rect(1.11, 0.55, 1.31, 0.75, (108, 112, 112))


def bicycle(stage: Stage, x: float, y: float, angle: float, color: Color) -> None:
    """A shared bicycle: thin wheels, coloured frame, basket."""
    a = math.radians(angle)
    stage.contact(
        x + 0.55 * math.cos(a),
        y + 0.55 * math.sin(a),
        0.15 + 0.5 * abs(math.cos(a)),
        0.12 + 0.45 * abs(math.sin(a)),
        0.6,
    )
    p = stage.upright(x, y, angle)
    for u in (0.0, 1.06):
        p.disc(u, 0.34, 0.34, (44, 46, 48))
        p.disc(u, 0.34, 0.29, mix((150, 148, 142), color, 0.12))
        for k in range(4):
            c, s = 0.29 * math.cos(k * 0.785), 0.29 * math.sin(k * 0.785)
            p.line([(u - c, 0.34 - s), (u + c, 0.34 + s)], 0.012, (90, 92, 92))
        p.disc(u, 0.34, 0.05, (60, 62, 64))
    frame = [(0.0, 0.34), (0.46, 0.34), (0.32, 0.8), (0.9, 0.74), (0.46, 0.34)]
    p.line(frame, 0.055, color)
    p.line([(0.0, 0.34), (0.3, 0.72)], 0.04, color)
    p.line([(1.06, 0.34), (0.9, 0.76), (0.86, 1.0), (0.98, 1.02)], 0.045, color)
    p.poly(((0.2, 0.86), (0.46, 0.84), (0.46, 0.9), (0.22, 0.93)), (42, 42, 44))
    p.line([(0.32, 0.8), (0.33, 0.88)], 0.04, (90, 92, 92))
    p.poly(((0.96, 0.72), (1.24, 0.72), (1.3, 0.94), (0.94, 0.94)), dim(color, 0.8))


_SALOON = [
    (0.06, 0.3), (3.9, 0.3), (3.98, 0.5), (3.92, 0.76), (2.95, 0.92), (2.4, 1.4), (1.1, 1.42), (0.45, 0.96), (0.02, 0.9),
]  # fmt: skip


def car(stage: Stage, x: float, y: float, angle: float, color: Color) -> None:
    """A small saloon along direction `angle`, 4 m by 1.65 m, extruded from its side view."""
    a = math.radians(angle)
    c, s = math.cos(a), math.sin(a)
    foot = [(x + u * c - v * s, y + u * s + v * c) for u, v in ((0, 0), (4, 0), (4, 1.65), (0, 1.65))]
    stage.shadow(foot, 1.3)
    middle_x, middle_y = sum(p[0] for p in foot) / 4, sum(p[1] for p in foot) / 4
    stage.contact(middle_x, middle_y, 1.0 + 1.1 * abs(c), 0.9 + 1.0 * abs(s))
    glass = (70, 86, 96)
    tops = [color, dim(color, 0.9), color, color, glass, color, glass, color, dim(color, 0.92)]
    side = extrude(stage, _SALOON, x, y, angle, 1.65, color, tops)
    side.poly(((0.75, 0.98), (2.72, 0.95), (2.34, 1.33), (1.18, 1.34)), glass)
    side.poly(((0.8, 1.0), (1.2, 1.0), (1.5, 1.32), (1.22, 1.32)), (150, 170, 178), 90)
    side.rect(1.68, 0.36, 1.75, 1.36, color)
    side.rect(0.05, 0.56, 3.97, 0.6, dim(color, 0.78))
    side.rect(0.1, 0.3, 3.9, 0.38, (58, 60, 62))
    for u in (1.0, 1.86):
        side.rect(u, 0.78, u + 0.2, 0.81, dim(color, 0.6))
    for u in (0.78, 3.2):
        wheel = (
            (0.36, dim(color, 0.45)),
            (0.31, (36, 38, 40)),
            (0.19, (176, 178, 178)),
            (0.08, (96, 98, 98)),
        )
        for radius, tone in wheel:
            side.disc(u, 0.31, radius, tone)
    _car_ends(stage, x, y, c, s)


def _car_ends(stage: Stage, x: float, y: float, c: float, s: float) -> None:
    """Lights and number plate on whichever end shows."""
    for u, tone in ((0.0, (190, 44, 36)), (3.95, (246, 240, 214))):
        outward = (-c, -s, 0.0) if u == 0 else (c, s, 0.0)
        end = stage.plane((x + u * c, y + u * s, 0), (-s, c, 0), (0, 0, 1), outward)
        if stage.faces(end):
            for v in (0.08, 1.27):
                end.rect(v, 0.62, v + 0.3, 0.76, tone)
            end.rect(0.5, 0.42, 1.15, 0.58, (46, 96, 160))
            end.rect(0.56, 0.46, 1.09, 0.54, (226, 230, 234))
