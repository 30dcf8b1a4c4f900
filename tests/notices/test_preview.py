"""What a change would send, by the same decision as afterwards."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.access import CurrentUser
from core.notices import service
from core.notices.due import State, due_notices
from core.notices.preview import Planned, foretell, news
from core.testing.factories import make_advisor
from core.testing.plugin import MONDAY

NOW = datetime(2027, 1, 25, 7, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)

befores = st.builds(
    lambda hours, ago, sequence, level, video: State(
        appointment_id=UUID(int=9),
        structure_id=UUID(int=8),
        status="booked",
        sequence=sequence,
        is_video=video,
        starts_at=NOW + timedelta(hours=hours),
        ends_at=NOW + timedelta(hours=hours + 1),
        created_at=NOW - timedelta(days=30),
        told_at=NOW - timedelta(hours=ago),
        advisor_id=A,
        notice_level=level,
        handed_over=((1, B),) if sequence > 1 else (),
    ),
    st.integers(-48, 24 * 20),
    st.integers(0, 24 * 30),
    st.integers(0, 3),
    st.sampled_from(["all", "others", "soon", "none"]),
    st.booleans(),
)


@given(befores, st.sampled_from(["booked", "cancelled_by_structure"]), st.booleans())
def test_a_change_ahead_tells_the_youth_once_and_repeats_nothing_that_was_due(
    before, status, is_handed
):
    after = msgspec.structs.replace(
        before,
        status=status,
        sequence=before.sequence + 1,
        told_at=NOW,
        cancelled_at=NOW if status != "booked" else None,
        advisor_id=B if is_handed else A,
        handed_over=(*before.handed_over, *([(before.sequence + 1, A)] if is_handed else [])),
    )
    found = news(before, after, NOW)
    assert not set(found) & set(due_notices(before, NOW))
    fresh = [due for due in found if due.kind in {"change", "cancellation"}]
    youth = [due for due in fresh if due.audience == "youth"]
    assert len(youth) == (after.starts_at > NOW or (status != "booked" and after.ends_at > NOW))
    assert len([due for due in fresh if due.audience == "advisor"]) <= 1
    if is_handed and youth:
        assert [due.audience for due in fresh].count("former_advisor") == 1


async def test_what_is_foretold_is_what_the_receipts_then_say(
    platform, database, structure, appointment, carrier
):
    await service.plan(platform, appointment)
    await service.deliver_due(platform)
    other = await make_advisor(database, structure, display_name="Dominique E.")
    user = CurrentUser(account_id=UUID(int=5), name="", email="", region_role="coordinator")
    told = await foretell(
        platform,
        user,
        {appointment: Planned(advisor_id=other, starts_at=MONDAY + timedelta(days=5))},
    )
    before = "jsonb_build_object('advisor', advisor, 'site', site, 'channel', channel, 'starts_at', starts_at,"
    await database.execute(
        "INSERT INTO appointment_change (appointment, kind, sequence, actor, before, at)"
        f" SELECT id, 'moved', 1, 'staff', {before} 'ends_at', ends_at, 'status', status), $2"
        " FROM appointment WHERE id = $1",
        appointment,
        platform.clock.now(),
    )
    await database.execute(
        "UPDATE appointment SET advisor = $2, starts_at = $3, ends_at = $4, sequence = 1 WHERE id = $1",
        appointment,
        other,
        MONDAY + timedelta(days=5),
        MONDAY + timedelta(days=5, hours=1),
    )
    await service.plan(platform, appointment)
    receipts = await service.receipts(platform, appointment)
    left = {(one.audience, one.kind) for one in receipts if one.state == "due"}
    assert left == {(one.audience, one.kind) for one in told[appointment]}
    assert {one.carriers for one in told[appointment]} == {("Pigeon",)}
    assert [one.name for one in told[appointment]] == ["Jeune", "Dominique E.", "Camille E."]
    assert carrier.sent  # only what was due before the change has left
