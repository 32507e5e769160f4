"""The built PWA: hashed assets for a year, everything else asked for anew, every deep link answered by index.html."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PWA = Path(__file__).parents[2] / "pwa" / "dist"
TEXT_TYPES = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
)
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")


@dataclass(frozen=True)
class Asset:
    """A file as sent: read once, compressed once."""

    body: bytes
    zipped: bytes | None
    media_type: str
    etag: str
    modified: float


class Frontend:
    """Serves the folder of the built PWA below /, and the problem 404 for unknown paths below /api."""

    def __init__(self, folder: Path = PWA) -> None:
        self.folder = folder.resolve()
        self.kept: dict[Path, Asset] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise HTTPException(404)
        request = Request(scope, receive)
        path = request.url.path
        if path == "/api" or path.startswith("/api/"):
            raise HTTPException(404)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405)
        asset = await run_in_threadpool(self._find, path)
        if asset is None:
            raise HTTPException(404)
        await self._answer(request, path, asset)(scope, receive, send)

    def _find(self, path: str) -> Asset | None:
        if "\x00" in path:
            return None
        file = (self.folder / path.lstrip("/")).resolve()
        # A path with a file name's dot is an asset: answering index.html for a missing script would break the page.
        if not file.is_relative_to(self.folder) or not file.is_file():
            if "." in path.rpartition("/")[2] or path.startswith("/assets/"):
                return None
            file = self.folder / "index.html"
        return self._read(file) if file.is_file() else None

    def _read(self, file: Path) -> Asset:
        modified = file.stat().st_mtime
        kept = self.kept.get(file)
        if kept is None or kept.modified != modified:
            body = file.read_bytes()
            media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            zipped = gzip.compress(body, 9, mtime=0) if media_type.startswith(TEXT_TYPES) else None
            etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
            kept = self.kept[file] = Asset(body, zipped, media_type, etag, modified)
        return kept

    def _answer(self, request: Request, path: str, asset: Asset) -> Response:
        is_hashed = path.startswith("/assets/")
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if is_hashed else "no-cache",
            "ETag": asset.etag,
            "Last-Modified": formatdate(asset.modified, usegmt=True),
            "Vary": "Accept-Encoding",
        }
        if asset.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = asset.body
        if asset.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = asset.zipped, "gzip"
        if request.method == "HEAD":
            return Response(
                headers={**headers, "Content-Length": str(len(body))}, media_type=asset.media_type
            )
        return Response(body, headers=headers, media_type=asset.media_type)
