"""Where a page ended: read back as it was written, and nothing else."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhi.base import cursor
from yuzhi.base.refusal import Refusal


@given(at=st.datetimes(timezones=st.just(UTC)), id_=st.uuids())
def test_a_position_is_read_as_it_was_written(at: datetime, id_: UUID) -> None:
    assert cursor.read(cursor.written((at, id_))) == (at, id_)


def test_a_row_without_an_instant_stands_last() -> None:
    position = cursor.LAST, UUID(int=7)
    assert cursor.read(cursor.written(position)) == position


def test_no_text_is_the_beginning() -> None:
    assert cursor.read(None) is None


@given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r"list\.bad_cursor"):
        cursor.read(text)
