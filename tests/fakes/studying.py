"""A study without a process of its own: what the tests have is little, and they wait for it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from yuzhi.capabilities.understanding.learning import ClosedMatter, RecentMatter
from yuzhi.capabilities.understanding.learning.training import study


async def in_a_thread(
    folder: Path, closed: Sequence[ClosedMatter], recent: Sequence[RecentMatter], at: datetime
) -> None:
    """Study in a thread of this process."""
    await asyncio.to_thread(study, folder, closed, recent, at)
