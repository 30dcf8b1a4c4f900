import pytest

from core.accounts.access import CurrentUser, Membership
from core.errors import NotFound, Refused
from core.matching import choice
from core.matching.choice import read_choice
from core.testing.factories import (
    form_token,
    join,
    make_account,
    make_structure,
    signed_in,
)

BLEND = {"matching_rules:rules": 70, "matching_text:words": 30}


def manager_of(structure, account):
    place = Membership(structure_id=structure, role="manager")
    return CurrentUser(account_id=account, name="", email="", memberships=(place,))


@pytest.fixture
async def structure(database):
    return await make_structure(database, slug="essai")


async def chosen(platform, structure):
    return (await read_choice(platform, await platform.plugins.fresh(), structure)).weights


async def test_a_structure_ranks_by_rules_until_it_chooses_a_blend_and_the_choice_is_traced(
    platform, structure
):
    user = manager_of(structure, await make_account(platform.db))
    assert await chosen(platform, structure) == {"matching_rules:rules": 100}
    await choice.choose(platform, user, structure, {**BLEND, "core:earliest_first": 0})
    assert await chosen(platform, structure) == BLEND
    trace = await platform.db.fetch_one("SELECT action, structure, detail FROM audit")
    assert (trace["action"], trace["structure"]) == ("matching.chosen", structure)
    assert trace["detail"] == {"weights": BLEND}
    await choice.choose(platform, user, structure, {"matching_text:words": 5})
    assert await chosen(platform, structure) == {"matching_text:words": 100}


async def test_nothing_nor_what_is_off_can_be_chosen_nor_anothers_structure(platform, structure):
    account = await make_account(platform.db)
    user = manager_of(structure, account)
    with pytest.raises(Refused):
        await choice.choose(platform, user, structure, {"matching_rules:rules": 0})
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('matching_text', $1, 'off', now())",
        structure,
    )
    with pytest.raises(Refused):
        await choice.choose(platform, user, structure, BLEND)
    with pytest.raises(NotFound):
        other = await make_structure(platform.db)
        await choice.choose(platform, user, other, {"matching_rules:rules": 1})


async def test_the_manager_weighs_on_a_page_that_keeps_what_was_typed_wrong(
    platform, client, structure
):
    account = await make_account(platform.db)
    await join(platform.db, account, structure, role="manager")
    await signed_in(platform, client, account)
    token = await form_token(client)
    path = "/reseau/essai/classement"
    wrong = await client.post(
        path, data={"_csrf_token": token, "weight:matching_rules:rules": "beaucoup"}
    )
    assert wrong.status_code == 422
    assert 'value="beaucoup"' in wrong.text
    data = {f"weight:{key}": str(weight) for key, weight in BLEND.items()}
    saved = await client.post(path, data={"_csrf_token": token, **data})
    assert saved.status_code == 303
    assert await chosen(platform, structure) == BLEND
    shown = await client.get(path)
    assert 'value="70"' in shown.text


async def test_the_coordination_sees_who_ranks_by_what(platform, client, structure):
    await platform.db.execute("UPDATE structure SET blend = $2 WHERE id = $1", structure, BLEND)
    account = await make_account(platform.db, region_role="coordinator")
    await signed_in(platform, client, account)
    page = await client.get("/reseau/appariement")
    assert page.status_code == 200
    assert "Info Jeunes Essai" in page.text
    assert "/p/matching_rules/" in page.text
    assert "70" in page.text
