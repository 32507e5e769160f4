"""Builds the FastAPI app: routers, error handlers, OpenAPI, the built PWA. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.core import audit, changes, errors, health, jobs, log, metrics, paging, patience
from app.core.config import get_settings
from app.core.frontend import PWA, Frontend
from app.core.routes import PREFIX
from app.core.web import MIB, BodyLimit, SameSite, SecurityHeaders

FEATURES = (
    "identity",
    "standards",
    "places",
    "photos",
    "evidence",
    "volunteers",
    "issues",
    "dispatch",
    "review",
    "patrols",
    "rosters",
    "crosscheck",
    "ledgers",
    "figures",
    "documents",
    "notifications",
    "interop",
)
EVERYWHERE = errors.problems(
    errors.BadRequest,
    paging.BadCursor,
    errors.Unauthenticated,
    errors.Forbidden,
    errors.NotFound,
    errors.TooLarge,
    errors.Invalid,
    errors.TooManyRequests,
    errors.Unavailable,
    errors.StorageFull,
)
"""What any route may answer. Its own refusals stand beside the route."""


def body_limit(scope: Scope) -> int:
    """Most bytes a request may carry: a photo, a report with its photos in one shot, an import; else a small JSON."""
    method, path = scope["method"], scope["path"]
    if method == "PUT" and path.startswith("/api/photos/"):
        return 20 * MIB
    if method == "POST" and path == "/api/reports":
        return 65 * MIB
    if method == "POST" and "/import" in path:
        return 20 * MIB
    return MIB


def _operation_id(route: APIRoute) -> str:
    return route.name


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    changes.end_with_server()
    if get_settings().jobs != "inline":
        yield
        return
    await run_in_threadpool(jobs.start_inline)
    try:
        yield
    finally:
        await run_in_threadpool(jobs.stop)


async def _denied(request: Request, exc: errors.Forbidden) -> JSONResponse:
    """A refusal by role is written to the audit log: who, and which operation on what."""
    viewer = getattr(request.state, "viewer", None)
    if viewer is not None:
        record = partial(
            audit.record_now,
            "denied",
            actor_id=viewer.user_id,
            subject_kind="operation",
            subject_id=getattr(request.scope.get("route"), "name", ""),
            detail={"code": exc.code, "path": request.url.path[:200]},
        )
        await run_in_threadpool(record)
    return errors.response(exc)


def create_app(pwa: Path = PWA) -> FastAPI:
    """The whole product as one ASGI app. `pwa`: the folder of the built frontend."""
    settings = get_settings()
    log.configure(settings)
    app = FastAPI(
        title="Xunfang",
        summary="Street patrols for a town: from a photo in the street to a closed case",
        version="0.1.0",
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=_lifespan,
    )
    errors.install(app)
    app.add_exception_handler(errors.Forbidden, _denied)  # type: ignore[arg-type]
    app.include_router(health.router)
    app.add_route("/metrics", metrics.show, include_in_schema=False)
    for feature in FEATURES:
        if find_spec(f"app.features.{feature}") and find_spec(name := f"app.features.{feature}.router"):
            app.include_router(import_module(name).router, prefix=PREFIX, responses=EVERYWHERE)
    app.router.default = Frontend(pwa)
    # The last one added meets the request first.
    app.add_middleware(patience.PerRequest)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=3)
    app.add_middleware(BodyLimit, limit_of=body_limit)
    app.add_middleware(SameSite, settings=settings)
    app.add_middleware(SecurityHeaders, settings=settings)
    app.add_middleware(metrics.RequestMetrics)
    app.add_middleware(log.RequestId)
    if settings.trusted_proxies:
        hosts = [host.strip() for host in settings.trusted_proxies.split(",")]
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=hosts)
    return app
