"""What personal data may be read for: a closed list, each purpose with the fields it can need (PIPL 5, 6)."""

from collections.abc import Collection, Mapping
from typing import Literal

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal

Purpose = Literal[
    "contact", "visit", "identify", "letter", "transfer", "duty_of_law", "emergency", "correct", "own"
]

ALL = frozenset({"name", "phone", "email", "address", "id_type", "id_number"})

MAY_READ: Mapping[str, frozenset[str]] = {
    "contact": frozenset({"name", "phone", "email"}),  # 联系, 回访
    "visit": frozenset({"name", "phone", "address"}),  # 上门, 现场核实
    "identify": frozenset({"name", "id_type", "id_number"}),  # 核实身份
    "letter": frozenset({"name", "phone", "email", "address"}),  # 送达; what the machine needs to deliver
    "transfer": frozenset({"name", "phone", "email", "address"}),  # 转交有权处理的单位 (PIPL 23)
    "duty_of_law": ALL,  # 依法调取
    "emergency": frozenset({"name", "phone", "address"}),  # 紧急情况 (PIPL 13)
    "correct": ALL,  # 更正 (PIPL 46)
    "own": ALL,  # 本人查阅 (PIPL 45)
}

_OF_HANDS: Mapping[str, frozenset[str]] = {
    "post": frozenset(MAY_READ) - {"own"},
    "requester": frozenset({"own", "correct"}),
    "clock": frozenset({"letter"}),
    "operator": frozenset(MAY_READ) - {"own"},
}


def purposes_of(actor: Actor) -> Mapping[str, frozenset[str]]:
    """Return the purposes somebody may read for, each with the fields it can need."""
    theirs = _OF_HANDS.get(actor.hand, frozenset())
    return {purpose: fields for purpose, fields in MAY_READ.items() if purpose in theirs}


def check_purpose(actor: Actor, purpose: str, fields: Collection[str]) -> None:
    """Raise Refusal `vault.purpose_unknown`, `vault.purpose_not_yours` or `vault.field_not_needed`."""
    if purpose not in MAY_READ:
        raise Refusal("vault.purpose_unknown", given=purpose[:40], known=sorted(MAY_READ))
    if purpose not in _OF_HANDS.get(actor.hand, frozenset()):
        raise Refusal("vault.purpose_not_yours", purpose=purpose)
    if not fields or (extra := sorted(set(fields) - MAY_READ[purpose])):
        raise Refusal("vault.field_not_needed", purpose=purpose, fields=extra if fields else [])
