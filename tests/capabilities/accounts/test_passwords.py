import asyncio
import statistics
import time
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from fakes.gate import GOOD, WEAK
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.accounts import password_digest
from yuzhi.capabilities.accounts._common import is_common
from yuzhi.capabilities.accounts._passwords import WAITING, Passwords, check_new, owasp

SCRIPT = Path(__file__).parents[3] / "scripts" / "common_passwords.py"


def refused(password: str, *about: str) -> str:
    with pytest.raises(Refusal) as caught:
        check_new(password, about=about)
    return caught.value.code


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short 1 tea", "password.too_short"),
        ("long " * 26, "password.too_long"),
        ("tab\tin my soup tonight", "password.unprintable"),
        ("password1234", "password.common"),
        ("P@ssw0rd!2024", "password.common"),
        ("qwertyuiop[]", "password.common"),
        ("1qaz2wsx3edc4rfv", "password.common"),
        ("zxcvbnm,./zxcvbnm", "password.common"),
        ("woaini5201314", "password.common"),
        ("zhangwei1988!", "password.common"),
        ("ningbo2024ningbo", "password.common"),
        ("13812345678901", "password.common"),
        ("33020319900101123456"[:18], "password.common"),
        ("abcabcabcabcabc", "password.common"),
        ("iloveyoupassword", "password.common"),
        ("ｐａｓｓｗｏｒｄ１２３４", "password.common"),
    ],
)
def test_what_may_not_become_a_password(password: str, code: str) -> None:
    assert refused(password) == code


@pytest.mark.parametrize(
    "password",
    [GOOD, "correct battery staple", "Hx9-vogel-Trommel", "xK4#mmPq9!zz", "我家门前有两棵枣树一口井啊"],
)
def test_what_may(password: str) -> None:
    check_new(password, about=("chenyu", "p-17"))


def test_a_password_does_not_hold_its_owners_name() -> None:
    assert refused("thereis ChenYu inside", "chenyu") == "password.about_you"
    check_new("there is a p1 inside", about=("p1",))


def test_the_list_is_what_its_script_makes() -> None:
    spec = spec_from_file_location("common_passwords", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    packed = (files("yuzhi") / "data" / "passwords" / "common.bin").read_bytes()
    assert packed == b"".join(sorted({password_digest(word) for word in script.words()}))
    assert len(packed) < 200_000


def test_hashing_is_as_owasp_asks() -> None:
    kept = owasp().hash("x")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_password_fits_only_itself() -> None:
    passwords = Passwords(WEAK)
    kept = await passwords.hash("cafe\u0301 au lait")
    assert await passwords.fits("caf\u00e9 au lait", kept)
    assert not await passwords.fits("cafe au lait", kept)
    assert not await passwords.fits("x" * 1000, kept)
    assert not await passwords.fits("nobody has this password", None)
    assert not await passwords.fits("anything", "not a hash")
    assert not passwords.is_outdated(kept)
    assert Passwords(owasp()).is_outdated(kept)


async def test_no_password_takes_as_long_as_one() -> None:
    passwords = Passwords(owasp())
    kept = await passwords.hash("something else")

    async def took(kept: str | None) -> float:
        began = time.process_time()
        await passwords.fits("wrong", kept)
        return time.process_time() - began

    await took(kept)
    with_one = statistics.median([await took(kept) for _ in range(9)])
    without = statistics.median([await took(None) for _ in range(9)])
    assert 0.5 < without / with_one < 2


async def test_more_than_can_wait_are_turned_away() -> None:
    passwords = Passwords(WEAK, at_once=1)
    tries = await asyncio.gather(
        *(passwords.fits("x", None) for _ in range(WAITING + 5)), return_exceptions=True
    )
    codes = [one.code for one in tries if isinstance(one, Refusal)]
    assert codes == ["sign_in.busy"] * 5
    assert not await passwords.fits("x", None)


def test_common_words_alone_make_a_password_common() -> None:
    assert is_common("dragonmonkey")
    assert not is_common("dragon teapot heron")
