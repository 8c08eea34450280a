"""Starting and stopping the server: one process by default, several when asked."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from django.conf import settings
from uvicorn.supervisors import Multiprocess

from sextant.core.errors import refuse
from sextant.project.supervising import Attendant

LOOPBACK = ("127.0.0.1", "::1", "localhost")
# Open live streams never end by themselves; browsers connect again to the next process.
SECONDS_TO_FINISH = 3
BACKLOG = 2048


class AnnouncedServer(uvicorn.Server):
    """Says where it is once it really answers, and has the worker started then."""

    def __init__(self, config: uvicorn.Config, attendant: Attendant | None) -> None:
        super().__init__(config)
        self._attendant = attendant

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"Sextant is ready at {address(self.config.host, sockets)} (Ctrl+C stops it)", flush=True)
            if self._attendant is not None:
                self._attendant.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._attendant is not None:
            self._attendant.ask_to_stop()
        await super().shutdown(sockets)


def serve(host: str, port: int, workers: int = 1, *, works: bool = True) -> int:
    """Serve until SIGTERM or SIGINT, then return 0. Raises Refused when the port cannot be had.

    `works`: background jobs are run beside it, by a process that starts after this one answers and ends with it.
    """
    listening = listen(host, port)
    warn_about_the_address(host)
    config = uvicorn.Config(
        "sextant.project.asgi:application",
        host=host,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
    # uvicorn raises the signal again after it has stopped; here that is the expected end, not a failure.
    signal.signal(signal.SIGTERM, _stay_calm)
    signal.signal(signal.SIGINT, _stay_calm)
    attendant = Attendant() if works else None
    try:
        if workers == 1:
            AnnouncedServer(config, attendant).run(sockets=[listening])
        else:
            print(f"Sextant starts {workers} processes at {address(host, [listening])} (Ctrl+C stops them)", flush=True)
            if attendant is not None:
                attendant.start()
            Multiprocess(config, sockets=[listening]).run()
    finally:
        if attendant is not None:
            attendant.stop()
    print("Stopped.", flush=True)
    return 0


def listen(host: str, port: int) -> socket.socket:
    """The bound socket (port 0: any free one). Raises Refused with the way out when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)  # who asks while we start waits instead of being refused
    except OSError as error:
        listening.close()
        raise refuse("port-taken", _why_not_bound(error, host, port), "port") from error
    listening.set_inheritable(True)
    return listening


def address(host: str, sockets: list[socket.socket] | None) -> str:
    """The address to open in a browser on this machine."""
    port = sockets[0].getsockname()[1] if sockets else 0
    shown = "localhost" if host in (*LOOPBACK, "0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def warn_about_the_address(host: str) -> None:
    """Listening for others while answering only to "localhost" would refuse everybody."""
    if host not in LOOPBACK and settings.SITE_HOST in LOOPBACK:
        print(
            "Others will be refused: set SEXTANT_URL to the address they use, such as https://kpi.example.org",
            file=sys.stderr,
        )


def _why_not_bound(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Choose another one: --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Choose one above 1023, such as --port 8000"
    return f"Cannot listen on {host}: {os.strerror(error.errno or 0)}"


def _stay_calm(signum: int, frame: FrameType | None) -> None:
    """The signal has already done its work."""
