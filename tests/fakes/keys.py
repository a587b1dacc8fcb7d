"""Keys of a vault, the same in every run."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from yuzhi.capabilities.vault import FIELDS, TABLE, Keys, Person, parse_keyring
from yuzhi.capabilities.vault._sealing import unseal, unwrap
from yuzhi.store.unit import Row

_MASTER, _INDEX = b"m" * 32, b"i" * 32


def some_keys() -> Keys:
    """Return keys that a test may seal and open with."""
    name = sha256(b"yuzhi vault key\n" + _MASTER).hexdigest()[:8]
    text = f"index {b64encode(_INDEX).decode()}\nmaster {name} {b64encode(_MASTER).decode()}\n"
    return Keys(lambda: parse_keyring(text))


def told(row: Row) -> Person:
    """Open a row of the vault's table again."""
    columns: Any = dict(zip((name for name, _ in TABLE.columns), row, strict=True))
    key = unwrap(some_keys(), columns["key_id"], columns["id"], columns["wrapped"])
    sealed = {name: columns[name] for name in FIELDS if columns[name] is not None}
    return Person(**unseal(key, columns["id"], sealed), id_type=columns["id_type"] or "")
