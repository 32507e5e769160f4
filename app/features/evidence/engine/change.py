"""What changed between two aligned photos: a map in the before photo's frame, calm under light, shadow and parallax.

Street scenes have depth, so the after photo is laid over the before photo in several ways, one for each plane that the
matches lie on and one that bends with all of them; a spot has changed only if none of them explains it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from app.features.evidence.engine import geometry
from app.features.evidence.engine.features import Array
from app.features.evidence.engine.photo import Photo, reduced
from app.features.evidence.engine.place import Look
from app.features.evidence.engine.reuse import local_correlation

SIDE = 256  # pixels of the map's longest side
SHIFT, STEP = 4, 2  # how far a spot may be off and still be found, and in what steps, in pixels of the map
WINDOW = 19
REACH, EDGE = 12, 0.003  # of the last smoothing: pixels, and the spread of lightness that makes an edge
NODES = 12  # of the bending net, along each side


@dataclass(frozen=True)
class Lab:
    """A photo at the map's size: lightness and colours as float, and its scale."""

    pixels: Array
    scale: float


def change_map(before: Photo, after: Photo, look: Look) -> Array | None:
    """(h, w) uint8, bright = changed; None where the photos cannot be aligned."""
    planes = look.planes
    if planes.main is None:
        return None
    here, there = _lab(before), _lab(after)
    costs = [_cost(here.pixels, *_laid_over(there, field)) for field in _fields(here, there, look)]
    return _as_grey(np.min(costs, axis=0), here.pixels[..., 0])


def _lab(photo: Photo) -> Lab:
    factor = min(1.0, SIDE / max(photo.picture.shape[:2]))
    small = reduced(photo.picture, factor)
    pixels = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    return Lab(pixels, small.shape[1] / photo.features.width)


def _fields(here: Lab, there: Lab, look: Look) -> list[Array]:
    """For each way of laying over: where in the after photo (h, w, 2) a pixel of the before photo comes from."""
    height, width = here.pixels.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    grid = np.stack([x, y], axis=-1).reshape(-1, 2).astype(np.float64) / here.scale
    fields = []
    for matrix in look.planes.matrices:
        moved = geometry.warp_points(np.linalg.inv(matrix), grid) * there.scale
        fields.append(moved.reshape(height, width, 2).astype(np.float32))
    fields.append(fields[0] + _bend(here, there, look, fields[0].shape[:2]))
    return fields


def _bend(here: Lab, there: Lab, look: Look, shape: tuple[int, int]) -> Array:
    """What the matches near each node of a net lie off the main plane, spread smoothly between the nodes."""
    back = np.linalg.inv(look.planes.matrices[0])
    off = (look.sure.after - geometry.warp_points(back, look.sure.before)) * there.scale
    spots = look.sure.before * here.scale
    height, width = shape
    nodes = np.stack(np.meshgrid(np.linspace(0, width, NODES), np.linspace(0, height, NODES)), axis=-1)
    apart = ((nodes[:, :, None] - spots[None, None]) ** 2).sum(axis=-1)
    usable = np.hypot(*off.T) < 0.12 * SIDE
    weight = np.exp(-apart / (2 * (0.07 * SIDE) ** 2)) * usable
    rest = 0.05  # where no match is near, the main plane stands
    bend = np.einsum("ijk,kl->ijl", weight, off) / (weight.sum(axis=-1) + rest)[..., None]
    return np.asarray(cv2.resize(bend.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC))


