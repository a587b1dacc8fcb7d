"""The log's signing key, in a file only its owner may read; changed without losing the former public ones."""

import os
from pathlib import Path

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts._folder import LogFolder
from yuzhi.capabilities.receipts._notes import SIGNATURE, SigningKey, checked_name, parse_signer


def signing_key(file: Path, name: str, seed: bytes, *, kind: int = SIGNATURE) -> SigningKey:
    """Return the key in a file; where there is none, make it of `seed` (32 random bytes), mode 0600.

    Of several processes that do so at once, one makes the key and all return it. Raises Refusal
    `receipt.key_exposed` when others may read the file, `receipt.key_of_other` when it bears another
    name, and `receipt.bad_key`.
    """
    if not file.exists():
        _make(file, SigningKey(name=checked_name(name), kind=kind, seed=seed))
    if file.stat().st_mode & 0o077:
        raise Refusal("receipt.key_exposed", file=str(file))
    key = parse_signer(file.read_text(encoding="utf-8"))
    if key.name != name or key.kind != kind:
        raise Refusal("receipt.key_of_other", file=str(file), name=key.name, wanted=name)
    return key


def rotate(file: Path, folder: LogFolder, key: SigningKey, seed: bytes) -> SigningKey:
    """Give the log a new key and destroy the old one; its public half stays among those shown."""
    folder.add_key(key.verifier)
    new = SigningKey(name=key.name, kind=key.kind, seed=seed)
    folder.add_key(new.verifier)  # before it signs anything
    _aside(file, new).rename(file)
    return new


def _make(file: Path, key: SigningKey) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = _aside(file, key)
    try:
        os.link(aside, file)  # unlike a rename this fails when somebody else was first
    except FileExistsError:
        pass
    finally:
        aside.unlink()


def _aside(file: Path, key: SigningKey) -> Path:
    aside = file.with_name(f".{file.name}.{key.verifier.id.hex()}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, f"{key.to_text()}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return aside
