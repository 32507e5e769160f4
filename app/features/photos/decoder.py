"""The decoding process: `python -m app.features.photos.decoder memory_mb cpu_seconds niceness`. Started by sandbox.py.

A request is a JSON line {op, size, …} and `size` bytes; the answer a JSON line {…, sizes} and its pieces. Memory and
CPU time are limited by the kernel, so a hostile file kills this process and nothing else. It ends when its parent
closes the pipe, and when nobody has asked for a minute.
"""

import json
import os
import resource
import select
import sys
import warnings
from typing import Any

from app.features.photos import pictures, veil, watermark

IDLE_SECONDS = 60


def _limit(memory_mb: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20, memory_mb * 2**20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_cpu(seconds: float) -> None:
    """SIGXCPU ends us once this request has used `seconds`: busy neighbours do not count against a picture."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def _answer(request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    try:
        if request["op"] == "check":
            return pictures.check(data, request["media_type"]), []
        if request["op"] == "render":
            made = _rendered(request, data)
        elif request["op"] == "veil":
            made = [veil.drawn(data, request["boxes"])]
        else:
            made = [watermark.written(data, request["lines"], request["font"])]
        return {"made": [[r.width, r.height] for r in made]}, [r.data for r in made]
    except pictures.Refused as exc:
        return {"refused": exc.args[0]}, []
    except MemoryError:
        return {"refused": "too-complex"}, []
    except Exception:
        # Decoders raise whatever hostile bytes make them raise; all of it means the same.
        return {"refused": "damaged"}, []


def _rendered(request: dict[str, Any], data: bytes) -> list[pictures.Rendered]:
    large = pictures.canvas(data, request["media_type"])
    made = pictures.copies(large)
    if request["lines"]:
        made.append(watermark.drawn(large, request["lines"], request["font"]))
    return made


def main() -> None:
    """Answer requests until the pipe closes or a minute has passed without one."""
    memory_mb, cpu_seconds = int(sys.argv[1]), float(sys.argv[2])
    os.nice(int(sys.argv[3]))
    warnings.simplefilter("ignore")
    _limit(memory_mb)
    # Its buffer holds nothing of the next request while we wait: that comes only when this one is answered.
    asked = sys.stdin.buffer
    while select.select([asked], [], [], IDLE_SECONDS)[0]:
        request = json.loads(asked.readline() or b"null")
        data = asked.read(request["size"]) if request else b""
        if not request or len(data) < request["size"]:
            return  # our parent is gone
        _allow_cpu(cpu_seconds)
        answer, pieces = _answer(request, data)
        del data
        line = json.dumps(answer | {"sizes": [len(p) for p in pieces]}).encode() + b"\n"
        sys.stdout.buffer.write(b"".join([line, *pieces]))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
