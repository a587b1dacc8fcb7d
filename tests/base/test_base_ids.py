"""Identifiers against the standard library's reading of them."""

from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from yuzhi.base.ids import uuid4_of


@given(st.binary(min_size=16, max_size=16))
def test_random_identifiers_are_of_version_4(entropy: bytes) -> None:
    made = uuid4_of(entropy)
    assert made == UUID(bytes=entropy, version=4)
    assert (made.version, made.variant) == (4, RFC_4122)
