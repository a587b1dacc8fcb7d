"""Running processes: the API server, the worker, or both beside an embedded database, until told to stop."""

import asyncio
import multiprocessing
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from multiprocessing.synchronize import Event

import structlog
import uvicorn
import uvloop

from yuzhi.base.refusal import Refusal
from yuzhi.doors import worker
from yuzhi.doors.api import create_app, hang_up
from yuzhi.doors.worker import sensing, watching
from yuzhi.settings import Settings
from yuzhi.wiring import database
from yuzhi.wiring.first_run import tell_first_code
from yuzhi.wiring.logging import set_up_logging
from yuzhi.wiring.office import assembled, beats, take_rest

log = structlog.get_logger()

REHEARSED = timedelta(days=31)
"""What ran out longer ago than this is worked off by `yuzhi demo run-day` and by nobody else."""
GRACE = 10  # seconds that requests in hand are given when we stop
BETWEEN_LOOKS = 1.0  # seconds between looks at the embedded database, and at serving processes
SOON = 0.05  # seconds between looks at serving processes that begin

Ready = Callable[[str], None]


def run_api(settings: Settings, ready: Ready) -> None:
    """Serve the API until stopped; `ready` is told the address. With several workers each is a process."""
    listening = listen(settings)
    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def serving(dsn: str) -> None:
        await tell_first_code(settings, dsn)
        serve = _serve if settings.workers == 1 else _serve_many
        await serve(settings, dsn, listening, lambda: ready(address))

    _run(_with_database(settings, serving))


def run_worker(settings: Settings, ready: Callable[[], None]) -> None:
    """Work off clocks and letters until stopped."""
    _run(_with_database(settings, lambda dsn: _work(settings, dsn, ready)))


def run_sensors(settings: Settings, ready: Callable[[], None]) -> None:
    """Judge readings until stopped."""

    async def judge(dsn: str) -> None:
        stop = _stop_asked()
        async with assembled(settings, dsn, name="yuzhi sensors") as assembly:
            following = asyncio.create_task(assembly.ground.follow())
            try:
                async with beats("sensors").living(assembly.pool):
                    await sensing.run(assembly.for_sensing(), stop, ready)
            finally:
                following.cancel()

    _run(_with_database(settings, judge))


def run_all(settings: Settings, before: Callable[[str], Awaitable[None]], ready: Ready) -> None:
    """Run database, API and worker together; `before` is awaited on the migrated database first.

    The worker leaves clocks that ran out long ago to the rehearsed staff: matters imported from other years
    would otherwise all be overdue today, before anybody could work on them in their own time.
    """
    listening = listen(settings)
    host, port = listening.getsockname()[:2]

    async def everything(dsn: str) -> None:
        await before(dsn)
        stop = _stop_asked()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_work(settings, dsn, lambda: None, stop, looks_back=REHEARSED))
            tasks.create_task(_serve(settings, dsn, listening, lambda: ready(f"http://{host}:{port}"), stop))

    _run(_with_database(settings, everything))


def _run(main: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, suppress(KeyboardInterrupt):
        runner.run(main)


async def _with_database(settings: Settings, main: Callable[[str], Awaitable[None]]) -> None:
    set_up_logging(settings)
    async with database.ready(settings) as dsn:
        keeping = asyncio.create_task(_keep_up(settings))
        try:
            await main(dsn)
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})


async def _keep_up(settings: Settings) -> None:
    """Bring the embedded database up again whenever it has gone."""
    server = database.embedded(settings)
    if server is None:
        return
    try:
        while True:
            await asyncio.sleep(BETWEEN_LOOKS)
            try:
                if not (await asyncio.to_thread(server.status)).is_running:
                    log.warning("the embedded database is gone; bringing it up again")
                    await asyncio.to_thread(server.start)
            except Refusal as refusal:
                log.warning("the embedded database does not come up", code=refusal.code)
    finally:
        server.release()


