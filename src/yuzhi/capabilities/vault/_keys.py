"""The keys of the vault: masters that wrap each person's own key, and the secret of the keyed hashes.

They come from a file only its owner may read, from the environment or from a command, never from the
database: whoever steals a backup of that has nothing to open it with.
"""

import binascii
import hmac
import os
import shlex
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from time import monotonic

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yuzhi.base.refusal import Refusal

KEY = 32  # bytes
LOOKS = 3.0  # seconds between looks whether the keys have changed
PATIENCE = 30  # seconds for a command that gives the keys

_HEAD = (
    "# The keys of the vault: with them every person's data can be read, without them none.\n"
    "# Keep a copy where backups of the database are not. The last master is the one in use.\n"
)
Chance = Callable[[int], bytes]


@dataclass(frozen=True)
class Master:
    """A master key; `id` tells which one it is and nothing of it."""

    id: str
    secret: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False, compare=False)

    @property
    def proof(self) -> bytes:
        """Return what shows that somebody has this key, and nothing else of it."""
        return hmac.digest(self.secret, b"yuzhi vault proof", "sha256")


@dataclass(frozen=True)
class Keyring:
    """The masters by id, the one in use, and the keys of the hashes."""

    current: Master
    masters: Mapping[str, Master]
    index: bytes = field(repr=False)
    phone: bytes = field(repr=False)
    id_number: bytes = field(repr=False)

    def to_text(self) -> str:
        """Return the keys as their file holds them; they are told nowhere else."""
        others = [one for one in self.masters.values() if one.id != self.current.id]
        lines = [f"master {one.id} {_base64(one.secret)}\n" for one in (*others, self.current)]
        return f"{_HEAD}index {_base64(self.index)}\n{''.join(lines)}"

    @property
    def index_proof(self) -> bytes:
        """Return what shows that the hashes are made with the same secret as ever."""
        return hmac.digest(self.index, b"yuzhi vault proof", "sha256")


def keyring(index: bytes, secrets: tuple[bytes, ...]) -> Keyring:
    """Return a keyring of an index secret and masters, the last of them in use; 32 bytes each."""
    masters = {one.id: one for one in (_master(secret) for secret in secrets)}
    return Keyring(
        current=_master(secrets[-1]),
        masters=masters,
        index=index,
        phone=hmac.digest(index, b"phone", "sha256"),
        id_number=hmac.digest(index, b"id_number", "sha256"),
    )


def parse_keyring(text: str) -> Keyring:
    """Read keys; raises Refusal `vault.bad_keys` (with the line), which tells nothing of them."""
    index: bytes | None = None
    secrets: list[bytes] = []
    for line, content in enumerate(text.splitlines(), start=1):
        words = content.split()
        if not words or words[0].startswith("#"):
            continue
        secret = _secret(words[-1])
        if words[0] == "index" and len(words) == 2 and secret is not None and index is None:
            index = secret
        elif words[0] == "master" and len(words) == 3 and secret is not None and words[1] == _id(secret):
            secrets.append(secret)
        else:
            raise Refusal("vault.bad_keys", line=line)
    if index is None or not secrets:
        raise Refusal("vault.bad_keys", line=0)
    return keyring(index, tuple(secrets))


def load_keyring(file: Path, chance: Chance, *, text: str = "", command: str = "") -> Keyring:
    """Return the keys: `text` if given, else what `command` prints, else those in the file.

    A file that is not there is made, mode 0600. Raises Refusal `vault.bad_keys`, `vault.keys_exposed`
    when others may read the file, `vault.key_command_failed`.
    """
    if text:
        return parse_keyring(text)
    if command:
        return parse_keyring(_printed_by(command))
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = _write_aside(file, keyring(chance(KEY), (chance(KEY),)))
        try:
            os.link(aside, file)  # unlike a rename this fails when another process was first
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    if file.stat().st_mode & 0o077:
        raise Refusal("vault.keys_exposed", file=str(file))
    return parse_keyring(file.read_text(encoding="utf-8"))


def add_master(file: Path, ring: Keyring, chance: Chance) -> Keyring:
    """Put a new master into the file, in use from now on; the old ones stay until nothing needs them."""
    secrets = [one.secret for one in ring.masters.values() if one.id != ring.current.id]
    after = keyring(ring.index, (*secrets, ring.current.secret, chance(KEY)))
    _write_aside(file, after).rename(file)
    return after


def drop_masters(file: Path, ring: Keyring) -> Keyring:
    """Take every master but the one in use out of the file; ask `retire` before."""
    after = keyring(ring.index, (ring.current.secret,))
    _write_aside(file, after).rename(file)
    return after


class Keys:
    """The keys as a running process holds them.

    They are looked at anew when a row names one it does not know, and when what `stamp` gives has changed,
    which is asked every few seconds.
    """

    def __init__(self, load: Callable[[], Keyring], stamp: Callable[[], object] = lambda: None) -> None:
        self._load = load
        self._stamp = stamp
        self._at = monotonic()
        self._seen = stamp()
        self._ring = load()

    @property
    def ring(self) -> Keyring:
        """Return the keys, as they were a few seconds ago at most."""
        if monotonic() - self._at > LOOKS:
            self._at = monotonic()
            if (seen := self._stamp()) != self._seen:
                self._seen, self._ring = seen, self._load()
        return self._ring

    @ring.setter
    def ring(self, ring: Keyring) -> None:
        self._ring = ring

    def master(self, id: str) -> Master:  # noqa: A002
        """Return a master; raises Refusal `vault.key_missing`."""
        if id not in self._ring.masters:
            self._ring = self._load()
        found = self._ring.masters.get(id)
        if found is None:
            raise Refusal("vault.key_missing", keys=[id])
        return found


def _master(secret: bytes) -> Master:
    return Master(id=_id(secret), secret=secret, cipher=AESGCM(secret))


def _id(secret: bytes) -> str:
    return sha256(b"yuzhi vault key\n" + secret).hexdigest()[:8]


def _secret(text: str) -> bytes | None:
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == KEY else None


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


def _printed_by(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own setting, and no shell
            shlex.split(command), capture_output=True, check=True, timeout=PATIENCE
        )
        return done.stdout.decode()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise Refusal("vault.key_command_failed", trouble=type(error).__name__) from error


def _write_aside(file: Path, ring: Keyring) -> Path:
    aside = file.with_name(f".{file.name}.{ring.current.id}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, ring.to_text().encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return aside
