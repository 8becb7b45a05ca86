"""Uploads as they come in: bounded in size, time and number, and read one at a time."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Final

import numpy as np
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from preceptor.core import InputError, LedgerError
from preceptor.desk.guard import MOST_UPLOAD, Limiter, TooLargeError
from preceptor.desk.lanes import BusyError
from preceptor.desk.requests import Call, Desk, NobodyError, OtherDeskError, signed_in, told
from preceptor.desk.row_files import read_row
from preceptor.desk.uploads import Upload, read_picture

UPLOAD_SECONDS: Final = 30.0
"""An upload has arrived after so long, or is given up."""

AT_ONCE: Final = 1
"""So many are decoded at a time: the largest takes up to 400 MiB of memory for some seconds."""

TYPE: Final = "application/octet-stream"


def routes(desk: Desk, limiter: Limiter | None = None) -> list[Route]:
    """The address to which files are uploaded; what comes back is an input to look at and edit.

    Args:
        desk: what it belongs to.
        limiter: of uploads; thirty a minute for each person unless given.
    """
    wait_for = limiter or Limiter(tries=30, seconds=60.0)
    upload = _upload(desk, wait_for, asyncio.Semaphore(AT_ONCE))
    return [Route("/study/{study:int}/teach/upload", upload, methods=["POST"])]


def _upload(
    desk: Desk, limiter: Limiter, gate: asyncio.Semaphore
) -> Callable[[Request], Awaitable[Response]]:
    async def upload(request: Request) -> Response:
        try:
            person = await signed_in(desk, request)
        except (LedgerError, BusyError, NobodyError, OtherDeskError) as error:
            return _refused(*told(error))
        if request.headers.get("content-type", "").split(";")[0].strip() != TYPE:
            return _refused(f"expected content-type {TYPE}", 415)
        wait = limiter.wait(str(person.number))
        if wait:
            reply = _refused(f"Too many uploads. Wait {wait:.0f} seconds.", 429)
            reply.headers["retry-after"] = f"{wait + 1:.0f}"
            return reply
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                data = await request.body()
            async with desk.turns[person.number], gate:
                return await desk.reads.run(_read, Call(desk, person, request, {}), data)
        except TooLargeError:
            return _refused(f"At most {MOST_UPLOAD // 2**20} MiB are taken.", 413)
        except TimeoutError:
            return _refused(f"The file took longer than {UPLOAD_SECONDS:.0f} seconds.", 408)
        except ClientDisconnect:
            return _refused("The file did not arrive whole.", 400)
        except (InputError, LedgerError, BusyError) as error:
            return _refused(*told(error))

    return upload


def _read(call: Call, data: bytes) -> Response:
    settings = call.study.settings
    found: Upload = (read_picture if settings.is_image else read_row)(data, settings)
    raw = np.ascontiguousarray(found.values, "<f4").tobytes()
    return JSONResponse({"values": base64.b64encode(raw).decode(), "said": found.said})


def _refused(message: str, status: int) -> Response:
    return JSONResponse({"error": message}, status)
