"""How fast the ground answers: points to territories, words to places, lists into memory.

Every figure stands beside a limit measured in the same run: the bare index, the bare segmenter,
the bare CSV reader. Run `python bench/territory.py [--json FILE]`; it prints a table and the
same as JSON. Outlines are made up; names are those of the shared lists, if they are at hand.
"""

import argparse
import csv
import gc
import gzip
import io
import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import rjieba
import shapely
from numpy.typing import NDArray

from yuzhi.capabilities.territory import (
    Atlas,
    Boundary,
    Change,
    Gazetteer,
    Locator,
    Territory,
    ancestors,
    level_of,
    read_edition,
)

SHARED = Path(os.environ.get("YUZHI_SHARED", Path(__file__).parents[2] / "shared")) / "data" / "divisions"
LISTS = [SHARED / name for name in ("cities.csv", "areas.csv", "streets.csv.gz", "villages_zhejiang.csv.gz")]

SIDE, BLOCK = 140, 7  # 19,600 grids in 400 communities: 20,000 boundaries
WEST, SOUTH, CELL = 121.3, 29.6, 0.0035  # degrees; a cell is some 350 m wide

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """One measured rate, the least that is wanted, and the limit measured beside it."""

    name: str
    rate: float
    unit: str
    wanted: float
    limit: float
    limit_is: str

    @property
    def share(self) -> float:
        return self.rate / self.limit


def best_rate(work: Callable[[], object], count: int, *, rounds: int = 5) -> float:
    """Things a second in the quickest of several rounds."""
    quickest = float("inf")
    gc.collect()
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        quickest = min(quickest, time.perf_counter() - begun)
    return count / quickest


def outlines() -> list[Boundary]:
    """A gapless ground: wavy borders that neighbours share, about 40 to 240 vertices each."""
    rng = np.random.default_rng(20)
    steps = np.arange(SIDE + 1, dtype=np.float64)
    regular = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1)
    corners: Points = regular + rng.uniform(-0.15, 0.15, regular.shape)

    def edge(start: Points, end: Points) -> Points:
        count = int(rng.integers(10, 60))
        along = np.linspace(0, 1, count)[:, None]
        across = np.array([start[1] - end[1], end[0] - start[0]])
        wave = np.sin(along * np.pi) * rng.normal(0, 0.02, (count, 1))
        points: Points = start + along * (end - start) + wave * across
        return points

    size = range(SIDE + 1)
    flat = {(i, j): edge(corners[i, j], corners[i + 1, j]) for i in range(SIDE) for j in size}
    tall = {(i, j): edge(corners[i, j], corners[i, j + 1]) for i in size for j in range(SIDE)}
    cells: dict[tuple[int, int], shapely.Polygon] = {}
    for i in range(SIDE):
        for j in range(SIDE):
            sides = (flat[i, j], tall[i + 1, j], flat[i, j + 1][::-1], tall[i, j][::-1])
            cells[i, j] = shapely.Polygon(np.concatenate(sides) * CELL + (WEST, SOUTH))
    blocks = SIDE // BLOCK
    found = []
    for number, (x, y) in enumerate((x, y) for x in range(blocks) for y in range(blocks)):
        community = f"33021200{1 + number // 200}{1 + number % 200:03d}"
        inside = [cells[x * BLOCK + i, y * BLOCK + j] for i in range(BLOCK) for j in range(BLOCK)]
        found.append(Boundary(community, shapely.to_wkb(shapely.union_all(inside))))
        found += [Boundary(f"{community}{n + 1:03d}", shapely.to_wkb(cell)) for n, cell in enumerate(inside)]
    return found


def measure_points() -> list[Figure]:
    """One look-up after another, and a whole array at once."""
    boundaries = outlines()
    locator = Locator(boundaries)
    bare = shapely.STRtree(shapely.from_wkb([one.wkb for one in boundaries]))
    rng = np.random.default_rng(21)
    lons = WEST + rng.uniform(0, SIDE * CELL, 100_000)
    lats = SOUTH + rng.uniform(0, SIDE * CELL, 100_000)
    few = list(zip(lons[:20_000].tolist(), lats[:20_000].tolist(), strict=True))
    found = locator.locate_many(lons, lats)
    assert [locator.locate(*point) for point in few[:2_000]] == found[:2_000]
    assert sum(code is None for code in found) < 2_000, "the ground has gaps"

    def each() -> None:
        for lon, lat in few:
            locator.locate(lon, lat)

    def each_bare() -> None:
        for lon, lat in few:
            bare.query(shapely.points([[lon, lat]]))

    ground = f"{len(locator):,} boundaries"
    return [
        Figure(
            f"point to territory, one by one, {ground}",
            best_rate(each, len(few)),
            "look-ups/s",
            50_000,
            best_rate(each_bare, len(few)),
            "STRtree.query(point) alone",
        ),
        Figure(
            f"point to territory, in one call, {ground}",
            best_rate(lambda: locator.locate_many(lons, lats), len(lons)),
            "look-ups/s",
            50_000,
            best_rate(lambda: bare.query(shapely.points(lons, lats)), len(lons)),
            "STRtree.query(points) alone",
        ),
    ]


