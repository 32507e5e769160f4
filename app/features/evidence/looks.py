"""A photo's look in 64 bits (dHash): what candidates for re-use are found by. Not the engine's business: it finds, the engine judges.

N. Krawetz, "Kind of like that", 2013. Whole pictures only: a strong crop or a photo of a screen looks different.
"""

from typing import Any

NEAR_BITS = 10
"""Photos whose looks differ in more are not held against each other. Two photos of different scenes differ in about 32."""


def looks(picture: Any) -> tuple[str, str]:
    """`picture`: (height, width, 3) uint8. Its look, and the look of its mirror image, as 16 hex digits each."""
    import cv2

    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    return _bits(small), _bits(small[:, ::-1])


def _bits(small: Any) -> str:
    brighter = (small[:, 1:] > small[:, :-1]).ravel()
    return f"{int(''.join('1' if bit else '0' for bit in brighter), 2):016x}"


def bits_apart(one: str, other: str) -> int:
    """In how many of 64 bits two looks differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
