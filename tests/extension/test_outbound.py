import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.context import OutboundError
from core.extension import outbound
from core.testing.web import Answer, loopback_server

HERE = ("127.0.0.1",)


async def fetch(url: str, **values):
    return await outbound.fetch(
        url, **{"headers": {}, "max_bytes": 10_000, "timeout_seconds": 5, **values}
    )


@pytest.fixture
async def web():
    async with loopback_server() as server:
        yield server


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)
def test_an_address_inside_a_private_network_is_not_public(address):
    assert not outbound.is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14"])
def test_an_address_of_the_open_internet_is_public(address):
    assert outbound.is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_a_private_address_stays_private_inside_an_ipv6_one(inner):
    for wrapped in (f"::ffff:{inner}", f"64:ff9b::{inner}"):
        assert not outbound.is_public(wrapped)


async def test_a_page_is_fetched_with_its_headers_when_the_host_is_allowed(web):
    web.answers["/a.ics"] = Answer(body=b"BEGIN", headers={"ETag": '"v1"'})
    page = await fetch(web.url("/a.ics"), headers={"If-None-Match": '"v0"'}, private_hosts=HERE)
    assert (page.status, page.body, page.headers["etag"]) == (200, b"BEGIN", '"v1"')
    assert web.asked[0].headers["if-none-match"] == '"v0"'
    assert web.asked[0].headers["host"] == f"127.0.0.1:{web.port}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"])
async def test_no_spelling_of_the_loopback_is_reached(web, host):
    with pytest.raises(OutboundError, match="réseau privé"):
        await fetch(web.url("/", host=host))
    assert web.asked == []


async def test_one_private_address_among_public_ones_is_enough_to_refuse(web, monkeypatch):
    async def both(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "127.0.0.1"]

    monkeypatch.setattr(outbound, "resolve", both)
    with pytest.raises(OutboundError, match="réseau privé"):
        await fetch(web.url("/", host="calendrier.example"))


async def test_the_connection_goes_to_the_address_that_was_checked(web, monkeypatch):
    """A name that answers « public » first and « private » afterwards gains nothing: it is asked once."""
    asked = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(outbound, "resolve", rebinding)
    web.answers["/"] = Answer(body=b"ok")
    page = await fetch(
        web.url("/", host="calendrier.example"), private_hosts=("calendrier.example",)
    )
    assert page.body == b"ok"
    assert asked == ["calendrier.example"]
    assert web.asked[0].headers["host"] == f"calendrier.example:{web.port}"


async def test_a_redirect_to_a_private_address_is_refused(web):
    web.answers["/"] = Answer(status=302, headers={"Location": web.url("/secret", "localhost")})
    web.answers["/secret"] = Answer(body=b"secret")
    with pytest.raises(OutboundError, match="réseau privé"):
        await fetch(web.url(), private_hosts=HERE)
    assert [asked.path for asked in web.asked] == ["/"]


