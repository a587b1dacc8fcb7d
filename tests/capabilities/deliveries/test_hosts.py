"""No address makes us call a server nobody named."""

import pytest

from yuzhi.capabilities.deliveries._hosts import Hosts, origin_of

HOSTS = Hosts(["Hooks.Example.org", "api.example.org:8443", "http://127.0.0.1:9000", "https://[::1]:1"])


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/a?b=c",
        "https://HOOKS.example.org:443/",
        "https://hooks.example.org./x",
        "https://api.example.org:8443/x",
        "http://127.0.0.1:9000",
        "https://[::1]:1/",
    ],
)
def test_named_servers_are_called(url: str) -> None:
    assert HOSTS.allows(origin_of(url)[0])


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://hooks.example.org:8443/",
        "https://evil.hooks.example.org/",
        "https://hooks.example.org.evil.org/",
        "https://api.example.org/",
        "https://127.0.0.1:9000/",
        "http://127.1:9000/",
        "http://2130706433:9000/",
        "http://localhost:9000/",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_no_other_server_is(url: str) -> None:
    assert not HOSTS.allows(origin_of(url)[0])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.org",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "https://user@hooks.example.org/",
        "https://hooks.example.org@evil.org/",
        "https://hooks.example.org\\@evil.org/",
        "https://hooks.example.org /",
        "https://hooks.example.org/\r\nHost: evil.org",
        "https://hooks.example.org/#x",
        "https://hooks.example.org:0x50/",
        "https://hooks.example.org:99999/",
        "https://hooks..example.org/",
        "https://ｈooks.example.org/",
        "https:///x",
        "https://hooks.example.org/" + "x" * 2100,
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        origin_of(url)


def test_the_target_is_kept_as_it_is() -> None:
    assert origin_of("https://a.org/x/../y?k=%20&l=1")[1] == "/x/../y?k=%20&l=1"
    assert origin_of("https://a.org")[1] == "/"
