"""A server with one stream that never ends by itself, for test_changes.py."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from app.core import changes


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    changes.end_with_server()
    yield


app = FastAPI(lifespan=_lifespan)


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        yield ": open\n\n"
        async for _ in changes.subscribe(lambda _, notes: list(notes)):
            yield ": told\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream")


def serve(port: int) -> None:
    uvicorn.run(app, host="127.0.0.1", port=port)
