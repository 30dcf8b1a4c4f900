"""The screen with JavaScript: a real Chromium, whose requests are answered in this process."""

import pytest
from playwright.async_api import expect

from core.interviews import kept, service
from core.testing.factories import signed_in
from tests.browser.conftest import DESK, chromium  # noqa: F401 - a fixture

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
    await expect(screen.locator("[data-state]")).to_contain_text("Pas de réseau")
    assert "train" in await screen.evaluate("Object.values(localStorage).join()")
    line.cut = False
    await expect(screen.locator("[data-state]")).to_have_text("Enregistré à 8 h")
    interview = await service.open_interview(platform, world.user, world.appointment)
    assert interview.notes == "Écrit dans le train"
    assert await screen.evaluate("localStorage.length") == 0


async def test_words_kept_on_the_device_are_offered_after_a_crash(screen, line, world):
    line.cut = True
    await screen.fill("#f-notes", "Écrit dans le train")
    await expect(screen.locator("[data-state]")).to_contain_text("Pas de réseau")
    line.cut = False
    await screen.goto(f"http://test/entretiens/{world.appointment}")
    await screen.click("[data-mine]")
    assert await screen.input_value("#f-notes") == "Écrit dans le train"
    await expect(screen.locator("[data-state]")).to_have_text("Enregistré à 8 h")


async def test_a_colleagues_change_stops_the_autosave_until_the_advisor_chooses(
    platform, world, screen
):
    interview = await service.open_interview(platform, world.user, world.appointment)
    draft = service.Draft(profile=interview.profile, project=interview.project, notes="autre")
    await service.save(platform, world.user, world.appointment, 0, draft)
    await screen.fill("#f-notes", "ma version")
    await expect(screen.locator("[data-words]")).to_contain_text("Ce dossier a changé")
    assert (await service.read_interview(platform, world.appointment)).notes == "autre"
    await screen.click("[data-mine]")
    await expect(screen.locator("[data-state]")).to_have_text("Enregistré à 8 h")
    assert (await service.read_interview(platform, world.appointment)).notes == "ma version"


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
