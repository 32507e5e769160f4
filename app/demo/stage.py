"""A tiny painter's-algorithm renderer: a camera, a light and flat shapes in space, drawn with Pillow.

World: metres, x to the right, y away from the viewer, z up. Far things are drawn first, by whoever calls.
"""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from PIL import Image, ImageDraw

Color = tuple[int, int, int]
Vec = tuple[float, float, float]
Uv = tuple[float, float]

SUPERSAMPLE = 2
NEAR = 0.25


class Camera(NamedTuple):
    """Where the phone is held and where it looks. Angles in degrees: yaw to the right, pitch down, roll clockwise."""

    x: float = 0.0
    y: float = 0.0
    z: float = 1.55
    yaw: float = 0.0
    pitch: float = 8.0
    roll: float = 0.0
    focal: float = 0.76
    """Focal length as a share of the picture's width; 0.76 is a phone's main camera."""


@dataclass(frozen=True)
class Light:
    """Weather and hour: where the sun stands, what colours sun, sky and haze have, and how the phone exposes."""

    azimuth: float = -60.0
    elevation: float = 42.0
    sun: tuple[float, float, float] = (0.52, 0.47, 0.38)
    ambient: tuple[float, float, float] = (0.62, 0.64, 0.68)
    sky_top: Color = (150, 186, 208)
    sky_low: Color = (222, 228, 224)
    haze: float = 0.004
    shadow: int = 74
    gain: float = 1.0
    warmth: float = 0.0
    noise: float = 5.0

    def direction(self) -> Vec:
        """The unit vector towards the sun."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        return math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e)


def mix(a: Color, b: Color, t: float) -> Color:
    """Between two colours: t = 0 gives a, 1 gives b."""
    return round(a[0] + (b[0] - a[0]) * t), round(a[1] + (b[1] - a[1]) * t), round(a[2] + (b[2] - a[2]) * t)


def dim(color: Color, factor: float) -> Color:
    """A colour made darker (< 1) or lighter (> 1)."""
    r, g, b = (min(255, max(0, round(c * factor))) for c in color)
    return r, g, b


def _dot(a: Vec, b: Vec) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Vec, b: Vec) -> Vec:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


class Stage:
    """The picture being painted: it projects, shades and fills."""

    def __init__(self, size: tuple[int, int], camera: Camera, light: Light) -> None:
        self.size = size
        self.width, self.height = size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE
        self.image = Image.new("RGB", (self.width, self.height), light.sky_low)
        self._solid = ImageDraw.Draw(self.image)
        self._clear = ImageDraw.Draw(self.image, "RGBA")
        self.camera, self.light = camera, light
        self.focal = camera.focal * self.width
        self.sun = light.direction()
        self.back = math.inf
        """The y of the wall behind, where shadows on the ground end."""
        yaw, pitch, roll = (math.radians(v) for v in (camera.yaw, camera.pitch, camera.roll))
        self.forward: Vec = (
            math.sin(yaw) * math.cos(pitch),
            math.cos(yaw) * math.cos(pitch),
            -math.sin(pitch),
        )
        right: Vec = (math.cos(yaw), -math.sin(yaw), 0.0)
        up = _cross(right, self.forward)
        c, s = math.cos(roll), math.sin(roll)
        self.right: Vec = (right[0] * c + up[0] * s, right[1] * c + up[1] * s, right[2] * c + up[2] * s)
        self.up: Vec = (up[0] * c - right[0] * s, up[1] * c - right[1] * s, up[2] * c - right[2] * s)
        self.flat_right = right

    def to_camera(self, p: Vec) -> Vec:
        """World to camera: right, up, depth."""
        q = (p[0] - self.camera.x, p[1] - self.camera.y, p[2] - self.camera.z)
        return _dot(q, self.right), _dot(q, self.up), _dot(q, self.forward)

    def turn(self, v: Vec) -> Vec:
        """A direction in camera axes."""
        return _dot(v, self.right), _dot(v, self.up), _dot(v, self.forward)

    def to_pixel(self, q: Vec) -> Uv:
        """Camera to picture; the depth must be positive."""
        k = self.focal / q[2]
        return self.width / 2 + q[0] * k, self.height / 2 - q[1] * k

    def shade(self, color: Color, normal: Vec) -> Color:
        """The colour a matt surface with this normal shows in this light."""
        n = max(0.0, _dot(normal, self.sun))
        a, s = self.light.ambient, self.light.sun
        return (
            min(255, round(color[0] * (a[0] + s[0] * n))),
            min(255, round(color[1] * (a[1] + s[1] * n))),
            min(255, round(color[2] * (a[2] + s[2] * n))),
        )

    def hazed(self, color: Color, depth: float) -> Color:
        """Far things take the colour of the low sky."""
        t = 1.0 - math.exp(-max(0.0, depth - 8.0) * self.light.haze)
        return mix(color, self.light.sky_low, t) if t > 0.02 else color

    def fill(self, points: Sequence[Vec], color: Color, alpha: int = 255) -> None:
        """A polygon in camera space, cut at the near plane, in exactly this colour."""
        if any(q[2] < NEAR for q in points):
            points = _cut_near(points)
            if len(points) < 3:
                return
        pixels = [self.to_pixel(q) for q in points]
        if all(x < 0 for x, _ in pixels) or all(x > self.width for x, _ in pixels):
            return
        if alpha >= 255:
            self._solid.polygon(pixels, color)
        else:
            self._clear.polygon(pixels, (*color, alpha))

    def poly(self, points: Iterable[Vec], color: Color, normal: Vec = (0, 0, 1), alpha: int = 255) -> None:
        """A polygon in the world, shaded and hazed."""
        local = [self.to_camera(p) for p in points]
        self.fill(local, self.hazed(self.shade(color, normal), local[0][2]), alpha)

    def plane(self, origin: Vec, right: Vec, up: Vec, normal: Vec | None = None) -> "Plane":
        """A drawing surface: u metres along `right`, v metres along `up` from the origin. Axes are unit vectors."""
        return Plane(self, origin, right, up, normal or _cross(right, up))

    def ground(self, z: float = 0.0) -> "Plane":
        """The ground as a surface: u = x, v = y."""
        return Plane(self, (0.0, 0.0, z), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

    def billboard(self, x: float, y: float, z: float = 0.0) -> "Plane":
        """An upright surface at (x, y) that faces the camera."""
        r = self.flat_right
        return Plane(self, (x, y, z), r, (0.0, 0.0, 1.0), (-r[1] * 0.3, -0.8, 0.5))

    def upright(self, x: float, y: float, angle: float, z: float = 0.0) -> "Plane":
        """An upright surface through (x, y) that runs in direction `angle` (degrees from x towards y)."""
        a = math.radians(angle)
        return Plane(
            self,
            (x, y, z),
            (math.cos(a), math.sin(a), 0.0),
            (0.0, 0.0, 1.0),
            (math.sin(a), -math.cos(a), 0.0),
        )

    def faces(self, plane: "Plane") -> bool:
        """Whether the camera is on the side that the plane's normal points to."""
        o, c = plane.origin, self.camera
        return _dot(plane.normal, (c.x - o[0], c.y - o[1], c.z - o[2])) > 0

    def shadow(self, footprint: Sequence[Uv], height: float, strength: float = 1.0) -> None:
        """The shadow on the ground of an upright thing with this footprint (x, y), by the sun, plus the soft contact."""
        alpha = round(self.light.shadow * strength)
        sx, sy, sz = self.sun
        reach = min(height / max(sz, 0.2), 14.0)
        moved = [(x - sx * reach, min(self.back, y - sy * reach)) for x, y in footprint]
        if alpha > 8:
            hull = _hull([*footprint, *moved])
            self.fill([self.to_camera((x, y, 0.005)) for x, y in hull], (34, 38, 52), alpha)

    def contact(self, x: float, y: float, rx: float, ry: float, strength: float = 1.0) -> None:
        """The soft dark spot under anything that stands on the ground."""
        for grow, alpha in ((1.35, 22), (1.12, 34), (0.92, 48)):
            ring = _ellipse(x, y, rx * grow, ry * grow, 18)
            self.fill([self.to_camera((u, v, 0.004)) for u, v in ring], (30, 32, 40), round(alpha * strength))

    def scale_at(self, x: float, y: float, z: float = 0.0) -> float:
        """Pixels a metre (of the finished picture) at that place: to leave out what nobody would see."""
        depth = self.to_camera((x, y, z))[2]
        return self.focal / SUPERSAMPLE / max(depth, NEAR)

    def finished(self) -> Image.Image:
        """The picture at its final size, edges smoothed."""
        return self.image.reduce(SUPERSAMPLE)


