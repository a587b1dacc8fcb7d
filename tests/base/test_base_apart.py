"""What runs in a process of its own: its answer, its refusal and its death come back."""

import os

import pytest

from yuzhi.base.apart import run_apart
from yuzhi.base.refusal import Refusal


async def test_the_answer_is_of_another_process() -> None:
    assert await run_apart("os:getpid") != os.getpid()
    assert await run_apart("operator:add", 2, 3) == 5


async def test_what_is_raised_there_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        await run_apart("operator:truediv", 1, 0)
    assert "Traceback" in raised.value.__notes__[0]
    with pytest.raises(Refusal) as refused:
        await run_apart("fakes.refusing:refuse", "so")
    assert (refused.value.code, refused.value.facts) == ("test.refused", {"why": "so"})


async def test_a_process_that_dies_is_no_silence() -> None:
    with pytest.raises(RuntimeError, match="without an answer"):
        await run_apart("os:_exit", 3)
