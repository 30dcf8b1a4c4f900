"""A rule is changed on a page: drafted, tried on what was, published; and every ranking says by which version it was made."""

from uuid import uuid4

import msgspec
import pytest

from core.catalogue.service import load_programmes, read_catalogue
from core.contracts.matching import PastNeed
from core.interviews.ranking import rank_for
from core.matching.examples import read_examples
from core.testing.contracts import TODAY
from core.testing.factories import form_token, make_account, make_structure, signed_in
from hookspecs import Refused
from plugins.matching_rules import versions
from plugins.matching_rules.effects import effects
from plugins.matching_rules.fields import RulesForm, rules_of, values_of
from plugins.matching_rules.rulebook import read_rules
from plugins.matching_rules.wording import someone

HERE = "/p/matching_rules/"


@pytest.fixture
async def coordinator(platform, client):
    await make_structure(platform.db)
    account = await make_account(platform.db, name="Romane Essai", region_role="coordinator")
    await signed_in(platform, client, account)
    return account


@pytest.fixture
async def context(platform, coordinator):
    return platform.context("matching_rules", await platform.plugins.fresh())


def with_weights(**weights):
    rules = read_rules()
    return msgspec.structs.replace(rules, weights=msgspec.structs.replace(rules.weights, **weights))


def test_the_form_says_the_rules_whole():
    rules = read_rules()
    assert rules_of(msgspec.convert(values_of(rules), RulesForm)) == rules


async def test_what_is_published_is_what_was_tried(context, coordinator):
    assert (await versions.in_force(context)).version == versions.SHIPPED
    await versions.save_draft(context, with_weights(budget=50), coordinator)
    tried = await versions.read_draft(context)
    await versions.save_draft(context, with_weights(budget=60), coordinator)
    with pytest.raises(Refused):
        await versions.publish(context, tried.id, "Trop tard", coordinator)
    draft = await versions.read_draft(context)
    assert await versions.publish(context, draft.id, "Le budget compte", coordinator) == 1
    assert await versions.read_draft(context) is None
    current = await versions.in_force(context)
    assert (current.version, current.author, current.rules.weights.budget) == (
        1,
        "Romane Essai",
        60,
    )
    with pytest.raises(Refused):
        await versions.publish(context, uuid4(), "Rien", coordinator)
    assert [v.version for v in await versions.list_versions(context)] == [1, 0]


async def test_a_rule_is_changed_on_a_page_and_the_next_ranking_follows_it(
    platform, client, context, coordinator
):
    await load_programmes(platform)
    structure = await platform.db.fetch_value("SELECT id FROM structure")
    example = read_examples(TODAY)[6]
    before = await rank_for(platform, structure, example.need.profile, example.need.project)
    assert before.parts[0].version == "0"
    token = await form_token(client)
    fields = values_of(read_rules()) | {"hard": ["age"], "weight_places": 0, "_csrf_token": token}
    wrong = await client.post(f"{HERE}brouillon", data={**fields, "weight_budget": "500"})
    assert wrong.status_code == 422
    assert "500" in wrong.text
    saved = await client.post(f"{HERE}brouillon", data=fields)
    assert saved.headers["location"] == f"{HERE}apercu"
    preview = await client.get(f"{HERE}apercu")
    assert "seraient proposées à tort" in preview.text
    draft = await versions.read_draft(context)
    short = await client.post(
        f"{HERE}publier", data={"_csrf_token": token, "draft": str(draft.id), "note": "x"}
    )
    assert short.status_code == 422
    done = await client.post(
        f"{HERE}publier",
        data={"_csrf_token": token, "draft": str(draft.id), "note": "Essai de l’année"},
    )
    assert done.status_code == 303
    after = await rank_for(platform, structure, example.need.profile, example.need.project)
    assert after.parts[0].version == "1"
    assert after.proposed > before.proposed
    page = await client.get(f"{HERE}versions/1")
    assert "Essai de l’année" in page.text
    assert (await client.get(f"{HERE}versions/7")).status_code == 404
    assert "Essai de l’année" in (await client.get("/reseau/appariement")).text


async def test_a_draft_can_be_given_up(client, context, coordinator):
    await versions.save_draft(context, with_weights(budget=50), coordinator)
    assert "Abandonner" in (await client.get(HERE)).text
    await client.post(f"{HERE}abandonner", data={"_csrf_token": await form_token(client)})
    assert await versions.read_draft(context) is None
    assert (await client.get(f"{HERE}apercu")).status_code == 303


async def test_the_effects_tell_which_rankings_change_and_what_each_sheet_gains(platform):
    await load_programmes(platform)
    catalogue = await read_catalogue(platform)
    examples = read_examples(TODAY)
    past = [PastNeed(number=n, need=e.need) for n, e in enumerate(examples)]
    same = effects(catalogue, past, examples, read_rules(), read_rules())
    assert (same.needs, same.changed, same.shifts, same.moved) == (20, 0, [], [])
    assert (same.after.found, same.after.wrong) == (43, 0)
    lax = msgspec.structs.replace(with_weights(domains=1), hard=("suspendu",))
    found = effects(catalogue, past, examples, read_rules(), lax)
    assert found.changed > 10
    assert found.after.wrong > 50
    assert sum(shift.opened for shift in found.shifts) > 100
    assert all(shift.shut == 0 for shift in found.shifts)
    entered = sum(shift.enters for shift in found.shifts)
    assert entered >= sum(shift.leaves for shift in found.shifts) > 0
    told = someone(examples[0].need)
    assert "14 ans" in told.replace("\N{NO-BREAK SPACE}", " ")
    assert "Allemagne" in told
