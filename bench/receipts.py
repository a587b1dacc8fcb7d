"""How fast the log takes entries in, proves them and is checked, and what sealing a person costs.

Every figure stands beside a limit measured in the same run. Run `python bench/receipts.py
[--json FILE] [--leaves N]`; it prints a table and the same as JSON. Leaves and entries are made up. The
tree of 10,000,000 leaves takes 330 MB of a temporary folder while it runs.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yuzhi.capabilities import vault
from yuzhi.capabilities.receipts import LogFolder, check_receipt, open_log, publish, receipt_of, to_json
from yuzhi.capabilities.receipts._merkle import (
    Node,
    consistency_path,
    continues,
    includes,
    inclusion_path,
    tree_root,
)
from yuzhi.capabilities.receipts._tiles import Growth, Place, Tile, TileNodes
from yuzhi.store.journal import leaf_hash
from yuzhi.store.migrations import migrate
from yuzhi.store.postgres.pool import open_pool
from yuzhi.store.postgres.server import Server

TREE = 10_000_000
ENTRIES = 60_000
BODY = 900  # bytes, about what an entry has


@dataclass(frozen=True)
class Figure:
    """One measured value, the most (or for rates the least) that is wanted, and a limit of the same run."""

    name: str
    value: float
    unit: str
    wanted: float
    limit: float
    limit_is: str

    @property
    def is_met(self) -> bool:
        """Rates are to be high, times low."""
        return self.value >= self.wanted if self.unit.endswith("/s") else self.value <= self.wanted


def leaf_of(n: int) -> bytes:
    return sha256(b"\x00" + n.to_bytes(8, "big")).digest()


def plant(folder: LogFolder, size: int) -> float:
    """Write the tiles of a tree without flushing them; return leaves hashed into it a second."""
    growth = Growth()
    spent = 0.0
    for first in range(0, size, 256_000):
        leaves = [leaf_of(n) for n in range(first, min(size, first + 256_000))]
        begun = time.perf_counter()
        full = list(growth.add(leaves))
        spent += time.perf_counter() - begun
        write(folder, full)
    write(folder, list(growth.partial()))
    return size / spent


def write(folder: LogFolder, tiles: Sequence[Tile]) -> None:
    for tile in tiles:
        file = folder.path / "tile" / tile.place.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(tile.content)


def times(work: Callable[[int], object], draws: Sequence[int]) -> tuple[float, float]:
    """Return the median and the 99th percentile in milliseconds."""
    taken = []
    for draw in draws:
        begun = time.perf_counter()
        work(draw)
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100]


def measure_proofs(home: Path, size: int) -> list[Figure]:
    """Proofs from a big tree, each from cold: only the system's own cache is kept between them."""
    folder = LogFolder(home / "big")
    hashed = plant(folder, size)
    root = tree_root(TileNodes(folder.read_tile, size), size)
    chance = random.Random(8311)
    draws = [chance.randrange(size) for _ in range(1000)]

    def nodes(of: int = size) -> Node:
        return TileNodes(folder.read_tile, of)

    for draw in draws[:50]:
        assert includes(root, size, draw, leaf_of(draw), inclusion_path(nodes(), draw, size))
        earlier = tree_root(nodes(draw), draw)
        assert continues(draw, earlier, size, root, consistency_path(nodes(), draw, size))

    median, high = times(lambda draw: inclusion_path(nodes(), draw, size), draws)
    steps, steps_high = times(lambda draw: consistency_path(nodes(), draw, size), draws)
    bare, _ = times(lambda draw: [folder.read_tile(place) for place in path(draw, size)], draws)
    proofs = {draw: inclusion_path(nodes(), draw, size) for draw in draws}
    checked, _ = times(lambda draw: includes(root, size, draw, leaf_of(draw), proofs[draw]), draws)
    name, reading = f"{size:,} leaves", "reading the same tiles"
    return [
        Figure(f"inclusion proof, {name}: p50", median, "ms", 5, bare, reading),
        Figure(f"inclusion proof, {name}: p99", high, "ms", 5, bare, reading),
        Figure(f"consistency proof, {name}: p50", steps, "ms", 5, bare, reading),
        Figure(f"consistency proof, {name}: p99", steps_high, "ms", 5, bare, reading),
        Figure("checking an inclusion proof: p50", checked, "ms", 1, bare, reading),
        Figure("hashing leaves into tiles", hashed, "leaves/s", 5_000, rate_of_hashes(), "bare SHA-256"),
    ]


def path(leaf: int, size: int) -> list[Place]:
    """Return the tiles over a leaf."""
    found, level = [], 0
    while size >> 8 * level:
        index = leaf >> 8 * (level + 1)
        width = min(256, (size >> 8 * level) - index * 256)
        if width > 0:
            found.append(Place(level, index, width))
        level += 1
    return found


