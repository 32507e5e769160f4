"""Drawn street pictures of the demo town, made like phone photos: a place, what is wrong in it, a stand-point, a light.

The same `Shot` always gives the same bytes. Pairs are honest (same place, mended, another stand-point and hour) or not.
"""

import io
import math
import multiprocessing
import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal

from PIL import Image, ImageChops, ImageEnhance, ImageFilter

from app.demo.places_other import front, market, river, site, stairs
from app.demo.places_street import green, lane, road, shops
from app.demo.problems import THEMES
from app.demo.scene import Scene
from app.demo.stage import Camera, Light, Stage

SIZE = (1280, 960)
QUALITY = 80

PLACES: dict[str, tuple[Callable[[Scene], None], Camera]] = {
    "lane": (lane, Camera(0.3, 0.1, 1.6, -2.0, 6.5, focal=0.72)),
    "shops": (shops, Camera(0.0, 1.1, 1.65, -5.0, 7.0, focal=0.74)),
    "road": (road, Camera(0.9, 0.0, 1.62, -4.0, 8.5, focal=0.74)),
    "green": (green, Camera(0.2, 0.8, 1.62, 2.0, 9.5, focal=0.74)),
    "stairs": (stairs, Camera(0.0, 0.3, 1.55, -4.0, 10.0, focal=0.62)),
    "river": (river, Camera(0.0, 1.2, 1.7, -3.0, 8.0, focal=0.74)),
    "site": (site, Camera(0.0, 1.0, 1.62, -3.0, 6.0, focal=0.74)),
    "front": (front, Camera(0.0, 0.8, 1.62, 3.0, 6.5, focal=0.72)),
    "market": (market, Camera(0.2, 0.4, 1.6, -3.0, 9.0, focal=0.72)),
}
INDOORS = ("stairs", "market")

LIGHTS: dict[str, Light] = {
    "morning": Light(),
    "noon": Light(azimuth=-18, elevation=62, sun=(0.5, 0.48, 0.42), ambient=(0.66, 0.67, 0.7)),
    "afternoon": Light(azimuth=52, elevation=44, sun=(0.56, 0.48, 0.36), sky_top=(142, 178, 206)),
    "late": Light(
        azimuth=66, elevation=24, sun=(0.58, 0.46, 0.32), ambient=(0.58, 0.58, 0.64),
        sky_top=(150, 172, 200), sky_low=(244, 220, 186), warmth=0.035,
    ),
    "overcast": Light(
        sun=(0.14, 0.14, 0.14), ambient=(0.84, 0.86, 0.88), sky_top=(186, 196, 202), sky_low=(224, 226, 224),
        shadow=16, haze=0.006, warmth=-0.02,
    ),
    "hazy": Light(
        azimuth=-40, elevation=50, sun=(0.3, 0.28, 0.25), ambient=(0.8, 0.8, 0.79), sky_top=(204, 210, 210),
        sky_low=(232, 230, 222), shadow=38, haze=0.013,
    ),
    "rain": Light(
        sun=(0.06, 0.06, 0.07), ambient=(0.76, 0.79, 0.84), sky_top=(150, 160, 170), sky_low=(196, 204, 208),
        shadow=12, haze=0.009, warmth=-0.04, gain=0.96,
    ),
}  # fmt: skip
_INDOOR_SUN = {"morning": -40.0, "noon": -15.0, "afternoon": 35.0, "late": 55.0}

Treatment = Literal["", "reencoded", "brightened"]


@dataclass(frozen=True)
class Shot:
    """Everything that decides one picture."""

    kind: str
    seed: int
    theme: str | None = None
    """What is wrong; None shows the bare place."""
    solved: bool = False
    stand: int = 0
    """Which stand-point: 0 is the best one, every other number another a step aside, turned and tilted a little."""
    light: str = "morning"
    close: bool = False
    """Two steps nearer to the problem."""
    treatment: Treatment = ""
    """How a cheat has altered the file."""
    width: int = SIZE[0]
    """Pixels of the finished picture, 4 : 3."""

    def other_place(self) -> "Shot":
        """The same kind of picture, taken somewhere else."""
        return replace(self, seed=self.seed + 7919)


def _camera(shot: Shot, spot: tuple[float, float]) -> Camera:
    base, own = PLACES[shot.kind][1], random.Random(f"place {shot.kind} {shot.seed}")
    base = base._replace(x=base.x + own.uniform(-0.3, 0.3), yaw=base.yaw + own.uniform(-5, 4))
    if shot.kind == "front" and shot.theme in ("posters", "wall_damage"):
        # The wall beside the doors: one turns to it.
        base = base._replace(x=base.x - 0.9, yaw=base.yaw - 21)
    if shot.stand:
        rng = random.Random(f"stand {shot.kind} {shot.seed} {shot.stand}")
        indoors = 0.4 if shot.kind == "stairs" else 1.0
        base = base._replace(
            x=base.x + rng.uniform(-0.42, 0.42) * indoors,
            y=base.y + rng.uniform(-0.35, 0.4) * indoors,
            z=base.z + rng.uniform(-0.12, 0.12),
            yaw=base.yaw + rng.uniform(-3.5, 3.5),
            pitch=base.pitch + rng.uniform(-2.0, 2.0),
            roll=rng.uniform(-1.4, 1.4),
            focal=base.focal * rng.uniform(0.97, 1.04),
        )
    if shot.close:
        dx, dy = spot[0] - base.x, spot[1] - base.y
        nearer = 0.36
        yaw = math.degrees(math.atan2(dx * (1 - nearer), dy * (1 - nearer)))
        base = base._replace(x=base.x + dx * nearer, y=base.y + dy * nearer, yaw=yaw, pitch=base.pitch + 9)
    return base


