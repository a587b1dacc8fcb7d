"""Taking a person in: what they said of themselves, checked and sealed, as a row for the vault's table."""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.vault._keys import KEY, Keyring
from yuzhi.capabilities.vault._masking import is_masked
from yuzhi.capabilities.vault._phones import normal_phone
from yuzhi.capabilities.vault._sealing import NONCE, seal, wrap
from yuzhi.store.unit import Row, Table

FIELDS = ("name", "phone", "email", "address", "id_number")
"""What is sealed. `id_type` says only what sort of number that is."""
MOST = 200  # characters of a field
HASH = 16  # bytes of a keyed hash that are kept

TABLE = Table(
    name="vault_person",
    columns=(
        ("id", "uuid"),
        ("key_id", "text"),
        ("wrapped", "bytea"),
        *((field, "bytea") for field in FIELDS),
        ("id_type", "text"),
        ("phone_hash", "bytea"),
        ("id_hash", "bytea"),
        ("kept_for", "text"),
        ("kept_from", "text"),
        ("retention", "text"),
        ("created_at", "timestamptz"),
        ("changed_at", "timestamptz"),
        ("released_at", "timestamptz"),
        ("erased_at", "timestamptz"),
    ),
    key=("id",),
    replaces=True,  # who asks again tells anew who they are, and is kept again though they were erased
    row_type="vault_person_row",
)
"""The vault's table, as a writer of a matter needs to know it."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


class Person(Struct, frozen=True, forbid_unknown_fields=True):
    """Who asks: personal data that goes to the vault and nowhere else."""

    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    id_type: str = ""
    id_number: str = ""


class Guard(Struct, frozen=True):
    """How closely a person is kept. `retention` names a class of how long.

    With `kept_for` only posts with that duty learn who it is; the units in `kept_from` never do,
    whatever their duties.
    """

    retention: str = "request"
    kept_for: str = ""
    kept_from: Sequence[str] = ()


PLAIN = Guard()


def sealed_rows(
    person: Person,
    now: datetime,
    ring: Keyring,
    *,
    id: UUID,  # noqa: A002
    chance: Callable[[int], bytes],
    guard: Guard = PLAIN,
) -> list[Row]:
    """Return the row of `TABLE` that holds a person under an id; pure but for `chance` (random bytes).

    Raises Refusal `vault.masked_value`, and `text.too_long`, `text.not_unicode`,
    `text.control_character` as for any text.
    """
    values = checked({field: getattr(person, field) for field in FIELDS})
    id_type = checked({"id_type": person.id_type}).get("id_type") if person.id_type else None
    random = chance(KEY + NONCE * (1 + len(FIELDS)))
    key = random[:KEY]
    sealed = seal(key, id, values, random[KEY + NONCE :])
    return [
        (
            id,
            ring.current.id,
            wrap(ring.current, id, key, random[KEY : KEY + NONCE]),
            *(sealed.get(field) for field in FIELDS),
            id_type,
            phone_hash(ring, values.get("phone", "")),
            id_hash(ring, values.get("id_number", "")),
            guard.kept_for,
            " ".join(guard.kept_from),
            guard.retention,
            now,
            None,
            None,
            None,
        )
    ]


def checked(values: Mapping[str, str]) -> dict[str, str]:
    """Return values fit to be kept, empty ones left out; raises as `sealed_rows`."""
    kept = {}
    for field, given in values.items():
        value = given.strip()
        if not value:
            continue
        if len(value) > MOST:
            raise Refusal("text.too_long", text=field, most=MOST, given=len(value))
        if not value.isprintable() and _CONTROL.search(value):
            raise Refusal("text.control_character", text=field)
        if is_masked(value):
            raise Refusal("vault.masked_value", field=field)
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refusal("text.not_unicode", text=field) from None
        kept[field] = value
    return kept


def phone_hash(ring: Keyring, phone: str) -> bytes | None:
    """Return the keyed hash by which a telephone number is found (HMAC-SHA-256), None for none."""
    number = normal_phone(phone) if phone else ""
    return hmac.digest(ring.phone, number.encode(), "sha256")[:HASH] if number else None


def id_hash(ring: Keyring, number: str) -> bytes | None:
    """Return the keyed hash by which an identity number is found, None for none."""
    plain = "".join(number.split()).upper()
    return hmac.digest(ring.id_number, plain.encode(), "sha256")[:HASH] if plain else None