def rate_of_hashes() -> float:
    pair = os.urandom(64)
    begun = time.perf_counter()
    for _ in range(200_000):
        sha256(b"\x01" + pair).digest()
    return 200_000 / (time.perf_counter() - begun)


async def measure_publishing(home: Path, dsn: str) -> list[Figure]:
    """From entries that are in the journal to a signed checkpoint, every tile flushed to the disk."""
    pool = await open_pool(dsn, size=3, name="bench")
    rows = []
    for n in range(ENTRIES):
        matter = UUID(int=(0x0195 << 112) | n)
        facts = f'{{"fact":"opened","number":"{n}"}}'
        head = f'{{"at":"2026-03-02T09:00:00Z","facts":[{facts}],"matter":"{matter}"'
        body = f'{head},"seq":1,"step":"open","v":1}}'
        whole = body.encode().ljust(BODY)
        rows.append((matter, 1, datetime(2026, 3, 2, tzinfo=UTC), "open", whole, leaf_hash(whole)))
    async with pool.acquire() as conn:
        columns = ["matter_id", "seq", "at", "step", "body", "leaf"]
        begun = time.perf_counter()
        await conn.copy_records_to_table("entry", records=rows, columns=columns)
        copied = ENTRIES / (time.perf_counter() - begun)
        await conn.execute("analyze")
    log = open_log(home, "bench.example/log", pool, lambda: datetime.now(UTC), os.urandom)
    begun = time.perf_counter()
    done = await publish(log)
    taken = time.perf_counter() - begun
    assert done is not None
    assert done.size == ENTRIES
    receipts = []
    for n in range(0, ENTRIES, ENTRIES // 200):
        start = time.perf_counter()
        receipt = to_json(await receipt_of(log, rows[n][0], str(n)))
        receipts.append((time.perf_counter() - start) * 1000)
    assert check_receipt(receipt, log.verifiers()).faults == ()
    await pool.close()
    receipts.sort()
    copying = "COPY of the same entries"
    return [
        Figure("entries published, durable", ENTRIES / taken, "leaves/s", 5_000, copied, copying),
        Figure("a matter's receipt: p50", receipts[len(receipts) // 2], "ms", 10, 1000 / copied, copying),
    ]


def measure_vault(home: Path) -> list[Figure]:
    """Sealing one person with every field filled in."""
    ring = vault.load_keyring(home / "vault.keys", os.urandom)
    person = vault.Person(
        name="张三丰", phone="138-1234-1234", address="海曙区鼓楼街道中营社区8号", id_type="居民身份证",
        id_number="11010519491231002X",
    )  # fmt: skip
    now, id_ = datetime.now(UTC), UUID(int=5)
    cipher, nonce = AESGCM(os.urandom(32)), os.urandom(12)

    def each(work: Callable[[], object]) -> float:
        best = float("inf")
        for _ in range(7):
            begun = time.perf_counter()
            for _ in range(2000):
                work()
            best = min(best, (time.perf_counter() - begun) / 2000)
        return best * 1e6

    sealed = each(lambda: vault.sealed_rows(person, now, ring, id=id_, chance=os.urandom))
    bare = each(lambda: [cipher.encrypt(nonce, b"x" * 30, b"y" * 40) for _ in range(5)])
    return [Figure("sealing a person", sealed, "µs", 30, bare, "five bare AES-GCM encryptions")]


async def with_database(home: Path) -> list[Figure]:
    with Server(home / "pg") as server:
        await migrate(server.dsn)
        return await measure_publishing(home, server.dsn)


def measure(leaves: int) -> list[Figure]:
    """Measure everything."""
    with tempfile.TemporaryDirectory(prefix="yz-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # as root the database server is somebody else
        return [*asyncio.run(with_database(home)), *measure_proofs(home, leaves), *measure_vault(home)]


def main() -> int:
    """Print the figures; 1 if one of them is not what is wanted."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path, help="write the figures here too")
    arguments.add_argument("--leaves", type=int, default=TREE, help="how big the big tree is")
    told = arguments.parse_args()
    figures = measure(told.leaves)
    wide = max(len(figure.name) for figure in figures)
    print(f"{'':{wide}}  {'value':>12}  {'wanted':>9}  {'limit':>12}")
    for one in figures:
        print(
            f"{one.name:{wide}}  {one.value:12,.3f}  {one.wanted:9,.0f}  {one.limit:12,.3f}"
            f"  {one.unit}; limit: {one.limit_is}"
        )
    text = json.dumps(
        [{**asdict(one), "is_met": one.is_met} for one in figures], indent=1, ensure_ascii=False
    )
    print(text)
    if told.json is not None:
        told.json.write_text(text, encoding="utf-8")
    return int(not all(one.is_met for one in figures))


if __name__ == "__main__":
    sys.exit(main())
