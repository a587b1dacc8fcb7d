"""The vault: personal data, sealed per person, masked unless read for a purpose, erased with its key."""

from yuzhi.capabilities.vault._adopting import adopt
from yuzhi.capabilities.vault._changing import correct, erase, hold, release
from yuzhi.capabilities.vault._entering import FIELDS, MOST, TABLE, Guard, Person, phone_hash, sealed_rows
from yuzhi.capabilities.vault._keys import (
    LOOKS,
    Keyring,
    Keys,
    add_master,
    drop_masters,
    load_keyring,
    parse_keyring,
)
from yuzhi.capabilities.vault._masking import Sight, is_masked, mask
from yuzhi.capabilities.vault._phones import normal_phone, phone_kind
from yuzhi.capabilities.vault._purposes import MAY_READ, Purpose, purposes_of
from yuzhi.capabilities.vault._reading import (
    AccessView,
    MaskedView,
    find_by_id_number,
    find_by_phone,
    for_letters,
    is_guarded,
    masked,
    reveal,
    striking_out,
    who_read,
)
from yuzhi.capabilities.vault._retention import DAYS, Due, due, expire
from yuzhi.capabilities.vault._rotating import KeyUse, key_uses, register, retire, rewrap

__all__ = [
    "DAYS",
    "FIELDS",
    "LOOKS",
    "MAY_READ",
    "MOST",
    "TABLE",
    "AccessView",
    "Due",
    "Guard",
    "KeyUse",
    "Keyring",
    "Keys",
    "MaskedView",
    "Person",
    "Purpose",
    "Sight",
    "add_master",
    "adopt",
    "correct",
    "drop_masters",
    "due",
    "erase",
    "expire",
    "find_by_id_number",
    "find_by_phone",
    "for_letters",
    "hold",
    "is_guarded",
    "is_masked",
    "key_uses",
    "load_keyring",
    "mask",
    "masked",
    "normal_phone",
    "parse_keyring",
    "phone_hash",
    "phone_kind",
    "purposes_of",
    "register",
    "release",
    "retire",
    "reveal",
    "rewrap",
    "sealed_rows",
    "striking_out",
    "who_read",
]
