from datetime import UTC, datetime

import pytest

from core.contracts.exports import Exporter
from core.extension.board import Board, Owned
from core.testing.factories import (
    form_token,
    join,
    make_account,
    make_advisor,
    make_appointment,
    make_structure,
    signed_in,
)

CSV = "/exports/stats_export:appointments_csv"
YEAR = {"du": "2027-01-01", "au": "2027-12-31"}


@pytest.fixture
async def two(platform):
    ids = []
    for name in ("La nôtre", "Une autre"):
        structure = await make_structure(platform.db, name)
        advisor = await make_advisor(platform.db, structure)
        await make_appointment(
            platform.db, advisor, structure, datetime(2027, 2, 2, 13, tzinfo=UTC)
        )
        ids.append(structure)
    return ids


@pytest.fixture
async def coordinator(platform, client):
    return await signed_in(
        platform, client, await make_account(platform.db, region_role="coordinator")
    )


async def test_the_coordination_downloads_figures_of_everyone(platform, coordinator, two):
    assert "Rendez-vous en chiffres (CSV)" in (await coordinator.get("/exports")).text
    answer = await coordinator.get(CSV, params=YEAR)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="rendez-vous-2027-01-01-2027-12-31.csv"'
    )
    assert "La nôtre" in answer.text
    assert "Une autre" in answer.text
    trace = await platform.db.fetch_one("SELECT action, object, detail FROM audit")
    assert trace["action"] == "export.downloaded"
    assert trace["detail"] == {"from": "2027-01-01", "to": "2027-12-31", "structures": 2}


async def test_a_manager_downloads_figures_of_their_structure_only(platform, client, two):
    account = await make_account(platform.db)
    await join(platform.db, account, two[0], role="manager")
    await signed_in(platform, client, account)
    text = (await client.get(CSV, params=YEAR)).text
    assert "La nôtre" in text
    assert "Une autre" not in text


async def test_a_structure_where_it_is_off_is_not_in_the_file_and_nowhere_on_is_a_404(
    platform, coordinator, two
):
    token = await form_token(coordinator)
    for number, structure in enumerate(two):
        slug = await platform.db.fetch_value("SELECT slug FROM structure WHERE id = $1", structure)
        await coordinator.post(
            "/reseau/fonctionnalites",
            data={"_csrf_token": token, "turn": f"stats_export:{slug}:off"},
        )
        answer = await coordinator.get(CSV, params=YEAR)
        if number == 0:
            assert "La nôtre" not in answer.text
            assert "Une autre" in answer.text
        else:
            assert answer.status_code == 404
    assert "Rendez-vous en chiffres" not in (await coordinator.get("/exports")).text


@pytest.mark.parametrize(
    ("period", "fault"),
    [
        ({}, "nécessaire"),
        ({"du": "2027-13-01", "au": "2027-12-31"}, "Cette date n’existe pas"),
        ({"du": "2027-12-31", "au": "2027-01-01"}, "La fin vient avant le début"),
        ({"du": "0001-01-01", "au": "9999-12-31"}, "dix ans au plus"),
    ],
)
async def test_a_period_that_cannot_be_is_said_beside_its_field(coordinator, two, period, fault):
    answer = await coordinator.get(CSV, params=period)
    assert answer.status_code == 422
    assert fault in answer.text
    assert period.get("du", "") in answer.text


async def test_an_unknown_export_is_a_404(coordinator, two):
    assert (await coordinator.get("/exports/nobody:nothing", params=YEAR)).status_code == 404


class Broken(Exporter):
    key, label, media_type, file_name = "stats_export:broken", "Cassé", "text/plain", "x.txt"

    async def export(self, context, request):
        raise RuntimeError("the figures are gone")
        yield b""


async def test_a_failing_exporter_fails_alone_and_says_so(platform, coordinator, two, monkeypatch):
    known = platform.board.exporters
    monkeypatch.setattr(
        Board,
        "exporters",
        property(lambda _: {**known, Broken.key: Owned(plugin_id="stats_export", item=Broken())}),
    )
    answer = await coordinator.get(f"/exports/{Broken.key}", params=YEAR)
    assert answer.status_code == 422
    assert "n’a pas pu être écrit" in answer.text
    assert (await coordinator.get(CSV, params=YEAR)).status_code == 200
