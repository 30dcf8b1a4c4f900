"""The pages as a browser without JavaScript, and then its autosave, meet them."""

import re

import pytest

from core.testing.factories import (
    account_of,
    form_token,
    make_account,
    make_advisor,
    make_structure,
    signed_in,
)
from tests.interviews.conftest import TUESDAY


@pytest.fixture
async def advisor(platform, client, world):
    return await signed_in(platform, client, world.account)


def path_of(world):
    return f"/entretiens/{world.appointment}"


async def send(client, path, data, method="POST", **headers):
    data = {"_csrf_token": await form_token(client), **data}
    if method == "PUT":
        headers |= {"x-csrftoken": data["_csrf_token"], "accept": "application/json"}
    return await client.request(method, path, data=data, headers=headers)


def revision_of(html):
    return re.search(r'name="revision" value="(\d+)"', html)[1]


async def test_the_whole_hour_works_without_javascript(platform, client, world, token, clock):
    clock.set(TUESDAY)
    await signed_in(platform, client, world.account)
    path = path_of(world)
    html = (await client.get(path)).text
    assert "Alix Essai" in html
    assert "Voir l’Irlande</textarea>" in html

    draft = {
        "revision": revision_of(html),
        "birth_date": "2006-05-31",
        "residence": "33",
        "statuses": ["demandeur_emploi", "jeune_diplome"],
        "language_code": ["en", "", "es", ""],
        "language_level": ["B1", "", "A2", ""],
        "flag_permis_b": "permis_b:yes",
        "flag_bafa": "bafa:no",
        "flag_handicap": "",
        "domains": ["volontariat"],
        "countries": ["IE", ""],
        "departure": "2027-09",
        "wish": "Voir l’Irlande",
        "notes": "Un secret du conseiller",
    }
    answer = await send(client, path, {**draft, "action": "keep:ces-volontariat"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{path}#gardees"
    html = (await client.get(path)).text
    assert revision_of(html) == "1"
    assert re.search(r'value="es" selected', html)
    assert re.search(r'value="A2" selected', html)
    assert re.search(r'value="permis_b:yes" checked', html)
    assert re.search(r'value="bafa:no" checked', html)
    assert 'name="word_ces-volontariat"' in html

    said = {
        **draft,
        "revision": "1",
        "word_ces-volontariat": "Votre énergie y fera merveille.",
        "next_ces-volontariat": "Créer son compte PASS avant mars.",
        "advisor_word": "Merci pour cette belle heure.",
    }
    answer = await send(client, path, {**said, "action": "close:honoured"})
    assert answer.headers["location"] == f"{path}#cloture"
    before = await client.get(f"/rdv/{token}/feuille-de-route")
    assert "Votre énergie" not in before.text
    preview = (await client.get(f"{path}/feuille-de-route")).text
    assert "Votre énergie y fera merveille." in preview
    answer = await send(client, path, {**said, "revision": "2", "action": "send"})
    assert answer.status_code == 303

    client.cookies.clear()
    roadmap = (await client.get(f"/rdv/{token}/feuille-de-route")).text
    assert "Votre énergie y fera merveille." in roadmap
    assert "Créer son compte PASS avant mars." in roadmap
    assert "Merci pour cette belle heure." in roadmap
    assert 'href="https://' in roadmap
    assert "secret" not in roadmap


async def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(client, advisor, world):
    bad = {
        "revision": "0",
        "birth_date": "31 mai",
        "budget_eur": "mille",
        "diploma": "agregation",
        "residence": "75",
        "language_code": ["en", "en", "ga"],
        "language_level": ["B1", "B2", ""],
        "countries": ["IE", "ATLANTIDE"],
        "duration_min_weeks": "12",
        "duration_max_weeks": "4",
        "departure": "2027-13",
        "passions": "x" * 2001,
        "notes": "à garder",
    }
    answer = await send(client, path_of(world), bad)
    assert answer.status_code == 422
    faulty = re.findall(r'id="f-(\w+)-error"', answer.text)
    assert sorted(faulty) == [
        "birth_date",
        "budget_eur",
        "countries",
        "departure",
        "diploma",
        "languages",
        "passions",
        "residence",
    ]
    assert "Choisissez le niveau de chaque langue." in answer.text
    assert 'value="mille"' in answer.text
    assert "à garder</textarea>" in answer.text
    assert revision_of((await client.get(path_of(world))).text) == "0"
    sensible = {"revision": "0", "duration_min_weeks": "12", "duration_max_weeks": "4"}
    answer = await send(client, path_of(world), sensible)
    assert "inférieure à la plus courte" in answer.text


async def test_ten_megabytes_of_notes_are_refused_kindly(client, advisor, world):
    answer = await send(client, path_of(world), {"revision": "0", "notes": "é" * 1_600_000})
    assert answer.status_code == 422
    assert "C’est trop long" in answer.text


async def test_a_stale_page_keeps_what_was_typed_and_may_win_knowingly(client, advisor, world):
    await send(client, path_of(world), {"revision": "0", "notes": "premier onglet"})
    stale = await send(client, path_of(world), {"revision": "0", "notes": "second onglet"})
    assert stale.status_code == 409
    assert "second onglet</textarea>" in stale.text
    assert "Ce dossier a changé" in stale.text
    again = {"revision": revision_of(stale.text), "notes": "second onglet"}
    assert (await send(client, path_of(world), again)).status_code == 303
    assert "second onglet</textarea>" in (await client.get(path_of(world))).text


async def test_autosave_answers_with_the_new_ranking(client, advisor, world):
    url = f"{path_of(world)}/brouillon"
    young = await send(client, url, {"revision": "0", "birth_date": "2006-05-31"}, "PUT")
    assert young.status_code == 200
    assert young.json()["revision"] == 1
    assert young.json()["state"] == "Enregistré à 8 h"
    assert 'value="keep:ces-volontariat"' in young.json()["ranking"]
    older = await send(client, url, {"revision": "1", "birth_date": "1992-05-31"}, "PUT")
    assert 'value="keep:ces-volontariat"' not in older.json()["ranking"]
    kept = await send(
        client, url, {"revision": "2", "birth_date": "1992-05-31", "action": "keep:wwoof"}, "PUT"
    )
    assert 'name="word_wwoof"' in kept.json()["kept"]
    assert 'value="keep:wwoof"' not in kept.json()["ranking"]


async def test_autosave_says_conflicts_and_faults_as_data(client, advisor, world):
    url = f"{path_of(world)}/brouillon"
    await send(client, url, {"revision": "0", "notes": "un"}, "PUT")
    stale = await send(client, url, {"revision": "0", "notes": "deux"}, "PUT")
    assert (stale.status_code, stale.json()["revision"]) == (409, 1)
    wrong = await send(client, url, {"revision": "1", "budget_eur": "mille"}, "PUT")
    assert wrong.status_code == 422
    assert wrong.json()["errors"] == {"budget_eur": "Écrivez un nombre entre 0 et 200000."}
    refused = await send(client, url, {"revision": "1", "notes": "un", "action": "send"}, "PUT")
    assert refused.status_code == 422
    assert "honoré" in refused.json()["message"]
    client.cookies.clear()
    gone = await client.put(url, headers={"accept": "application/json"})
    assert gone.status_code in (401, 403)


async def test_others_find_nothing_there(platform, client, world):
    elsewhere = await make_structure(platform.db, "Autre structure")
    for structure, role in (
        (world.structure, "advisor"),
        (elsewhere, "advisor"),
        (elsewhere, "manager"),
    ):
        other = await make_advisor(platform.db, structure, role=role)
        await signed_in(platform, client, await account_of(platform.db, other))
        for path in (path_of(world), f"{path_of(world)}/feuille-de-route"):
            assert (await client.get(path)).status_code == 404
        answer = await send(client, path_of(world), {"revision": "0", "action": "send"})
        assert answer.status_code == 404
        answer = await send(client, f"{path_of(world)}/brouillon", {"revision": "0"}, "PUT")
        assert answer.status_code == 404


async def test_the_coordination_reads_without_a_button(platform, client, world):
    account = await make_account(platform.db, region_role="coordinator")
    await signed_in(platform, client, account)
    html = (await client.get(path_of(world))).text
    assert "cette lecture est tracée" in html
    assert 'name="action"' not in html
    answer = await send(client, path_of(world), {"revision": "0", "notes": "non"})
    assert answer.status_code == 422


async def test_a_manager_of_the_structure_may_take_over(platform, client, world):
    manager = await make_advisor(platform.db, world.structure, role="manager")
    await signed_in(platform, client, await account_of(platform.db, manager))
    answer = await send(client, path_of(world), {"revision": "0", "notes": "je remplace"})
    assert answer.status_code == 303


async def test_preparing_in_three_steps_fills_the_advisors_screen(platform, client, world, token):
    path = f"/rdv/{token}/preparer"
    assert "Trois petites étapes" in (await client.get(path)).text
    you = {"statuses": ["etudiant"], "language_code": ["es"], "language_level": ["B2"]}
    answer = await send(client, f"{path}?etape=1", you)
    assert answer.headers["location"] == f"{path}?etape=2"
    await send(client, f"{path}?etape=2", {"passions": "Le surf, surtout l’hiver"})
    answer = await send(client, f"{path}?etape=3", {"duration": "moyen", "wish": "Partir loin"})
    assert "Merci" in (await client.get(answer.headers["location"])).text
    again = (await client.get(path)).text
    assert 'value="etudiant" checked' in again
    assert 'value="moyen" checked' in (await client.get(f"{path}?etape=3")).text
    await signed_in(platform, client, world.account)
    html = (await client.get(path_of(world))).text
    assert "Le surf, surtout l’hiver</textarea>" in html
    assert "✎ Répondu par Alix" in html
    assert "marque les réponses préparées le lundi 25 janvier 2027" in html


async def test_preparing_with_nothing_known_is_fine_and_faults_are_said(client, token):
    path = f"/rdv/{token}/preparer"
    for step in (1, 2, 3):
        assert (await send(client, f"{path}?etape={step}", {})).status_code == 303
    wrong = await send(client, f"{path}?etape=3", {"budget_eur": "-5", "wish": "w" * 2001})
    assert wrong.status_code == 422
    assert 'id="f-budget_eur-error"' in wrong.text
    assert 'id="f-wish-error"' in wrong.text


@pytest.mark.parametrize("page", ["preparer", "feuille-de-route"])
async def test_a_forged_link_opens_nothing(client, token, page):
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert (await client.get(f"/rdv/{forged}/{page}")).status_code == 404
    assert (await client.get(f"/rdv/nimporte-quoi/{page}")).status_code == 404


async def test_before_it_is_sent_the_roadmap_page_says_so_kindly(client, token):
    answer = await client.get(f"/rdv/{token}/feuille-de-route")
    assert answer.status_code == 200
    assert "pas encore là" in answer.text
