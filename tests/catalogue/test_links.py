"""The weekly look at official links, against a server of ours."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from core.catalogue import service
from core.catalogue.editing import listing
from core.catalogue.editing.links import Manners, addresses, check_links, look, read_links
from core.contracts.matching import Programme
from core.testing.web import Answer, loopback_server

_DAY = timedelta(days=1)
QUICK = Manners(whole=20, pause=0, patience=5)


@pytest.fixture
async def web():
    async with loopback_server() as server:
        yield server


@pytest.fixture
def near(platform):
    """The platform, which may visit the loopback here."""
    plugins = replace(platform.settings.plugins, allow_private_hosts=("127.0.0.1",))
    platform.settings = replace(platform.settings, plugins=plugins)
    return platform


async def publish(platform, programme):
    await platform.db.execute(
        "WITH p AS (INSERT INTO programme (id, version, status, title) VALUES ($1, 1, 'published', $1))"
        " INSERT INTO programme_version (programme, version, facts) VALUES ($1, 1, $2)",
        programme.id,
        programme,
    )


@pytest.mark.parametrize(
    ("answers", "state", "target"),
    [
        ({"/": Answer()}, "ok", ""),
        ({"/": Answer(status=304)}, "ok", ""),
        ({"/": Answer(status=404)}, "gone", ""),
        ({"/": Answer(status=410)}, "gone", ""),
        ({"/": Answer(status=403)}, "closed", ""),
        ({"/": Answer(status=503)}, "silent", ""),
        ({"/": Answer(status=302, headers={"location": "/ici"}), "/ici": Answer()}, "ok", ""),
        ({"/": Answer(status=301, headers={"location": "/la"}), "/la": Answer()}, "moved", "/la"),
        ({"/": Answer(status=308, headers={"location": "/la"})}, "gone", "/la"),
        ({"/": Answer(status=302, headers={"location": "/"})}, "silent", ""),
        ({"/": Answer(body=b"x" * 3_000_000)}, "ok", ""),
    ],
)
async def test_what_is_behind_an_address_is_said_plainly(near, web, answers, state, target):
    web.answers.update(answers)
    found = await look(near, web.url(), manners=QUICK)
    assert found.state == state
    assert found.target == (web.url(target) if target else "")
    assert bool(found.detail) == (state not in {"ok", "moved"})


async def test_a_host_that_is_too_slow_is_not_waited_for(near, web):
    web.answers["/"] = Answer(delay=30)
    found = await look(near, web.url(), manners=Manners(pause=0, patience=0.2))
    assert (found.state, found.status) == ("silent", None)
    assert "trop de temps" in found.detail


async def test_a_host_that_does_not_know_head_is_asked_again_and_we_say_who_we_are(near, web):
    web.answers["/"] = lambda asked: Answer(status=405 if asked.method == "HEAD" else 200)
    assert (await look(near, web.url(), etag='"a"', manners=QUICK)).state == "ok"
    assert [asked.method for asked in web.asked] == ["HEAD", "GET"]
    assert all("link check" in asked.headers["user-agent"] for asked in web.asked)
    assert web.asked[0].headers["if-none-match"] == '"a"'


async def test_no_private_address_is_visited_even_by_a_redirect(near, platform, web):
    web.answers["/"] = Answer(status=302, headers={"location": "http://localhost:1/"})
    found = await look(near, web.url(), manners=QUICK)
    assert (found.state, found.status) == ("silent", None)
    assert "réseau privé" in found.detail


async def test_each_address_is_looked_at_once_a_week_and_what_failed_the_next_day(near, web, clock):
    good = Programme(
        id="bonne",
        title_fr="b",
        url=web.url("/a"),
        text_fr=f"[ici]({web.url('/b')}) <{web.url('/a')}>",
    )
    assert addresses(good) == (web.url("/a"), web.url("/b"))
    await publish(near, good)
    await publish(near, Programme(id="aussi", title_fr="c", url=web.url("/a")))
    web.answers |= {"/a": Answer(headers={"etag": '"1"'}), "/b": Answer(status=500)}
    await check_links(near, QUICK)
    await check_links(near, QUICK)
    assert sorted(asked.path for asked in web.asked) == ["/a", "/b"]
    site, text = await read_links(near, good)
    assert (site.state, text.state, text.failures) == ("ok", "silent", 1)
    assert {row.link for row in await listing.list_rows(near, listing.Wanted())} == {"ok", "silent"}
    web.asked.clear()
    clock.advance(_DAY)
    await check_links(near, QUICK)
    assert [asked.path for asked in web.asked] == ["/b"]
    web.asked.clear()
    clock.advance(7 * _DAY)
    await check_links(near, QUICK)
    assert web.asked[0].headers["if-none-match"] == '"1"'
    assert (await read_links(near, good))[1].failures == 3
    assert next(row.id for row in await listing.list_to_verify(near)) == "bonne"
    await near.db.execute("UPDATE programme SET status = 'archived' WHERE id = 'bonne'")
    await check_links(near, QUICK)
    assert await near.db.fetch_value("SELECT array_agg(programme) FROM programme_link") == ["aussi"]


async def test_when_nobody_answers_our_own_network_is_blamed(near, clock):
    for number in range(6):
        await publish(
            near, Programme(id=f"f{number}", title_fr="f", url=f"http://127.0.0.1:{number + 1}/")
        )
    await check_links(near, QUICK)
    assert (
        await near.db.fetch_value("SELECT count(*) FROM programme_link WHERE state <> 'new'") == 0
    )
    assert len(await service.published(near)) == 6
