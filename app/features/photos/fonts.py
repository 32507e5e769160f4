"""Which font writes Chinese on pictures."""

from functools import lru_cache
from pathlib import Path

_PLACES = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts")
_NAMES = ("NotoSansCJK-Regular*", "NotoSansSC-Regular*", "SourceHanSans*Regular*", "wqy-*", "PingFang*")


@lru_cache
def chinese_font() -> Path | None:
    """A font with Chinese letters, or None: without one the words would be boxes."""
    folders = [Path(place) for place in _PLACES if Path(place).is_dir()]
    found = (path for name in _NAMES for folder in folders for path in sorted(folder.rglob(name)))
    return next((path for path in found if path.suffix in (".ttc", ".ttf", ".otf")), None)
