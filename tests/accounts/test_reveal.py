import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, chromium  # noqa: F401 - a fixture
from tests.interviews.test_autosave import Line

pytestmark = pytest.mark.browser


async def test_a_password_is_shown_to_who_types_it_and_hidden_when_it_leaves(chromium, client):  # noqa: F811 - pytest's way to name a fixture
    page = await chromium.new_page(viewport=PHONE, locale="fr-FR")
    await page.route("**/*", Line(client).carry)
    await page.goto("http://test/connexion")
    await page.fill("#f-email", "romane@essai.example")
    await page.fill("#f-password", "une barque sur la Dordogne")
    await page.get_by_role("button", name="Afficher : Mot de passe").click()
    await expect(page.locator("#f-password")).to_have_attribute("type", "text")
    await page.route("**/connexion", lambda route: route.fulfill(status=204))
    async with page.expect_request("**/connexion"):
        await page.get_by_role("button", name="Se connecter").click()
    await expect(page.locator("#f-password")).to_have_attribute("type", "password")
    await expect(page.get_by_role("button", name="Afficher")).to_be_visible()
    await page.close()