class Plane:
    """A flat surface in the world to draw on in metres. Everything on it shares one normal and so one shade."""

    def __init__(self, stage: Stage, origin: Vec, right: Vec, up: Vec, normal: Vec) -> None:
        self.stage, self.origin, self.right, self.up, self.normal = stage, origin, right, up, normal
        self._o, self._r, self._u = stage.to_camera(origin), stage.turn(right), stage.turn(up)

    def at(self, u: float, v: float) -> Vec:
        """The world position of a place on the surface."""
        o, r, p = self.origin, self.right, self.up
        return o[0] + u * r[0] + v * p[0], o[1] + u * r[1] + v * p[1], o[2] + u * r[2] + v * p[2]

    def _local(self, u: float, v: float) -> Vec:
        o, r, p = self._o, self._r, self._u
        return o[0] + u * r[0] + v * p[0], o[1] + u * r[1] + v * p[1], o[2] + u * r[2] + v * p[2]

    def poly(self, points: Iterable[Uv], color: Color, alpha: int = 255) -> None:
        """A polygon in surface metres."""
        local = [self._local(u, v) for u, v in points]
        self.stage.fill(local, self.stage.hazed(self.stage.shade(color, self.normal), local[0][2]), alpha)

    def rect(self, u0: float, v0: float, u1: float, v1: float, color: Color, alpha: int = 255) -> None:
        """An axis-parallel rectangle."""
        self.poly(((u0, v0), (u1, v0), (u1, v1), (u0, v1)), color, alpha)

    def disc(
        self, u: float, v: float, radius: float, color: Color, alpha: int = 255, squash: float = 1.0
    ) -> None:
        """A filled circle, or an ellipse flattened in v."""
        self.poly(_ellipse(u, v, radius, radius * squash, 10 if radius < 0.12 else 22), color, alpha)

    def line(self, points: Sequence[Uv], width: float, color: Color, alpha: int = 255) -> None:
        """A polyline of a width in metres."""
        for (u0, v0), (u1, v1) in pairwise(points):
            length = math.hypot(u1 - u0, v1 - v0) or 1.0
            nu, nv = -(v1 - v0) / length * width / 2, (u1 - u0) / length * width / 2
            self.poly(
                ((u0 + nu, v0 + nv), (u1 + nu, v1 + nv), (u1 - nu, v1 - nv), (u0 - nu, v0 - nv)), color, alpha
            )

    def blob(
        self,
        u: float,
        v: float,
        radius: float,
        color: Color,
        rng: random.Random,
        alpha: int = 255,
        squash: float = 1.0,
        rough: float = 0.25,
    ) -> None:
        """An irregular roundish patch: a stain, a puddle, a hole."""
        self.poly(blob(u, v, radius, rng, squash, rough), color, alpha)