def _light(shot: Shot) -> Light:
    light = LIGHTS[shot.light]
    if shot.kind in INDOORS:
        azimuth = _INDOOR_SUN.get(shot.light, -30.0)
        ambient = (0.78, 0.77, 0.75) if shot.light in _INDOOR_SUN else (0.74, 0.76, 0.78)
        return replace(
            light, azimuth=azimuth, elevation=50, sun=(0.2, 0.19, 0.16), ambient=ambient, shadow=26, haze=0.0
        )
    return light


def draw(shot: Shot, size: tuple[int, int] | None = None) -> Image.Image:
    """The picture, before any file is made of it."""
    build = PLACES[shot.kind][0]
    size = size or (shot.width, shot.width * 3 // 4)
    light = _light(shot)
    # A close view has to know where the problem is before the camera is placed: the builder is asked on a tiny stage.
    spot = _spot(shot.kind, shot.seed) if shot.close else (0.0, 0.0)
    scene = Scene(Stage(size, _camera(shot, spot), light), shot.seed)
    build(scene)
    if scene.markings:
        scene.markings(0.22 if shot.theme == "faded_marks" and not shot.solved else 0.93)
    if shot.theme:
        THEMES[shot.theme](scene, random.Random(f"{shot.theme} {shot.seed}"), shot.solved)
    scene.finish()
    return _developed(scene.stage.finished(), light, shot)


@lru_cache(maxsize=256)
def _spot(kind: str, seed: int) -> tuple[float, float]:
    scene = Scene(Stage((16, 12), PLACES[kind][1], LIGHTS["overcast"]), seed)
    PLACES[kind][0](scene)
    return scene.spot


def _developed(image: Image.Image, light: Light, shot: Shot) -> Image.Image:
    """What the phone adds: exposure, white balance, darker corners, grain."""
    rng = random.Random(f"{shot}")
    gain = light.gain * rng.uniform(1.03, 1.1)
    warm = light.warmth + rng.uniform(-0.015, 0.015)
    tables = [
        min(255, round(v * gain * (1 + shift)))
        for shift in (warm, 0.0, -warm)
        for v in range(256)
    ]  # fmt: skip
    image = ImageChops.multiply(image.point(tables), _vignette(image.size))
    return ImageChops.add(image, _grain(image.size, shot.stand % 4), 1, -128)


@lru_cache(maxsize=8)
def _vignette(size: tuple[int, int]) -> Image.Image:
    small = Image.new("L", (64, 48))
    small.putdata([
        255 - round(24 * min(1.0, (((x - 31.5) / 40) ** 2 + ((y - 23.5) / 31) ** 2)) ** 1.6)
        for y in range(48)
        for x in range(64)
    ])  # fmt: skip
    return Image.merge("RGB", [small.resize(size, Image.Resampling.BILINEAR)] * 3)


@lru_cache(maxsize=8)
def _grain(size: tuple[int, int], which: int) -> Image.Image:
    raw = Image.frombytes("L", size, random.Random(which).randbytes(size[0] * size[1]))
    soft = raw.filter(ImageFilter.GaussianBlur(1.1)).point([128 + round((v - 128) * 0.1) for v in range(256)])
    return Image.merge("RGB", [soft] * 3)


def photograph(shot: Shot, size: tuple[int, int] | None = None) -> bytes:
    """The picture as JPEG bytes, without EXIF (as a browser's camera delivers it)."""
    image, quality = draw(shot, size), QUALITY
    if shot.treatment == "reencoded":
        w, h = image.size
        smaller = image.crop((w // 50, h // 50, w - w // 60, h - h // 40))
        image = smaller.resize((w, h), Image.Resampling.BICUBIC)
        quality = 68
    elif shot.treatment == "brightened":
        image = ImageEnhance.Color(ImageEnhance.Brightness(image).enhance(1.16)).enhance(0.9)
        quality = 74
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def photograph_all(shots: Iterable[Shot], workers: int = 2) -> Iterator[tuple[Shot, bytes]]:
    """Every distinct shot, in order, made by several processes: the loader stores while they draw."""
    wanted = list(dict.fromkeys(shots))
    # Not forked: the caller may be a server with threads.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from zip(wanted, pool.map(photograph, wanted, chunksize=8), strict=True)


def with_exif(jpeg: bytes, *, taken_at: datetime, lon: float, lat: float, make: str, model: str) -> bytes:
    """The same picture with what a phone's own camera app writes; `taken_at` carries the local offset."""
    exif = Image.Exif()
    stamp, offset = taken_at.strftime("%Y:%m:%d %H:%M:%S"), taken_at.strftime("%z")
    exif[0x010F], exif[0x0110], exif[0x0132], exif[0x0112] = make, model, stamp, 1
    details = exif.get_ifd(0x8769)
    details[0x9003] = details[0x9004] = stamp
    details[0x9011] = f"{offset[:3]}:{offset[3:]}"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N" if lat >= 0 else "S", _degrees(lat)
    gps[3], gps[4] = "E" if lon >= 0 else "W", _degrees(lon)
    body = exif.tobytes()
    return jpeg[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


def _degrees(value: float) -> tuple[float, float, float]:
    whole, rest = divmod(abs(value) * 3600, 3600)
    minutes, seconds = divmod(rest, 60)
    return whole, minutes, round(seconds, 4)