def _laid_over(there: Lab, field: Array) -> tuple[Array, Array]:
    moved = cv2.remap(
        there.pixels, field[..., 0], field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    height, width = there.pixels.shape[:2]
    seen = (field[..., 0] >= 0) & (field[..., 1] >= 0) & (field[..., 0] < width) & (field[..., 1] < height)
    return moved, seen


def _cost(target: Array, moved: Array, seen: Array) -> Array:
    """How little a spot looks like the other photo near the same spot, in [0, 1]: by colour without lightness, by
    lightness against its surroundings, and by structure. Shadows spare the first, small shifts the last."""
    moved = _same_light(target, moved, seen)
    ours, theirs = (np.dstack([pixels, _evened(pixels[..., 0])]) for pixels in (target, moved))
    size = (target.shape[1], target.shape[0])
    colour, light, structure = (np.full(target.shape[:2], np.inf, np.float32) for _ in range(3))
    grey = np.ascontiguousarray(target[..., 0])
    for dy in range(-SHIFT, SHIFT + 1, STEP):
        for dx in range(-SHIFT, SHIFT + 1, STEP):
            matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
            shifted = cv2.warpAffine(theirs, matrix, size, borderMode=cv2.BORDER_REPLICATE)
            off = np.abs(ours - shifted)
            colour = np.minimum(colour, cv2.blur(off[..., 1] + off[..., 2], (5, 5)))
            light = np.minimum(light, cv2.blur(off[..., 3], (5, 5)))
            alike, _ = local_correlation(grey, np.ascontiguousarray(shifted[..., 0]), WINDOW)
            structure = np.minimum(structure, 1 - alike)
    cost = np.sqrt(np.clip(colour / 60, 0, 1) * np.clip(structure, 0, 1)) * np.clip(light / 3, 0, 1) ** 0.25
    return np.where(seen, cv2.GaussianBlur(cost, (0, 0), 1.5), np.inf).astype(np.float32)


def _evened(lightness: Array) -> Array:
    """Each spot against its wider surroundings: a shadow's edge stays, its area goes."""
    around = cv2.GaussianBlur(lightness, (0, 0), 16)
    deviation = np.sqrt(cv2.GaussianBlur((lightness - around) ** 2, (0, 0), 16))
    return np.asarray((lightness - around) / (deviation + 3), np.float32)


def _same_light(target: Array, moved: Array, seen: Array) -> Array:
    """Brightness and colours of the after photo brought to the before photo's, as a whole and by broad regions."""
    if seen.sum() < 100:
        return moved
    ours, theirs = target[seen], moved[seen]
    gain = np.clip((ours.std(axis=0) + 1) / (theirs.std(axis=0) + 1), 0.5, 2.0)
    return np.asarray((moved - theirs.mean(axis=0)) * gain + ours.mean(axis=0), np.float32)


def _as_grey(cost: Array, lightness: Array) -> Array:
    """What the after photo does not show is no news: there the map has its middle value."""
    seen = np.isfinite(cost)
    middle = float(np.median(cost[seen])) if seen.any() else 0.0
    even = cv2.GaussianBlur(np.where(seen, cost, middle).astype(np.float32), (0, 0), 3.0)
    changed = _along_edges(even, lightness / 100) * _where_it_was_pointed(cost.shape)
    return np.asarray(np.clip(changed * 255, 0, 255).round(), np.uint8)


def _along_edges(cost: Array, guide: Array) -> Array:
    """Smoothed within things, not across their edges. K. He, J. Sun and X. Tang, "Guided image filtering", 2010."""
    box = (2 * REACH + 1, 2 * REACH + 1)
    mean_guide, mean_cost = cv2.blur(guide, box), cv2.blur(cost, box)
    spread = cv2.blur(guide * guide, box) - mean_guide**2
    together = cv2.blur(guide * cost, box) - mean_guide * mean_cost
    slope = together / (spread + EDGE)
    return np.asarray(cv2.blur(slope, box) * guide + cv2.blur(mean_cost - slope * mean_guide, box))


def _where_it_was_pointed(shape: tuple[int, ...]) -> Array:
    """The before photo was taken of the problem: that lies below the middle rather than in the sky or a corner. What
    changed there must be three times as plain."""
    height, width = shape[:2]
    down, aside = (np.arange(height) / height)[:, None], np.linspace(-1, 1, width)[None]
    near = np.exp(-(((down - 0.65) / 0.3) ** 2) / 2 - (aside / 0.6) ** 2 / 2)
    return np.asarray(0.3 + 0.7 * near, np.float32)
