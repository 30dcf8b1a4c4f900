from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.demand.rules import Seat, Spot, Wish, assign, overlap, suits, within

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2027, 2, 1, 8, 0, tzinfo=UTC)
BORDEAUX = Spot(id=UUID(int=1), department="33", lat=44.838, lon=-0.58)
POITIERS = Spot(id=UUID(int=2), department="86", lat=46.58, lon=0.34)
MODES = ("in_person", "video", "phone")


def some(values):
    return st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)


seats = st.builds(
    lambda advisor, structure, hour, minutes, modes, spot: Seat(
        advisor=UUID(int=advisor),
        structure=UUID(int=structure),
        starts_at=MONDAY + timedelta(hours=hour / 2),
        busy_until=MONDAY + timedelta(hours=hour / 2, minutes=minutes),
        modes=modes,
        spot=spot,
    ),
    st.integers(1, 3),
    st.integers(1, 2),
    st.integers(0, 60),
    st.sampled_from([30, 60]),
    some(MODES),
    st.sampled_from([None, BORDEAUX, POITIERS]),
)
wishes = st.lists(
    st.builds(
        lambda modes, reach, days, parts: {
            "modes": modes,
            "reach": reach,
            "weekdays": days,
            "parts": parts,
        },
        some(MODES),
        st.sampled_from(["near", "department", "region", "site"]),
        st.lists(st.integers(1, 6), max_size=2, unique=True).map(tuple),
        st.lists(st.sampled_from(["morning", "afternoon"]), max_size=2, unique=True).map(tuple),
    ),
    max_size=6,
).map(lambda found: [wish(number, **values) for number, values in enumerate(found)])


def wish(number=0, **values):
    fresh = {"modes": MODES, "reach": "near", "department": "33", "lat": 44.838, "lon": -0.58}
    fresh |= {"site": BORDEAUX.id if values.get("reach") == "site" else None, **values}
    return Wish(id=UUID(int=100 + number), **fresh)


def seat(at=MONDAY, spot=BORDEAUX, modes=MODES, **values):
    fresh = {
        "advisor": UUID(int=1),
        "structure": UUID(int=1),
        "busy_until": at + timedelta(hours=1),
    }
    return Seat(starts_at=at, spot=spot, modes=modes, **{**fresh, **values})


@given(wishes, st.lists(seats, max_size=12))
def test_each_demand_gets_one_seat_at_most_which_it_asked_for_and_no_advisor_is_in_two_places(
    waiting, free
):
    matches = assign(waiting, free, PARIS)
    assert len({match.wish.id for match in matches}) == len(matches)
    for number, match in enumerate(matches):
        assert match.seat in free
        assert suits(match.wish, match.seat, PARIS) == match.mode
        assert match.mode in match.wish.modes
        assert match.mode in match.seat.modes
        assert not any(overlap(match.seat, other.seat) for other in matches[number + 1 :])


@given(wishes, st.lists(seats, max_size=12))
def test_who_came_first_is_served_as_if_nobody_came_after(waiting, free):
    whole = assign(waiting, free, PARIS)
    for number in range(len(waiting)):
        earlier = {one.id for one in waiting[:number]}
        assert assign(waiting[:number], free, PARIS) == [m for m in whole if m.wish.id in earlier]


@given(wishes, st.lists(seats, max_size=12))
def test_who_gets_nothing_could_only_have_had_what_someone_earlier_has(waiting, free):
    matches = {match.wish.id: match for match in assign(waiting, free, PARIS)}
    for number, one in enumerate(waiting):
        if one.id in matches:
            continue
        earlier = [matches[w.id].seat for w in waiting[:number] if w.id in matches]
        for other in free:
            if suits(one, other, PARIS) is not None:
                assert any(overlap(other, taken) for taken in earlier)


@given(wishes, st.lists(seats, max_size=12), st.randoms())
def test_the_order_in_which_seats_are_read_does_not_matter(waiting, free, random):
    def told(found):
        return [
            (m.wish.id, m.mode, m.seat.advisor, m.seat.structure, m.seat.starts_at) for m in found
        ]

    distinct = list({(s.advisor, s.structure, s.starts_at): s for s in free}.values())
    mixed = random.sample(distinct, len(distinct))
    assert told(assign(waiting, mixed, PARIS)) == told(assign(waiting, distinct, PARIS))


def test_the_place_counts_in_person_and_from_afar_it_does_not():
    assert suits(wish(), seat(spot=POITIERS), PARIS) == "video"
    assert suits(wish(modes=("in_person",)), seat(spot=POITIERS), PARIS) is None
    assert suits(wish(modes=("in_person",)), seat(spot=None), PARIS) is None
    assert suits(wish(), seat(), PARIS) == "in_person"


def test_each_reach_knows_its_sites():
    assert [within(wish(reach=r), POITIERS) for r in ("near", "department", "region", "site")] == [
        False, False, True, False
    ]  # fmt: skip
    assert all(within(wish(reach=r), BORDEAUX) for r in ("near", "department", "region", "site"))


def test_days_and_parts_are_read_on_a_wall_in_paris():
    before_noon = datetime(2027, 7, 5, 9, 30, tzinfo=UTC)  # Monday, 11:30 in Paris
    after = datetime(2027, 7, 5, 10, 0, tzinfo=UTC)
    assert suits(wish(parts=("morning",)), seat(before_noon), PARIS)
    assert suits(wish(parts=("morning",)), seat(after), PARIS) is None
    assert suits(wish(weekdays=(1,)), seat(after), PARIS)
    assert suits(wish(weekdays=(2,)), seat(after), PARIS) is None


def test_what_was_offered_once_is_not_offered_again():
    one = seat()
    assert suits(wish(offered=frozenset({(one.structure, one.starts_at)})), one, PARIS) is None
