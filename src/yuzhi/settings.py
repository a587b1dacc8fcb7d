"""Every setting of an installation: one frozen object, read once, from `YUZHI_*` and an optional file.

Each is told in `docs/settings.md`. A name in the environment wins over the same name in the file.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yuzhi.base.refusal import Refusal
from yuzhi.engine.calendar import Hours, parse_hours

PREFIX = "YUZHI_"
NOT_SETTINGS = ("YUZHI_TEST_", "YUZHI_BENCH_", "YUZHI_SHARED")
"""Names (or beginnings of names) that tests and benchmarks read; they are no setting and no mistake."""

SECRET = frozenset(
    {"database_url", "open311_keys", "vault_keys", "vault_key_command", "mqtt_url", "reading_keys"}
)
"""Settings that may hold a password or a key: what was given for them is never shown."""

SHORTEST_KEY = 16

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def _flag(text: str) -> bool:
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if not (text.isascii() and least <= number <= most):
            raise ValueError(text)
        return number

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return read


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _paths(text: str) -> tuple[Path, ...]:
    return tuple(_path(part) for part in text.split(os.pathsep) if part)


def _lines(text: str) -> str:
    """Read what may come in one line: an environment often cannot hold more."""
    return text.replace(";", "\n")


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as missing:
        raise ValueError(text) from missing


def _hours(text: str) -> Hours:
    try:
        return parse_hours(text)
    except Refusal as bad:
        raise ValueError(text) from bad


def _origin(text: str) -> str:
    if len(text) > 200 or "+" in text or any(not one.isprintable() or one.isspace() for one in text):
        raise ValueError(text)
    return text


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError(text)
    return text.rstrip("/")


def _database(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError(text)
    return text


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _broker(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or parts.path or parts.query:
        raise ValueError(text)
    _ = parts.port  # a ValueError if it is none
    return text


def _opens(text: str) -> str:
    procedure, slash, kind = text.partition("/")
    if not (procedure and slash and kind):
        raise ValueError(text)
    return text


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _keys(text: str) -> Mapping[str, str]:
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    if any(not name.strip() or len(key.strip()) < SHORTEST_KEY for name, _, key in pairs):
        raise ValueError(text)
    return {name.strip(): key.strip() for name, _, key in pairs}


def shipped_packs() -> tuple[Path, ...]:
    """Return the folder of the packs that came along: in the wheel, or at the top of a checkout."""
    package = Path(__file__).parent
    beside = (package / "packs", package.parents[1] / "packs")
    return tuple(folder for folder in beside if folder.is_dir())[:1]


def built_pages() -> Path | None:
    """Return the folder of the built front end: in the wheel, or in a checkout; None if it is not built."""
    package = Path(__file__).parent
    beside = (package / "web", package.parents[1] / "web" / "dist")
    return next((folder for folder in beside if (folder / "index.html").is_file()), None)


def _tiles(text: str) -> str:
    if urlsplit(text).scheme not in {"http", "https"} or not all(
        one in text for one in ("{z}", "{x}", "{y}")
    ):
        raise ValueError(text)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation was told. `database_url` None means the embedded PostgreSQL below `home`."""

    home: Path = Path("var")
    database_url: str | None = None
    postgres_binaries: Path | None = None
    pool_size: int = 10
    host: str = "127.0.0.1"
    port: int = 8311
    workers: int = 1
    development_sign_in: bool = False
    plain_http: bool = False
    hsts_days: int = 365
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    anonymous_limit: int = 600
    signed_in_limit: int = 1200
    session_idle_minutes: int = 30
    session_hours: int = 12
    screen_days: int = 30
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: Path | None = None
    oidc_claim: str = ""
    powers: Path | None = None
    vault_keys: str = ""
    vault_key_command: str = ""
    packs: tuple[Path, ...] = field(default_factory=shipped_packs)
    channels: Path | None = None
    fonts: Path | None = None
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    office_hours: Hours = field(default_factory=Hours)
    calendar_overrides: tuple[Path, ...] = ()
    language: Literal["zh", "en"] = "zh"
    log_origin: str = "yuzhi.localhost/log"
    log_entries_public: bool = False
    public_address: str = ""
    public_contact: str = ""
    map_tiles: str = ""
    open311_jurisdiction: str = ""
    open311_keys: Mapping[str, str] = field(default_factory=dict)
    open_data_least: int = 5
    open_data_level: Literal["district", "town", "community"] = "town"
    mail_folder: Path | None = None
    mail_host: str = "127.0.0.1"
    mail_port: int = 0
    mail_addresses: tuple[str, ...] = ()
    mail_opens: str = "citizen-request/help"
    mail_largest_mb: int = 25
    mail_certificate: Path | None = None
    mail_key: Path | None = None
    mqtt_url: str = ""
    mqtt_topics: str = "yuzhi/readings/#"
    mqtt_client: str = "yuzhi-sensors"
    reading_keys: tuple[str, ...] = ()
    max_upload_mb: int = 50
    max_body_kb: int = 256
    study_hours: int = 24
    remember_matters: int = 1_000_000
    large_model_address: str = ""
    large_model_name: str = ""
    large_model_key_file: Path | None = None
    large_model_seconds: int = 20
    worker_away_minutes: int = 5
    backup_hours: int = 26
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    def __post_init__(self) -> None:
        if self.development_sign_in and not is_loopback(self.host):
            raise Refusal("settings.sign_in_exposed", host=self.host)
        if self.plain_http and not is_loopback(self.host):
            raise Refusal("settings.plain_http_exposed", host=self.host)
        if self.large_model_address and not self.large_model_name:
            raise Refusal("settings.large_model_incomplete")
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_client_secret_file):
            raise Refusal("settings.oidc_incomplete")


