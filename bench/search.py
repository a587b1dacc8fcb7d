"""How fast matters are found by their words, among a million of them, by who may see a city or a community.

Makes a city's year of invented matters (words of a steep distribution, a topic of the cold season, topics
of one district only), copies them into a database of its own, and asks as the API asks: the whole of
`search.find`, marks included. Limit: the newest page of the same scopes, no words asked for.
Run `python -m bench.search [--matters N] [--json FILE] [--keep FOLDER]`.
"""

import argparse
import asyncio
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from bench._figures import Figure, finish, percentile
from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters import Filters, worklist
from yuzhi.capabilities.search import Wanted, find
from yuzhi.capabilities.search._documents import Told, digest_of, lexemes_of  # what the worker does, by COPY
from yuzhi.capabilities.search._lexemes import month_of
from yuzhi.store.migrations import migrate
from yuzhi.store.postgres.pool import open_pool
from yuzhi.store.postgres.server import Server

WANTED_P95 = 50.0  # ms
CITY = "3302"
BEGIN = datetime(2025, 11, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
BATCH = 20_000


def words_of(text: str) -> list[str]:
    """Return the words of a text with blanks between them."""
    return text.split()


SYLLABLES = (
    "山河江湖桥塘溪田村林石泉岭湾浦港东西南北新古大小白青云龙凤金"
    "银玉兰菊梅松柏竹荷莲花春夏秋冬安康宁乐平和顺德福禄寿喜明亮光辉"
)
ENDINGS = ("路", "街", "小区", "花园", "新村", "大厦", "广场", "市场", "中学", "小学", "公园", "公寓")
TOPICS = words_of("""
噪音 路灯 井盖 停车 垃圾 油烟 违建 物业 电梯 积水 供水 停电 燃气 公交 地铁 学校 医院
社保 医保 工资 拆迁 补偿 房产证 户口 占道 施工 扬尘 污水 异味 河道 绿化 树木 流浪狗
充电桩 飞线 消防 楼道 高空抛物 漏水 外墙 诈骗 退款 假货 涨价 营业执照 食品 过期 外卖
快递 共享单车 信号灯 斑马线 护栏 坑洼 塌陷 隧道 桥梁 广告牌 招牌 健身 广场舞 宠物
棋牌室 KTV 夜市 烧烤 装修 地下室 群租 出租房 中介 押金 热水 水压 水质 宽带 基站
""")
TROUBLES = words_of("""
损坏 扰民 缺失 堵塞 渗漏 超时 无人 破损 拖延 乱收费 态度差 不合理 不到位 未解决
影响出行 影响休息 存在隐患 长期存在
""")
SAID = words_of("""
市民来电反映 希望有关部门尽快处理 多次拨打电话都说在排队 已经半个月没有人来修
老人和孩子出行很不方便 请相关单位核实并给予答复 对此表示不满 要求给出明确的时间
此前已向社区反映过 至今没有结果 附近居民意见很大 夜间尤其明显 希望能够彻底解决这个问题
请问应该找哪个部门
""")

QUERIES = {
    "very frequent": ("反映", "希望 部门", "噪音", "市民来电 处理"),
    "frequent": ("高空抛物", "充电桩", "广场舞 扰民"),
    "some": ("基站 乱收费", "斑马线 破损", "KTV 噪音", "宠物 态度差"),
    "rare": ("山河路", "云龙花园", "凤菊大厦", "2026061500003217", "玉兰春"),
    "two characters": ("井盖", "外墙", "隧道", "积水"),
    "of last winter": ("供暖", "供暖 渗漏"),
    "of another district": ("渔港码头", "码头"),
    "nowhere": ("北冥之鱼", "噪音 北冥", "电梯 独角兽"),
    "a whole sentence": ("楼下的烧烤店每天营业到凌晨两点油烟和噪音扰民", "路灯损坏多次拨打电话都说在排队"),
}


@dataclass(frozen=True)
class Asked:
    """How long one kind of question took in one scope, in milliseconds, and how much was found a page."""

    kind: str
    scope: str
    rows: float
    taken: list[float]


class City:
    """Invented matters in the order of their opening, always the same ones."""

    def __init__(self, matters: int) -> None:
        self.chance = random.Random(5)
        self.matters = matters
        self.places = [
            "".join(self.chance.choices(SYLLABLES, k=self.chance.choice((2, 2, 3))))
            + self.chance.choice(ENDINGS)
            for _ in range(20_000)
        ]
        self.codes = [
            f"{CITY}{d:02d}{t:03d}{v:03d}" for d in range(1, 12) for t in range(1, 15) for v in range(1, 21)
        ]
        self.shares = [1 / (n % 97 + 1) ** 0.5 for n in range(len(self.codes))]
        self.topics = [1 / (n + 1) ** 0.8 for n in range(len(TOPICS))]

    def rows(self) -> Iterator[tuple[Told, tuple[str, str, str, str]]]:
        """Yield each matter and its texts: subject, detail, words of place, reply."""
        codes = self.chance.choices(self.codes, self.shares, k=self.matters)
        for n, code in enumerate(codes):
            at = BEGIN + YEAR * (n / self.matters)
            texts = self._texts(at, code)
            id_ = UUID(
                int=(int(at.timestamp() * 1000) << 80) | 7 << 76 | 2 << 62 | self.chance.getrandbits(62)
            )
            told = Told(
                id=id_, number=f"{at:%Y%m%d}{n % 10**8:08d}", opened_at=at, territory=code,
                units=(f"{code[:9]}-{self.chance.randrange(4)}",), procedure="citizen-request",
                state="closed" if at < BEGIN + YEAR * 0.95 else "handling", kind="complaint",
                urgency="normal", channel="hotline", outcome="solved", category="city/roads",
                texts=[text for text in texts if text],
            )  # fmt: skip
            yield told, texts

    def _texts(self, at: datetime, code: str) -> tuple[str, str, str, str]:
        chance = self.chance
        place, trouble = chance.choice(self.places), chance.choice(TROUBLES)
        topic = chance.choices(TOPICS, self.topics)[0]
        if chance.random() < (0.12 if at.month in {11, 12, 1, 2, 3} else 0.0003):
            topic = "供暖"
        elif code.startswith(CITY + "03") and chance.random() < 0.5:
            topic = "渔港码头"
        detail = (
            f"{chance.choice(SAID)}，{place}{chance.randrange(1, 60)}幢附近{topic}{trouble}，"
            f"{chance.choice(SAID)}，{chance.choices(TOPICS, self.topics)[0]}{chance.choice(TROUBLES)}。"
            f"{chance.choice(SAID)}，{chance.choice(SAID)}。"
        )
        reply = (
            f"您好，您反映的{topic}问题已收悉，经核实，{place}{trouble}情况属实，"
            f"已责成{chance.choice(self.places)}管理单位于三日内整改。{chance.choice(SAID)}。"
        )
        return (
            f"{place}{topic}{trouble}",
            detail,
            f"{chance.choice(self.places)}旁",
            reply if chance.random() < 0.7 else "",
        )


async def fill(pool: asyncpg.Pool, city: City) -> float:
    """Copy a city into the tables, indexes of words built afterwards; return seconds."""
    begun = time.perf_counter()
    async with pool.acquire() as conn:
        definition = await conn.fetchval(
            "select indexdef from pg_indexes where indexname = 'search_doc_tokens'"
        )
        await conn.execute(
            "drop index search_doc_tokens; truncate search_doc, search_month, matter, text, assignment"
        )
        await conn.execute(
            "create temp table stage (id uuid, at timestamptz, ground text, digest int8, lexemes text)"
        )
        held: dict[str, list[tuple[object, ...]]] = {"stage": [], "matter": [], "text": [], "assignment": []}
        months: set[int] = set()
        for n, (told, texts) in enumerate(city.rows(), start=1):
            subject = UUID(int=city.chance.getrandbits(128))
            lexemes = lexemes_of(told)
            months.add(month_of(told.opened_at))
            held["stage"].append(
                (told.id, told.opened_at, told.territory, digest_of(lexemes), " ".join(lexemes))
            )
            held["matter"].append((
                told.id, told.number, "citizen-request", "2026.1", told.procedure, told.state,
                told.opened_at, told.kind, told.channel, told.urgency, told.category, told.territory,
                subject, told.opened_at, told.opened_at, 5, told.units[0], "", told.outcome, 0, 0, 0, 0,
                False,
            ))  # fmt: skip
            for name, body in zip(("subject", "detail", "place_words", "reply"), texts, strict=True):
                if body:
                    id_ = subject if name == "subject" else UUID(int=city.chance.getrandbits(128))
                    held["text"].append((id_, told.id, name, b"", body))
            held["assignment"].append((
                told.id, 1, told.units[0], "lead", "signed", told.opened_at, "", 0, True, told.opened_at
            ))  # fmt: skip
            if n % BATCH == 0 or n == city.matters:
                for table, rows in held.items():
                    await conn.copy_records_to_table(table, records=rows, columns=COLUMNS[table])
                    rows.clear()
                await conn.execute(
                    "insert into search_doc select id, at, ground, digest,"
                    " array_to_tsvector(string_to_array(lexemes, ' ')) from stage; truncate stage"
                )
        await conn.executemany("insert into search_month values ($1)", [(month,) for month in months])
        await conn.execute("set maintenance_work_mem = '512MB'")
        await conn.execute(definition)
        for table in ("search_doc", "matter", "text", "assignment"):
            await conn.execute(f"vacuum analyze {table}")
    return time.perf_counter() - begun


COLUMNS = {
    "stage": None,
    "matter": words_of("""
id number pack version procedure state since kind channel urgency category territory subject opened_at
updated_at seq lead_unit route outcome reopened urged supervised escalated is_breached
"""),
    "text": words_of("id matter_id name salt body"),
    "assignment": words_of("matter_id no unit role state given_at by_unit returns_refused is_live opened_at"),
}


SCOPES = {
    "city": Actor(hand="post", id="c", covers=(CITY,)),
    "district": Actor(hand="post", id="d", covers=(CITY + "05",)),
    "town": Actor(hand="post", id="t", covers=(CITY + "05003",)),
    "community": Actor(hand="post", id="v", covers=(CITY + "05003007",)),
    "unit": Actor(hand="post", id="u", unit=CITY + "05003-1"),
}


async def measure(pool: asyncpg.Pool, rounds: int) -> list[Asked]:
    """Ask every kind of question in every scope, the first page and the one after it."""
    done = []
    for kind, queries in QUERIES.items():
        for scope, by in SCOPES.items():
            took, found = [], []
            for _ in range(rounds):
                for words in queries:
                    after = None
                    for _page in range(2):
                        begun = time.perf_counter()
                        page = await find(pool, by, Wanted(words=words), after=after)
                        took.append((time.perf_counter() - begun) * 1000)
                        found.append(len(page.rows))
                        if not (after := page.next):
                            break
            done.append(Asked(kind, scope, statistics.mean(found), took))
    return done


async def newest(pool: asyncpg.Pool, rounds: int) -> list[float]:
    """Return the milliseconds of a page without words, in every scope."""
    took = []
    for _ in range(rounds * 5):
        for by in SCOPES.values():
            begun = time.perf_counter()
            await worklist(pool, by, Filters(order="newest"), most=20)
            took.append((time.perf_counter() - begun) * 1000)
    return took


async def run(dsn: str, matters: int, rounds: int, *, is_filled: bool) -> list[Figure]:
    """Fill if need be, ask, and tell."""
    await migrate(dsn)
    pool = await open_pool(dsn, size=4, name="yuzhi bench")
    filling = 0.0 if is_filled else await fill(pool, City(matters))
    sizes = await pool.fetch(
        "select relname, pg_relation_size(oid) / 1048576 mb from pg_class"
        " where relname like 'search_doc%' order by 1"
    )
    await measure(pool, 1)  # warm, as a city's server is
    done = await measure(pool, rounds)
    limit = percentile(await newest(pool, rounds), 0.95)
    await pool.close()
    print(f"{matters:,} matters, filled in {filling:.0f} s")
    print("MB: " + ", ".join(f"{one['relname']} {one['mb']}" for one in sizes))
    is_ = "the newest page, no words"
    every = [took for one in done for took in one.taken]
    kinds = [
        Figure(
            f"search: {one.kind}, {one.scope} ({one.rows:.0f} a page): p95", percentile(one.taken, 0.95), "ms"
        )
        for one in done
    ]
    return [
        *kinds,
        Figure("search: p50 of all", percentile(every, 0.5), "ms", None, limit, is_),
        Figure(f"search: p95 of all at {matters:,}", percentile(every, 0.95), "ms", WANTED_P95, limit, is_),
    ]


def main() -> int:
    """Run the benchmark on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matters", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="a folder to keep the filled database in, and to use again")
    told = parser.parse_args()
    folder = told.keep or Path(tempfile.mkdtemp(prefix="yz-bench-", dir="/var/tmp"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    is_filled = (folder / "pg").exists()
    server = Server(folder / "pg")
    server.start()
    try:
        figures = asyncio.run(run(server.dsn, told.matters, told.rounds, is_filled=is_filled))
    finally:
        server.stop()
        if told.keep is None:
            shutil.rmtree(folder)
    return finish(figures, told.json)


if __name__ == "__main__":
    sys.exit(main())
