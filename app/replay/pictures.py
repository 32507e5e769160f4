"""Small pictures, each one of its own: what is on them does not matter to a replay, that they differ does."""

import io
import random

from PIL import Image

SIZE = (160, 120)


def picture(seed: str) -> bytes:
    """A JPEG of coloured blocks drawn from `seed`."""
    chance = random.Random(seed)
    blocks = Image.frombytes("RGB", (16, 12), chance.randbytes(16 * 12 * 3))
    kept = io.BytesIO()
    blocks.resize(SIZE, Image.Resampling.BICUBIC).save(kept, "JPEG", quality=60)
    return kept.getvalue()
