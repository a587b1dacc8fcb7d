"""What a process holds of the machine's memory."""

import ctypes
import sys
from typing import Final

ARENAS: Final = -8  # M_ARENA_MAX of mallopt(3)


def keep_one_heap() -> None:
    """Let all threads of this process take memory from one heap; to be called before there are any.

    glibc gives threads heaps of their own, so that they need not wait for each other. Ours wait for the
    interpreter anyway, and what one of them has freed the others could not use: a server held 14 MB more.
    Elsewhere than on glibc this does nothing.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(ARENAS, 1)