def listen(settings: Settings) -> socket.socket:
    """Return a socket that listens where the settings say; raises Refusal `server.cannot_listen`."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Without the protocol asyncio lets small packets wait for each other: 40 ms an answer on a kept line.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host.strip("[]"), settings.port))
    except OSError as trouble:
        listening.close()
        raise Refusal(
            "server.cannot_listen", host=settings.host, port=settings.port, trouble=str(trouble)
        ) from trouble
    listening.listen(2048)
    listening.set_inheritable(True)
    return listening


class _Uvicorn(uvicorn.Server):
    """Uvicorn that says when it is ready to serve, and leaves signals to us."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(
    settings: Settings,
    dsn: str,
    listening: socket.socket,
    ready: Callable[[], None],
    stop: asyncio.Event | None = None,
) -> None:
    stop = stop or _stop_asked()
    async with assembled(settings, dsn, name="yuzhi serve") as assembly:
        take_rest()
        following = asyncio.create_task(assembly.ground.follow())
        remembering = asyncio.create_task(assembly.adviser.follow())
        looking = asyncio.create_task(watching.run(assembly.for_watching()))
        app = create_app(assembly.for_api())
        config = uvicorn.Config(
            app,
            http="httptools",
            lifespan="on",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
        server = _Uvicorn(config, ready)

        async def stop_serving() -> None:
            await stop.wait()
            hang_up(app)  # listeners would keep us waiting
            server.should_exit = True

        stopping = asyncio.create_task(stop_serving())
        try:
            await server.serve(sockets=[listening])
        finally:
            following.cancel()
            remembering.cancel()
            looking.cancel()
            stopping.cancel()


def _serve_child(settings: Settings, dsn: str, listening: socket.socket, is_ready: Event) -> None:
    set_up_logging(settings)

    async def serve() -> None:
        stop, loop, parent = _stop_asked(), asyncio.get_running_loop(), multiprocessing.parent_process()
        assert parent is not None

        def orphaned() -> None:
            loop.remove_reader(parent.sentinel)  # it would be told again and again
            stop.set()

        # Whoever is killed cannot end its children, and one left over would keep the port.
        loop.add_reader(parent.sentinel, orphaned)
        await _serve(settings, dsn, listening, is_ready.set, stop)

    _run(serve())


async def _serve_many(
    settings: Settings, dsn: str, listening: socket.socket, ready: Callable[[], None]
) -> None:
    """Keep several serving processes on one socket; one that dies is replaced."""
    spawning = multiprocessing.get_context("spawn")
    stop = _stop_asked()
    is_ready = spawning.Event()  # set by the first child that serves: until then nobody answers

    def spawn() -> multiprocessing.process.BaseProcess:
        child = spawning.Process(target=_serve_child, args=(settings, dsn, listening, is_ready))
        child.start()
        return child

    children = [spawn() for _ in range(settings.workers)]
    is_told = False
    while not stop.is_set():
        if not is_told and is_ready.is_set():
            ready()
            is_told = True
        for place, child in enumerate(children):
            if not child.is_alive():
                log.error("a serving process died; starting another", exit=child.exitcode)
                children[place] = spawn()
        with suppress(TimeoutError):
            async with asyncio.timeout(BETWEEN_LOOKS if is_told else SOON):
                await stop.wait()
    for child in children:
        child.terminate()
    for child in children:
        await asyncio.to_thread(child.join, GRACE)


async def _work(
    settings: Settings,
    dsn: str,
    ready: Callable[[], None],
    stop: asyncio.Event | None = None,
    looks_back: timedelta | None = None,
) -> None:
    stop = stop or _stop_asked()
    async with assembled(settings, dsn, name="yuzhi worker") as assembly:
        take_rest()
        following = asyncio.create_task(assembly.ground.follow())
        ready()
        try:
            await worker.run(assembly.for_worker(looks_back), stop)
        finally:
            following.cancel()


def _stop_asked() -> asyncio.Event:
    """Return an event that is set when the process is asked to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    return stop
