"""A database for all tests of one file, for those that share a running application."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest_asyncio


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own_database(run: Any) -> AsyncIterator[str]:
    """The address of a migrated, empty database of the file's own."""
    name = f"{run.name}_{uuid4().hex[:8]}"
    yield await run.clone(name)
    await run.drop(name)
