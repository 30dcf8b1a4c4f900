import asyncio
from datetime import timedelta

import msgspec
import pytest

from core.booking.links import appointment_token
from core.testing.factories import make_appointment, make_slot, make_youth
from tests.booking.conftest import TUESDAY

KEY = {"idempotency-key": "a key for one booking"}


@pytest.fixture
async def body(desk, database):
    return {
        "structure": await database.fetch_value("SELECT slug FROM structure"),
        "channel": "in_person",
        "site": str(desk.site),
        "starts_at": "2027-02-02T13:00:00Z",
        "name": "Alix Essai",
        "email": "alix@example.org",
        "birth_date": "2006-05-31",
        "commune": "33063",
        "consent": "2027-01",
    }


async def test_slots_of_a_structure_in_a_window(client, body, desk):
    path = f"/api/v1/slots?structure={body['structure']}&site={desk.site}"
    week_later = "&from=2027-02-01T00:00:00Z&to=2027-02-02T14:30:00Z"
    answer = (await client.get(path + week_later)).json()
    assert answer["starts"] == ["2027-02-02T13:00:00Z", "2027-02-02T14:00:00Z"]
    assert (await client.get(path)).json()["starts"] == []
    for wrong in ("&from=demain", "&to=2027-02-01T00:00:00", "&channel=moon", "&site=x"):
        assert (await client.get(path + wrong)).status_code in {400, 422}, wrong
    assert (await client.get("/api/v1/slots?structure=none")).status_code == 404


async def test_slots_are_narrowed_to_a_part_of_the_day_and_a_day(client, body, desk, database):
    evening = TUESDAY.replace(hour=18)
    await make_slot(database, desk.advisor, desk.structure, evening, site=desk.site)
    week = f"/api/v1/slots?structure={body['structure']}&from=2027-02-01T00:00:00Z"
    for part, expected in (("morning", 0), ("afternoon", 3), ("evening", 1)):
        assert len((await client.get(f"{week}&part={part}")).json()["starts"]) == expected, part
        (offer,) = (await client.get(f"/api/v1/next-slots?part={part}")).json()
        assert len(offer["starts"]) == expected, part
    (offer,) = (await client.get("/api/v1/next-slots?from=2027-02-03")).json()
    assert offer["starts"] == []
    assert (await client.get("/api/v1/next-slots?department=86")).json() == []
    for wrong in ("part=night", "from=demain"):
        assert (await client.get(f"/api/v1/next-slots?{wrong}")).status_code == 400, wrong


async def test_next_slots_tell_the_distance(client, desk):
    (offer,) = (await client.get("/api/v1/next-slots?insee=86194")).json()
    assert len(offer["starts"]) == 3
    assert 200 < offer["distance_km"] < 220
    assert (await client.get("/api/v1/next-slots?insee=75056")).status_code == 404


async def test_booking_twice_with_one_key_makes_one_appointment(client, body, database, platform):
    answers = await asyncio.gather(
        *(client.post("/api/v1/appointments", json=body, headers=KEY) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {201}
    appointment = await database.fetch_value("SELECT id FROM appointment")
    assert {answer.json()["id"] for answer in answers} == {str(appointment)}
    assert answers[0].json()["manage_url"].endswith(appointment_token(platform, appointment, 1))
    assert await database.fetch_value("SELECT origin FROM appointment") == "api"
    for other in (
        {"starts_at": "2027-02-02T14:00:00Z"},
        {"name": "Alex Autre"},
        {"channel": "video"},
    ):
        reused = await client.post("/api/v1/appointments", json={**body, **other}, headers=KEY)
        assert reused.status_code == 422, other
        assert "manage_url" not in reused.text
    for wrong in ("", "court", "x" * 201):
        headers = {"idempotency-key": wrong}
        refused = await client.post("/api/v1/appointments", json=body, headers=headers)
        assert refused.status_code == 400, wrong


async def test_a_conflict_is_a_problem_with_the_nearest_slots(client, body, desk, database):
    other = await make_youth(database, email="other@example.org")
    await make_appointment(database, desk.advisor, desk.structure, TUESDAY, youth=other)
    answer = await client.post("/api/v1/appointments", json=body, headers=KEY)
    assert answer.status_code == 409
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert [slot["starts_at"] for slot in answer.json()["nearest"]] == [
        "2027-02-02T14:00:00Z",
        "2027-02-02T15:00:00Z",
    ]


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"birth_date": "1991-02-02"}, 422, "birth_date"),
        ({"commune": "75056"}, 422, "commune"),
        ({"channel": "phone", "site": None}, 422, "phone"),
        ({"email": "nope"}, 422, "email"),
        ({"consent": "1999"}, 400, "consent"),
        ({"starts_at": "2027-02-02T14:00:00"}, 400, "starts_at"),
        ({"surprise": 1}, 400, "surprise"),
        ({"name": "a" * 10_000}, 400, "name"),
    ],
)
async def test_a_bad_booking_says_which_field(client, body, database, change, status, said):
    answer = await client.post("/api/v1/appointments", json={**body, **change}, headers=KEY)
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert await database.fetch_value("SELECT count(*) FROM appointment") == 0


async def test_an_appointment_that_exists_is_told_then_moved_without_giving_its_link(
    client, body, clock
):
    await client.post("/api/v1/appointments", json=body, headers=KEY)
    clock.advance(timedelta(minutes=5))
    later = {**body, "starts_at": "2027-02-02T15:00:00Z"}
    key = {"idempotency-key": "another key for it"}
    told = await client.post("/api/v1/appointments", json=later, headers=key)
    assert told.status_code == 409
    assert told.json()["existing"] == "2027-02-02T13:00:00Z"
    moved = await client.post("/api/v1/appointments", json={**later, "replace": True}, headers=key)
    assert moved.status_code == 201
    assert moved.json()["moved"] is True
    assert moved.json()["manage_url"] == ""
    again = await client.post("/api/v1/appointments", json={**later, "replace": True}, headers=key)
    assert (again.status_code, again.json()) == (201, moved.json())


async def test_the_key_is_needed_and_the_contract_is_published(client, body):
    assert (await client.post("/api/v1/appointments", json=body)).status_code == 400
    paths = msgspec.json.decode((await client.get("/api/v1/schema/openapi.json")).content)["paths"]
    assert {p["name"] for p in paths["/api/v1/slots"]["get"]["parameters"]} >= {"from", "to"}
    assert "post" in paths["/api/v1/appointments"]
