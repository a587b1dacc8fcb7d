"""Readings become matters: one for an alarm, whatever comes twice, late, in floods, or after a crash."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fakes.served import Served, served
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.sensors import Absorber, Reading, Sensor, save_sensors, status
from yuzhi.store.gathering import Gathering

NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
WATER, TILT = "water_depth", "cover_tilt"
TOWN = "330212001"
SENSORS = (
    Sensor("g1", "解放桥水尺", TOWN),
    Sensor("g2", "解放桥二号水尺", TOWN),
    Sensor("g3", "首南水尺", "330212002"),
    Sensor("c1", "井盖一号", TOWN),
    Sensor("c2", "井盖二号", TOWN),
)


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(fresh_database, tmp_path) as made:
        async with made.pool.acquire() as conn:
            assert await save_sensors(conn, SENSORS, NOW) == len(SENSORS)
            assert await save_sensors(conn, SENSORS, NOW) == 0
        yield made


async def absorber(city: Served) -> Absorber:
    made = Absorber(city.needs.office, city.pool, city.assembly.shelf.in_force)
    await made.load()
    return made


def read(sensor: str, value: float, minutes: float, quantity: str = "") -> Reading:
    kind = quantity or (WATER if sensor.startswith("g") else TILT)
    return Reading(sensor, kind, value, NOW + timedelta(minutes=minutes))


async def feed(one: Absorber, *readings: Reading, at: float | None = None) -> None:
    """Take readings in, at the time of the last one, and let follow what follows."""
    now = readings[-1].at if at is None else NOW + timedelta(minutes=at)
    one.take(readings, now)
    await one.settle(now)
    assert one.is_settled


async def matters(city: Served) -> list[Any]:
    async with city.pool.acquire() as conn:
        found: list[Any] = await conn.fetch(
            "select id, number, state, seq, territory from matter order by opened_at, id"
        )
        return found


async def test_an_alarm_is_one_matter_with_its_place_and_words(city: Served) -> None:
    one = await absorber(city)
    await feed(one, *(read("g1", 200 + n, n / 10) for n in range(100)))
    (matter,) = await matters(city)
    seen = (await city.get(f"/matters/{matter['id']}")).json()
    assert (seen["channel"], seen["category"], seen["territory"], seen["urgency"]) == (
        "sensor", "event/sudden/flood", TOWN, "critical",
    )  # fmt: skip
    assert seen["texts"]["subject"] == "道路积水：解放桥水尺"
    assert "读数 299 mm" in seen["texts"]["detail"]


async def test_sensors_of_one_place_share_a_matter_and_others_do_not(city: Served) -> None:
    one = await absorber(city)
    await feed(
        one, *(read(name, 200, minutes) for minutes in (0, 2, 3) for name in ("g1", "g2", "g3", "c1", "c2"))
    )
    assert sorted(row["territory"] for row in await matters(city)) == [TOWN, TOWN, TOWN, "330212002"]


async def test_back_to_normal_settles_what_nobody_took_on(city: Served) -> None:
    one = await absorber(city)
    await feed(one, read("g1", 200, 0), read("g1", 200, 2), read("g2", 200, 2), read("g2", 200, 4))
    await feed(one, read("g1", 10, 5), read("g1", 10, 15))
    assert [row["state"] for row in await matters(city)] == ["reported"]  # the other one is still wet
    await feed(one, read("g2", 10, 16), read("g2", 12, 26))
    (matter,) = await matters(city)
    assert (matter["state"], matter["seq"]) == ("self_settled", 2)
    seen = (await city.get(f"/matters/{matter['id']}")).json()
    assert seen["outcome"] == "solved"
    assert "二号水尺" in seen["texts"]["reading"]


async def test_back_to_normal_is_noted_when_somebody_has_it_in_hand(city: Served) -> None:
    one = await absorber(city)
    await feed(one, read("c1", 45, 0))
    (matter,) = await matters(city)
    answer = await city.step(str(matter["id"]), "file")
    assert answer.status_code == 200, answer.text
    later = (datetime.now(UTC) - NOW).total_seconds() / 60
    await feed(one, read("c1", 2, later), read("c1", 2, later + 6))
    (matter,) = await matters(city)
    assert (matter["state"], matter["seq"]) == ("filed", 3)


async def test_after_quiet_there_may_be_another(city: Served) -> None:
    one = await absorber(city)
    await feed(one, read("c1", 45, 0), read("c1", 2, 1), at=1)
    await feed(one, read("c1", 2, 6))  # over at minute 6, quiet until 16
    await feed(one, read("c1", 45, 8))
    assert len(await matters(city)) == 1
    await one.settle(NOW + timedelta(minutes=17))  # and it is still moved
    assert len(await matters(city)) == 2


async def test_a_restart_neither_repeats_nor_loses(city: Served) -> None:
    await feed(await absorber(city), read("g1", 200, 0))  # rising
    await feed(await absorber(city), read("g1", 200, 1.9))
    assert await matters(city) == []
    await feed(await absorber(city), read("g1", 200, 2))
    await feed(await absorber(city), read("g1", 200, 2), read("g1", 200, 3))
    assert len(await matters(city)) == 1
    await feed(await absorber(city), read("g1", 10, 4))
    await (await absorber(city)).settle(NOW + timedelta(minutes=14))
    assert [row["state"] for row in await matters(city)] == ["self_settled"]
    await (await absorber(city)).settle(NOW + timedelta(minutes=90))
    assert [row["seq"] for row in await matters(city)] == [2]


async def test_what_a_crash_left_undone_is_done_once(city: Served) -> None:
    """The change of phase is durable, the matter is not: the next process opens it."""

    class Gone(Gathering):
        async def save(self, change: object) -> None:
            raise Refusal("store.unavailable", retry_after=5)

    one = await absorber(city)
    office = city.needs.office
    object.__setattr__(one._office, "gathering", Gone(office.unit))
    one.take([read("c1", 45, 0)], NOW)
    with pytest.raises(Refusal, match=r"store\.unavailable"):
        await one.settle(NOW)
    assert not one.is_settled
    object.__setattr__(one._office, "gathering", Gathering(office.unit))
    again = await absorber(city)
    await again.settle(NOW + timedelta(seconds=1))
    await (await absorber(city)).settle(NOW + timedelta(seconds=3))
    assert len(await matters(city)) == 1


async def test_late_repeated_future_old_and_unknown_readings_change_nothing(city: Served) -> None:
    one = await absorber(city)
    await feed(one, read("c1", 1, 10))
    await feed(
        one, read("c1", 90, 9), read("c1", 90, 10), read("c1", 90, 13), read("c1", 90, -1500),
        read("x", 90, 10), read("c1", 90, 10, "noise"), at=10,
    )  # fmt: skip
    assert await matters(city) == []
    assert one.counts == {
        "taken": 3, "late": 1, "repeated": 1, "sensor.in_future": 1, "sensor.too_old": 1, "sensor.unknown": 1,
        "sensor.no_rule": 1,
    }  # fmt: skip
    await one.save_counts(NOW)
    await one.save_counts(NOW)
    async with city.pool.acquire() as conn:
        assert (await status(conn)).counts["late"] == 1


async def test_a_sensor_that_is_moved_takes_its_alarm_along(city: Served) -> None:
    one = await absorber(city)
    await feed(one, read("g1", 200, 0), read("g1", 200, 2))
    async with city.pool.acquire() as conn:
        await save_sensors(conn, [Sensor("g1", "解放桥水尺", "330212002")], NOW)
    await one.load_sensors()
    await one.settle(NOW + timedelta(minutes=3))
    found = await matters(city)
    assert [(row["territory"], row["state"]) for row in found] == [
        (TOWN, "self_settled"), ("330212002", "reported"),
    ]  # fmt: skip
    await one.load_sensors()
    assert one.is_settled


async def test_an_alarm_that_nobody_can_place_is_the_desks(city: Served) -> None:
    async with city.pool.acquire() as conn:
        await save_sensors(conn, [Sensor("c8", "旧址", "999999")], NOW)
    await feed(await absorber(city), read("c8", 45, 0))
    assert len(await matters(city)) == 1


async def test_a_matter_that_cannot_be_opened_is_counted_and_tried_again(city: Served) -> None:
    async with city.pool.acquire() as conn:
        await save_sensors(conn, [Sensor("c9", "无处", lon=200.0, lat=1.0)], NOW)
    one = await absorber(city)
    await feed(one, read("c9", 45, 0), read("c1", 45, 0))
    assert len(await matters(city)) == 1
    assert one.counts["refused.place.bad_point"] == 1
    async with city.pool.acquire() as conn:
        await save_sensors(conn, [Sensor("c9", "有处", TOWN)], NOW)
    await one.load_sensors()
    await one.settle(NOW + timedelta(minutes=9))
    assert len(await matters(city)) == 1
    await one.settle(NOW + timedelta(minutes=10))
    assert len(await matters(city)) == 2


async def test_other_rules_are_judged_by_from_then_on(city: Served) -> None:
    one = await absorber(city)
    in_force = city.assembly.shelf.in_force
    assert not one.take_rules(in_force)
    await feed(one, read("c1", 45, 0), read("g1", 200, 1))  # alarmed, and rising
    at_home = next(pack for pack in in_force if pack.sensors)
    tame = [
        replace(rule, raises=replace(rule.raises, at_least=60.0)) if rule.quantity == TILT else rule
        for rule in at_home.sensors
    ]
    later = replace(at_home, version="2099.1", sensors=tuple(tame))
    packs = [later if pack is at_home else pack for pack in in_force]
    assert one.take_rules(packs)
    assert not one.take_rules(packs)
    await feed(one, read("c2", 45, 2))  # no alarm any more
    assert len(await matters(city)) == 1
    await feed(one, read("g1", 200, 3.5))  # what was rising is alarmed in its time
    assert len(await matters(city)) == 2
    await feed(one, read("c1", 2, 4), read("c1", 2, 10))  # and what was alarmed comes to its end
    assert one.counts["settled"] == 1


async def test_a_rule_that_is_no_more_opens_nothing_and_ends_nothing(city: Served) -> None:
    one = await absorber(city)
    await feed(one, read("c1", 45, 0))
    assert one.take_rules([pack for pack in city.assembly.shelf.in_force if not pack.sensors])
    await feed(one, read("c1", 2, 6), read("c2", 45, 6))
    assert (len(await matters(city)), one.counts["settled"], one.counts["sensor.no_rule"]) == (1, 0, 2)
    assert one.take_rules(city.assembly.shelf.in_force)
    await feed(one, read("c1", 2, 7), read("c1", 2, 13))
    assert one.counts["settled"] == 1
