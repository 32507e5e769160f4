"""The draw of a round: a uniformly random single cycle from the committed seed and the captains' nonces. Pure.

Version 1, which anyone can do again (docs/crosscheck.md has thirty lines that do):

key      SHA-256 of "xunfang-draw-1\\n" + round id + "\\n" + seed (hex) + "\\n" and, sorted, a line "unit id:nonce (hex)\\n" for each nonce
words    the 64-bit big-endian words of SHA-256(key + counter), counter = 0, 1, 2 … as eight bytes big-endian
below n  the next word that is less than the largest multiple of n up to 2^64, modulo n
cycle    Sattolo's algorithm over the sorted unit ids: for i = n-1 … 1, swap i with below(i); unit i inspects unit p[i]
"""

import hashlib
from collections.abc import Iterator, Sequence

VERSION = "xunfang-draw-1"
Edge = tuple[str, str]


def commitment(seed: str) -> str:
    """What is published of a seed (hex) before the draw: the SHA-256 of its bytes."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def key_of(round_id: str, seed: str, nonces: Sequence[tuple[str, str]]) -> bytes:
    """The key of the stream. `nonces`: (unit id, nonce in hex), in any order."""
    lines = sorted(f"{unit}:{nonce}" for unit, nonce in nonces)
    text = "".join(f"{line}\n" for line in (VERSION, round_id, seed, *lines))
    return hashlib.sha256(text.encode()).digest()


def words(key: bytes) -> Iterator[int]:
    """64-bit words without end."""
    counter = 0
    while True:
        block = hashlib.sha256(key + counter.to_bytes(8, "big")).digest()
        yield from (int.from_bytes(block[at : at + 8], "big") for at in range(0, 32, 8))
        counter += 1


def below(stream: Iterator[int], n: int) -> int:
    """A number from 0 to n-1, each as likely as the others: words beyond the last whole multiple are thrown away."""
    most = 2**64 - 2**64 % n
    return next(word for word in stream if word < most) % n


def draw(units: Sequence[str], round_id: str, seed: str, nonces: Sequence[tuple[str, str]]) -> list[Edge]:
    """Who inspects whom, sorted by inspector. Every single cycle over `units` (three or more) is equally likely."""
    if len(set(units)) < 3 or not nonces:
        raise ValueError("a draw needs three units and a nonce")
    ordered = sorted(set(units))
    follows, stream = list(ordered), words(key_of(round_id, seed, nonces))
    for i in range(len(ordered) - 1, 0, -1):
        j = below(stream, i)
        follows[i], follows[j] = follows[j], follows[i]
    return list(zip(ordered, follows, strict=True))
