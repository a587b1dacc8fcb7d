"""Against the test vectors of RFC 4226 (appendix D) and RFC 6238 (appendix B)."""

from datetime import UTC, datetime, timedelta

import pytest

from yuzhi.capabilities.accounts._totp import code_at, enrolment_uri, matching_step, step_at

SECRET = b"12345678901234567890"
AT = datetime(2026, 3, 2, 9, 0, 10, tzinfo=UTC)
NOW = step_at(AT)


@pytest.mark.parametrize(
    ("count", "code"),
    list(
        enumerate(
            [
                "755224",
                "287082",
                "359152",
                "969429",
                "338314",
                "254676",
                "287922",
                "162583",
                "399871",
                "520489",
            ]
        )
    ),
)
def test_counted_codes(count: int, code: str) -> None:
    assert code_at(SECRET, count) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
        (2000000000, "69279037"), (20000000000, "65353130"),
    ],
)  # fmt: skip
def test_timed_codes(seconds: int, code: str) -> None:
    assert code_at(SECRET, step_at(datetime.fromtimestamp(seconds, UTC)), digits=8) == code


@pytest.mark.parametrize(("off", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_a_little_off(off: int, is_taken: bool) -> None:
    assert (matching_step(SECRET, code_at(SECRET, NOW + off), AT, after=0) is not None) == is_taken


def test_a_used_step_and_those_before_it_are_over() -> None:
    assert matching_step(SECRET, code_at(SECRET, NOW), AT, after=NOW) is None
    assert matching_step(SECRET, code_at(SECRET, NOW - 1), AT, after=NOW) is None
    later = AT + timedelta(seconds=30)
    assert matching_step(SECRET, code_at(SECRET, NOW + 1), later, after=NOW) == NOW + 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345"])
def test_what_is_no_code_fits_nothing(code: str) -> None:
    assert matching_step(SECRET, code, AT, after=0) is None


def test_an_authenticator_is_told_everything() -> None:
    uri = enrolment_uri(SECRET, issuer="Yuzhi", name="chen@hall")
    assert uri.startswith("otpauth://totp/Yuzhi:chen%40hall?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert "issuer=Yuzhi" in uri
