"""The screen with JavaScript: a real Chromium, whose requests are answered in this process."""

import asyncio
from datetime import date

import msgspec
import pytest
from playwright.async_api import expect

from core.interviews import kept, service
from core.testing.factories import signed_in
from tests.browser.conftest import DESK, chromium  # noqa: F401 - a fixture

DAY = date(2027, 3, 2)
pytestmark = pytest.mark.browser


class Line:
    """Between the browser and the application; cut it, and the network is gone."""

    def __init__(self, client):
        self.client = client
        self.cut = False

    async def carry(self, route):
        if self.cut:
            await route.abort("internetdisconnected")
            return
        request = route.request
        headers = {
            name: value
            for name, value in request.headers.items()
            if name in ("accept", "content-type", "x-csrftoken", "accept-language")
        }
        answer = await self.client.request(
            request.method, request.url, headers=headers, content=request.post_data_buffer
        )
        await route.fulfill(
            status=answer.status_code,
            body=answer.content,
            content_type=answer.headers.get("content-type", "text/plain"),
        )


@pytest.fixture
async def line(platform, client, world):
    return Line(await signed_in(platform, client, world.account))


@pytest.fixture
async def screen(chromium, line, world):  # noqa: F811 - pytest's way to name a fixture
    page = await chromium.new_page(viewport=DESK, locale="fr-FR")
    await page.route("**/*", line.carry)
    await page.goto(f"http://test/entretiens/{world.appointment}")
    yield page
    async with asyncio.timeout(20):
        await page.unroute_all(behavior="wait")  # what the browser still asks is answered first
        await page.close()


async def test_what_is_typed_is_saved_and_ranked_without_a_button(platform, world, screen):
    await screen.fill("#f-birth_date", "1992-02-01")
    await screen.fill("#f-notes", "À rappeler")
    await expect(screen.locator("[data-state]")).to_have_text("Enregistré à 8 h")
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.notes == "À rappeler"
    await expect(screen.locator("#exclues")).to_contain_text("Corps européen de solidarité")


async def test_a_fault_is_said_beside_its_field_and_saved_once_mended(platform, world, screen):
    await screen.fill("#f-budget_eur", "mille")
    fault = screen.locator("#f-budget_eur-error")
    await expect(fault).to_contain_text("nombre")
    await screen.fill("#f-budget_eur", "1000")
    await expect(screen.locator("[data-state]")).to_have_text("Enregistré à 8 h")
    await expect(fault).to_have_count(0)
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.profile.budget_eur == 1000


async def test_without_network_the_device_keeps_the_words_and_sends_them_later(
    platform, world, screen, line
):
    line.cut = True
    await screen.fill("#f-notes", "Écrit dans le train")
    await screen.fill("#f-private_note", "Sa mère est malade")
    await expect(screen.locator("[data-state]")).to_contain_text("Hors ligne")
    kept_here = await screen.evaluate("Object.values(localStorage).join()")
    assert "train" in kept_here
    assert "malade" not in kept_here
    line.cut = False
    await expect(screen.locator("[data-state]")).to_have_text("Renvoyé. Enregistré à 8 h")
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.notes == "Écrit dans le train"
    assert interview.private_note == "Sa mère est malade"
    assert await screen.evaluate("localStorage.length") == 0


async def test_words_kept_on_the_device_are_sent_after_a_crash_beside_those_of_a_colleague(
    platform, world, screen, line
):
    line.cut = True
    await screen.fill("#f-notes", "Écrit dans le train")
    await screen.fill("#f-private_note", "Sa mère est malade")
    await expect(screen.locator("[data-state]")).to_contain_text("Hors ligne")
    file = await service.open_interview(platform, world.user, world.appointment)
    draft = service.Draft(profile=file.profile, project=file.project, advisor_word="Bravo")
    await service.save(platform, world.user, world.appointment, 0, draft)
    line.cut = False
    await screen.goto(f"http://test/entretiens/{world.appointment}")
    assert await screen.input_value("#f-notes") == "Écrit dans le train"
    await expect(screen.locator("[data-state]")).to_have_text("Renvoyé. Enregistré à 8 h")
    await expect(screen.locator("#f-advisor_word")).to_have_value("Bravo")
    file = await service.open_interview(platform, world.user, world.appointment)
    assert (file.notes, file.advisor_word) == ("Écrit dans le train", "Bravo")
    assert file.private_note == "Sa mère est malade"


