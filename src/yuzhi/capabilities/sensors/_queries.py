"""All SQL of the sensors: who they are, where they stand, alarms, counts, and the inbox of the webhook."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.sensors._judging import Standing
from yuzhi.capabilities.sensors._views import Alarm, Sensor, StatusView
from yuzhi.store.postgres.pool import acquired

LOCK = 8312
MOST_WAITING = 20_000
"""Requests of the webhook that may wait to be judged."""
MOST_ALARMS = 200


async def save_sensors(conn: asyncpg.Connection, sensors: Sequence[Sensor], now: datetime) -> int:
    """Add sensors, or tell anew where they stand; return how many changed. Readings go on as before."""
    told = await conn.fetch(
        "insert into sensor (id, name, territory, lon, lat, place, told_at)"
        " select s.*, $7 from"
        " unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::text[]) s"
        " on conflict (id) do update set name = excluded.name, territory = excluded.territory,"
        " lon = excluded.lon, lat = excluded.lat, place = excluded.place, told_at = excluded.told_at"
        " where (sensor.name, sensor.territory, sensor.lon, sensor.lat, sensor.place) is distinct from"
        " (excluded.name, excluded.territory, excluded.lon, excluded.lat, excluded.place) returning 1",
        *([getattr(one, name) for one in sensors] for name in _TOLD),
        now,
    )  # fmt: skip
    return len(told)


async def load_sensors(conn: asyncpg.Connection) -> dict[str, Sensor]:
    """Return all sensors by id."""
    rows = await conn.fetch("select id, name, territory, lon, lat, place from sensor")
    return {row["id"]: Sensor(*row) for row in rows}


async def load_standings(conn: asyncpg.Connection) -> dict[tuple[str, str], Standing]:
    """Return where sensors stand, by rule and sensor."""
    rows = await conn.fetch('select rule, sensor, phase, since, "at", value from sensor_standing')
    return {(rule, sensor): Standing(*rest) for rule, sensor, *rest in rows}


async def save_standings(conn: asyncpg.Connection, standings: Mapping[tuple[str, str], Standing]) -> None:
    """Remember where some sensors stand."""
    rows = [(*key, one.phase, one.since, one.at, one.value) for key, one in sorted(standings.items())]
    if rows:
        await conn.execute(
            'insert into sensor_standing (rule, sensor, phase, since, "at", value) select * from'
            " unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::float8[])"
            " on conflict (rule, sensor) do update set phase = excluded.phase, since = excluded.since,"
            ' "at" = excluded."at", value = excluded.value',
            *map(list, zip(*rows, strict=True)),
        )


async def load_alarms(conn: asyncpg.Connection) -> dict[tuple[str, str], Alarm]:
    """Return all alarms, those that are over included, by rule and key."""
    rows = await conn.fetch(f"select {_ALARM} from sensor_alarm")
    return {(row["rule"], row["key"]): Alarm(*row) for row in rows}


async def end_alarm(conn: asyncpg.Connection, alarm: Alarm) -> None:
    """Note that an alarm is over whose matter has nothing to be told."""
    await conn.execute(
        "update sensor_alarm set state = 'over', over_at = $3, value = $4 where rule = $1 and key = $2",
        alarm.rule,
        alarm.key,
        alarm.over_at,
        alarm.value,
    )


async def add_counts(conn: asyncpg.Connection, counts: Mapping[str, int], now: datetime) -> None:
    """Add to what was counted so far."""
    if counts:
        names = sorted(counts)
        await conn.execute(
            'insert into sensor_count (name, "count", last_at)'
            " select n, c, $3 from unnest($1::text[], $2::int8[]) x (n, c)"
            ' on conflict (name) do update set "count" = sensor_count."count" + excluded."count",'
            " last_at = excluded.last_at",
            names,
            [counts[name] for name in names],
            now,
        )


async def put_in_inbox(pool: asyncpg.Pool, body: bytes, now: datetime) -> None:
    """Keep readings, as JSON, until they are judged; raise Refusal `sensor.busy` when too many wait."""
    async with acquired(pool) as conn:
        kept = await conn.fetchval(
            'insert into sensor_inbox ("at", body) select $1, $2 where'
            " (select count(*) from (select from sensor_inbox limit $3) waiting) < $3 returning 1",
            now,
            body,
            MOST_WAITING,
        )
        if kept is None:
            await add_counts(conn, {"refused.busy": 1}, now)
    if kept is None:
        raise Refusal("sensor.busy", retry_after=5)


async def look_in_inbox(conn: asyncpg.Connection, most: int) -> Sequence[tuple[int, bytes]]:
    """Return the oldest of what waits."""
    rows = await conn.fetch("select position, body from sensor_inbox order by position limit $1", most)
    return [(row["position"], row["body"]) for row in rows]


async def clear_inbox(conn: asyncpg.Connection, positions: Collection[int]) -> None:
    """Drop what was judged."""
    await conn.execute("delete from sensor_inbox where position = any($1)", list(positions))


async def take_lead(conn: asyncpg.Connection) -> bool:
    """Say whether this connection is now the one for which readings are judged; for as long as it lasts."""
    is_ours: bool = await conn.fetchval("select pg_try_advisory_lock($1)", LOCK)
    return is_ours


async def status(conn: asyncpg.Connection) -> StatusView:
    """Return how the sensors are."""
    head = await conn.fetchrow(
        "select (select count(*) from sensor) sensors, (select count(*) from sensor_inbox) waiting,"
        " (select count(*) from sensor_standing where phase in ('alarmed', 'falling')) alarmed,"
        " (select max(last_at) from sensor_count where name = 'taken') last_at"
    )
    alarms = await conn.fetch(
        f"select {_ALARM} from sensor_alarm where state = 'raised' order by raised_at, rule, key limit $1",
        MOST_ALARMS,
    )
    counts = await conn.fetch('select name, "count" from sensor_count order by name')
    return StatusView(
        sensors=head["sensors"], alarmed=head["alarmed"], waiting=head["waiting"],
        alarms=tuple(Alarm(*row) for row in alarms), counts={row["name"]: row["count"] for row in counts},
        last_at=head["last_at"],
    )  # fmt: skip


_TOLD = ("id", "name", "territory", "lon", "lat", "place")
_ALARM = "rule, key, matter_id, state, raised_at, over_at, value"