async def test_a_redirect_to_another_kind_of_address_is_refused(web):
    web.answers["/"] = Answer(status=301, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(OutboundError, match="https://"):
        await fetch(web.url(), private_hosts=HERE)


async def test_three_redirects_are_followed_and_a_fourth_is_not(web):
    for number in range(6):
        web.answers[f"/{number}"] = Answer(status=307, headers={"Location": f"/{number + 1}"})
    web.answers["/6"] = Answer(body=b"there")
    assert (await fetch(web.url("/3"), private_hosts=HERE)).body == b"there"
    with pytest.raises(OutboundError, match="sans fin"):
        await fetch(web.url("/2"), private_hosts=HERE)


async def test_credentials_do_not_follow_to_another_host(web):
    web.answers["/"] = Answer(status=302, headers={"Location": web.url("/b", "localhost")})
    web.answers["/b"] = Answer(body=b"ok")
    await fetch(
        web.url(),
        headers={"Authorization": "Bearer s3cret"},
        private_hosts=("127.0.0.1", "localhost"),
    )
    assert "authorization" in web.asked[0].headers
    assert "authorization" not in web.asked[1].headers


async def test_a_body_above_the_limit_is_refused_even_without_a_length(web):
    web.answers["/"] = Answer(body=b"x" * 20_000)
    with pytest.raises(OutboundError, match="c’est trop"):
        await fetch(web.url(), private_hosts=HERE)
    web.answers["/"] = Answer(body=b"x" * 10_000)
    assert len((await fetch(web.url(), private_hosts=HERE)).body) == 10_000


async def test_a_compressed_answer_is_refused_rather_than_unfolded(web):
    web.answers["/"] = Answer(body=b"bomb", headers={"content-encoding": "gzip"})
    with pytest.raises(OutboundError, match="compressé"):
        await fetch(web.url(), private_hosts=HERE)


async def test_a_slow_server_is_left_in_time(web):
    web.answers["/"] = Answer(body=b"late", delay=30)
    with pytest.raises(OutboundError, match="trop de temps"):
        await fetch(web.url(), private_hosts=HERE, timeout_seconds=0.2)


async def test_a_server_that_is_not_there_or_not_a_web_server_is_told_in_french(web):
    web.answers["/"] = Answer(headers={"bad header": "x"})
    for url in (web.url(), "http://127.0.0.1:1/", "http://nulle-part.invalid/"):
        with pytest.raises(OutboundError, match="ne répond pas"):
            await fetch(url, private_hosts=HERE)


@pytest.mark.parametrize(
    "url", ["", "calendrier", "ftp://a.example/", "file:///etc/passwd", "http://", "//a.example"]
)
async def test_what_is_not_a_web_address_is_refused_in_french(url):
    with pytest.raises(OutboundError, match="https://"):
        await fetch(url)


async def test_nonsense_is_told_in_french():
    for url in ("http://[::1", "http://exa mple.org:port/", "http://" + "a" * 70_000):
        with pytest.raises(OutboundError):
            await fetch(url)


async def send(method: str, url: str, **values):
    return await outbound.request(
        method,
        url,
        **{"headers": {}, "body": b"", "max_bytes": 10_000, "timeout_seconds": 5, **values},
    )


async def test_a_request_carries_its_method_headers_and_body_and_brings_any_answer_back(web):
    web.answers["/sms"] = Answer(status=422, body=b"no such number")
    answer = await send(
        "POST", web.url("/sms"), headers={"X-Key": "k"}, body="é".encode(), private_hosts=HERE
    )
    assert (answer.status, answer.body) == (422, b"no such number")
    (asked,) = web.asked
    assert (asked.method, asked.headers["x-key"], asked.body.decode()) == ("POST", "k", "é")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_request_is_never_handed_on_by_a_redirect(web, status):
    web.answers["/"] = Answer(status=status, headers={"Location": web.url("/elsewhere")})
    answer = await send("POST", web.url(), body=b"secret", private_hosts=HERE)
    assert answer.status == status
    assert [asked.path for asked in web.asked] == ["/"]


async def test_a_request_has_the_same_limits_as_a_page(web):
    web.answers["/"] = Answer(body=b"x" * 20_000)
    web.answers["/slow"] = Answer(delay=30)
    with pytest.raises(OutboundError, match="réseau privé"):
        await send("POST", web.url())
    assert web.asked == []
    with pytest.raises(OutboundError, match="https://"):
        await send("POST", "ftp://a.example/")
    with pytest.raises(OutboundError, match="c’est trop"):
        await send("POST", web.url(), private_hosts=HERE)
    with pytest.raises(OutboundError, match="trop de temps"):
        await send("POST", web.url("/slow"), private_hosts=HERE, timeout_seconds=0.2)
    with pytest.raises(OutboundError, match="ne répond pas"):
        await send("POST", "http://127.0.0.1:1/", private_hosts=HERE)