async def test_another_tab_takes_over_what_a_closed_one_left_and_nobody_elses(screen, line, world):
    line.cut = True
    await screen.fill("#f-notes", "Écrit dans le train")
    await expect(screen.locator("[data-state]")).to_contain_text("Hors ligne")
    line.cut = False
    await screen.evaluate(
        """() => {
            const [key] = Object.keys(localStorage);
            const kept = { ...JSON.parse(localStorage[key]), at: Date.now() - 120_000 };
            localStorage.setItem(key, JSON.stringify(kept));
            const someone = key.split(":").with(1, "quelqu-un").join(":");
            localStorage.setItem(someone, JSON.stringify({ ...kept, typed: "notes=Autre" }));
            localStorage.setItem("entretien:vieux", JSON.stringify({ ...kept, at: 0 }));
            sessionStorage.clear();
        }"""
    )
    await screen.goto(f"http://test/entretiens/{world.appointment}")
    await expect(screen.locator("[data-state]")).to_have_text("Renvoyé. Enregistré à 8 h")
    assert await screen.input_value("#f-notes") == "Écrit dans le train"
    assert [key.split(":")[1] for key in await screen.evaluate("Object.keys(localStorage)")] == [
        "quelqu-un"
    ]


async def test_signing_out_asks_before_it_erases_what_is_only_on_the_device(screen, line, world):
    line.cut = True
    await screen.fill("#f-notes", "Écrit dans le train")
    await screen.fill("#f-private_note", "Sa mère est malade")
    await expect(screen.locator("[data-state]")).to_contain_text("Hors ligne")
    await screen.evaluate("localStorage.setItem('entretien:quelqu-un:dossier:onglet', '{}')")
    await screen.route("**/deconnexion", lambda route: route.fulfill(status=204))
    await screen.click(".signout button")
    question = screen.get_by_role("dialog")
    await expect(question).to_contain_text("que sur cet appareil")
    await expect(question.get_by_role("button", name="Rester connecté·e")).to_be_focused()
    await screen.keyboard.press("Escape")
    assert await screen.evaluate("localStorage.length") == 2

    await screen.click(".signout button")
    await expect(question.get_by_role("link")).to_have_attribute(
        "href", f"/entretiens/{world.appointment}"
    )
    async with screen.expect_request("**/deconnexion"):
        await question.get_by_role("button", name="Effacer").click()
    assert await screen.evaluate("Object.keys(localStorage).map((key) => key.split(':')[1])") == [
        "quelqu-un"
    ]
    stores = await screen.evaluate("Object.keys(sessionStorage).filter((key) => key !== 'tab')")
    assert stores == []


async def test_reopening_the_file_from_the_question_saves_it_and_then_nothing_is_asked(
    platform, screen, line, world
):
    line.cut = True
    await screen.fill("#f-notes", "Écrit dans le train")
    await expect(screen.locator("[data-state]")).to_contain_text("Hors ligne")
    await screen.click(".signout button")
    line.cut = False
    await screen.get_by_role("dialog").get_by_role("link").click()
    await expect(screen.locator("[data-state]")).to_have_text("Renvoyé. Enregistré à 8 h")
    assert (
        await service.read_interview(platform, world.appointment)
    ).notes == "Écrit dans le train"
    async with screen.expect_response("**/deconnexion"):
        await screen.click(".signout button")


