import pytest
from asyncpg import CheckViolationError

from core.network.service import load_structures


@pytest.fixture
async def loaded(platform):
    await load_structures(platform)
    return platform.db


async def test_every_structure_is_a_draft_with_a_site_and_the_crij_is_one_with_three(loaded):
    assert await loaded.fetch_value("SELECT count(*) FROM structure") == 90
    assert await loaded.fetch_value("SELECT count(*) FROM structure WHERE status <> 'draft'") == 0
    sites = await loaded.fetch(
        "SELECT i.name FROM site i JOIN structure s ON s.id = i.structure"
        " WHERE s.name = 'Info Jeunes Nouvelle-Aquitaine (CRIJ)' ORDER BY 1"
    )
    assert [row["name"] for row in sites] == [
        "Site de Bordeaux",
        "Site de Limoges",
        "Site de Poitiers",
    ]
    assert (
        await loaded.fetch_value(
            "SELECT count(*) FROM structure s WHERE NOT EXISTS (SELECT FROM site WHERE structure = s.id)"
        )
        == 0
    )


async def test_a_second_load_adds_nothing_and_keeps_what_was_edited(platform, loaded):
    await loaded.execute(
        "UPDATE structure SET name = 'Nom juste', status = 'active' WHERE slug = 'pistes-solidaires'"
    )
    await load_structures(platform)
    assert await loaded.fetch_value("SELECT count(*) FROM structure") == 90
    assert await loaded.fetch_value("SELECT count(*) FROM site") == 92
    assert (
        await loaded.fetch_value("SELECT name FROM structure WHERE slug = 'pistes-solidaires'")
        == "Nom juste"
    )


async def test_a_structure_that_nobody_confirmed_cannot_be_published(loaded):
    assert await loaded.fetch_value("SELECT count(*) FROM structure WHERE NOT is_confirmed") == 43
    with pytest.raises(CheckViolationError):
        await loaded.execute(
            "UPDATE structure SET status = 'active' WHERE slug = 'info-jeunes-pau'"
        )
