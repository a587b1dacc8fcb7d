"""Plain texts: one width, one case, simplified; whatever comes in."""

import pytest
from understanding_sentences import odd

from yuzhi.capabilities.understanding.text import LONGEST, plain, plain_batch


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("社區違規停車", "社区违规停车"),
        ("路 灯\n坏　了", "路灯坏了"),
        ("the lamp is out", "the lamp is out"),
        ("第 3 栋", "第3栋"),
        ("路灯\ud800坏\x00了", "路灯坏了"),
        ("", ""),
    ],
)
def test_a_text_is_made_plain(given: str, expected: str) -> None:
    assert plain(given) == expected


def test_a_batch_is_what_its_texts_are_one_by_one() -> None:
    assert plain_batch(odd()) == [plain(text) for text in odd()]


def test_no_text_is_read_beyond_the_limit() -> None:
    assert len(plain("水" * (LONGEST + 1))) == LONGEST
