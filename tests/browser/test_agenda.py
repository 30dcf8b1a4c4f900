"""The calendar under the hand: a moment is chosen by mouse, finger or keys, and letters turn the pages unless one minds."""

import re

import pytest

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_walk import sign_in

pytestmark = pytest.mark.browser

FAR_WEEK = "/agenda/semaine?jour=2030-02-06"  # openings, and nobody yet
HERE = "document.activeElement.getAttribute('aria-label')"


def cell(page, day, start):
    return page.get_by_role("gridcell", name=f"{day} 2030, de {start} à ")


async def test_a_moment_of_the_grid_leads_to_a_form_that_begins_with_it(visitors):
    visitor = await visitors(DESK)
    page = visitor.page
    await sign_in(visitor, "lou@demo.example")
    await visitor.go(FAR_WEEK)

    # One stop of the Tab key, then the arrows; Shift makes it longer, and the other days keep still.
    assert await page.locator(".cells [tabindex='0']").count() == 1
    await page.locator(".cells [tabindex='0']").focus()
    opening = "mercredi 6 février 2030, de 14 h à 14 h 30. Plage d’ouverture"
    assert await page.evaluate(HERE) == opening
    for key in ("ArrowLeft", "ArrowDown", "Shift+ArrowDown", "Shift+ArrowRight", "Shift+ArrowDown"):
        await page.keyboard.press(key)
    assert await page.locator(".cells [tabindex='0']").count() == 1
    assert await page.get_by_role("gridcell", selected=True).count() == 3
    await page.keyboard.press("Enter")
    chooser = page.get_by_role("dialog")
    assert await chooser.locator("h2").inner_text() == "Mardi 5 février 2030, de 14 h 30 à 16 h"
    await visitor.snap("agenda-choix")
    await chooser.get_by_role("link", name="Noter une absence").click()
    assert await page.input_value("[name=starts_on]") == "2030-02-05"
    assert await page.input_value("[name=start_time]") == "14:30"
    assert await page.input_value("[name=end_time]") == "16:00"

    # Drawn with the mouse; Escape goes back to the cell.
    await page.go_back()
    top = await cell(page, "jeudi 7 février", "14 h").first.bounding_box()
    bottom = await cell(page, "jeudi 7 février", "15 h 30").first.bounding_box()
    await page.mouse.move(top["x"] + 40, top["y"] + 8)
    await page.mouse.down()
    await page.mouse.move(bottom["x"] + 60, bottom["y"] + 8, steps=4)
    await page.mouse.up()
    assert await chooser.locator("h2").inner_text() == "Jeudi 7 février 2030, de 14 h à 16 h"
    await page.keyboard.press("Escape")
    assert (await page.evaluate(HERE)).startswith("jeudi 7 février 2030, de 15 h 30")
    await cell(page, "vendredi 8 février", "9 h").first.click()
    await chooser.get_by_role("link", name="Ouvrir une plage").click()
    assert await page.input_value("[name=end_time]") == "10:00"
    await page.get_by_text(
        "Le vendredi 8 février 2030, 9 h à 10 h"
    ).wait_for()  # the preview, by itself


async def test_letters_turn_the_pages_never_while_one_types_and_can_be_turned_off(visitors):
    visitor = await visitors(DESK)
    page = visitor.page
    await sign_in(visitor, "lou@demo.example")
    await visitor.go(FAR_WEEK)
    await page.focus("#jour")
    await page.keyboard.press("m")
    assert "/agenda/semaine" in page.url
    await page.get_by_text("Raccourcis clavier").click()
    await page.keyboard.press("m")
    await page.wait_for_url(re.compile("/agenda/mois.jour=2030-02-06"))
    await visitor.snap("agenda-mois")
    await page.keyboard.press("ArrowRight")
    await page.wait_for_url(re.compile("/agenda/mois.jour=2030-03-01"))
    await page.keyboard.press("j")
    await page.wait_for_url(re.compile("/agenda/jour.jour=2030-03-01"))
    await visitor.snap("agenda-jour")
    await page.get_by_text("Raccourcis clavier").click()
    await page.uncheck("[data-keys-on]")
    await page.get_by_text("Raccourcis clavier").click()
    await page.keyboard.press("s")
    await page.reload()
    await page.keyboard.press("s")
    assert "/agenda/jour" in page.url


async def test_a_phone_shows_a_day_under_the_strip_of_its_week(visitors):
    visitor = await visitors(PHONE)
    page = visitor.page
    await sign_in(visitor, "lou@demo.example")
    await visitor.go(FAR_WEEK)
    await visitor.snap("agenda-semaine")
    assert await page.locator(".week-day:visible").count() == 1
    assert await page.locator(".cells:visible").count() == 0
    await page.get_by_role("link", name="Jour d’après").click()
    await page.wait_for_url(re.compile("jour=2030-02-07"))
    await page.locator(".strip a").first.click()
    await page.wait_for_url(re.compile("jour=2030-02-04"))
    await page.locator(".week-day:visible .add summary").click()
    await page.locator(".week-day:visible").get_by_role("link", name="Absence").click()
    assert await page.input_value("[name=starts_on]") == "2030-02-04"
