"""Publishes readings to an MQTT broker at a rate, as cheaply as can be: it is not what is measured.

Run `python -m bench._publisher PORT COUNT RATE QOS EACH`: COUNT of the readings of `bench.sensors`, EACH in a
message. Prints how many seconds it took until the broker had them all (with QoS 1: had said so).
"""

import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bench.sensors import Message, messages

PIECE = 0.01  # seconds between two writes
CONNECT, PUBLISH = 0x10, 0x30
CONNACK_BYTES = PUBACK_BYTES = 4
MOST_UNANSWERED = 20_000


def packed(kind: int, body: bytes) -> bytes:
    """Return an MQTT 3.1.1 packet (2.2)."""
    left, length = len(body), bytearray()
    while True:
        left, digit = divmod(left, 128)
        length.append(digit | (128 if left else 0))
        if not left:
            return bytes((kind,)) + bytes(length) + body


def text(words: str) -> bytes:
    """Return a text as MQTT writes one (1.5.3)."""
    return struct.pack("!H", len(words.encode())) + words.encode()


def joined(told: Sequence[Message], each: int) -> Iterator[Message]:
    """Put several readings into a message, where that is asked for."""
    for first in range(0, len(told), each) if each > 1 else ():
        readings = []
        for topic, payload in told[first : first + each]:
            sensor, quantity = topic.split("/")[-2:]
            readings.append({"sensor": sensor, "quantity": quantity, **json.loads(payload)})
        yield "yuzhi/readings/gateway/many", json.dumps(readings).encode()
    if each == 1:
        yield from told


class Acknowledged:
    """Counts what the broker says of messages with QoS 1, in a thread of its own."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self.bytes = line, 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while piece := self._line.recv(1 << 16):
            self.bytes += len(piece)

    @property
    def count(self) -> int:
        """Return how many messages it has taken."""
        return self.bytes // PUBACK_BYTES


def publish(port: int, told: Sequence[Message], *, per_s: float, qos: int) -> float:
    """Publish messages at a rate; return the seconds it took."""
    packets = [
        packed(
            PUBLISH | qos << 1, text(topic) + (struct.pack("!H", no % 65_535 + 1) if qos else b"") + payload
        )
        for no, (topic, payload) in enumerate(told)
    ]
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(packed(CONNECT, text("MQTT") + bytes((4, 0x82, 0, 0)) + text("bench") + text("bench")))
        assert len(line.recv(CONNACK_BYTES)) == CONNACK_BYTES
        heard = Acknowledged(line)
        begun, sent = time.perf_counter(), 0
        while sent < len(packets):
            due = min(len(packets), int((time.perf_counter() - begun) * per_s) + 1)
            if due > sent and not (qos and sent - heard.count > MOST_UNANSWERED):
                line.sendall(b"".join(packets[sent:due]))
                sent = due
            time.sleep(PIECE)
        while qos and heard.count < sent:
            time.sleep(PIECE)
        return time.perf_counter() - begun


def main() -> None:
    """Publish and tell how long it took."""
    port, count, rate, qos, each = map(int, sys.argv[1:6])
    told = list(joined(messages(count, datetime.now(UTC)), each))
    print(publish(port, told, per_s=rate / each, qos=qos), flush=True)


if __name__ == "__main__":
    main()