def blob(
    u: float, v: float, radius: float, rng: random.Random, squash: float = 1.0, rough: float = 0.25
) -> list[Uv]:
    """The outline of an irregular roundish patch."""
    n = 18
    waves = [(rng.uniform(0, 6.3), rng.uniform(0.3, 1.0) / k) for k in range(1, 5)]
    points = []
    for i in range(n):
        a = 2 * math.pi * i / n
        r = radius * (1 + rough * sum(w * math.sin((k + 1) * a + p) for k, (p, w) in enumerate(waves)))
        points.append((u + r * math.cos(a), v + r * squash * math.sin(a)))
    return points


def _ellipse(u: float, v: float, ru: float, rv: float, n: int) -> list[Uv]:
    return [
        (u + ru * math.cos(2 * math.pi * i / n), v + rv * math.sin(2 * math.pi * i / n)) for i in range(n)
    ]


def _cut_near(points: Sequence[Vec]) -> list[Vec]:
    """Sutherland–Hodgman against the plane just before the lens."""
    kept: list[Vec] = []
    a = points[-1]
    for b in points:
        if (a[2] >= NEAR) != (b[2] >= NEAR):
            t = (NEAR - a[2]) / (b[2] - a[2])
            kept.append((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, NEAR))
        if b[2] >= NEAR:
            kept.append(b)
        a = b
    return kept


def _hull(points: Sequence[Uv]) -> list[Uv]:
    """Convex hull, Andrew's monotone chain."""
    ordered = sorted(set(points))

    def half(run: Iterable[Uv]) -> list[Uv]:
        chain: list[Uv] = []
        for p in run:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2:]
                if (bx - ax) * (p[1] - ay) - (by - ay) * (p[0] - ax) > 0:
                    break
                chain.pop()
            chain.append(p)
        return chain[:-1]

    return half(ordered) + half(reversed(ordered))
