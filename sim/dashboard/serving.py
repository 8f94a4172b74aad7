"""The server: so many connections at a time, each with a time limit, until it is stopped."""

import socket
import threading
from pathlib import Path
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from sim.dashboard.app import LOOPBACK, make_app
from sim.dashboard.jobs import AT_ONCE
from sim.dashboard.logs import log
from sim.dashboard.scratch import clear_left
from sim.errors import InputError

MOST_THREADS = 64
"""Connections that are answered at a time; others wait in the queue of the system."""
_WAITING = 1_024
_SECONDS = 20.0
"""Seconds without a byte after which a connection is closed."""


class Handler(WSGIRequestHandler):
    """One connection, one request: no thread is held by a browser that is idle. Requests are not logged."""

    protocol_version = "HTTP/1.0"
    timeout = _SECONDS

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of a request that was answered."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write what is amiss with a request, without its control characters."""
        log(message % args if args else message)


class Server(ThreadedWSGIServer):
    """A thread for each connection, of which there are only so many."""

    daemon_threads = True

    def __init__(self, app: Any, listening: socket.socket) -> None:
        host, port = listening.getsockname()[:2]
        self._room = threading.BoundedSemaphore(MOST_THREADS)
        super().__init__(host, port, app, Handler, fd=listening.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection once there is room."""
        self._room.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away in between."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises InputError if it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_WAITING)
    except (OSError, UnicodeError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise InputError(f"cannot listen on {host}, port {port} ({why}); give another --port or --host") from None


def serve(results: Path, study: Path, *, host: str, port: int, token: str, jobs: int = AT_ONCE) -> None:
    """Serve the dashboard until it is stopped."""
    clear_left()
    with listen(host, port) as listening:
        app = make_app(results, study, token=token, hosts=(*LOOPBACK, host), at_once=jobs)
        try:
            Server(app.server, listening).serve_forever()
        finally:
            app.jobs.close()
