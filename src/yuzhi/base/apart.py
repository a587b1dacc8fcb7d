"""Runs what needs much memory in a process of its own, which gives all of it back.

It is called by its name, `module:function`, and only the new process loads it: whoever serves must not
hold the libraries of what is done once a day.
"""

import asyncio
import multiprocessing
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pkgutil import resolve_name
from typing import Any, Final

_PATIENCE: Final = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


async def run_apart(name: str, *arguments: object) -> Any:  # noqa: ANN401 -- whatever the function returns
    """Call a function in a process of its own and return what it returns; both ways must pickle.

    What it raises is raised here, with a note of where that was. Raises RuntimeError if the process ends
    without an answer. The process ends when we are cancelled.
    """
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_run, args=(theirs, name, arguments), daemon=True)
    await asyncio.to_thread(process.start)
    theirs.close()
    try:
        while not await asyncio.to_thread(ours.poll, _PATIENCE):
            pass
        answer = await asyncio.to_thread(ours.recv)
    except EOFError as error:
        raise RuntimeError(f"{name} ended without an answer") from error
    finally:
        process.terminate()
        await asyncio.to_thread(process.join)
        ours.close()
    if isinstance(answer, _Raised):
        raise answer.error
    return answer


def _run(connection: Connection, name: str, arguments: tuple[object, ...]) -> None:
    try:
        answer = resolve_name(name)(*arguments)
    except Exception as error:  # noqa: BLE001 -- it is the caller's to judge
        error.add_note(traceback.format_exc())
        answer = _Raised(error)
    connection.send(answer)