READERS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "home": (_path, "a folder"),
    "database_url": (_database, "an address such as postgresql://user@host/name"),
    "postgres_binaries": (_path, "a folder that holds postgres and initdb"),
    "pool_size": (_whole(1, 200), "a whole number from 1 to 200"),
    "host": (str, "an address to listen on"),
    "port": (_whole(0, 65535), "a port from 0 to 65535"),
    "workers": (_whole(1, 64), "a whole number from 1 to 64"),
    "development_sign_in": (_flag, "true or false"),
    "plain_http": (_flag, "true or false"),
    "hsts_days": (_whole(0, 3650), "0 to 3650"),
    "trusted_proxies": (_networks, "addresses or networks such as 10.0.0.0/8, with a comma between them"),
    "anonymous_limit": (_whole(0, 1_000_000), "requests a minute, 0 for no limit"),
    "signed_in_limit": (_whole(0, 1_000_000), "requests a minute, 0 for no limit"),
    "session_idle_minutes": (_whole(1, 1440), "minutes from 1 to 1440"),
    "session_hours": (_whole(1, 168), "hours from 1 to 168"),
    "screen_days": (_whole(1, 90), "days from 1 to 90"),
    "oidc_issuer": (_address, "an address such as https://login.city.example"),
    "oidc_client_id": (str, "the name the provider knows us by"),
    "oidc_client_secret_file": (_path, "a file with the secret the provider gave us"),
    "oidc_claim": (str, "a claim such as preferred_username"),
    "powers": (_path, "a TOML file"),
    "vault_keys": (_lines, "the content of a file of keys"),
    "vault_key_command": (str, "a command that prints the keys"),
    "packs": (_paths, "folders, with a colon between them"),
    "channels": (_path, "a TOML file"),
    "fonts": (_path, "a folder"),
    "timezone": (_zone, "a zone such as Asia/Shanghai"),
    "office_hours": (_hours, "spans such as 09:00-12:00, 13:00-18:00"),
    "calendar_overrides": (_paths, "files, with a colon between them"),
    "language": (_one_of("zh", "en"), "zh or en"),
    "log_origin": (_origin, "a name such as hotline.city.example/log, without spaces or +"),
    "log_entries_public": (_flag, "true or false"),
    "public_address": (_address, "an address such as https://hotline.city.example"),
    "public_contact": (str, "a few words: whom to ask, and how"),
    "map_tiles": (_tiles, "an address such as https://tiles.city.example/{z}/{x}/{y}.png"),
    "open311_jurisdiction": (str, "a name such as city.example"),
    "open311_keys": (_keys, "names and keys such as app=0123456789abcdef, with a comma between them"),
    "open_data_least": (_whole(2, 1000), "a whole number from 2 to 1000"),
    "open_data_level": (_one_of("district", "town", "community"), "district, town or community"),
    "mail_folder": (_path, "a folder (Maildir)"),
    "mail_host": (str, "an address to listen on"),
    "mail_port": (_whole(0, 65535), "a port from 1 to 65535, 0 for none"),
    "mail_addresses": (_list, "addresses such as 12345@city.example, with a comma between them"),
    "mail_opens": (_opens, "a procedure and a kind such as citizen-request/help"),
    "mail_largest_mb": (_whole(1, 100), "megabytes from 1 to 100"),
    "mail_certificate": (_path, "a PEM file with our certificate and those that vouch for it"),
    "mail_key": (_path, "a PEM file with the key of our certificate"),
    "mqtt_url": (_broker, "an address such as mqtts://user:password@broker.city.example:8883"),
    "mqtt_topics": (str, "topics, with a comma between them"),
    "mqtt_client": (str, "the name the broker keeps our session under"),
    "reading_keys": (_list, "secrets such as whsec_… with a comma between them"),
    "max_upload_mb": (_whole(1, 4096), "megabytes from 1 to 4096"),
    "max_body_kb": (_whole(1, 65536), "kilobytes from 1 to 65536"),
    "study_hours": (_whole(0, 720), "hours from 1 to 720, 0 for never"),
    "remember_matters": (_whole(0, 10_000_000), "a whole number from 0 to 10000000"),
    "large_model_address": (_address, "an address such as https://models.city.example/v1"),
    "large_model_name": (str, "the name of a model"),
    "large_model_key_file": (_path, "a file with the key of the endpoint"),
    "large_model_seconds": (_whole(1, 120), "seconds from 1 to 120"),
    "worker_away_minutes": (_whole(1, 1440), "minutes from 1 to 1440"),
    "backup_hours": (_whole(0, 8760), "hours from 1 to 8760, 0 for never"),
    "log_level": (_one_of("debug", "info", "warning", "error"), "debug, info, warning or error"),
    "log_format": (_one_of("text", "json"), "text or json"),
}
"""How each setting is read from text (a reader raises ValueError), and what it takes, in words."""


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a listening address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of an environment and of the TOML file it may name in YUZHI_SETTINGS.

    Raises Refusal `settings.unknown` (with the nearest known name), `settings.bad_value`,
    `settings.file_unreadable` and `settings.sign_in_exposed`. An empty value counts as not given.
    """
    told: dict[str, tuple[str, str]] = {}
    if file := environ.get(PREFIX + "SETTINGS"):
        told |= {name: (name, text) for name, text in _read_file(Path(file)).items()}
    for name, text in environ.items():
        if name.startswith(PREFIX) and not name.startswith(NOT_SETTINGS) and name != PREFIX + "SETTINGS":
            told[name.removeprefix(PREFIX).lower()] = (name, text)
    for name, (given, _) in told.items():
        if name not in READERS:
            near = get_close_matches(name, READERS, n=1, cutoff=0)
            raise Refusal("settings.unknown", name=given, nearest=PREFIX + near[0].upper())
    values: dict[str, Any] = {name: _value(name, *of) for name, of in told.items() if of[1].strip()}
    return Settings(**values)


def language_of(environ: Mapping[str, str]) -> Literal["zh", "en"]:
    """Return the language to speak before (or without) settings: as told, else as the locale has it."""
    told = [environ.get(name, "") for name in ("YUZHI_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
    return "zh" if next((one for one in told if one), "").startswith("zh") else "en"


def _value(name: str, given: str, text: str) -> object:
    read, expected = READERS[name]
    try:
        return read(text.strip())
    except ValueError:
        shown = "***" if name in SECRET else text[:200]
        raise Refusal("settings.bad_value", name=given, value=shown, expected=expected) from None


def _read_file(file: Path) -> dict[str, str]:
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise Refusal("settings.file_unreadable", file=str(file), trouble=str(trouble)) from trouble
    return {name: _as_text(value) for name, value in read.items()}


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return os.pathsep.join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
