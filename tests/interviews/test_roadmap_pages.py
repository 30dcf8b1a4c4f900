"""The roadmap by the link: boxes are ticked without JavaScript, the paper says the same and is read aloud, dates leave for a calendar."""

import asyncio
import io

import pypdf
import pytest
from msgspec.structs import replace

from core.booking.views import read_view
from core.errors import NotFound, Refused
from core.interviews import choices, paper, service
from core.interviews.kept import Words
from core.interviews.roadmap import draft_roadmap, read_roadmap, send_roadmap
from core.interviews.service import Draft
from core.interviews.tasks import list_ticked, tasks_of, tick
from core.testing.factories import form_token, signed_in
from core.web.i18n import use_locale
from tests.interviews.conftest import TUESDAY

HOSTILE = (
    '#import "x": * $\\frac{1}{2}$ \\ `raw` *gras* _ital_ <lab> @ref // c /* d */ #panic("x") = t'
)
STEPS = "Choisir une ferme\n- Écrire à deux\n\nChoisir une ferme"


@pytest.fixture
async def sent(platform, world, clock):
    """A sent roadmap with one kept sheet, hostile words and two steps."""
    clock.set(TUESDAY)
    interview = await service.open_interview(platform, world.user, world.appointment)
    await choices.keep(platform, world.user, world.appointment, "wwoof")
    await service.save(
        platform,
        world.user,
        world.appointment,
        interview.revision,
        Draft(
            profile=interview.profile,
            project=interview.project,
            advisor_word=f"Bravo {HOSTILE}\nÀ bientôt",
            words={"wwoof": Words(word=HOSTILE, next_step=STEPS)},
        ),
    )
    await service.close(platform, world.user, world.appointment, "honoured")
    await send_roadmap(platform, world.user, world.appointment)
    return world


def read(body: bytes) -> tuple[pypdf.PdfReader, str]:
    reader = pypdf.PdfReader(io.BytesIO(body))
    return reader, " ".join(" ".join(p.extract_text() for p in reader.pages).split())


def kinds_of(element) -> set[str]:
    """The kinds of structure that a reader of screens is told, from the root down."""
    found = set()
    waiting = [element]
    while waiting:
        one = waiting.pop().get_object()
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            found |= {str(one["/S"])} if "/S" in one else set()
            waiting.extend([one["/K"]] if "/K" in one else [])
    return found


async def press(client, token, **fields):
    csrf = await form_token(client)
    return await client.post(
        f"/rdv/{token}/feuille-de-route/etapes", data={"_csrf_token": csrf, **fields}
    )


def test_each_line_of_the_next_step_is_a_box_once_and_none_is_left_without_one():
    words = [task.words for task in tasks_of("wwoof", STEPS)]
    assert words == ["Choisir une ferme", "Écrire à deux"]
    (only,) = tasks_of("wwoof", " \n ")
    assert only.key == "wwoof:read"
    assert tasks_of("wwoof", "Écrire à deux")[0] in tasks_of("wwoof", STEPS)
    assert tasks_of("au-pair", STEPS)[0].key != tasks_of("wwoof", STEPS)[0].key


async def test_a_box_is_ticked_by_a_press_of_its_button_and_stays_when_sent_again(
    client, platform, sent, token
):
    here = f"/rdv/{token}/feuille-de-route"
    page = (await client.get(here)).text
    assert page.count('role="checkbox" aria-checked="false"') == 2
    first, second = (await read_roadmap(platform, sent.appointment)).tasks
    answer = await press(client, token, task=second.key, done="true")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{here}#etape-2"
    await press(client, token, task=second.key, done="true")
    page = (await client.get(here)).text
    assert page.count('aria-checked="true"') == 1
    assert "Étapes cochées : 1 sur 2" in page.replace("\xa0", " ")
    await send_roadmap(platform, sent.user, sent.appointment)
    assert set(await list_ticked(platform, sent.appointment)) == {second.key}
    await press(client, token, task=second.key)
    assert await list_ticked(platform, sent.appointment) == {}
    await tick(platform, sent.appointment, (first,), first.key, done=True)
    assert set(await list_ticked(platform, sent.appointment)) == {first.key}


async def test_nothing_is_ticked_on_get_without_the_form_token_or_on_another_box(
    client, platform, sent, token
):
    here = f"/rdv/{token}/feuille-de-route/etapes"
    assert (await client.get(here)).status_code in {404, 405}
    assert (await client.post(here, data={"task": "wwoof:read"})).status_code == 403
    assert (await press(client, token, task="au-pair:read", done="true")).status_code == 404
    assert (await press(client, token)).status_code == 303
    assert await list_ticked(platform, sent.appointment) == {}
    with pytest.raises(NotFound):
        await tick(platform, sent.appointment, (), "wwoof:read", done=True)


