"""Pictures that we drew ourselves (the demo): the same tables and files, without the round trip to the sandbox.

Imports Pillow into the calling process, which a server does not want: for commands only.
"""

from app.core.ids import hidden_id
from app.core.storage import get_storage
from app.features.photos import formats, pictures
from app.features.photos.jobs import store
from app.features.photos.models import RenditionKind
from app.features.photos.sandbox import Made
from app.features.photos.service import Kept


def keep_trusted(data: bytes, *, sha256: str) -> Kept:
    """Store a JPEG of ours and its renditions; `service.record` then makes it a photo that is ready at once."""
    shape = pictures.check(data, formats.JPEG)
    thumb, large = (Made(r.data, r.width, r.height) for r in pictures.render(data, formats.JPEG))
    photo_id = hidden_id()
    rows = (store(photo_id, RenditionKind.THUMB, thumb), store(photo_id, RenditionKind.LARGE, large))
    kept = Kept(
        photo_id, sha256, len(data), formats.JPEG, shape["width"], shape["height"], shape["claims"], rows
    )
    get_storage().put(kept.key, data, sha256)
    return kept
