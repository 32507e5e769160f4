"""A photo as phones make them: 12 megapixels, some 3 MB; and what no server can do without: hash, fsync, decode."""

import hashlib
import os
import random
import struct
import time
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageFilter

WIDTH, HEIGHT, BYTES = 4000, 3000, 3_000_000


@lru_cache
def photo(width: int = WIDTH, height: int = HEIGHT, size: int = BYTES) -> bytes:
    """A JPEG of about `size` bytes: soft shapes with grain, of a seed."""
    chance = random.Random(7)
    coarse = Image.frombytes("RGB", (40, 30), chance.randbytes(3600)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    grain = Image.frombytes("L", (width // 4, height // 4), chance.randbytes(width // 4 * (height // 4)))
    grain = grain.resize((width, height), Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(1))
    made = Image.blend(coarse, Image.merge("RGB", (grain, grain, grain)), 0.3)
    low, high = 20, 97
    while True:
        out = BytesIO()
        made.save(out, "JPEG", quality=(low + high) // 2)
        if high - low <= 1:
            return out.getvalue()
        low, high = ((low + high) // 2, high) if out.tell() < size else (low, (low + high) // 2)


def numbered(number: int, original: bytes) -> bytes:
    """The same picture with a comment of its own, so that no two have the same hash."""
    said = struct.pack(">I", number)
    return original[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(said)) + said + original[2:]


def floor(folder: Path, original: bytes, rounds: int = 8) -> dict[str, float]:
    """CPU ms of the bare work on one photo, in this process: sha-256, write and fsync, decode at 1/8 and at 1/2."""

    def decoded(share: int) -> None:
        image = Image.open(BytesIO(original))
        image.draft("RGB", (WIDTH // share, HEIGHT // share))
        image.load()

    def stored() -> None:
        path = folder / "floor"
        with path.open("wb") as file:
            file.write(original)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()

    works = {
        "sha-256": lambda: hashlib.sha256(original).digest(),
        "write and fsync": stored,
        "decode at 1/8": lambda: decoded(8),
        "decode at 1/2": lambda: decoded(2),
    }
    told = {}
    for name, work in works.items():
        work()
        started = time.process_time()
        for _ in range(rounds):
            work()
        told[name] = (time.process_time() - started) * 1000 / rounds
    return told