async def test_ticking_without_end_is_held_back(client, sent, token, platform):
    (task, _) = (await read_roadmap(platform, sent.appointment)).tasks
    answers = [await press(client, token, task=task.key, done="true") for _ in range(201)]
    assert answers[199].status_code == 303
    assert answers[200].status_code == 429


async def test_the_paper_is_tagged_titled_in_its_language_and_says_what_the_page_says(
    client, platform, sent, token
):
    answer = await client.get(f"/rdv/{token}/feuille-de-route.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    reader, text = read(answer.content)
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert {"/H1", "/H2", "/L", "/LI", "/Link", "/P"} <= kinds_of(root["/StructTreeRoot"])
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Feuille de route de Alix Essai"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    for words in (
        "Alix Essai",
        "mardi 26 janvier 2027",
        "Camille E.",
        "Info Jeunes Essai",
        "WWOOF",
        "Choisir une ferme",
        "Écrire à deux",
        "Ce que vous apportez",
        "Site officiel",
        "À bientôt",
        f"/rdv/{token}/feuille-de-route",
    ):
        assert words in text
    assert text.count(HOSTILE[:30]) >= 2
    view = await read_view(platform, sent.appointment)
    roadmap = await draft_roadmap(platform, sent.appointment)
    with use_locale("en"):
        reader, _text = read(await paper.write_pdf(view, roadmap, [], {}))
    assert reader.trailer["/Root"]["/Lang"] == "en"


async def test_a_sign_that_no_font_draws_costs_nothing_but_the_label(platform, sent):
    view = await read_view(platform, sent.appointment)
    roadmap = await draft_roadmap(platform, sent.appointment)
    strange = f"Bravo 🙂 日本語 {chr(0x202E)} fin"
    body = await paper.write_pdf(view, replace(roadmap, advisor_word=strange), [], {})
    _reader, text = read(body)
    assert "Bravo" in text
    assert "🙂" not in text
    assert "fin" in text


async def test_a_paper_that_takes_too_long_is_refused_kindly(platform, sent, monkeypatch):
    async def hang(*_):
        await asyncio.sleep(60)

    monkeypatch.setattr(paper, "TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(paper.asyncio, "to_thread", hang)
    view = await read_view(platform, sent.appointment)
    roadmap = await draft_roadmap(platform, sent.appointment)
    with pytest.raises(Refused, match="tarde"):
        await paper.write_pdf(view, roadmap, [], {})


async def test_nothing_is_there_before_the_roadmap_was_sent(client, world, token):
    for end in (".pdf", "/dates.ics"):
        assert (await client.get(f"/rdv/{token}/feuille-de-route{end}")).status_code == 404
    assert (await press(client, token, task="wwoof:read", done="true")).status_code == 404


async def test_the_advisor_sees_what_is_ticked_and_may_print_before_sending(
    client, platform, sent, token
):
    _first, second = (await read_roadmap(platform, sent.appointment)).tasks
    await press(client, token, task=second.key, done="true")
    await signed_in(platform, client, sent.account)
    here = f"/entretiens/{sent.appointment}"
    preview = (await client.get(f"{here}/feuille-de-route")).text
    assert preview.count("data-done") == 1
    assert 'role="checkbox"' not in preview
    _reader, text = read((await client.get(f"{here}/feuille-de-route.pdf")).content)
    assert "Écrire à deux (fait)" in text
    followed = (await client.get(f"{here}/suivi")).text
    assert "coché le" in followed


async def test_the_dates_leave_as_a_calendar_file(client, platform, sent, token):
    await choices.keep(platform, sent.user, sent.appointment, "interrail")
    await platform.db.execute(
        "INSERT INTO programme_version (programme, version, facts) SELECT programme, 2,"
        ' facts || \'{"version": 2, "application_mode": "windows", "application_months": [3, 4]}\''
        " FROM programme_version WHERE programme = 'wwoof' AND version = 1"
    )
    await platform.db.execute("UPDATE programme SET version = 2 WHERE id = 'wwoof'")
    await choices.keep(platform, sent.user, sent.appointment, "wwoof")
    await send_roadmap(platform, sent.user, sent.appointment)
    page = (await client.get(f"/rdv/{token}/feuille-de-route")).text
    assert "Candidater avant fin avril 2027" in page
    answer = await client.get(f"/rdv/{token}/feuille-de-route/dates.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.text.count("BEGIN:VEVENT") == 2
