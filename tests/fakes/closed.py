"""Settled matters as they lie in the database, made from the tests' own phrases."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from yuzhi.base.ids import uuid7

BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
PHRASES = {
    "urban/road/lamp": ("路灯不亮", "路灯坏了三天", "照明灯全灭", "夜里没有路灯"),
    "urban/road/manhole": ("井盖松动", "窨井盖缺失", "下水道盖响", "井盖破损"),
    "environment/noise/construction": ("工地夜里施工", "打桩机噪声", "半夜浇筑混凝土", "施工噪声扰民"),
}
UNITS = {"urban/road/lamp": "near", "urban/road/manhole": "far", "environment/noise/construction": "near"}
PLACES = ("春晓苑", "南塘新村", "云湖花园", "桃源里", "东风小区", "锦绣家园", "望江府", "梧桐公馆")
_COLUMNS = (
    "id, number, pack, version, procedure, state, since, kind, channel, urgency, category, territory,"
    " subject, opened_at, updated_at, seq, lead_unit, route, outcome, ended_at, reopened, urged, supervised,"
    " escalated, is_breached"
)


async def close_matters(
    conn: asyncpg.Connection, count: int, *, seed: int = 1, answer: str = ""
) -> list[UUID]:
    """Write `count` settled matters with their words straight into the read tables; return their ids."""
    chance = random.Random(seed)
    made = []
    for at in range(count):
        category = chance.choice(tuple(PHRASES))
        first, second = chance.sample(PHRASES[category], 2)
        place = chance.choice(PLACES)
        opened = BEGAN + timedelta(hours=at)
        id_, subject = uuid7(opened, chance.randbytes(10)), UUID(bytes=chance.randbytes(16))
        town = "330212001" if UNITS[category] == "near" else "330212002"
        await conn.execute(
            f"insert into matter ({_COLUMNS}) values ($1, $2, 'citizen-request', '2026.1', 'citizen-request',"
            " 'closed', $3, 'complaint', 'hotline', 'normal', $4, $5, $6, $3, $3, 5, $7, 'by-category',"
            " 'solved', $8, 0, 0, 0, 0, false)",
            id_, f"T{seed}-{at}", opened, category, town, subject, UNITS[category],
            opened + timedelta(days=2),
        )  # fmt: skip
        texts = [
            ("subject", subject, f"{place}{first}"),
            ("detail", None, f"{place}{first}，而且{second}，请处理。"),
        ]
        texts += [("reply", None, answer)] if answer else []
        for name, text, body in texts:
            await conn.execute(
                "insert into text (id, matter_id, name, salt, body) values ($1, $2, $3, $4, $5)",
                text or UUID(bytes=chance.randbytes(16)), id_, name, b"salt", body,
            )  # fmt: skip
        made.append(id_)
    return made
