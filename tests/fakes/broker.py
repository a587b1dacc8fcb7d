"""A real MQTT broker on a port of this machine."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from amqtt.broker import Broker


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@asynccontextmanager
async def a_broker(port: int) -> AsyncIterator[str]:
    """Run a broker that lets in whoever has a name (for others it keeps nothing); give its address."""
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}},
        }
    )
    await broker.start()
    try:
        yield f"mqtt://city:se%20cret@127.0.0.1:{port}"
    finally:
        await broker.shutdown()
