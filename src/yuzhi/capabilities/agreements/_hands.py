"""The lines at the end of an agreement: where each has to sign, or how and when each has signed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from yuzhi.capabilities.agreements._views import AgreementView, SignatureView
from yuzhi.capabilities.parties import PartyView

ON_A_DAY: Final = frozenset({"paper", "seal"})
"""What bears a day and no hour: the paper says no more."""

_SAID: Final = {
    "zh": {
        "sign": "{name}（签名）：", "for": "{name}（代 {whom} 签名）：", "mediator": "调解员（签名）：",
        "the_mediator": "调解员 {name}（签名）：", "seal": "{name}（印章）：",
        "code": "手机验证码签署", "paper": "纸质签名，扫描件存档", "post": "以调解员身份在平台签署",
        "stamp": "已加盖印章", "done": "{line}{means}，{at}", "digest": "所签文本的 SHA-256：{digest}",
    },
    "en": {
        "sign": "{name} (signature):", "for": "{name} (signing for {whom}):",
        "mediator": "Mediator (signature):", "the_mediator": "Mediator {name} (signature):",
        "seal": "{name} (seal):", "code": "signed by a code sent to the telephone",
        "paper": "signed on paper, the scan is kept",
        "post": "signed here as the mediator", "stamp": "sealed", "done": "{line} {means}, {at}",
        "digest": "SHA-256 of the text that was signed: {digest}",
    },
}  # fmt: skip


def to_sign(
    parties: Sequence[PartyView], mediators: int, names: Mapping[UUID, str], language: str
) -> list[str]:
    """Return the lines to sign on: a party's own, a guardian's for whoever lacks capacity, mediators'."""
    said = _SAID[language]
    return [*(_line(one, names, said) for one in parties), *[said["mediator"]] * mediators]


def signed(
    parties: Sequence[PartyView], found: AgreementView, names: Mapping[UUID, str],
    mediators: Mapping[str, str], organisation: str, zone: ZoneInfo,
) -> list[str]:  # fmt: skip
    """Return the lines with who signed, how and when; one who has not has a line to sign on.

    `mediators` are those who preside, and those who signed, with their names.
    """
    said = _SAID[found.language]
    by_party = {one.party: one for one in found.signatures if one.role == "party"}
    by_mediator = {one.mediator: one for one in found.signatures if one.role == "mediator"}
    lines = []
    for party in parties:
        hand = by_party.get(party.id)
        if hand is None:
            lines.append(_line(party, names, said))
        else:
            lines.append(_done(_signer(party, hand, names, said), hand, said, zone))
    for id_, name in mediators.items():
        line = said["the_mediator"].format(name=name)
        lines.append(_done(line, by_mediator[id_], said, zone) if id_ in by_mediator else line)
    lines += [
        _done(said["seal"].format(name=organisation), one, said, zone)
        for one in found.signatures
        if one.role == "seal"
    ]
    return [*lines, said["digest"].format(digest=_in_groups(found.digest))] if found.digest else lines


def _in_groups(digest: str) -> str:
    """Return a digest so that a line of a page can be broken in it."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def _line(party: PartyView, names: Mapping[UUID, str], said: Mapping[str, str]) -> str:
    speaking = [one for one in party.representatives if one.ended_at is None]
    guardian = next((one for one in speaking if one.role == "guardian"), None)
    name = names.get(party.person.id, "")
    if party.capacity != "full" and guardian is not None:
        return said["for"].format(name=names.get(guardian.person.id, ""), whom=name)
    return said["sign"].format(name=name)


def _signer(party: PartyView, hand: SignatureView, names: Mapping[UUID, str], said: Mapping[str, str]) -> str:
    name = names.get(party.person.id, "")
    if hand.person is None:
        return said["sign"].format(name=name)
    return said["for"].format(name=names.get(hand.person, ""), whom=name)


def _done(line: str, hand: SignatureView, said: Mapping[str, str], zone: ZoneInfo) -> str:
    means = said["stamp" if hand.role == "seal" else hand.means]
    return said["done"].format(line=line, means=means, at=_when(hand.signed_at, hand.means, zone))


def _when(at: datetime, means: str, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d}" if means in ON_A_DAY else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
