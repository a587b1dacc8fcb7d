"""Readings through a real MQTT broker into the process that judges them: how many, and who needs how much.

Run `python -m bench.broker [--json FILE] [--seconds N] [--rate N]`. The broker is mosquitto where it is
installed (or named by MOSQUITTO), else amqtt, which is itself written in Python and slower than we are.
The process is `yuzhi sensors run` as a city runs it; a publisher in a process of its own sends the
readings of `bench.sensors` at the rate wanted, each in a message of its own and twenty in one, without and
with acknowledgement (QoS 0 and 1). Wanted is that all are judged, with less than a core of our processor
time, and the right number of matters.
"""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from bench._figures import Figure, finish
from bench._home import Home, a_home, busy_of
from bench.sensors import ALARMS, RATE, put_up
from yuzhi.capabilities.sensors import status
from yuzhi.wiring.database import reached

SECONDS = 10
TOGETHER = 20
AMQTT_RATE = 2_000  # readings a second; it manages a little more
SUBSCRIBED = 2.0  # seconds until it surely has
STILL = 10.0  # seconds without a reading, after which no more will come
BEAT = 0.25  # seconds between looks
WAYS = ((0, 1), (1, 1), (0, TOGETHER), (1, TOGETHER))
"""QoS, and readings in a message."""

AMQTT = """
import asyncio, sys
from amqtt.broker import Broker

async def run(port):
    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    })
    await broker.start()
    await asyncio.Event().wait()

asyncio.run(run(int(sys.argv[1])))
"""


class Broker:
    """A running broker: what it is called, its port and its process."""

    def __init__(self, name: str, port: int, pid: int) -> None:
        self.name, self.port, self.pid = name, port, pid


def mosquitto() -> str | None:
    """Return where mosquitto is, if it is."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    return os.environ.get("MOSQUITTO") or shutil.which("mosquitto", path=path)


@contextmanager
def broking() -> Iterator[Broker]:
    """Run a broker."""
    port = _free_port()
    folder = Path(tempfile.mkdtemp(prefix="yuzhi-broker-"))
    program = mosquitto()
    if program:
        told = folder / "mosquitto.conf"
        told.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 1000000\n",
            encoding="utf-8",
        )
        words = [program, "-c", str(told)]
    else:
        words = [sys.executable, "-c", AMQTT, str(port)]
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield Broker("mosquitto" if program else "amqtt", port, running.pid)
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the broker does not listen")


def measure(home: Home, seconds: int, rate: int) -> list[Figure]:
    """Publish in every way, each to a process that has just begun; what was opened before stays open."""
    asyncio.run(_placed(home))
    with reached(home.settings) as dsn, broking() as broker:
        figures = [
            one for qos, each in WAYS for one in _one(home, dsn, broker, seconds * rate, rate, qos, each)
        ]
        opened = asyncio.run(_counted(dsn))["opened"]
    return [*figures, Figure("broker: matters too many or too few", abs(opened - ALARMS), "", 0)]


def _one(home: Home, dsn: str, broker: Broker, count: int, rate: int, qos: int, each: int) -> list[Figure]:
    before = asyncio.run(_counted(dsn))["taken"]
    judging = home.start(
        "sensors", "run", "--json", YUZHI_MQTT_URL=f"mqtt://city@127.0.0.1:{broker.port}",
        YUZHI_MQTT_CLIENT=f"city-{qos}-{each}",
    )  # fmt: skip
    try:
        assert judging.stdout is not None
        judging.stdout.readline()
        time.sleep(SUBSCRIBED)
        ours, theirs = busy_of(judging.pid), busy_of(broker.pid)
        words = [str(one) for one in (broker.port, count, rate, qos, each)]
        told = subprocess.run(
            [sys.executable, "-m", "bench._publisher", *words], check=True, stdout=subprocess.PIPE, text=True
        )
        published, began = float(told.stdout), time.perf_counter()
        taken, changed = 0, began
        while taken < count and time.perf_counter() - changed < STILL:
            time.sleep(BEAT)
            if (seen := asyncio.run(_counted(dsn))["taken"] - before) != taken:
                taken, changed = seen, time.perf_counter()
        ours, theirs = busy_of(judging.pid) - ours, busy_of(broker.pid) - theirs
    finally:
        judging.send_signal(signal.SIGTERM)
        judging.communicate(timeout=30)
    what = f"broker: {broker.name}, QoS {qos}, {each} a message"
    return [
        Figure(f"{what}: published", count / published, "/s"),
        Figure(f"{what}: judged", taken / (published + changed - began), "/s", 0.9 * rate),
        Figure(f"{what}: lost", count - taken, "readings", 0),
        Figure(f"{what}: our processor time for each", 1e6 * ours / count, "us", 1e6 / rate),
        Figure(f"{what}: the broker's", 1e6 * theirs / count, "us"),
    ]


async def _placed(home: Home) -> None:
    async with home.opened() as all_:
        await put_up(all_)


async def _counted(dsn: str) -> Counter[str]:
    conn = await asyncpg.connect(dsn)
    try:
        return Counter((await status(conn)).counts)
    finally:
        await conn.close()


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--seconds", type=int, default=SECONDS)
    arguments.add_argument("--rate", type=int, help=f"{RATE}, with amqtt {AMQTT_RATE}")
    told = arguments.parse_args()
    rate = told.rate or (RATE if mosquitto() else AMQTT_RATE)
    with a_home() as home:
        return finish(measure(home, told.seconds, rate), told.json)


if __name__ == "__main__":
    sys.exit(main())
