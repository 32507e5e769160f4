"""What every request passes before any parser: security headers, the same-site check, a byte count of the body."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.config import Settings
from app.core.errors import Forbidden, response

MIB = 1024 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TILE_ORIGINS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "tianditu": ("https://*.tianditu.gov.cn",),
    "amap": ("https://*.is.autonavi.com",),
    "osm": ("https://tile.openstreetmap.org",),
}
TRUSTED_TYPES = "vue xunfang"
"""Policies the PWA may make: Vue's own, and ours for the URLs of the service worker and the picture worker."""


class CrossSite(Forbidden):
    """A page of another site tried to act with this person's cookie."""

    code, title = "cross-site", "That request came from another site"


def content_security_policy(settings: Settings) -> str:
    """Nothing but our own files; pictures also from the configured map."""
    images = " ".join(("'self'", "blob:", "data:", *TILE_ORIGINS[settings.map_tiles]))
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src {images}",
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "media-src 'self' blob:",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            f"trusted-types {TRUSTED_TYPES}",
        )
    )


class SecurityHeaders:
    """Adds the headers of SECURITY.md to every answer. A route may set a stricter one of its own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(settings),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
        }
        self.is_https = urlsplit(settings.public_url).scheme == "https"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if self.is_https or scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return await self.app(scope, receive, send_with_headers)


class SameSite:
    """Refuses unsafe requests that a browser sends for a page of another site. Bearer clients have no cookie to abuse."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.own_host = urlsplit(settings.public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and not self._is_ours(scope):
            return await response(CrossSite())(scope, receive, send)
        return await self.app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if headers.get("authorization", "").lower().startswith("bearer "):
            return True
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site in ("same-origin", "none")
        # Every browser without Sec-Fetch-Site sends Origin with an unsafe method; neither of them: no browser.
        return origin is None or urlsplit(origin).netloc in (headers.get("host"), self.own_host)


class BodyLimit:
    """Counts the bytes of a body as they come, whatever Content-Length says; too many: 413 before anything parses them."""

    def __init__(self, app: ASGIApp, limit_of: Callable[[Scope], int]) -> None:
        self.app = app
        self.limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit, seen = self.limit_of(scope), 0
        announced = Headers(scope=scope).get("content-length", "")
        is_announced_too_large = announced.isdigit() and int(announced) > limit

        async def counted() -> Message:
            nonlocal seen
            # The exception rises through the route that reads, to the handler that says it as a problem.
            if is_announced_too_large:
                raise HTTPException(413)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413)
            return message

        return await self.app(scope, counted, send)
