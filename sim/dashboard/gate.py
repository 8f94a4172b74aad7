"""What stands before the pages: requests are small, few are worked on at once, and none ends in a server's error."""

import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from sim.dashboard.logs import in_line, log, log_problem

MOST_BYTES = 1_000_000
"""Length of the body of a request, at most: the form of 'Try it' has some thousand bytes."""
_DROPPED = 50_000_000
"""Bytes of a body that is too long that are read and dropped, so that the answer is heard."""
AT_ONCE = 2
"""Pages that are made at a time. Others wait their turn: more would take more memory, and not be faster."""
_HEAVY = ("/_dash-update-component", "/download/")
Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class Gate:
    """Takes in the body of a request, and hands it on when it is its turn."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner
        self._work = ThreadPoolExecutor(AT_ONCE, "page")

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        if not str(environ.get("PATH_INFO", "")).startswith(_HEAVY):
            return self._inner(environ, start_response)
        body = _body(environ)
        if body is None:
            words = f"A request may have {MOST_BYTES:,} bytes; this one has more.\n"
            return Response(words, status=413, mimetype="text/plain")(environ, start_response)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        return self._work.submit(self._inner, environ, start_response).result()


def _body(environ: Environ) -> bytes | None:
    """Return the body of a request, read before its turn so that a slow one holds up nobody; None if it is too long."""
    source = environ["wsgi.input"]
    length = str(environ.get("CONTENT_LENGTH") or "")
    if not environ.get("wsgi.input_terminated"):
        left = int(length) if length.isdecimal() else 0
        if left <= MOST_BYTES:
            return bytes(source.read(left))
    else:  # in chunks, of no known length
        found = bytes(source.read(MOST_BYTES + 1))
        if len(found) <= MOST_BYTES:
            return found
        left = _DROPPED
    left = min(left, _DROPPED)
    while left > 0 and (piece := source.read(min(left, 65_536))):
        left -= len(piece)
    return None


def tell_all(server: Flask) -> None:
    """Make a message of what goes wrong before or beside a page: a request that no page of ours sends."""

    @server.errorhandler(Exception)
    def told(problem: Exception) -> Any:
        if isinstance(problem, HTTPException):
            return problem
        if isinstance(problem, OSError):  # a file that is gone, or a name that no file can have
            log(f"{request.path}: {problem.strerror or problem}")
            return Response("There is no such file.\n", status=404, mimetype="text/plain")
        log_problem(f"not understood: {request.method} {request.path}", problem)
        words = f"This request was not understood ({in_line(str(problem))}).\n"
        return Response(words, status=400, mimetype="text/plain")
