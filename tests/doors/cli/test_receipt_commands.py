import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import asyncpg
import pytest

from fakes.logbook import ORIGIN, Ticking, a_log, matter_of, number_of, write
from yuzhi.capabilities.receipts import Log, LogFolder, receipt_of, to_json
from yuzhi.capabilities.receipts._log import key_file
from yuzhi.doors.cli import Command, run
from yuzhi.doors.cli.receipt import Needs
from yuzhi.store.postgres.pool import open_pool

TABLE = [Command("receipt", "yuzhi.doors.cli.receipt:app", "Receipts.")]
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(fresh_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """The commands on a log below `tmp_path`."""
    clock = Ticking()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Log]:
        pool = await open_pool(fresh_database, size=2, name="yuzhi test")
        try:
            yield a_log(pool, tmp_path, now=clock)
        finally:
            await pool.close()

    needs = Needs(
        open=opened, keys=LogFolder(tmp_path / "log").keys, key_file=key_file(tmp_path),
        page="https://city.example/verify", now=clock, chance=lambda size: bytes([3] * size),
    )  # fmt: skip

    def type_(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            run(TABLE, lambda _kind: needs, words=["receipt", *words])  # type: ignore[arg-type]
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return type_


@pytest.fixture
def receipt(fresh_database: str, typed: Typed, tmp_path: Path) -> Path:
    """A receipt in a file, of a log with ten entries."""

    async def fill() -> None:
        conn = await asyncpg.connect(fresh_database)
        await write(conn, [(n, 1) for n in range(10)])
        await conn.close()

    async def take() -> bytes:
        pool = await open_pool(fresh_database, size=1, name="yuzhi test")
        found = to_json(await receipt_of(a_log(pool, tmp_path), matter_of(4), number_of(4)))
        await pool.close()
        return found

    asyncio.run(fill())
    assert json.loads(typed("log", "publish", "--json")[1]) == {"size": 10, "added": 10}
    file = tmp_path / "receipt.json"
    file.write_bytes(asyncio.run(take()))
    return file


def test_a_receipt_is_checked_by_its_key_alone(
    receipt: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of the installation is to be had: not its database, not its folder."""
    keys = tmp_path / "city.keys"
    keys.write_text("# from the gazette\n" + (tmp_path / "log" / "keys").read_text().splitlines()[-1] + "\n")

    def nothing(_kind: object) -> object:
        raise AssertionError

    with pytest.raises(SystemExit) as left:
        run(TABLE, nothing, words=["receipt", "verify", str(receipt), "--key", str(keys), "--json"])  # type: ignore[arg-type]
    assert not left.value.code
    told = json.loads(capsys.readouterr().out)
    assert (told["number"], told["size"], told["faults"]) == (number_of(4), 10, [])


def test_an_altered_receipt_is_told_and_exits_1(receipt: Path, typed: Typed) -> None:
    assert typed("verify", str(receipt))[0] == 0
    receipt.write_text(receipt.read_text().replace("2026-03-02T09", "2026-03-02T08"))
    code, out, _ = typed("verify", str(receipt))
    assert (code, "receipt.leaf_differs" in out, "receipt.not_included" in out) == (1, True, True)


@pytest.mark.parametrize("content", [b"", b"\x00", "不是回执".encode()])
def test_what_is_no_receipt_is_refused(receipt: Path, typed: Typed, content: bytes) -> None:
    receipt.write_bytes(content)
    code, _, err = typed("verify", str(receipt))
    assert (code, "receipt.unreadable" in err) == (1, True)
    code, _, err = typed("verify", str(receipt) + ".none")
    assert (code, "receipt.file_unreadable" in err) == (1, True)


def test_the_log_is_shown_proved_and_held_against_the_journal(receipt: Path, typed: Typed) -> None:
    assert receipt.exists()
    told = json.loads(typed("log", "status", "--json")[1])
    assert (told["origin"], told["size"], len(told["keys"])) == (ORIGIN, 10, 1)
    proof = json.loads(typed("log", "consistency", "3", "10", "--json")[1])
    assert (proof["before"], proof["after"], len(proof["proof"])) == (3, 10, 5)
    assert typed("log", "consistency", "3", "11")[0] == 1
    assert json.loads(typed("log", "verify", "--json")[1])["altered"] == []


def test_the_altered_row_is_named(receipt: Path, typed: Typed, fresh_database: str) -> None:
    assert receipt.exists()

    async def rewrite() -> None:
        conn = await asyncpg.connect(fresh_database)
        await conn.execute("alter table entry disable trigger all")
        await conn.execute("update entry set body = body || ' ' where matter_id = $1", matter_of(6))
        await conn.close()

    asyncio.run(rewrite())
    code, out, _ = typed("log", "verify")
    assert (code, "receipt.entry_altered" in out, str(matter_of(6)) in out) == (1, True, True)


def test_a_key_is_changed(receipt: Path, typed: Typed, tmp_path: Path) -> None:
    before = key_file(tmp_path).read_text()
    verifier = json.loads(typed("log", "rotate-key", "--json")[1])["verifier"]
    assert key_file(tmp_path).read_text() != before
    assert (tmp_path / "log" / "keys").read_text().splitlines()[-1] == verifier
    assert typed("verify", str(receipt))[0] == 0


def test_a_witness_reads_folder_or_address(receipt: Path, typed: Typed, tmp_path: Path) -> None:
    assert receipt.exists()
    folder, keys = tmp_path / "log", tmp_path / "log" / "keys"
    for_it = ("--key", str(keys), "--name", "witness.example/w1", "--home", str(tmp_path / "w"), "--json")
    first = json.loads(typed("witness", str(folder), *for_it)[1])
    assert (first["before"], first["size"]) == (None, 10)

    class Serving(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = folder / self.path.removeprefix("/log/")
            self.send_response(200 if file.is_file() else 404)
            self.end_headers()
            if file.is_file():
                self.wfile.write(file.read_bytes())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Serving) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/log"
        second = json.loads(typed("witness", address, *for_it)[1])
        server.shutdown()
    assert (second["before"], second["size"]) == (10, 10)
    code, _, err = typed("witness", address, *for_it)
    assert (code, "receipt.log_unreachable" in err) == (1, True)

    lines, witnesses = tmp_path / "lines", tmp_path / "witnesses"
    lines.write_text(second["line"] + "\n")
    witnesses.write_text(second["verifier"] + "\n")
    told = typed("log", "cosigned", "10", str(lines), "--key", str(witnesses), "--json")[1]
    assert json.loads(told) == {"kept": 1}
    assert second["line"] in (folder / "checkpoint").read_text()
