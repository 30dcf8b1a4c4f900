"""Answered in place, changed as one likes, shown from five on, and nobody's."""

import csv
import io
from datetime import date

import pytest

from core.privacy.retention import anonymise
from core.testing.factories import form_token, make_account, make_structure, signed_in
from hookspecs import ExportRequest
from plugins.questionnaires import answers, results
from plugins.questionnaires.example import fill
from plugins.questionnaires.export import AnswersExporter


async def send(client, path, **fields):
    csrf = await form_token(client)
    return await client.post(path, data={"_csrf_token": csrf, **fields})


async def context_of(platform, structure=None):
    return platform.context("questionnaires", await platform.plugins.current(), structure)


def page_of(held, number=0):
    return f"/s/{held.slug}/p/questionnaires/avis/{held.tokens[number]}"


async def everybody_answers(client, held, count=6):
    for number in range(count):
        fields = {"q_clear": str(number % 5), "q_new": "1"}
        if number == 2:
            fields["q_missing"] = "=Une lettre"
        assert (await send(client, page_of(held, number), **fields)).status_code == 303


async def test_the_questions_follow_how_it_went_and_are_answered_in_place(client, platform, held):
    feedback = f"/rdv/{held.tokens[0]}/avis"
    assert "Encore une minute" not in (await client.get(feedback)).text
    await send(client, feedback, mood="4")
    page = (await client.get(feedback)).text
    assert "Encore une minute" in page
    assert f'action="{page_of(held)}"' in page
    answer = await send(client, page_of(held), q_clear="4", q_missing="Un exemple <b>")
    assert answer.headers["location"] == feedback
    thanks = (await client.get(feedback)).text
    assert "Merci, vos réponses sont gardées" in thanks
    assert "Un exemple &lt;b&gt;" in thanks
    await send(client, page_of(held), q_clear="3", q_new="0")
    context = await context_of(platform, held.structure)
    _version, said = await answers.read(context, "youth", held.appointments[0])
    assert said == {"clear": 3, "new": 0}
    assert await platform.db.fetch_value("SELECT count(*) FROM questionnaires_answer") == 1


@pytest.mark.parametrize(
    "fields",
    [{}, {"q_clear": "9"}, {"q_clear": "x"}, {"q_missing": "a" * 501}, {"other": "1"}],
)
async def test_nonsense_is_refused_kindly_and_what_was_typed_is_kept(
    client, platform, held, fields
):
    refused = await send(client, page_of(held), **fields)
    assert refused.status_code == 422
    assert "est à revoir" in refused.text
    assert fields.get("q_missing", "") in refused.text
    assert (await client.post(page_of(held), data={"q_clear": "1"})).status_code == 403
    assert await platform.db.fetch_value("SELECT count(*) FROM questionnaires_answer") == 0


async def test_only_an_interview_of_the_structure_that_was_held_is_asked_about(
    client, platform, held
):
    await make_structure(platform.db, "Ailleurs", slug="ailleurs")
    elsewhere = page_of(held).replace("/s/essai/", "/s/ailleurs/")
    assert (await client.get(elsewhere)).status_code == 404
    assert (await send(client, elsewhere, q_clear="1")).status_code == 404
    forged = page_of(held)[:-2] + "xx"
    assert (await client.get(forged)).status_code == 404
    await platform.db.execute("UPDATE appointment SET status = 'no_show'")
    assert (await client.get(page_of(held))).status_code == 404


async def test_the_advisor_answers_on_demand(client, platform, held):
    there = f"/s/{held.slug}/p/questionnaires/entretien/{held.appointments[0]}"
    assert (await client.get(there)).status_code == 303
    await signed_in(platform, client, held.account)
    assert f'href="{there}"' in (await client.get(f"/entretiens/{held.appointments[0]}")).text
    assert "Le classement proposait" in (await client.get(there)).text
    answer = await send(client, there, q_ranking="3")
    assert answer.headers["location"] == f"/entretiens/{held.appointments[0]}"
    assert 'value="3" checked' in (await client.get(there)).text


async def test_nothing_is_shown_or_exported_before_five_answers(client, platform, held):
    await everybody_answers(client, held, 4)
    await signed_in(platform, client, held.account)
    page = (await client.get(f"/s/{held.slug}/p/questionnaires/")).text
    assert "Trop peu de réponses" in page
    assert "Une lettre" not in page
    assert "Une lettre" not in (await exported(platform, held)).decode("utf-8-sig")
    await everybody_answers(client, held)
    page = (await client.get(f"/s/{held.slug}/p/questionnaires/")).text
    assert "=Une lettre" in page
    assert "Secret" not in page


async def exported(platform, held):
    request = ExportRequest(
        starts_on=date(2027, 1, 1), ends_on=date(2028, 1, 1), structure_ids=(held.structure,)
    )
    context = await context_of(platform)
    return b"".join([piece async for piece in AnswersExporter().export(context, request)])


async def test_the_file_counts_each_choice_and_no_cell_is_a_formula(client, platform, held):
    await everybody_answers(client, held)
    rows = list(
        csv.reader(io.StringIO((await exported(platform, held)).decode("utf-8-sig")), delimiter=";")
    )
    clear = [row for row in rows if row[3].startswith("Je sais quoi faire")]
    assert [(row[4], row[5]) for row in clear] == [
        ("Pas du tout", "2"),
        ("Plutôt non", "1"),
        ("Ni oui ni non", "1"),
        ("Plutôt oui", "1"),
        ("Tout à fait", "1"),
    ]
    assert [row[4] for row in rows if row[3].startswith("Qu’est-ce")] == ["'=Une lettre"]
    other = await make_structure(platform.db, "Ailleurs")
    nothing = await results.read_results(
        await context_of(platform), [other], date(2027, 1, 1), date(2028, 1, 1), 5
    )
    assert nothing == []


async def test_what_is_kept_leads_to_nobody_and_words_go_with_the_person(client, platform, held):
    await everybody_answers(client, held)
    rows = [dict(row) for row in await platform.db.fetch("SELECT * FROM questionnaires_answer")]
    assert {str(row["month"]) for row in rows} == {"2027-01-01"}
    kept = str(rows)
    for one in await platform.db.fetch("SELECT id FROM appointment UNION SELECT id FROM youth"):
        assert str(one["id"]) not in kept
    youths = await platform.db.fetch("SELECT id FROM youth")
    await anonymise(platform, [row["id"] for row in youths])
    said = await platform.db.fetch("SELECT answers FROM questionnaires_answer")
    assert "lettre" not in str([row["answers"] for row in said])
    assert len([row for row in said if "clear" in row["answers"]]) == 6


async def test_only_the_manager_and_the_coordination_read_results(client, platform, held):
    here = f"/s/{held.slug}/p/questionnaires/"
    await platform.db.execute("UPDATE membership SET role = 'advisor'")
    await signed_in(platform, client, held.account)
    assert (await client.get(here)).status_code == 404
    assert (await client.get("/p/questionnaires/")).status_code == 404
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    for path in (here, "/p/questionnaires/"):
        assert (await client.get(path)).status_code == 200


async def test_a_demonstration_has_answers_that_say_they_are_invented_once(client, platform, held):
    context = await context_of(platform)
    await fill(context)
    count = await platform.db.fetch_value("SELECT count(*) FROM questionnaires_answer")
    assert count > 50
    await fill(context)
    assert await platform.db.fetch_value("SELECT count(*) FROM questionnaires_answer") == count
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    assert "réponses sont inventées" in (await client.get("/p/questionnaires/")).text
