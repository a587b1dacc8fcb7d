"""Applications lent to one test after another: laying out the routes of each takes longer than most tests."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from litestar import Litestar

from yuzhi.doors.api import ApiNeeds, create_app, reuse

FREE: defaultdict[tuple[int, int], list[Litestar]] = defaultdict(list)
"""Those nobody uses, by their largest sizes."""


@contextmanager
def an_app(needs: ApiNeeds) -> Iterator[Litestar]:
    """Lend an application; whoever has one at the same time has another."""
    free = FREE[needs.max_body, needs.max_upload]
    if free:
        app = free.pop()
        reuse(app, needs)
    else:
        app = create_app(needs)
    yield app
    free.append(app)
