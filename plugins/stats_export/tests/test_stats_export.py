import csv
import io
from datetime import UTC, date, datetime
from uuid import uuid4

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.testing.factories import (
    make_advisor,
    make_appointment,
    make_site,
    make_structure,
    make_youth,
)
from hookspecs import ExportRequest
from plugins.stats_export.cancellations import CancellationExporter
from plugins.stats_export.check_ins import CheckInExporter
from plugins.stats_export.csv_file import CsvExporter, safe
from plugins.stats_export.figures import Figure, lines
from plugins.stats_export.xlsx_file import XlsxExporter, workbook

YEAR = (date(2027, 1, 1), date(2028, 1, 1))


@pytest.fixture
async def three(platform):
    """Two appointments in one structure (one in Limoges), one in another whose name is an attack."""
    database = platform.db
    first = await make_structure(database, "Info Jeunes Essai")
    other = await make_structure(database, "=HYPERLINK(1)", department="64")
    advisor, second = await make_advisor(database, first), await make_advisor(database, other)
    limoges = await make_site(database, first, department="87")
    young = await make_youth(database, birth_date=date(2010, 2, 3), name="Nom Secret")
    await make_appointment(database, advisor, first, datetime(2027, 2, 2, 13, tzinfo=UTC))
    await make_appointment(
        database,
        advisor,
        first,
        datetime(2027, 2, 3, 13, tzinfo=UTC),
        youth=young,
        channel="in_person",
        site=limoges,
        status="honoured",
    )
    await make_appointment(
        database, second, other, datetime(2026, 12, 31, 23, 30, tzinfo=UTC), status="no_show"
    )
    return first, other


async def written(platform, exporter, ids, period=YEAR):
    snapshot = await platform.plugins.current()
    context = platform.context("stats_export", snapshot)
    request = ExportRequest(starts_on=period[0], ends_on=period[1], structure_ids=tuple(ids))
    return b"".join([piece async for piece in exporter.export(context, request)])


def parsed(body):
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))


async def test_the_csv_counts_by_month_department_structure_channel_age_and_status(platform, three):
    head, *body, total = parsed(await written(platform, CsvExporter(), three))
    assert head == [
        "Mois",
        "Département",
        "Structure",
        "Canal",
        "Tranche d’âge",
        "Statut",
        "Rendez-vous",
    ]
    assert body == [
        ["2027-01", "64", "'=HYPERLINK(1)", "téléphone", "18-20 ans", "absent", "1"],
        ["2027-02", "33", "Info Jeunes Essai", "téléphone", "18-20 ans", "réservé", "1"],
        ["2027-02", "87", "Info Jeunes Essai", "sur place", "16-17 ans", "honoré", "1"],
    ]
    assert total == ["Total", "", "", "", "", "", "3"]


async def test_nobody_is_named(platform, three):
    assert b"Secret" not in await written(platform, CsvExporter(), three)


async def test_a_structure_that_was_not_asked_for_is_not_there(platform, three):
    rows = parsed(await written(platform, CsvExporter(), three[:1]))
    assert {row[2] for row in rows[1:-1]} == {"Info Jeunes Essai"}
    assert rows[-1][-1] == "2"


async def test_the_period_is_in_days_of_paris_and_half_open(platform, three):
    rows = parsed(
        await written(platform, CsvExporter(), three, (date(2027, 1, 1), date(2027, 2, 3)))
    )
    assert rows[-1][-1] == "2"


async def test_an_empty_period_is_a_file_with_a_total_of_zero(platform):
    rows = parsed(await written(platform, CsvExporter(), [uuid4()]))
    assert [len(rows), rows[-1][-1]] == [2, "0"]


async def test_the_workbook_says_the_same_and_its_totals_are_right(platform, three):
    body = await written(platform, XlsxExporter(), three)
    book = openpyxl.load_workbook(io.BytesIO(body), data_only=True)
    rows = list(book["Détail"].values)
    assert rows[1] == (
        "2027-01", "64", "=HYPERLINK(1)", "téléphone", "18-20 ans", "absent", 1,
    )  # fmt: skip
    assert (rows[-1][0], rows[-1][6]) == ("Total", 3)
    totals = [row[1] for row in book["Synthèse"].values if row[0] == "Total"]
    assert totals == [3] * 6
    formulas = openpyxl.load_workbook(io.BytesIO(body))["Détail"]
    assert formulas["C2"].data_type == "s"
    assert formulas["G6"].value == "=SUBTOTAL(109,G2:G4)"


