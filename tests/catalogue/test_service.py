import pytest

from core.accounts.access import CurrentUser
from core.catalogue import service, taxonomy
from core.catalogue.service import Filters
from core.errors import NotFound
from core.testing.factories import make_account


@pytest.fixture
async def sheets(platform):
    await service.load_programmes(platform)


async def test_the_ninety_sheets_load_once(platform):
    assert await service.load_programmes(platform) == 90
    assert await service.load_programmes(platform) == 0
    assert len(await service.published(platform)) == 85


async def test_a_sheet_to_be_checked_or_suspended_is_never_proposed(platform, sheets):
    assert {p.availability for p in await service.published(platform)} == {"actif"}
    assert (await service.read_sheet(platform, "pvt-perou")).status == "to_verify"
    assert (await service.read_sheet(platform, "pvt-russie")).status == "archived"


async def test_published_sheets_are_read_again_when_one_goes_or_has_another_version(
    platform, sheets
):
    before = await service.published(platform)
    assert await service.published(platform) is before
    async with platform.db.atomic():
        await platform.db.execute(
            "INSERT INTO programme_version (programme, version, facts)"
            " SELECT programme, 2, facts || '{\"version\": 2}' FROM programme_version"
            " WHERE programme = 'interrail'"
        )
        await platform.db.execute("UPDATE programme SET version = 2 WHERE id = 'interrail'")
    versions = {p.id: p.version for p in await service.published(platform)}
    assert (versions["interrail"], versions["vif"]) == (2, 1)
    await platform.db.execute("UPDATE programme SET status = 'archived' WHERE id = 'interrail'")
    assert {p.id for p in before} - {p.id for p in await service.published(platform)} == {
        "interrail"
    }


async def test_loading_again_leaves_what_the_coordination_decided(platform, sheets):
    account = await make_account(platform.db)
    user = CurrentUser(account_id=account, name="", email="", region_role="coordinator")
    await service.set_status(platform, "interrail", "archived", user)
    await service.load_programmes(platform)
    assert (await service.read_sheet(platform, "interrail")).status == "archived"
    trace = await platform.db.fetch_one("SELECT action, object, detail FROM audit")
    assert (trace["action"], trace["object"]) == ("programme.status", "interrail")
    assert trace["detail"] == {"before": "published", "after": "archived"}


async def test_an_old_version_can_still_be_read(platform, sheets):
    await platform.db.execute(
        "INSERT INTO programme_version (programme, version, facts)"
        ' SELECT programme, 2, facts || \'{"version": 2, "title_fr": "Neuf"}\' FROM programme_version'
        " WHERE programme = 'interrail'"
    )
    await platform.db.execute("UPDATE programme SET version = 2 WHERE id = 'interrail'")
    assert (await service.read_programme(platform, "interrail")).title_fr == "Neuf"
    assert (await service.read_programme(platform, "interrail", 1)).title_fr != "Neuf"


@pytest.mark.parametrize("version", [None, 1])
async def test_an_unknown_sheet_is_not_found(platform, sheets, version):
    with pytest.raises(NotFound):
        await service.read_programme(platform, "nowhere", version)
    with pytest.raises(NotFound):
        await service.read_programme(platform, "interrail", 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JAPON", "pvt-japon"),
        ("allemágne lycéen", "ofaj-voltaire"),
        ("voltaire", "ofaj-voltaire"),
        ("  animaux   écovolontariat ", "ecovolontariat"),
        ("germany", "ofaj-voltaire"),
    ],
)
async def test_sheets_are_found_without_accents_by_title_place_or_field(
    platform, sheets, text, expected
):
    ids = [one.id for one in await service.list_programmes(platform, Filters(text=text))]
    assert expected in ids
    assert len(ids) < 30


async def test_a_sheet_for_the_whole_world_is_found_in_each_zone_abroad(platform, sheets):
    async def ids(**wanted):
        return {one.id for one in await service.list_programmes(platform, Filters(**wanted))}

    assert "vie" in await ids(zone="asie")
    assert "vie" not in await ids(zone="france")
    assert await ids(zone="asie", domain="au_pair") < await ids(domain="au_pair")
    assert len(await ids()) == 85


async def test_every_id_of_every_sheet_has_a_label(platform, sheets):
    for programme in await service.published(platform):
        for kind, ids in (
            ("domains", programme.domains),
            ("zones", programme.zones),
            ("statuses", programme.statuses),
            ("interests", programme.tags),
            ("flags", (*programme.requires_flags,)),
            ("countries", programme.countries),
        ):
            assert all(taxonomy.label(kind, id_) != id_ for id_ in ids), (programme.id, kind)
