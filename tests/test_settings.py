import re
from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.engine.calendar import Hours
from yuzhi.settings import READERS, Settings, is_loopback, language_of, read_settings, shipped_packs

DOCUMENTED = Path(__file__).parents[1] / "docs" / "settings.md"


def refused(environ: dict[str, str]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_settings(environ)
    return caught.value


def test_nothing_said_is_one_machine() -> None:
    settings = read_settings({"PATH": "/bin"})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8311, None)
    assert not settings.development_sign_in
    assert settings.packs == shipped_packs()


def test_everything_said(tmp_path: Path) -> None:
    settings = read_settings({
        "YUZHI_HOME": str(tmp_path),
        "YUZHI_DATABASE_URL": "postgresql://yuzhi:secret@db/yuzhi",
        "YUZHI_POSTGRES_BINARIES": "/usr/lib/postgresql/15/bin",
        "YUZHI_POOL_SIZE": "20",
        "YUZHI_HOST": "::1",
        "YUZHI_PORT": " 0 ",
        "YUZHI_WORKERS": "2",
        "YUZHI_DEVELOPMENT_SIGN_IN": "True",
        "YUZHI_PLAIN_HTTP": "yes",
        "YUZHI_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1",
        "YUZHI_ANONYMOUS_LIMIT": "0",
        "YUZHI_SIGNED_IN_LIMIT": "60",
        "YUZHI_SESSION_IDLE_MINUTES": "5",
        "YUZHI_SESSION_HOURS": "8",
        "YUZHI_SCREEN_DAYS": "14",
        "YUZHI_OIDC_ISSUER": "https://login.city.example/",
        "YUZHI_OIDC_CLIENT_ID": "yuzhi",
        "YUZHI_OIDC_CLIENT_SECRET_FILE": "/run/secret",
        "YUZHI_OIDC_CLAIM": "preferred_username",
        "YUZHI_POWERS": "/etc/powers.toml",
        "YUZHI_PACKS": "/a:/b",
        "YUZHI_CHANNELS": "/etc/yuzhi/channels.toml",
        "YUZHI_FONTS": "/etc/yuzhi/fonts",
        "YUZHI_TIMEZONE": "Asia/Urumqi",
        "YUZHI_OFFICE_HOURS": "10:00-14:00, 15:30-19:30",
        "YUZHI_CALENDAR_OVERRIDES": "x.csv",
        "YUZHI_LANGUAGE": "en",
        "YUZHI_LOG_ORIGIN": "hotline.city.example/log",
        "YUZHI_LOG_ENTRIES_PUBLIC": "yes",
        "YUZHI_MAP_TILES": "https://tiles.city.example/{z}/{x}/{y}.png",
        "YUZHI_PUBLIC_ADDRESS": "https://hotline.city.example/",
        "YUZHI_MAIL_FOLDER": "/var/mail/city",
        "YUZHI_MAIL_HOST": "::1",
        "YUZHI_MAIL_PORT": "2525",
        "YUZHI_MAIL_ADDRESSES": "12345@city.example",
        "YUZHI_MAIL_OPENS": "citizen-request/complaint",
        "YUZHI_MAIL_LARGEST_MB": "10",
        "YUZHI_MAIL_CERTIFICATE": "/mail.pem",
        "YUZHI_MAIL_KEY": "/mail.key",
        "YUZHI_MQTT_URL": "mqtts://city:secret@broker:8883",
        "YUZHI_MQTT_TOPICS": "city/#, river/#",
        "YUZHI_MQTT_CLIENT": "city",
        "YUZHI_READING_KEYS": "whsec_a, whsec_b",
        "YUZHI_MAX_UPLOAD_MB": "5",
        "YUZHI_MAX_BODY_KB": "64",
        "YUZHI_HSTS_DAYS": "3",
        "YUZHI_PUBLIC_CONTACT": "12345",
        "YUZHI_OPEN311_JURISDICTION": "city.example",
        "YUZHI_OPEN311_KEYS": "app=0123456789abcdef",
        "YUZHI_OPEN_DATA_LEAST": "10",
        "YUZHI_OPEN_DATA_LEVEL": "district",
        "YUZHI_VAULT_KEYS": "index a;master b c",
        "YUZHI_VAULT_KEY_COMMAND": "print-keys",
        "YUZHI_STUDY_HOURS": "12",
        "YUZHI_REMEMBER_MATTERS": "1000",
        "YUZHI_LARGE_MODEL_ADDRESS": "https://models.city.example/v1",
        "YUZHI_LARGE_MODEL_NAME": "m",
        "YUZHI_LARGE_MODEL_KEY_FILE": "/key",
        "YUZHI_LARGE_MODEL_SECONDS": "5",
        "YUZHI_WORKER_AWAY_MINUTES": "10",
        "YUZHI_BACKUP_HOURS": "170",
        "YUZHI_LOG_LEVEL": "debug",
        "YUZHI_LOG_FORMAT": "json",
    })  # fmt: skip
    assert (settings.home, settings.port, settings.workers) == (tmp_path, 0, 2)
    assert settings.packs == (Path("/a"), Path("/b"))
    assert settings.timezone == ZoneInfo("Asia/Urumqi")
    assert settings.office_hours == Hours(((600, 840), (930, 1170)))
    assert settings.development_sign_in
    assert settings.public_address == "https://hotline.city.example"
    untouched = [
        one.name for one in fields(Settings) if getattr(settings, one.name) == getattr(Settings(), one.name)
    ]
    assert untouched == []


