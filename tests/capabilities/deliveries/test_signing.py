"""Signatures of the Standard Webhooks format, against the vector its libraries share."""

from datetime import UTC, datetime, timedelta

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.deliveries._signing import check, secret_of, signature, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, TIMESTAMP = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY = b'{"test": 2432232314}'
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
AT = datetime.fromtimestamp(TIMESTAMP, UTC)
OLD = "whsec_" + "QUJD" * 8
KEYS = (secret_of(SECRET),)


def test_the_vector() -> None:
    assert signature(KEYS[0], ID, TIMESTAMP, BODY) == SIGNED
    assert signed_headers(KEYS, ID, AT, BODY) == {
        "webhook-id": ID, "webhook-timestamp": str(TIMESTAMP), "webhook-signature": SIGNED,
    }  # fmt: skip


def test_while_a_key_is_replaced_both_sign_and_both_are_taken() -> None:
    both = (secret_of(OLD), *KEYS)
    headers = signed_headers(both, ID, AT, BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert check(KEYS, headers, BODY, AT) == ID
    assert check((secret_of(OLD),), headers, BODY, AT) == ID
    assert check(both, signed_headers(KEYS, ID, AT, BODY), BODY, AT) == ID


@pytest.mark.parametrize(
    ("change", "body", "later", "code"),
    [
        ({}, b"{}", 0, "signature.wrong"),
        ({"webhook-id": "msg_other"}, BODY, 0, "signature.wrong"),
        ({"webhook-timestamp": str(TIMESTAMP + 1)}, BODY, 0, "signature.wrong"),
        ({"webhook-signature": "v1," + "A" * 43 + "="}, BODY, 0, "signature.wrong"),
        ({"webhook-signature": SIGNED.replace("v1,", "v1a,")}, BODY, 0, "signature.wrong"),
        ({"webhook-signature": "é"}, BODY, 0, "signature.wrong"),
        ({"webhook-signature": ""}, BODY, 0, "signature.wrong"),
        ({}, BODY, 301, "signature.too_old"),
        ({}, BODY, -301, "signature.too_old"),
        ({"webhook-timestamp": "soon"}, BODY, 0, "signature.missing"),
        ({"webhook-timestamp": "１６１４２６５３３０"}, BODY, 0, "signature.missing"),
        ({"webhook-timestamp": "9" * 400}, BODY, 0, "signature.missing"),
    ],
)
def test_what_is_not_signed_by_us_both_is_refused(
    change: dict[str, str], body: bytes, later: int, code: str
) -> None:
    headers = signed_headers(KEYS, ID, AT, BODY) | change
    with pytest.raises(Refusal) as caught:
        check(KEYS, headers, body, AT + timedelta(seconds=later))
    assert caught.value.code == code


def test_without_its_headers_nothing_is_signed() -> None:
    with pytest.raises(Refusal) as caught:
        check(KEYS, {"webhook-id": ID}, BODY, AT)
    assert caught.value.code == "signature.missing"


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!!!", "whsec_QUJD", "whsec_" + "QUJD" * 30])
def test_a_secret_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes"):
        secret_of(text)
