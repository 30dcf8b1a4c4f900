"""The addresses that sheets give, looked at once a week: politely, one host at a time, and said plainly.

A sheet's addresses are its official site and the links of its text. HEAD first, for nobody needs to send us a page; GET where HEAD
is not understood. What does not answer is asked again the next day; what answers, a week later.
"""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Literal
from urllib.parse import urljoin, urlsplit

import msgspec
import structlog

from core.catalogue.service import published
from core.contracts.context import FetchedPage, OutboundError
from core.contracts.matching import Programme
from core.extension import outbound
from core.platform import Platform
from core.web.i18n import _

log = structlog.get_logger("somobilite.links")
LinkState = Literal["new", "ok", "moved", "gone", "silent", "closed"]
"""`moved`: for good, and `target` says where to; `gone`: the host says that there is no such page; `silent`: no answer, or a
failing one; `closed`: the host answers, but not to a program."""
BAD: tuple[LinkState, ...] = ("gone", "silent")
CHECKED_EVERY = timedelta(days=7)
_AGAIN = timedelta(days=1)
_MAX_HOPS = 5
_NOBODY = 5
_FOR_GOOD = {301, 308}
_ELSEWHERE = {301, 302, 303, 307, 308}
_CLOSED = {401, 403, 407, 429, 451, 999}
_NO_HEAD = {400, 403, 404, 405, 406, 410, 501, 503}
"""Answers to HEAD that some hosts give although the page is there: GET has the last word."""
_IN_TEXT = re.compile(r"\]\((https?://[^\s)]+)\)|<(https?://[^\s>]+)>")


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: that a check may take, between two requests to one host, and to wait for an answer."""

    whole: float = 200
    pause: float = 1
    patience: float = 15


POLITE = Manners()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found behind an address."""

    state: LinkState
    status: int | None = None
    target: str = ""
    detail: str = ""
    etag: str = ""
    last_modified: str = ""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An address of a sheet, as it was found last. `failures` counts the checks in a row without an answer."""

    url: str
    state: LinkState = "new"
    status: int | None = None
    target: str = ""
    detail: str = ""
    failures: int = 0
    etag: str = ""
    last_modified: str = ""
    checked_at: datetime | None = None


def addresses(programme: Programme) -> tuple[str, ...]:
    """The addresses that a sheet gives to its readers: the official site, then the links of its text."""
    in_text = (a or b for a, b in _IN_TEXT.findall(programme.text_fr))
    return tuple(dict.fromkeys(url for url in (programme.url, *in_text) if url))


async def read_links(platform: Platform, programme: Programme) -> Sequence[Link]:
    """The addresses of a sheet with what was found behind each; `new` for those that were not looked at yet."""
    rows = await platform.db.structs(
        Link,
        "SELECT url, state, status, target, detail, failures, etag, last_modified, checked_at FROM programme_link"
        " WHERE programme = $1",
        programme.id,
    )
    known = {link.url: link for link in rows}
    return [known.get(url, Link(url=url)) for url in addresses(programme)]


async def check_links(platform: Platform, manners: Manners = POLITE) -> None:
    """Looks at the addresses whose turn it is, as long as it may; the others wait for the next beat. The addresses of sheets that are not proposed
    any more are forgotten. When nobody answers at all, it is our own network that is down: no sheet is blamed for it.
    """
    await _follow_the_sheets(platform)
    rows = await platform.db.fetch(
        "SELECT url, max(etag) AS etag, max(last_modified) AS last_modified FROM programme_link"
        " WHERE due_at <= $1 GROUP BY url",
        platform.clock.now(),
    )
    ends, last_host, somebody = monotonic() + manners.whole, "", False
    waiting: list[tuple[str, Finding]] = []
    for row in sorted(rows, key=lambda row: (_host(row["url"]), row["url"])):
        if monotonic() >= ends:
            break
        if _host(row["url"]) == last_host:
            await asyncio.sleep(manners.pause)
        last_host = _host(row["url"])
        found = await look(
            platform,
            row["url"],
            etag=row["etag"],
            last_modified=row["last_modified"],
            manners=manners,
        )
        waiting.append((row["url"], found))
        somebody = somebody or found.status is not None
        if somebody:
            for url, one in waiting:
                await _keep(platform, url, one)
            waiting = []
    if len(waiting) < _NOBODY:
        for url, one in waiting:
            await _keep(platform, url, one)
    else:
        log.warning("no site answered: our network may be down", asked=len(waiting))


async def look(
    platform: Platform,
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    manners: Manners = POLITE,
) -> Finding:
    """What is behind an address, redirects followed one by one, each checked to be public."""
    at, moved_to, only_for_good = url, "", True
    headers = _headers(platform, etag, last_modified)
    for _hop in range(_MAX_HOPS + 1):
        try:
            answer = await _ask(platform, at, headers, manners)
        except OutboundError as error:
            return Finding(state="silent", detail=str(error), target=moved_to)
        location = answer.headers.get("location", "")
        if answer.status not in _ELSEWHERE or not location:
            return _judge(answer, moved_to)
        only_for_good = only_for_good and answer.status in _FOR_GOOD
        at = urljoin(at, location)
        if only_for_good:
            moved_to = at
        headers = _headers(platform)
    return Finding(state="silent", detail=_("Cette adresse renvoie d’une page à l’autre sans fin."))


async def _ask(
    platform: Platform, url: str, headers: Mapping[str, str], manners: Manners
) -> FetchedPage:
    allowed: Collection[str] = platform.settings.plugins.allow_private_hosts
    answer = await outbound.probe(
        "HEAD", url, headers=headers, timeout_seconds=manners.patience, private_hosts=allowed
    )
    if answer.status in _NO_HEAD:
        await asyncio.sleep(manners.pause)
        answer = await outbound.probe(
            "GET", url, headers=headers, timeout_seconds=manners.patience, private_hosts=allowed
        )
    return answer


def _headers(platform: Platform, etag: str = "", last_modified: str = "") -> dict[str, str]:
    found = {
        "user-agent": f"SoMobilite/1 (+{platform.settings.public_url}; link check, once a week)",
        "accept": "text/html,*/*;q=0.5",
        "accept-language": "fr",
    }
    if etag:
        found["if-none-match"] = etag
    if last_modified:
        found["if-modified-since"] = last_modified
    return found


def _judge(answer: FetchedPage, moved_to: str) -> Finding:
    status = answer.status
    state, detail = _said(status)
    return Finding(
        state="moved" if state == "ok" and moved_to else state,
        status=status,
        target=moved_to,
        detail=detail,
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
    )


def _said(status: int) -> tuple[LinkState, str]:
    if status < 300 or status == 304:
        return "ok", ""
    if status in _CLOSED:
        said = _("Le site ne répond pas aux programmes (%(status)d) : ouvrez-le vous-même.")
        return "closed", said % {"status": status}
    if status < 500:
        return "gone", _("La page n’existe plus (%(status)d).") % {"status": status}
    return "silent", _("Le site est en panne (%(status)d).") % {"status": status}


async def _follow_the_sheets(platform: Platform) -> None:
    """Lists the addresses of the sheets that are proposed, and forgets the others."""
    wanted = [(one.id, url) for one in await published(platform) for url in addresses(one)]
    ids, urls = [one[0] for one in wanted], [one[1] for one in wanted]
    async with platform.db.atomic():
        await platform.db.execute(
            "DELETE FROM programme_link l WHERE NOT EXISTS"
            " (SELECT FROM unnest($1::text[], $2::text[]) AS w (id, url) WHERE w.id = l.programme AND w.url = l.url)",
            ids,
            urls,
        )
        await platform.db.execute(
            "INSERT INTO programme_link (programme, url, state, due_at)"
            " SELECT w.id, w.url, 'new', $3 FROM unnest($1::text[], $2::text[]) AS w (id, url) ON CONFLICT DO NOTHING",
            ids,
            urls,
            platform.clock.now(),
        )


async def _keep(platform: Platform, url: str, found: Finding) -> None:
    """Several sheets may give one address: it was asked once."""
    now = platform.clock.now()
    await platform.db.execute(
        "UPDATE programme_link SET state = $2, status = $3, target = $4, detail = $5, etag = $6, last_modified = $7,"
        " failures = CASE WHEN $8 THEN failures + 1 ELSE 0 END, checked_at = $9, due_at = $10 WHERE url = $1",
        url,
        found.state,
        found.status,
        found.target,
        found.detail,
        found.etag,
        found.last_modified,
        found.state in BAD,
        now,
        now + (_AGAIN if found.state in BAD else CHECKED_EVERY),
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
