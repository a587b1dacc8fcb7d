"""Disputes as they come in: parties with telephones of their own, and the answers to look at."""

from itertools import count
from typing import Any

from httpx import Response

from fakes.served import CLERK, Served, a_matter

WANG = {
    "name": "王小明", "phone": "13800001111", "id_type": "居民身份证", "id_number": "330203199001011236",
}  # fmt: skip
LI = {"name": "李雷", "phone": "13900002222"}
GUARDIAN = {"name": "王大明", "phone": "13700003333"}
_numbers = count(1)


def a_person(name: str = "") -> dict[str, str]:
    """Return somebody with a telephone nobody else has."""
    number = next(_numbers)
    return {"name": name or f"某人{number}", "phone": f"150{number:08d}"}


def a_party(side: int, person: dict[str, str] | None = None, **said: Any) -> dict[str, Any]:
    """Return a party, somebody new if nobody is named."""
    return {"side": side, "person": person or a_person(), **said}


def a_dispute(**said: Any) -> dict[str, Any]:
    """Return the body that takes a dispute up."""
    return {"matter": a_matter(), "parties": [a_party(1), a_party(2)], **said}


async def taken_up(city: Served, by: str = CLERK, **said: Any) -> dict[str, Any]:
    """Take a dispute up and return the answer."""
    answer = await city.post("/disputes", a_dispute(**said), by)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def problem(answer: Response, status: int) -> str:
    """Return the code of a problem."""
    assert answer.status_code == status, answer.text
    code: str = answer.json()["code"]
    return code


def a_mediator(id: str, **said: Any) -> dict[str, Any]:  # noqa: A002 -- the field's own name
    """Return a mediator of the directory."""
    return {"id": id, "name": f"调解员{id}", "kind": "people", "unit": "hotline", **said}
