from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notices.quiet import Quiet, quiet_until

PARIS = ZoneInfo("Europe/Paris")
hours = st.integers(0, 23)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(instants, hours, hours)
def test_the_morning_is_the_first_instant_after_the_quiet_hours(now, starts, ends):
    over = quiet_until(now, Quiet(starts=starts, ends=ends))
    at = now.astimezone(PARIS).hour
    quiet = at in {(starts + n) % 24 for n in range((ends - starts) % 24)}
    assert (over is not None) == quiet
    if over is not None:
        assert now < over <= now + timedelta(hours=25)
        assert quiet_until(over, Quiet(starts=starts, ends=ends)) is None
        wall = over.astimezone(PARIS)
        assert (wall.minute, wall.second) == (0, 0)
        assert wall.hour == ends or (ends == 2 and wall.hour == 3)  # 2 h does not exist that night


@pytest.mark.parametrize(
    ("now", "over"),
    [
        ("2027-01-25T20:59+01:00", None),
        ("2027-01-25T21:00+01:00", "2027-01-26T08:00+01:00"),
        ("2027-01-26T07:59+01:00", "2027-01-26T08:00+01:00"),
        ("2027-01-26T08:00+01:00", None),
        ("2027-03-27T23:00+01:00", "2027-03-28T08:00+02:00"),
        ("2027-10-30T23:00+02:00", "2027-10-31T08:00+01:00"),
    ],
)
def test_the_night_ends_at_eight_on_the_wall_on_either_side_of_a_clock_change(now, over):
    found = quiet_until(datetime.fromisoformat(now), Quiet())
    assert found == (datetime.fromisoformat(over) if over else None)
