import asyncio

import msgspec
import pytest

from core.contracts.surfaces import Health, PageBlock
from core.extension.board import Board, Owned, Registered
from core.testing.factories import make_account, make_site, make_structure, signed_in


@pytest.fixture
async def coordinator(platform, client):
    return await signed_in(
        platform, client, await make_account(platform.db, region_role="coordinator")
    )


class Given(Registered):
    """These objects, whatever the board has."""

    def __init__(self, owned):
        self._given = owned

    def of(self, board):
        return self._given


def with_blocks(monkeypatch, *blocks):
    owned = tuple(Owned(plugin_id="visio_jitsi", item=block) for block in blocks)
    monkeypatch.setattr(Board, "page_blocks", Given(owned))


async def words(context, values):
    return {"status": 200, "title": "<b>Bloc</b>", "advice": str(context.structure.name)}


async def hangs(context, values):
    await asyncio.sleep(60)


async def raises(context, values):
    raise RuntimeError("broken")


async def nothing(context, values):
    return None


async def nonsense(context, values):
    return 7


def block(values, template="stats/none.html", order=1):
    return PageBlock(place="network.structure", template=template, values=values, order=order)


@pytest.fixture
async def page(platform):
    structure = await make_structure(platform.db, "Info Jeunes Essai", slug="essai")
    await make_site(platform.db, structure)
    platform.templates.loader.mapping["block"] = __import__("jinja2").DictLoader(
        {
            "one.html": "<p class='block'>{{ title }} {{ advice }}</p>",
            "bad.html": "{{ unknown.name }}",
        }
    )
    yield structure
    del platform.templates.loader.mapping["block"]


async def test_a_block_is_on_the_page_escaped_and_in_its_order(monkeypatch, coordinator, page):
    with_blocks(
        monkeypatch, block(words, "block/one.html", order=2), block(nothing, "block/one.html")
    )
    text = (await coordinator.get("/reseau/essai")).text
    assert "<p class='block'>&lt;b&gt;Bloc&lt;/b&gt; Info Jeunes Essai</p>" in text


@pytest.mark.parametrize("bad", [hangs, raises, nonsense, words])
async def test_a_block_that_fails_shows_nothing_and_the_others_stay(
    monkeypatch, platform, coordinator, page, bad
):
    monkeypatch.setattr(platform.dispatch, "timeout_seconds", 0.2)
    template = "block/bad.html" if bad is words else "block/one.html"
    with_blocks(monkeypatch, block(bad, template), block(words, "block/one.html"))
    answer = await coordinator.get("/reseau/essai")
    assert answer.status_code == 200
    assert answer.text.count("class='block'") == 1


async def test_a_block_of_a_plugin_that_is_off_is_not_asked(
    monkeypatch, platform, coordinator, page
):
    asked = []

    async def spy(context, values):
        asked.append(context)

    with_blocks(monkeypatch, block(spy, "block/one.html"))
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('visio_jitsi', $1, 'off', now())",
        page,
    )
    await platform.plugins.fresh()
    await coordinator.get("/reseau/essai")
    assert asked == []


async def test_the_plugin_page_and_its_json_list_every_plugin(coordinator, page):
    text = (await coordinator.get("/-/plugins")).text
    answer = (await coordinator.get("/-/plugins.json")).json()
    ids = [plugin["id"] for plugin in answer["plugins"]]
    assert ids[0] == "core"
    assert {
        "calendar_ical",
        "visio_jitsi",
        "matching_rules",
        "notifications_email",
        "stats_export",
    } <= set(ids)
    for plugin in answer["plugins"]:
        assert plugin["id"] in text
        assert plugin["state"] == "loaded"
    (export,) = [plugin for plugin in answer["plugins"] if plugin["id"] == "stats_export"]
    assert export["hooks"] == ["register_exporters"]
    assert export["on_in"] == ["Info Jeunes Essai"]


async def test_a_plugin_that_did_not_load_is_listed_with_its_reason(
    monkeypatch, platform, coordinator
):
    record = platform.board.plugins["visio_jitsi"]
    broken = msgspec.structs.replace(
        record, state="failed", reason="ImportError: no module named nowhere"
    )
    monkeypatch.setitem(platform.board.plugins, "visio_jitsi", broken)
    assert "no module named nowhere" in (await coordinator.get("/-/plugins")).text


class Check:
    key = "visio_jitsi:check"

    def __init__(self, answer):
        self._answer = answer

    async def check(self, context):
        return self._answer()


def fail():
    raise RuntimeError("broken")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: [Health(name="Serveur", state="degraded", hint="redémarrez-le")], "redémarrez-le"),
        (fail, "RuntimeError: broken"),
        (lambda: "nonsense", "en panne"),
    ],
)
async def test_health_is_told_and_a_failing_check_is_a_failing_line(
    monkeypatch, coordinator, page, answer, words
):
    owned = (Owned(plugin_id="visio_jitsi", item=Check(answer)),)
    monkeypatch.setattr(Board, "health_checks", property(lambda _: owned))
    assert words in (await coordinator.get("/-/plugins")).text
