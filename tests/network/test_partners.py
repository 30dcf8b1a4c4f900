"""Structures that a plugin brings: drafts at first, in step field by field; what the coordination edits stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.partners import PartnerSite, PartnerStructure
from core.extension.board import Owned
from core.network import partners
from core.network.communes import load_communes
from core.network.partners import follow, read_brought, reconcile
from core.testing.factories import make_account, signed_in

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
values = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), max_size=4)


@given(values, values, values)
def test_a_field_is_written_only_where_nobody_edited_it(present, told, now):
    changes = follow(present, told, now)
    for name, value in changes.items():
        assert value == now[name] != present.get(name)
        assert present.get(name) == told.get(name, "")
    after = {**present, **changes}
    assert follow(after, now, now) == {}


@given(values, values)
def test_what_was_never_edited_follows_whole(told, now):
    told = {**dict.fromkeys("abcd", 0), **told}
    assert {**told, **follow(told, told, now)} == {**told, **now}


def structure(**changes):
    site = PartnerSite(key="s1", name="Accueil", insee="33063", address="1 rue du Port")
    given = {
        "key": "un",
        "name": "Mission Océan",
        "kind": "mission_locale",
        "department": "33",
        "email": "contact@ocean.example",
        "sites": (site,),
        "logo": PNG,
        **changes,
    }
    return PartnerStructure(**given)


class Network:
    key, label = "visio_jitsi:network", "Le partenaire"

    def __init__(self):
        self.told = [structure()]

    async def list_structures(self, context):
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@pytest.fixture
async def partner(platform, monkeypatch):
    await load_communes(platform)
    network = Network()
    owned = {
        **platform.board.owned,
        "partner_networks": (Owned(plugin_id="visio_jitsi", item=network),),
    }
    monkeypatch.setattr(platform.board, "owned", owned)
    return network


async def rows(platform):
    found = await platform.db.fetch(
        "SELECT s.*, t.name AS site, t.city, t.lat FROM structure s LEFT JOIN site t ON t.structure = s.id ORDER BY s.name"
    )
    return [dict(row) for row in found]


async def test_a_structure_arrives_as_a_draft_with_its_site_its_feature_and_its_logo(
    platform, partner, client
):
    assert (await reconcile(platform)).made == 1
    (row,) = await rows(platform)
    assert (row["slug"], row["status"], row["city"]) == ("mission-ocean", "draft", "Bordeaux")
    assert row["lat"] == pytest.approx(44.84, abs=0.05)
    switch = await platform.db.fetch_one("SELECT plugin, state FROM plugin_switch")
    assert tuple(switch) == ("visio_jitsi", "on")
    image = await client.get("/structures/mission-ocean/logo")
    assert (image.headers["content-type"], image.content) == ("image/png", PNG)
    assert (await reconcile(platform)) == partners.Reconciled()
    assert (
        await platform.db.fetch_value(
            "SELECT count(*) FROM audit WHERE action = 'structure.brought'"
        )
        == 1
    )


async def test_the_partner_is_followed_where_nobody_edited_and_the_coordination_wins_elsewhere(
    platform, partner
):
    await reconcile(platform)
    await platform.db.execute("UPDATE structure SET name = 'Notre nom'")
    await platform.db.execute("UPDATE site SET name = 'Notre accueil'")
    partner.told = [
        structure(
            name="Leur nom",
            email="nouveau@ocean.example",
            sites=(
                PartnerSite(key="s1", name="Leur accueil", insee="33063", address="2 rue du Port"),
            ),
        )
    ]
    assert (await reconcile(platform)).changed == 2
    (row,) = await rows(platform)
    assert (row["name"], row["email"], row["site"]) == (
        "Notre nom",
        "nouveau@ocean.example",
        "Notre accueil",
    )
    assert await platform.db.fetch_value("SELECT address FROM site") == "2 rue du Port"


async def test_a_structure_told_no_more_stays_and_is_marked_and_may_come_back(
    platform, partner, client, clock
):
    await reconcile(platform)
    partner.told = []
    assert (await reconcile(platform)).gone == 1
    (row,) = await rows(platform)
    brought = await read_brought(platform, row["id"])
    assert (brought.label, brought.gone_at) == ("Le partenaire", clock.now())
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    page = await client.get("/reseau/mission-ocean")
    assert "qui ne l’annonce plus" in page.text
    partner.told = [structure()]
    await reconcile(platform)
    assert (await read_brought(platform, row["id"])).gone_at is None


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (OSError("away"), "away"),
        ([structure(), structure()], "same key"),
        ([structure(logo=b"<svg/>")], "logo"),
        ([structure(kind="club")], "kind"),
        ([structure(department="75")], "department"),
        ([structure(sites=(PartnerSite(key="a", name="A", insee="75056"),))], "75056"),
        (["a structure"], "something else"),
    ],
)
async def test_a_partner_that_fails_changes_nothing_and_says_why(platform, partner, told, word):
    await reconcile(platform)
    partner.told = told
    found = await reconcile(platform)
    assert word in found.problems["visio_jitsi:network"]
    assert [row["name"] for row in await rows(platform)] == ["Mission Océan"]


async def test_two_of_one_name_have_addresses_of_their_own(platform, partner):
    partner.told = [structure(), structure(key="deux")]
    await reconcile(platform)
    assert {row["slug"] for row in await rows(platform)} == {"mission-ocean", "mission-ocean-2"}


async def test_structures_whose_plugin_left_stay_and_are_marked(platform, partner, monkeypatch):
    await reconcile(platform)
    monkeypatch.setitem(platform.board.owned, "partner_networks", ())
    await reconcile(platform)
    (row,) = await rows(platform)
    assert (await read_brought(platform, row["id"])).gone_at is not None
    assert (
        await platform.db.fetch_value("SELECT count(*) FROM partner_site WHERE gone_at IS NULL")
        == 0
    )
