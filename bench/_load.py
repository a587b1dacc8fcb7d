"""A load generator: requests over raw sockets, as many at once as there are connections, each one timed.

It runs as a process of its own (`python -m bench._load PLAN`), so that its work is not the server's. The
plan is a JSON file: address, connections, and the requests as [method, path, headers, body]. It prints
JSON: seconds taken, milliseconds of each request, how many answers of each status, and some bodies.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

Request = tuple[str, str, dict[str, str], str]
KEPT = 40_000


@dataclass(frozen=True)
class Taken:
    """How a load went."""

    seconds: float
    milliseconds: list[float]
    statuses: dict[str, int]
    bodies: list[str]

    @property
    def rate(self) -> float:
        """Return requests a second."""
        return len(self.milliseconds) / self.seconds


def put_load(address: str, requests: Sequence[Request], *, connections: int, keep: bool = False) -> Taken:
    """Send requests from another process and return how it went; anything but success is an error."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as plan:
        json.dump({"address": address, "connections": connections, "keep": keep, "requests": requests}, plan)
        plan.flush()
        done = subprocess.run(
            [sys.executable, "-m", "bench._load", plan.name], stdout=subprocess.PIPE, check=True, text=True
        )
    taken = Taken(**json.loads(done.stdout))
    assert set(taken.statuses) <= {"200", "201"}, (taken.statuses, taken.bodies[:3])
    return taken


def _packed(method: str, path: str, headers: dict[str, str], body: str, *, host: str) -> bytes:
    content = body.encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _client(host: str, port: int, waiting: list[bytes], keep: bool, told: "_Told") -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while waiting:
        packed = waiting.pop()
        begun = time.perf_counter()
        writer.write(packed)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        told.milliseconds.append((time.perf_counter() - begun) * 1000)
        status = head.split(b" ", 2)[1].decode()
        told.statuses[status] += 1
        if (keep and len(told.bodies) < KEPT) or not status.startswith("2"):
            told.bodies.append(body.decode())
    writer.close()


class _Told:
    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.bodies: list[str] = []


async def _main(plan: dict[str, object]) -> None:
    host, _, port = str(plan["address"]).rpartition(":")
    requests = plan["requests"]
    assert isinstance(requests, list)
    waiting = [_packed(*one, host=str(plan["address"])) for one in reversed(requests)]
    told = _Told()
    begun = time.perf_counter()
    await asyncio.gather(
        *(
            _client(host, int(port), waiting, bool(plan["keep"]), told)
            for _ in range(int(str(plan["connections"])))
        )
    )
    seconds = time.perf_counter() - begun
    answer = {
        "seconds": seconds, "milliseconds": told.milliseconds, "statuses": told.statuses,
        "bodies": told.bodies,
    }  # fmt: skip
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    uvloop.run(_main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