async def test_two_who_wrote_in_one_field_see_both_and_choose_and_the_rest_is_joined(
    platform, world, screen
):
    file = await service.open_interview(platform, world.user, world.appointment)
    profile = msgspec.structs.replace(file.profile, diploma="bac", leisure="Lire")
    draft = service.Draft(profile=profile, project=file.project, notes="autre", follow_up_on=DAY)
    await service.save(platform, world.user, world.appointment, 0, draft)
    await screen.fill("#f-follow_up_on", "2027-04-01")
    await screen.select_option("#f-diploma", "bac_3")
    await screen.fill("#f-notes", "ma version")
    question = screen.locator("[data-words] .notice")
    await expect(question).to_contain_text("choisissez")
    await expect(question).to_contain_text("mardi 2 mars 2027")
    await expect(question.locator("[data-field=notes]")).to_contain_text("autre")
    await expect(question.locator("[data-field=notes]")).to_contain_text("ma version")
    assert (await service.read_interview(platform, world.appointment)).notes == "autre"
    await question.locator("[data-field=diploma] input").last.check()
    await question.locator("[data-field=follow_up_on] input").last.check()
    await screen.click("[data-settle]")
    await expect(screen.locator("[data-state]")).to_have_text("Enregistré à 8 h")
    file = await service.read_interview(platform, world.appointment)
    assert (file.notes, file.follow_up_on) == ("ma version", DAY)
    assert (file.profile.diploma, file.profile.leisure) == ("bac", "Lire")
    await expect(screen.locator("#f-leisure")).to_have_value("Lire")


async def test_a_session_that_ends_during_the_hour_loses_nothing(platform, world, screen, line):
    cookies = dict(line.client.cookies)
    line.client.cookies.clear()
    await screen.fill("#f-notes", "Pendant ce temps")
    await expect(screen.locator("[data-signin]")).to_be_visible()
    line.client.cookies.update(cookies)
    await screen.evaluate("dispatchEvent(new Event('focus'))")
    await expect(screen.locator("[data-state]")).to_have_text("Renvoyé. Enregistré à 8 h")
    await expect(screen.locator("[data-signin]")).to_be_hidden()
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.notes == "Pendant ce temps"


async def test_the_keyboard_goes_everywhere_and_a_dialog_says_how(platform, world, screen):
    await screen.keyboard.press("Alt+h")
    await expect(screen.locator("[data-keys]")).to_contain_text("Garder la première fiche")
    await screen.keyboard.press("Escape")
    for kept_count in (1, 2):
        await screen.keyboard.press("Alt+k")
        await expect(screen.locator(".kept-sheet")).to_have_count(kept_count)
    first = await screen.locator(".kept-sheet .ranked-title").first.inner_text()
    await screen.keyboard.press("Alt+g")
    await screen.locator(".kept-sheet textarea").first.focus()
    await screen.keyboard.press("Alt+ArrowDown")
    await expect(screen.locator(".kept-sheet .ranked-title").nth(1)).to_contain_text(first)
    await screen.keyboard.press("Alt+n")
    await expect(screen.locator("#f-notes")).to_be_focused()
    await screen.keyboard.type("Rêve du Japon")
    await expect(screen.locator("[data-value=JP]")).to_have_count(1)
    await screen.keyboard.press("Alt+i")
    await screen.keyboard.press("Enter")
    await expect(screen.locator("#f-countries")).not_to_have_value("")


async def test_sheets_are_kept_and_ordered_in_place_by_keyboard(platform, world, screen):
    for _ in range(2):
        await screen.locator("[value^='keep:']").first.focus()
        before = await screen.locator(".kept-sheet").count()
        await screen.keyboard.press("Enter")
        await expect(screen.locator(".kept-sheet")).to_have_count(before + 1)
    await screen.locator("textarea[name^='word_']").first.fill("D’abord celle-ci")
    await screen.locator("[value^='down:']").first.press("Enter")
    second = screen.locator("textarea[name^='word_']").nth(1)
    await expect(second).to_have_value("D’abord celle-ci")
    sheets = await kept.list_kept(platform, world.appointment)
    assert [sheet.word for sheet in sheets] == ["", "D’abord celle-ci"]


async def test_rows_of_languages_grow_as_they_fill(platform, world, screen):
    for number, (code, level) in enumerate(
        (("fr", "C2"), ("en", "B1"), ("es", "A2"), ("de", "A1"))
    ):
        await screen.locator("[name=language_code]").nth(number).select_option(code)
        await screen.locator("[name=language_level]").nth(number).select_option(level)
    await expect(screen.locator("[name=language_code]")).to_have_count(5)
    await expect(screen.locator("[data-state]")).to_have_text("Enregistré à 8 h")
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert [skill.code for skill in interview.profile.languages] == ["fr", "en", "es", "de"]
