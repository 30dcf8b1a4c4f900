from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from core.booking.rules import (
    BOOKING_RULES,
    PLAIN_EMAIL,
    Age,
    Contacts,
    Horizon,
    LeadTime,
    Residence,
    age_on,
    is_email,
    phone_e164,
)
from core.clock import PARIS
from core.contracts.booking import BookingRequest
from core.contracts.context import PluginContext, StructureRef

NOW = datetime(2027, 1, 25, 7, tzinfo=UTC)
FINE = BookingRequest(
    structure=StructureRef(id=uuid4(), name="Essai"),
    channel="in_person",
    mode="in_person",
    starts_at=NOW + timedelta(days=10),
    youth_name="Alix Essai",
    email="alix@example.org",
    birth_date=date(2006, 5, 31),
)
instants = st.timedeltas(timedelta(days=-60), timedelta(days=340)).map(lambda shift: NOW + shift)


def check(rule, now=NOW, **values):
    context = PluginContext(structure=None, settings=None, now=now, services=None)
    return rule.check(context, msgspec.structs.replace(FINE, **values))


def fields(refusals):
    return [refusal.field for refusal in refusals]


def test_a_plain_request_passes_every_rule():
    assert [check(rule) for rule in BOOKING_RULES] == [[]] * 5


@given(now=instants, hours=st.integers(0, 720), seconds=st.integers(-7200, 7200))
def test_lead_time_counts_elapsed_hours_and_includes_its_bound(now, hours, seconds):
    starts_at = (now + timedelta(hours=hours, seconds=seconds)).astimezone(PARIS)
    refused = bool(check(LeadTime(), now, starts_at=starts_at, lead_hours=hours))
    assert refused == (seconds < 0 or starts_at <= now)


@given(now=instants, days=st.integers(0, 365), hour=st.integers(0, 23))
def test_the_horizon_counts_civil_days_whatever_the_hour(now, days, hour):
    day = now.astimezone(PARIS).date() + timedelta(days=days)
    starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)
    refused = bool(check(Horizon(), now, starts_at=starts_at, horizon_days=90))
    assert refused == (days > 90)


def test_staff_book_closer_and_further_but_never_in_the_past():
    assert not check(LeadTime(), starts_at=NOW + timedelta(hours=1), by_staff=True)
    assert not check(Horizon(), starts_at=NOW + timedelta(days=300), by_staff=True)
    assert check(LeadTime(), starts_at=NOW, by_staff=True)


@given(born=st.dates(date(1980, 1, 1), date(2015, 1, 1)), days=st.integers(0, 90))
def test_age_is_judged_on_the_day_of_the_appointment(born, days):
    starts_at = NOW + timedelta(days=days)
    on = starts_at.astimezone(PARIS).date()
    turned = sum(1 for year in range(born.year + 1, on.year + 1) if _birthday(born, year) <= on)
    assert age_on(born, on) == turned
    assert bool(check(Age(), birth_date=born, starts_at=starts_at)) == (turned > 35)


def _birthday(born, year):
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def test_thirty_five_until_the_last_day():
    tuesday = datetime(2027, 2, 2, 13, tzinfo=UTC)
    assert not check(Age(), birth_date=date(1991, 2, 3), starts_at=tuesday)
    assert check(Age(), birth_date=date(1991, 2, 2), starts_at=tuesday)


def test_a_birth_date_is_needed_and_past_but_staff_may_not_know_it():
    assert fields(check(Age(), birth_date=None)) == ["birth_date"]
    assert not check(Age(), birth_date=None, by_staff=True)
    assert fields(check(Age(), birth_date=date(2027, 1, 25))) == ["birth_date"]


def test_only_people_of_the_region():
    assert fields(check(Residence(), in_region=False)) == ["commune"]


def test_each_mode_needs_its_contact():
    assert fields(check(Contacts(), email="")) == ["email"]
    assert fields(check(Contacts(), email="nope")) == ["email"]
    assert fields(check(Contacts(), mode="phone")) == ["phone"]
    assert fields(check(Contacts(), mode="phone", phone="12")) == ["phone"]
    assert not check(Contacts(), mode="phone", phone="+32 470 12 34 56")
    assert not check(Contacts(), mode="phone", phone="0612345678", email="", by_staff=True)
    assert fields(check(Contacts(), mode="video", email="", by_staff=True)) == ["email"]
    assert fields(check(Contacts(), email="", by_staff=True)) == ["email"]


@given(text=st.text(max_size=40))
def test_no_text_breaks_a_contact(text):
    check(Contacts(), email=text, phone=text)
    number = phone_e164(text)
    assert number is None or phone_e164(number) == number


@given(st.from_regex(PLAIN_EMAIL, fullmatch=True).filter(lambda text: len(text) <= 60))
def test_every_plain_address_is_one_that_the_library_accepts(text):
    assert is_email(text)
    assert validate_email(text, check_deliverability=False, globally_deliverable=False)


@pytest.mark.parametrize(
    "text", ["nope", "@c.fr", "a..b@c.fr", ".a@c.fr", "a@-c.fr", "a@c-.fr", "a b@c.fr", "a@c.fr\n"]
)
def test_what_the_library_refuses_is_refused(text):
    assert not PLAIN_EMAIL.fullmatch(text)
    assert not is_email(text)


def test_an_address_with_accents_is_for_the_library():
    assert not PLAIN_EMAIL.fullmatch("zoé@exemple.fr")
    assert is_email("zoé@exemple.fr")
