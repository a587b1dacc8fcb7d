"""Model files with a checksum: one that came to harm is told before anything in it is believed.

Layout: a line of magic and version, a line with the SHA-256 of the rest, then the rest.
"""

import hashlib
from pathlib import Path

from yuzhi.base.refusal import Refusal
from yuzhi.store.whole import write_whole


def write_sealed(path: Path, magic: bytes, payload: bytes) -> None:
    """Write a payload to `path`, whole or not at all; `magic` is a line of its own."""
    digest = hashlib.sha256(payload).hexdigest().encode() + b"\n"
    write_whole(path, magic + digest + payload)


def read_sealed(path: Path, magic: bytes) -> bytes:
    """Return the payload of a file; raise `understanding.model-missing` or `understanding.model-damaged`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise Refusal("understanding.model-missing", path=str(path)) from error
    except OSError as error:
        raise Refusal("understanding.model-damaged", path=str(path), why=str(error)) from error
    if not content.startswith(magic):
        why = f"it does not begin with “{magic.decode('ascii').strip()}”"
        raise Refusal("understanding.model-damaged", path=str(path), why=why)
    digest, _, payload = content[len(magic) :].partition(b"\n")
    if hashlib.sha256(payload).hexdigest().encode() != digest:
        raise Refusal("understanding.model-damaged", path=str(path), why="its checksum does not match")
    return payload
