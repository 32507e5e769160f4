"""The four kinds of picture taken in, told by their first bytes. Pure: also imported by the decoding process."""

JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
ACCEPTED = frozenset({JPEG, PNG, WEBP, HEIC})
EXTENSIONS = {JPEG: "jpg", PNG: "png", WEBP: "webp", HEIC: "heic"}
# What browsers and phones also call them.
ALIASES = {"image/heif": HEIC, "image/jpg": JPEG}

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 64_000_000

_STILL_HEIC = {b"heic", b"heix", b"heim", b"heis"}


def declared(content_type: str) -> str | None:
    """The media type a Content-Type header names, if it is one of ours; parameters are ignored."""
    plain = content_type.partition(";")[0].strip().lower()
    plain = ALIASES.get(plain, plain)
    return plain if plain in ACCEPTED else None


def sniff(head: bytes) -> str | None:
    """The media type that the first 64 bytes show, or None. A HEIC sequence is a film, not a picture: None."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        end = min(int.from_bytes(head[:4], "big"), 64)
        brands = {head[at : at + 4] for at in (8, *range(16, end, 4))}
        if head[8:12] in _STILL_HEIC or (head[8:12] == b"mif1" and brands & _STILL_HEIC):
            return HEIC
    return None
