"""The cleared copy: what lies in a box is made unrecognisable, and cannot be brought back.

A fine mosaic of a face or a number plate can be guessed at. Here a box keeps at most 4 x 4 averages, each rounded to one of
16 steps, whatever its size: that is all the file holds of it. Boxes grow to the grid of 16 pixels in which the large
rendition was compressed, as a block carries traces of its whole square.
"""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from app.features.photos.pictures import Rendered

WHOLE = 10_000
"""Boxes count in parts of this."""
CELLS, STEP, BLOCK = 4, 16, 16


def drawn(clean: bytes, boxes: Sequence[Sequence[int]]) -> Rendered:
    """A clean rendition with each box (x, y, width, height, in parts of WHOLE) veiled. Nothing else is carried along."""
    image = Image.open(BytesIO(clean), formats=["JPEG"]).convert("RGB")
    for box in boxes:
        _veil(image, _pixels(box, image.size))
    canvas = Image.new("RGB", image.size)
    canvas.paste(image)
    out = BytesIO()
    canvas.save(out, "JPEG", quality=85)
    return Rendered(out.getvalue(), *canvas.size)


def _pixels(box: Sequence[int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom: outwards to whole blocks, within the picture."""
    x, y, wide, high = box
    ends = []
    for start, length, full in ((x, wide, size[0]), (y, high, size[1])):
        first = start * full // WHOLE // BLOCK * BLOCK
        last = -(-(start + length) * full // WHOLE)
        ends.append((min(first, full - 1), min(full, max(-(-last // BLOCK) * BLOCK, first + 1))))
    (left, right), (top, bottom) = ends
    return left, top, right, bottom


def _veil(image: Image.Image, area: tuple[int, int, int, int]) -> None:
    part = image.crop(area)
    longest = max(part.size)
    cells = tuple(max(1, round(CELLS * side / longest)) for side in part.size)
    few = part.resize((cells[0], cells[1]), Image.Resampling.BOX)
    rounded = few.point(lambda value: value // STEP * STEP + STEP // 2)
    image.paste(rounded.resize(part.size, Image.Resampling.BILINEAR), area[:2])
