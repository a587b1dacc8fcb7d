import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from fakes.gate import BETTER, GOOD, account, gate, person, signed_in
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts, trace
from yuzhi.capabilities.accounts import Client, Credentials, Gate, keeping
from yuzhi.capabilities.trace import Sought

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GATE = gate()


async def refusal(
    pool: asyncpg.Pool, name: str, password: str, *, address: str = "192.0.2.1", device: str = "",
    at: datetime = NOW, code: str = "",
) -> Refusal:  # fmt: skip
    with pytest.raises(Refusal) as caught:
        await accounts.sign_in(
            pool, GATE, Credentials(name, password, code), Client(address, device=device), at
        )
    return caught.value


async def test_a_name_and_its_password_open_a_session(pool: asyncpg.Pool) -> None:
    id_ = await account(pool, GATE, "chen", NOW)
    opened, device = await accounts.sign_in(pool, GATE, Credentials(" Chen ", GOOD), Client("192.0.2.1"), NOW)
    assert (opened.signed.account, opened.signed.person, opened.signed.means) == (id_, "p-chen", "password")
    assert len(opened.token) == 43
    assert len(device) == 43
    assert await accounts.session_of(pool, opened.token, NOW) == opened.signed


async def test_nothing_tells_who_is_known(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    closed = await account(pool, GATE, "zhou", NOW)
    await account(pool, GATE, "sensor", NOW, kind="service")
    async with pool.acquire() as conn:
        await keeping.set_disabled(conn, closed, is_disabled=True, by="operator:test", now=NOW)
    codes = [
        (await refusal(pool, "chen", "wrong")),
        (await refusal(pool, "nobody", "wrong")),
        (await refusal(pool, "zhou", GOOD)),
        (await refusal(pool, "sensor", GOOD)),
        (await refusal(pool, "a\0b" * 50, GOOD)),
    ]
    assert [(one.code, dict(one.facts)) for one in codes] == [("sign_in.wrong", {})] * 5


async def test_each_attempt_is_traced_but_no_name_nobody_has(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    await refusal(pool, "chen", "wrong")
    await refusal(pool, GOOD, "typed into the wrong field")
    await signed_in(pool, GATE, "chen", NOW)
    lines = (await trace.search(pool, ("",), Sought())).traces
    kinds = [(line.kind, line.subject.split(":")[0], line.facts.get("why")) for line in lines[:3]]
    assert kinds == [
        ("signed_in", "account", None),
        ("sign_in_refused", "name", "password"),
        ("sign_in_refused", "account", "password"),
    ]
    assert "teapots" not in repr(lines)


async def test_failures_wait_longer_and_longer(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    at, waits = NOW, []
    for _ in range(9):
        if (one := await refusal(pool, "chen", "wrong", at=at)).code == "sign_in.wait":
            wait = int(str(one.facts["retry_after"]))
            waits.append(wait)
            at += timedelta(seconds=wait)
            assert (await refusal(pool, "chen", "wrong", at=at)).code == "sign_in.wrong"
    assert waits == [1, 2, 4]
    assert (await refusal(pool, "chen", GOOD, at=at)).code == "sign_in.wait"
    await signed_in(pool, GATE, "chen", at + timedelta(hours=1))
    assert (await refusal(pool, "chen", "wrong", at=at + timedelta(hours=1))).code == "sign_in.wrong"


async def test_nobody_is_locked_out_by_others(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    await account(pool, GATE, "zhou", NOW)
    _, device = await accounts.sign_in(pool, GATE, Credentials("chen", GOOD), Client("192.0.2.1"), NOW)
    for n in range(300):
        with pytest.raises(Refusal):
            await accounts.sign_in(
                pool, GATE, Credentials("chen", "wrong"), Client(f"198.51.{n // 200}.{n % 200}"), NOW
            )
    # A place the account was never used from must wait by now; its own browser and address need not.
    assert (await refusal(pool, "chen", GOOD, address="203.0.113.9")).code == "sign_in.wait"
    await signed_in(pool, GATE, "chen", NOW, address="192.0.2.1")
    known = Client("203.0.113.9", device=device)
    await accounts.sign_in(pool, GATE, Credentials("chen", GOOD), known, NOW)
    await signed_in(pool, GATE, "zhou", NOW, address="203.0.113.9")


async def test_one_address_cannot_wear_out_a_name(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    for n in range(200):
        with pytest.raises(Refusal):
            await accounts.sign_in(
                pool, GATE, Credentials("chen", "wrong"), Client("198.51.100.1"), NOW + timedelta(seconds=n)
            )
    await signed_in(pool, GATE, "chen", NOW + timedelta(seconds=200), address="203.0.113.9")


async def test_a_thousand_at_once_are_not_a_thousand_free_ones(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    tries = await asyncio.gather(
        *(refusal(pool, "chen", f"guess {n}") for n in range(40)), return_exceptions=True
    )
    codes = [one.code for one in tries if isinstance(one, Refusal)]
    assert codes.count("sign_in.wrong") == 6
    assert codes.count("sign_in.wait") == 34


async def test_a_neighbour_in_ipv6_is_the_same_household(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    codes = [(await refusal(pool, "chen", "wrong", address=f"2001:db8::{n:x}")).code for n in range(1, 8)]
    assert codes == ["sign_in.wrong"] * 6 + ["sign_in.wait"]
    assert (await refusal(pool, "chen", "wrong", address="2001:db8:0:1::1")).code == "sign_in.wrong"


async def test_an_invitation_sets_a_password_once(pool: asyncpg.Pool) -> None:
    id_ = await account(pool, GATE, "chen", NOW)
    async with pool.acquire() as conn:
        old = await keeping.invite(conn, GATE, id_, by="operator:test", now=NOW)
        code = await keeping.invite(conn, GATE, id_, by="operator:test", now=NOW)

    async def use(code: str, at: datetime = NOW) -> str:
        try:
            await keeping.set_password_with_invitation(pool, GATE, code, BETTER, at)
        except Refusal as refused:
            return refused.code
        return ""

    opened = await signed_in(pool, GATE, "chen", NOW)
    assert await use(old) == "invitation.wrong"
    assert await use(code, NOW + timedelta(days=4)) == "invitation.wrong"
    assert await use(f" {code.lower().replace('-', '')} ".replace("0", "o")) == ""
    assert await use(code) == "invitation.wrong"
    assert await accounts.session_of(pool, opened.token, NOW) is None
    await signed_in(pool, GATE, "chen", NOW, password=BETTER)


async def test_changing_a_password_ends_the_other_sessions(pool: asyncpg.Pool) -> None:
    id_ = await account(pool, GATE, "chen", NOW)
    one, other = [await signed_in(pool, GATE, "chen", NOW) for _ in range(2)]

    async def change(old: str, new: str) -> str:
        try:
            await keeping.change_password(pool, GATE, id_, old=old, new=new, session=one.signed.id, now=NOW)
        except Refusal as refused:
            return refused.code
        return ""

    assert await change("wrong", BETTER) == "password.old_wrong"
    assert await change(GOOD, "password1234") == "password.common"
    assert await change(GOOD, "my name is chen indeed") == "password.about_you"
    assert await change(GOOD, BETTER) == ""
    assert await accounts.session_of(pool, one.token, NOW) is not None
    assert await accounts.session_of(pool, other.token, NOW) is None


async def test_a_password_kept_weakly_is_kept_anew(pool: asyncpg.Pool) -> None:
    id_ = await account(pool, GATE, "chen", NOW)
    stronger = Gate(GATE.secrets, accounts.Passwords(), GATE.chance)
    await signed_in(pool, stronger, "chen", NOW)
    kept = await pool.fetchval("select password from account where id = $1", id_)
    assert "m=19456" in kept
    await signed_in(pool, stronger, "chen", NOW)


@pytest.mark.parametrize("name", ["", "x", "Ünal", "a b", "-x", "a" * 65, "a/b"])
async def test_a_bad_name_is_refused(pool: asyncpg.Pool, name: str) -> None:
    async with pool.acquire() as conn:
        with pytest.raises(Refusal) as caught:
            await keeping.create_account(conn, GATE, name, person="p", by="operator:test", now=NOW)
    assert caught.value.code == "account.bad_name"


async def test_a_name_is_one_persons(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    async with pool.acquire() as conn:
        await person(conn, "p-li")
        for whose, name, code in (
            ("p-li", "chen", "account.name_taken"),
            ("nobody", "other", "account.person_unknown"),
            ("p-chen", "other", "account.has_one"),
        ):
            with pytest.raises(Refusal) as caught:
                await keeping.create_account(conn, GATE, name, person=whose, by="operator:test", now=NOW)
            assert caught.value.code == code
