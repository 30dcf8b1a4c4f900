"""Outbound requests to addresses that people gave: public hosts only, bounded in time and size.

A name is resolved once, every address behind it is checked, and the connection goes to the address that was checked: a
name that answers differently the second time leads nowhere. Each redirect is checked the same way.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
import msgspec

from core.contracts.context import FetchedPage, OutboundError
from core.web.i18n import _

MAX_REDIRECTS = 3
_NAT64 = ip_network("64:ff9b::/96")
_REDIRECTS = {301, 302, 303, 307, 308}
_PRIVATE_HEADERS = {"authorization", "cookie", "proxy-authorization"}


async def fetch(
    url: str,
    *,
    headers: Mapping[str, str],
    max_bytes: int,
    timeout_seconds: float,
    private_hosts: Collection[str] = (),
) -> FetchedPage:
    """GET of a public address. `private_hosts` (names as written in addresses) may be anywhere.

    The time limit covers it all: names, redirects, body. Raises `OutboundError` with a French reason.
    """
    async with _told_in_french(timeout_seconds):
        return await _follow(_parse(url), dict(headers), max_bytes, private_hosts)


async def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    max_bytes: int,
    timeout_seconds: float,
    private_hosts: Collection[str] = (),
) -> FetchedPage:
    """One request to a public address, with the limits of `fetch`.

    A redirect is an answer like another: what is handed over goes to the address that was given and nowhere else.
    """
    async with _told_in_french(timeout_seconds):
        asked = _Request(method=method, url=_parse(url), headers=headers, body=body)
        return await _ask(asked, max_bytes, private_hosts)


async def probe(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    timeout_seconds: float,
    private_hosts: Collection[str] = (),
) -> FetchedPage:
    """One request of which only the status and the headers matter: the body is left unread, however long it is.

    A redirect is an answer. Raises `OutboundError` with a French reason.
    """
    async with _told_in_french(timeout_seconds):
        asked = _Request(method=method, url=_parse(url), headers=headers, reads_body=False)
        return await _ask(asked, 0, private_hosts)


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    method: str = "GET"
    url: httpx.URL
    headers: Mapping[str, str]
    body: bytes = b""
    reads_body: bool = True


@asynccontextmanager
async def _told_in_french(timeout_seconds: float) -> AsyncIterator[None]:
    """Holds the time limit, and turns what goes wrong into an `OutboundError`."""
    try:
        async with asyncio.timeout(timeout_seconds):
            yield
    except TimeoutError as error:
        raise OutboundError(
            _("Cette adresse met trop de temps à répondre (plus de %(seconds)g secondes).")
            % {"seconds": timeout_seconds}
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, OSError) as error:
        raise OutboundError(
            _("Cette adresse ne répond pas : vérifiez-la, ou réessayez plus tard.")
        ) from error


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open Internet, whatever it is wrapped in."""
    ip = _unwrap(ip_address(address.partition("%")[0]))
    return ip.is_global and not (
        ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local
    )


def _unwrap(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one that only carries it."""
    if isinstance(ip, IPv4Address):
        return ip
    inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if inner is None and ip in _NAT64:
        inner = IPv4Address(int(ip) & 0xFFFFFFFF)
    return inner or ip


def _parse(url: str) -> httpx.URL:
    parsed = httpx.URL(url.strip())
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise OutboundError(_("L’adresse doit commencer par https:// ou http://."))
    return parsed


async def _follow(
    url: httpx.URL, headers: dict[str, str], max_bytes: int, private_hosts: Collection[str]
) -> FetchedPage:
    for _hop in range(MAX_REDIRECTS + 1):
        asked = _Request(url=url, headers=headers)
        answer = await _ask(asked, max_bytes, private_hosts)
        location = answer.headers.get("location", "")
        if answer.status not in _REDIRECTS or not location:
            return answer
        target = _parse(str(url.join(location)))
        if target.host != url.host:
            headers = {k: v for k, v in headers.items() if k.lower() not in _PRIVATE_HEADERS}
        url = target
    raise OutboundError(_("Cette adresse renvoie d’une page à l’autre sans fin."))


async def _ask(asked: _Request, max_bytes: int, private_hosts: Collection[str]) -> FetchedPage:
    """One hop. The body of a redirect is not read."""
    host = asked.url.raw_host.decode("ascii")
    address = await _checked_address(asked.url, private_hosts)
    async with (
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None) as client,  # noqa: S113 - the caller holds the clock
        client.stream(
            asked.method,
            asked.url.copy_with(host=address),
            headers={
                "user-agent": "SoMobilite/1",
                **asked.headers,
                "host": asked.url.netloc.decode("ascii"),
                "accept-encoding": "identity",
            },
            content=asked.body or None,
            extensions={"sni_hostname": host},
        ) as response,
    ):
        body = bytearray()
        if asked.reads_body and response.status_code not in _REDIRECTS:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise OutboundError(_("Cette adresse répond dans un format compressé inattendu."))
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > max_bytes:
                    raise OutboundError(
                        _("Cette adresse envoie plus de %(size)g Mo : c’est trop.")
                        % {"size": max_bytes / 1_000_000},
                        kind="large",
                    )
        return FetchedPage(
            status=response.status_code, body=bytes(body), headers=dict(response.headers)
        )


async def _checked_address(url: httpx.URL, private_hosts: Collection[str]) -> str:
    """The one IP address to connect to. Every address behind the name must be public."""
    host = url.raw_host.decode("ascii")
    addresses = await resolve(host, url.port or (443 if url.scheme == "https" else 80))
    if host not in private_hosts and not all(is_public(address) for address in addresses):
        raise OutboundError(
            _("Cette adresse mène à un réseau privé : donnez-en une qui s’ouvre depuis Internet.")
        )
    return addresses[0]


async def resolve(host: str, port: int) -> list[str]:
    """The IP addresses behind a name, in the system's order of preference."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in found]
