"""How many heaps a process of ours keeps."""

import subprocess
import sys

import pytest

HEAPS = """
import ctypes, threading
from yuzhi.wiring.memory import keep_one_heap
{before}
libc = ctypes.CDLL(None)
stay = threading.Barrier(5)
def take():
    libc.malloc(100_000)
    stay.wait()
threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads: thread.start()
stay.wait()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


def heaps(before: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", HEAPS.format(before=before)], capture_output=True, text=True, check=True
    )
    return done.stdout.count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="heaps are told by glibc")
def test_threads_share_one_heap() -> None:
    assert heaps("") > 1
    assert heaps("keep_one_heap()") == 1