def city() -> Atlas:
    """One whole city: the real names if they are at hand, else made-up ones of the same number."""
    if all(file.exists() for file in LISTS):
        return Atlas(read_edition(LISTS, under="3302").territories)
    chance = random.Random(22)
    syllables = "山河江湖桥塘溪田村林石泉岭湾浦港东西南北新古大小白青云龙凤"
    codes = ["3302"]
    for above, count, width in (("3302", 10, 2), ("district", 16, 3), ("town", 19, 3)):
        level = [code for code in codes if code == above or level_of(code) == above]
        codes += [f"{code}{n + 1:0{width}d}" for code in level for n in range(count)]
    endings = {"city": "市", "district": "区", "town": "镇", "community": "社区"}
    return Atlas(
        Territory(
            code,
            "".join(chance.choices(syllables, k=chance.choice((2, 2, 3)))) + endings[level_of(code)],
            level_of(code),
            next(iter(ancestors(code)), None),
        )
        for code in codes
    )


SAID = (
    "{place}的路灯已经坏了半个月，晚上老人出门很不方便，打过几次电话都说在排队维修，请尽快派人处理。",
    "您好，我家住{place}，楼下的烧烤店每天营业到凌晨两点，油烟和噪音让孩子没法睡觉，希望有关部门管一管。",
    "请问{place}附近的公办小学今年什么时候报名？户口刚迁过来，需要准备哪些材料？以下几点应当说明。",
    "反映{place}旁边的工地没有围挡，下雨天泥水流到人行道上，存在重大隐患，一市民恳请落实责任。",
    "希望公交公司增加早高峰的班次，现在要等四十分钟，上班经常迟到，大家都很着急。",
)


def messages(atlas: Atlas, count: int) -> list[str]:
    """Messages of about a hundred characters, most of which name a place in one way or another."""
    chance = random.Random(23)
    places = [one for one in atlas.territories.values() if one.level in {"town", "community"}]
    made = []
    for _ in range(count):
        one = chance.choice(places)
        ways = (atlas.full_name(one.code), one.name, one.name[:2], atlas[one.code[:6]].name + one.name)
        parts = [chance.choice(SAID).format(place=chance.choice(ways)) for _ in range(2)]
        made.append("".join(parts))
    return made


def measure_words() -> Figure:
    """Messages a second, and what cutting them into words alone would take."""
    atlas = city()
    gazetteer = Gazetteer(atlas, on=date(2024, 1, 1))
    texts = messages(atlas, 5_000)
    length = sum(map(len, texts)) / len(texts)
    return Figure(
        f"words to places, {len(gazetteer):,} forms, {length:.0f} characters a text",
        best_rate(lambda: [gazetteer.find(text) for text in texts], len(texts)),
        "texts/s",
        5_000,
        best_rate(lambda: [rjieba.cut(text) for text in texts], len(texts)),
        "cutting into words alone",
    )


def measure_history() -> Figure:
    """Which former codes belong to a code, after a thousand re-organisations."""
    chance = random.Random(24)
    atlas = city()
    communities = [one.code for one in atlas.territories.values() if one.level == "community"]
    moved = chance.sample(communities, min(1_000, len(communities)))
    changes = [
        Change("transfer", date(2000 + n % 20, 1, 1), (f"{code[:9]}9{n % 100:02d}",), (code,))
        for n, code in enumerate(moved)
    ]
    old = Atlas(atlas.territories.values(), changes)
    codes = chance.sample(list(old.territories), 2_000)
    return Figure(
        "former codes of a territory, 1,000 changes",
        best_rate(lambda: [old.equivalents(code) for code in codes], len(codes)),
        "codes/s",
        0,
        best_rate(lambda: [ancestors(code) for code in codes], len(codes)),
        "the codes above it alone",
    )


def measure_lists() -> list[Figure]:
    """Rows of the real lists a second; nothing if they are not at hand."""
    if not all(file.exists() for file in LISTS):
        return []
    texts = [
        gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw for raw in (f.read_bytes() for f in LISTS)
    ]
    rows = sum(text.count(b"\n") for text in texts)

    def bare() -> None:
        for text in texts:
            list(csv.reader(io.StringIO(text.decode(), newline="")))

    return [
        Figure(
            f"division lists, {rows:,} rows",
            best_rate(lambda: read_edition(LISTS), rows, rounds=3),
            "rows/s",
            0,
            best_rate(bare, rows, rounds=3),
            "the CSV reader alone",
        )
    ]


def measure() -> list[Figure]:
    """Every figure of the ground."""
    return [*measure_points(), measure_words(), measure_history(), *measure_lists()]


def main() -> int:
    """Print the figures; 1 if one of them is below what is wanted."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path, help="write the figures here too")
    target: Path | None = arguments.parse_args().json
    figures = measure()
    wide = max(len(figure.name) for figure in figures)
    print(f"{'':{wide}}  {'rate':>12}  {'wanted':>9}  {'limit':>12}  share")
    for one in figures:
        wanted = f"{one.wanted:,.0f}" if one.wanted else ""
        print(
            f"{one.name:{wide}}  {one.rate:12,.0f}  {wanted:>9}  {one.limit:12,.0f}  {one.share:5.0%}"
            f"  {one.unit}; limit: {one.limit_is}"
        )
    told = json.dumps([{**asdict(one), "share": round(one.share, 4)} for one in figures], indent=1)
    print(told)
    if target is not None:
        target.write_text(told, encoding="utf-8")
    return int(any(one.rate < one.wanted for one in figures))


if __name__ == "__main__":
    sys.exit(main())
