"""Learning from the city's own matters: on schedule, one at a time, never for the worse."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from fakes.closed import BEGAN, PHRASES, UNITS, close_matters
from fakes.studying import in_a_thread
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.dispatch import load_router
from yuzhi.capabilities.understanding.learning import (
    Library,
    StudyDesk,
    case_of,
    model_states,
    roll_back,
)
from yuzhi.capabilities.understanding.learning.training import study

PACK = "citizen-request"
NOW = BEGAN + timedelta(days=30)
DAY = timedelta(days=1)
CATALOGUE = PHRASES


def a_desk(folder: Path) -> StudyDesk:
    return StudyDesk(folder=folder, every=DAY, packs=lambda: [PACK], run=in_a_thread)


async def test_closed_matters_teach_a_model_that_serves(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with pool.acquire() as conn:
        await close_matters(conn, 250)
    done = (await a_desk(tmp_path).study_due(pool, NOW))[PACK]
    assert (done.closed, done.version, done.is_promoted, done.problem) == (250, "v0001", True, "")
    assert done.routes == 250
    assert done.issues > 0
    learnt = Library(tmp_path).of(PACK, CATALOGUE)
    assert (learnt.version, learnt.warnings) == ("v0001", ())
    assert learnt.model is not None
    assert learnt.model.suggest([("某处", "井盖又松动了")])[0][0].label == "urban/road/manhole"
    assert learnt.router is not None
    for category, unit in UNITS.items():
        assert learnt.router.suggest(case_of(category, "", "hotline", "complaint", None))[0].unit == unit
    [state] = model_states(tmp_path, [PACK])
    assert (state.serving, state.offers[0].n, state.offers[0].trained_on) == ("v0001", 50, 200)


async def test_it_is_done_when_due_and_by_one_worker(pool: asyncpg.Pool, tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    first, second = await asyncio.gather(desk.study_due(pool, NOW), desk.study_due(pool, NOW))
    assert len(first) + len(second) == 1
    assert not await desk.study_due(pool, NOW + DAY / 2)
    assert await desk.study_due(pool, NOW + DAY)


async def test_with_few_closed_matters_the_catalogue_serves(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with pool.acquire() as conn:
        await close_matters(conn, 20)
    done = (await a_desk(tmp_path).study_due(pool, NOW))[PACK]
    assert (done.problem, done.version) == ("understanding.too-little", "")
    learnt = Library(tmp_path).of(PACK, CATALOGUE)
    assert learnt.model is not None
    assert learnt.model.is_cold
    assert (learnt.version, learnt.warnings) == ("", ())


async def test_a_version_is_rolled_back_and_the_library_follows(pool: asyncpg.Pool, tmp_path: Path) -> None:
    desk, library = a_desk(tmp_path), Library(tmp_path)
    async with pool.acquire() as conn:
        await close_matters(conn, 220)
        await desk.study(conn, PACK, NOW)
        await desk.study(conn, PACK, NOW + DAY)
    assert library.of(PACK, CATALOGUE).version == "v0002"
    assert roll_back(tmp_path, PACK).serving == "v0001"
    assert library.of(PACK, CATALOGUE).version == "v0001"
    with pytest.raises(Refusal, match="no-earlier-version"):
        roll_back(tmp_path, PACK)


@pytest.mark.parametrize("file", ["v0001.model", "router.npz", "issues.json", "studied.json", "offers.json"])
async def test_whatever_is_damaged_the_rest_works(pool: asyncpg.Pool, tmp_path: Path, file: str) -> None:
    desk = a_desk(tmp_path)
    async with pool.acquire() as conn:
        await close_matters(conn, 220)
        await desk.study(conn, PACK, NOW)
        (tmp_path / PACK / file).write_bytes(b"\xff\xfe{broken")
        learnt = Library(tmp_path).of(PACK, CATALOGUE)
        assert learnt.model is not None
        assert learnt.model.suggest([("", "路灯不亮")])[0][0].label == "urban/road/lamp"
        is_told = file in {"v0001.model", "router.npz"}
        assert [one.code for one in learnt.warnings] == ["understanding.model-damaged"] * is_told
        assert (await desk.study(conn, PACK, NOW + DAY)).version == "v0002"
    assert Library(tmp_path).of(PACK, CATALOGUE).warnings == ()


def test_issues_keep_their_ids_from_day_to_day(tmp_path: Path) -> None:
    done = study(tmp_path, [], [], datetime(2026, 1, 1, tzinfo=UTC))
    assert (done.closed, done.issues, done.problem) == (0, 0, "understanding.too-little")
    with pytest.raises(Refusal, match="model-missing"):
        load_router(tmp_path / "router.npz")


async def test_a_study_that_breaks_is_not_tried_again_at_once(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("out of order")

    desk = StudyDesk(folder=tmp_path, every=DAY, packs=lambda: [PACK], run=broken)
    assert (await desk.study_due(pool, NOW))[PACK].problem == "understanding.study-broke"
    assert not await desk.study_due(pool, NOW + DAY / 2)
    assert await desk.study_due(pool, NOW + DAY)


async def test_many_matters_are_studied_in_a_process_of_their_own(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with pool.acquire() as conn:
        await close_matters(conn, 210)
    desk = StudyDesk(folder=tmp_path, every=DAY, packs=lambda: [PACK])
    assert (await desk.study_due(pool, NOW))[PACK].version == "v0001"
