"""Where picture bytes live: one port, two homes (a folder, S3). `get_storage()` picks by the settings.

Keys are made by the caller, are never written twice with different bytes and never tell what they hold.
No call belongs inside a database transaction: storage may be slow or away.
"""

from functools import lru_cache

from app.core.config import get_settings
from app.core.storage.port import BlobMissing, Storage, Stored

__all__ = ["BlobMissing", "Storage", "Stored", "get_storage"]


@lru_cache
def get_storage() -> Storage:
    """The process's storage. Tests clear the cache to swap it."""
    settings = get_settings()
    if settings.storage == "s3":
        # boto3 costs 20 MB: only who uses it pays.
        from app.core.storage.s3 import S3Storage

        return S3Storage(settings)
    from app.core.storage.files import FileStorage

    return FileStorage(settings.data_dir / "blobs")
