import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.calendars.stretches import Stretch, join

START = datetime(2027, 2, 1, tzinfo=UTC)
minutes = st.integers(min_value=0, max_value=3000)
stretches = st.lists(
    st.builds(
        lambda first, length, label: Stretch(
            starts_at=START + timedelta(minutes=first),
            ends_at=START + timedelta(minutes=first + length),
            label=label,
        ),
        minutes,
        st.integers(min_value=1, max_value=500),
        st.sampled_from(["", "Réunion"]),
    ),
    max_size=12,
)


@given(stretches, minutes)
def test_joined_time_is_the_same_time_label_by_label_in_order_with_gaps_between(found, minute):
    joined = join(found)
    at = START + timedelta(minutes=minute, seconds=30)

    def labels(some):
        return {one.label for one in some if one.starts_at <= at < one.ends_at}

    assert labels(found) == labels(joined)
    assert list(joined) == sorted(joined)
    for label in ("", "Réunion"):
        alike = [one for one in joined if one.label == label]
        assert all(a.ends_at < b.starts_at for a, b in itertools.pairwise(alike))
    assert join(joined) == joined