def test_a_file_speaks_and_the_environment_has_the_last_word(tmp_path: Path) -> None:
    file = tmp_path / "yuzhi.toml"
    file.write_text('port = 1\nhost = "localhost"\ndevelopment_sign_in = true\npacks = ["/a", "/b"]\n')
    settings = read_settings({"YUZHI_SETTINGS": str(file), "YUZHI_PORT": "2"})
    assert (settings.port, settings.host, settings.development_sign_in) == (2, "localhost", True)
    assert settings.packs == (Path("/a"), Path("/b"))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("YUZHI_PROT", "YUZHI_PORT"), ("YUZHI_DATABASE", "YUZHI_DATABASE_URL"), ("YUZHI_HOMES", "YUZHI_HOME")],
)
def test_an_unknown_setting_is_refused_with_the_nearest_known_one(name: str, nearest: str) -> None:
    refusal = refused({name: "1"})
    assert (refusal.code, refusal.facts["name"], refusal.facts["nearest"]) == (
        "settings.unknown",
        name,
        nearest,
    )


def test_an_unknown_setting_in_the_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("prot = 1\n")
    assert refused({"YUZHI_SETTINGS": str(tmp_path / "s.toml")}).code == "settings.unknown"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YUZHI_PORT", "http"),
        ("YUZHI_PORT", "65536"),
        ("YUZHI_PORT", "-1"),
        ("YUZHI_PORT", "８０"),
        ("YUZHI_WORKERS", "0"),
        ("YUZHI_WORKERS", "1.5"),
        ("YUZHI_POOL_SIZE", "1000"),
        ("YUZHI_DEVELOPMENT_SIGN_IN", "maybe"),
        ("YUZHI_TIMEZONE", "Asia/Nowhere"),
        ("YUZHI_TIMEZONE", "../../etc/passwd"),
        ("YUZHI_OFFICE_HOURS", "18:00-09:00"),
        ("YUZHI_OFFICE_HOURS", "all day"),
        ("YUZHI_LANGUAGE", "fr"),
        ("YUZHI_LOG_ORIGIN", "the log"),
        ("YUZHI_LOG_ORIGIN", "a+b"),
        ("YUZHI_PUBLIC_ADDRESS", "hotline.city.example"),
        ("YUZHI_PUBLIC_ADDRESS", "ftp://hotline.city.example"),
        ("YUZHI_LOG_LEVEL", "INFO!"),
        ("YUZHI_MAX_UPLOAD_MB", "0"),
        ("YUZHI_TRUSTED_PROXIES", "the proxy"),
        ("YUZHI_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("YUZHI_SESSION_HOURS", "0"),
        ("YUZHI_OIDC_ISSUER", "login.city.example"),
    ],
)
def test_a_bad_value_is_refused_with_what_it_should_be(name: str, value: str) -> None:
    refusal = refused({name: value})
    assert refusal.code == "settings.bad_value"
    assert (refusal.facts["name"], refusal.facts["value"]) == (name, value)
    assert refusal.facts["expected"]


def test_cookies_travel_without_tls_only_on_one_machine() -> None:
    assert refused({"YUZHI_PLAIN_HTTP": "1", "YUZHI_HOST": "0.0.0.0"}).code == "settings.plain_http_exposed"
    assert read_settings({"YUZHI_PLAIN_HTTP": "1"}).plain_http


def test_a_provider_is_set_up_whole() -> None:
    assert refused({"YUZHI_OIDC_ISSUER": "https://login.city.example"}).code == "settings.oidc_incomplete"


def test_a_password_is_never_shown() -> None:
    refusal = refused({"YUZHI_DATABASE_URL": "mysql://yuzhi:secret@db/yuzhi"})
    assert refusal.code == "settings.bad_value"
    assert "secret" not in str(refusal)


@pytest.mark.parametrize("content", [None, b"port = ", b"\xff\xfe"])
def test_a_settings_file_nobody_can_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "s.toml").write_bytes(content)
    assert refused({"YUZHI_SETTINGS": str(tmp_path / "s.toml")}).code == "settings.file_unreadable"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_the_development_sign_in_stays_on_this_machine(host: str) -> None:
    environ = {"YUZHI_HOST": host or "10.0.0.1", "YUZHI_DEVELOPMENT_SIGN_IN": "true"}
    assert refused(environ).code == "settings.sign_in_exposed"


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("::", False),
        ("localhost.example", False),
        ("::ffff:8.8.8.8", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, is_ours: bool) -> None:
    assert is_loopback(host) == is_ours


def test_what_belongs_to_tests_is_no_mistake() -> None:
    assert (
        read_settings({"YUZHI_TEST_DATABASE_URL": "x", "YUZHI_SHARED": "y", "YUZHI_BENCH_SIZE": "z"})
        == Settings()
    )
    assert read_settings({"YUZHI_PORT": "", "YUZHI_SETTINGS": ""}) == Settings()


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "YUZHI_LANGUAGE": "zh"}, "zh"),
        ({}, "en"),
    ],
)
def test_the_language_of_the_command_line(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


def test_every_setting_can_be_read_and_is_documented_with_its_default() -> None:
    assert {one.name for one in fields(Settings)} == set(READERS)
    rows = dict(
        re.findall(
            r"^\| `(YUZHI_[A-Z0-9_]+)` \| (.+?) \|", DOCUMENTED.read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    assert set(rows) == {f"YUZHI_{name.upper()}" for name in READERS}
    for name, default in rows.items():
        if told := re.fullmatch(r"`(.+)`", default):
            value = getattr(Settings(), name.removeprefix("YUZHI_").lower())
            assert told[1] == (str(value).lower() if isinstance(value, bool) else str(value)), name
