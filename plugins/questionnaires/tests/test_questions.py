"""Questions are data: written by the region or, where it delegates, by a structure; every version stays readable."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.testing.factories import form_token, make_account, signed_in
from plugins.questionnaires import answers, drafting, versions
from plugins.questionnaires.questions import (
    MOST_QUESTIONS,
    Question,
    read_answers,
    shipped,
    values_of,
)
from plugins.questionnaires.results import tally

THREE = {
    "kind_1": "scale",
    "text_1": "C’était clair",
    "kind_2": "choice",
    "text_2": "Le temps",
    "options_2": "Court\nJuste\n\nLong",
    "options_en_2": "Short\nRight\nLong",
    "kind_3": "words",
    "text_3": "Un mot ?",
    "text_en_3": "A word?",
}


async def send(client, path, **fields):
    csrf = await form_token(client)
    return await client.post(path, data={"_csrf_token": csrf, **fields})


async def context_of(platform, structure):
    return platform.context("questionnaires", await platform.plugins.fresh(), structure)


@pytest.mark.parametrize("audience", ["youth", "advisor"])
def test_what_travels_with_the_plugin_is_short_and_in_both_languages(audience):
    questions = shipped(audience)
    assert 1 <= len(questions) <= 4
    assert len({question.id for question in questions}) == len(questions)
    for question in questions:
        assert question.said("en") != question.said("fr")
        assert len(question.choices("en")) == len(question.choices("fr"))


def test_the_editor_reads_what_it_shows_and_leaves_empty_rows_out():
    form, questions = drafting.read(THREE)
    assert form.errors == {}
    assert [one.kind for one in questions] == ["scale", "choice", "words"]
    assert questions[1].options == ("Court", "Juste", "Long")
    assert questions[1].choices("en") == ["Short", "Right", "Long"]
    again = drafting.read(drafting.values_of(questions))[1]
    assert again == questions
    assert drafting.read({})[1] == []


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"text_1": "ab", "kind_1": "words"}, "text_1"),
        ({"text_1": "a" * 201, "kind_1": "words"}, "text_1"),
        ({"text_1": "Une question", "kind_1": "stars"}, "kind_1"),
        ({"text_1": "Une question", "kind_1": "choice", "options_1": "Seule"}, "options_1"),
        ({"text_1": "Une question", "kind_1": "choice", "options_1": "a\na"}, "options_1"),
        (
            {"text_1": "Une question", "kind_1": "choice", "options_1": "a\nb", "options_en_1": "c"},
            "options_en_1",
        ),
    ],
)  # fmt: skip
def test_each_fault_of_a_question_is_said_beside_its_field(fields, wrong):
    form, questions = drafting.read(fields)
    assert questions is None
    assert set(form.errors) == {wrong}
    assert form.value("text_1") == fields["text_1"]


typed = st.dictionaries(
    st.sampled_from(["q_clear", "q_new", "q_missing", "q_other"]),
    st.sampled_from(["", "0", "1", "2", "4", "5", "-1", "un mot", " ", "²"]),
)


@given(st.lists(typed, max_size=12))
def test_whatever_is_typed_what_is_kept_is_an_answer_and_is_counted_once(forms):
    questions = shipped("youth")
    kept = [said for said in (read_answers(questions, form)[1] for form in forms) if said]
    for said in kept:
        again = read_answers(questions, values_of(questions, said))[1]
        assert again == said
    for one in tally(questions, kept):
        assert one.total == sum(one.question.id in said for said in kept)


@given(st.dictionaries(st.sampled_from([f"{f}_{n}" for f in ("id", "kind", "text", "options") for n in range(9)]), st.text(max_size=20)))  # fmt: skip
def test_whatever_is_typed_in_the_editor_gives_questions_or_says_why_not(fields):
    form, questions = drafting.read(fields)
    assert (questions is None) == bool(form.errors)
    assert len(questions or []) <= MOST_QUESTIONS
    stored = msgspec.json.encode(questions or [])
    assert msgspec.json.decode(stored, type=list[Question]) == (questions or [])
    assert len({question.id for question in questions or []}) == len(questions or [])


async def test_a_structure_asks_its_own_questions_where_it_is_delegated_and_may_return(
    client, platform, held
):
    here = f"/s/{held.slug}/p/questionnaires/"
    await signed_in(platform, client, held.account)
    assert (await send(client, f"{here}jeunes", **THREE)).status_code == 303
    context = await context_of(platform, held.structure)
    own = await versions.in_force(context, held.structure, "youth")
    assert (own.version, own.structure_id, len(own.questions)) == (1, held.structure, 3)
    assert (await versions.of_region(context, "youth")).questions == shipped("youth")
    assert (await versions.in_force(context, held.structure, "advisor")).questions == shipped(
        "advisor"
    )
    assert "C’était clair" in (await client.get(f"{here}jeunes")).text
    assert (await send(client, f"{here}jeunes", back="true")).status_code == 303
    assert (await versions.in_force(context, held.structure, "youth")).structure_id is None
    refused = await send(client, f"{here}jeunes", text_1="ab", kind_1="words")
    assert refused.status_code == 422
    assert (await client.get(f"{here}personne")).status_code == 404


async def test_where_it_is_not_delegated_only_the_coordination_writes(client, platform, held):
    await platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy, delegated) VALUES ('questionnaires', 'default_on', false)"
    )
    await platform.plugins.fresh()
    here = f"/s/{held.slug}/p/questionnaires/"
    await signed_in(platform, client, held.account)
    page = await client.get(here)
    assert page.status_code == 200
    assert "La coordination écrit ces questions" in page.text
    assert (await client.get(f"{here}jeunes")).status_code == 404
    assert (await send(client, f"{here}jeunes", **THREE)).status_code == 404
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    assert (await send(client, f"{here}jeunes", **THREE)).status_code == 303


async def test_old_answers_keep_the_questions_that_they_were_given_to(client, platform, held):
    answering = f"/s/{held.slug}/p/questionnaires/avis/"
    await send(client, answering + held.tokens[0], q_clear="4")
    coordinator = await make_account(platform.db, region_role="coordinator", name="Nour Région")
    await signed_in(platform, client, coordinator)
    assert (await send(client, "/p/questionnaires/jeunes", **THREE)).status_code == 303
    assert (await send(client, "/p/questionnaires/jeunes", **THREE)).status_code == 303
    context = await context_of(platform, held.structure)
    found = await versions.list_versions(context, None, "youth")
    assert [one.version for one in found] == [2, 1, 0]
    version, said = await answers.read(context, "youth", held.appointments[0])
    assert (version.questions, said) == (shipped("youth"), {"clear": 4})
    assert "Je sais quoi faire" in (await client.get(answering + held.tokens[0])).text
    assert "C’était clair" in (await client.get(answering + held.tokens[1])).text
    page = (await client.get("/p/questionnaires/")).text
    assert "Nour Région" in page


async def test_a_region_that_asks_nothing_asks_nothing(client, platform, held):
    await signed_in(platform, client, await make_account(platform.db, region_role="coordinator"))
    await send(client, "/p/questionnaires/jeunes", text_1="")
    answering = f"/s/{held.slug}/p/questionnaires/avis/{held.tokens[0]}"
    assert (await client.get(answering)).status_code == 404
    await send(client, f"/rdv/{held.tokens[0]}/avis", mood="4")
    assert "Encore une minute" not in (await client.get(f"/rdv/{held.tokens[0]}/avis")).text


async def test_where_the_plugin_is_off_nothing_is_there(client, platform, held):
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('questionnaires', $1, 'off', now())",
        held.structure,
    )
    await platform.plugins.fresh()
    answering = f"/s/{held.slug}/p/questionnaires/avis/{held.tokens[0]}"
    assert (await client.get(answering)).status_code == 404
    await send(client, f"/rdv/{held.tokens[0]}/avis", mood="4")
    assert "Encore une minute" not in (await client.get(f"/rdv/{held.tokens[0]}/avis")).text