async def test_what_became_of_the_projects_is_counted_apart_and_in_the_workbook(platform, three):
    held = await platform.db.fetch_value("SELECT id FROM appointment WHERE status = 'honoured'")
    await platform.db.execute(
        "INSERT INTO check_in (appointment, answer, words, answered_at) VALUES ($1, 'applied', 'Nom Secret', now())",
        held,
    )
    body = await written(platform, CheckInExporter(), three)
    assert b"Secret" not in body
    assert parsed(body) == [
        ["Mois", "Département", "Structure", "Un mois après", "Réponses"],
        ["2027-02", "87", "Info Jeunes Essai", "a candidaté", "1"],
        ["Total", "", "", "", "1"],
    ]
    nothing = parsed(await written(platform, CheckInExporter(), three[1:]))
    assert nothing[-1] == ["Total", "", "", "", "0"]
    book = openpyxl.load_workbook(io.BytesIO(await written(platform, XlsxExporter(), three)))
    assert list(book["Un mois après"].values)[1] == (
        "2027-02", "87", "Info Jeunes Essai", "a candidaté", 1,
    )  # fmt: skip


async def test_why_appointments_were_cancelled_is_counted_without_age_or_word(platform, three):
    first, other = three
    advisor = await platform.db.fetch_value(
        "SELECT advisor FROM appointment WHERE structure = $1", other
    )
    for hour, status, kind in (
        (8, "cancelled_by_youth", "trajet"),
        (9, "cancelled_by_youth", "trajet"),
        (10, "cancelled_by_youth", ""),
        (11, "cancelled_by_structure", ""),
    ):
        made = await make_appointment(
            platform.db, advisor, first, datetime(2027, 3, 2, hour, tzinfo=UTC), status=status
        )
        await platform.db.execute(
            "UPDATE appointment SET cancel_kind = $2, cancel_reason = 'Nom Secret' WHERE id = $1",
            made,
            kind,
        )
    lines = [
        ["2027-03", "33", "Info Jeunes Essai", "par le jeune", "non dite", "1"],
        ["2027-03", "33", "Info Jeunes Essai", "par le jeune", "Le trajet ou la distance", "2"],
        ["2027-03", "33", "Info Jeunes Essai", "par la structure", "non dite", "1"],
    ]
    head, *body, total = parsed(await written(platform, CancellationExporter(), three))
    assert head == ["Mois", "Département", "Structure", "Annulé", "Raison", "Rendez-vous"]
    assert body == lines
    assert total == ["Total", "", "", "", "", "4"]
    book = openpyxl.load_workbook(io.BytesIO(await written(platform, XlsxExporter(), three)))
    assert [list(map(str, row)) for row in list(book["Annulations"].values)[1:]] == lines

    # A year that is over says the same, also once nobody knows any more who it was.
    youths = await platform.db.fetch("SELECT DISTINCT youth FROM appointment")
    await platform.db.execute("SELECT anonymise($1, now())", [row["youth"] for row in youths])
    _head, *body, _total = parsed(await written(platform, CancellationExporter(), three))
    assert body == lines


figures = st.lists(
    st.builds(
        Figure,
        month=st.sampled_from(["2027-01", "2027-02"]),
        department=st.sampled_from(["33", "64"]),
        structure=st.text(min_size=1, max_size=5),
        channel=st.sampled_from(["phone", "video", "elsewhere"]),
        age=st.none() | st.integers(0, 99),
        status=st.sampled_from(["booked", "honoured"]),
        count=st.integers(1, 1000),
    ),
    max_size=30,
)


@given(figures)
def test_the_bands_keep_the_total(found):
    assert sum(line[-1] for line in lines(found)) == sum(figure.count for figure in found)


@pytest.mark.parametrize(
    ("age", "label"),
    [(15, "moins de 16 ans"), (16, "16-17 ans"), (18, "18-20 ans"), (25, "21-25 ans"), (35, "31-35 ans"), (36, "36 ans et plus"), (None, "âge inconnu")],
)  # fmt: skip
def test_an_age_falls_in_its_band(age, label):
    figure = Figure(
        month="2027-01", department="33", structure="S", channel="phone", age=age, status="booked", count=1
    )  # fmt: skip
    assert lines([figure])[0][4] == label


@given(st.text())
def test_no_cell_of_the_csv_begins_like_a_formula(text):
    assert not str(safe(text)).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_workbook_without_a_line_opens():
    book = openpyxl.load_workbook(io.BytesIO(workbook([])), data_only=True)
    assert list(book["Détail"].values)[-1][6] == 0
