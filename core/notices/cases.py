"""Appointments as notices need them: the present state, what was before, and what was told already."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.booking import views
from core.contracts.booking import AppointmentStatus, AppointmentView, PersonRef, SiteRef
from core.contracts.notices import Audience, Notice
from core.interviews import feedback
from core.notices.due import Due, State
from core.notices.quiet import quiet_hours
from core.platform import Platform


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment as it was before the change that made it `sequence`."""

    appointment_id: UUID
    sequence: int
    status: AppointmentStatus
    channel: str
    starts_at: datetime
    ends_at: datetime
    advisor_id: UUID
    advisor: PersonRef
    site: SiteRef | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt, as far as planning needs it."""

    appointment_id: UUID
    kind: str
    audience: Audience
    revision: str
    carrier: str
    state: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One appointment, ready for the decision."""

    state: State
    past: tuple[Past, ...] = ()
    known: tuple[Known, ...] = ()

    def told(self, audience: Audience, sequence: int) -> int:
        """The last sequence before this one that the audience heard of; -1 when it had heard nothing yet."""
        return max(
            (
                int(known.revision)
                for known in self.known
                if known.audience == audience
                and known.kind in {"confirmation", "change", "cancellation"}
                and known.state in {"sent", "kept"}
                and int(known.revision) < sequence
            ),
            default=-1,
        )


async def load_cases(platform: Platform, ids: Sequence[UUID]) -> list[Case]:
    """These appointments, in four queries however many; unknown ids are left out."""
    rows = await platform.db.fetch(
        """
        SELECT a.id AS appointment_id, a.structure AS structure_id, a.status, a.sequence, a.channel, a.starts_at,
            a.ends_at, a.created_at, a.cancelled_at, a.advisor AS advisor_id, adv.notice_level, i.roadmap_sent_at,
            f.waiting_since, f.answered_at, n.appointment IS NOT NULL AS check_in_given,
            coalesce(c.at, a.created_at) AS told_at,
            CASE WHEN c.at IS NULL THEN a.author ELSE c.account END IS NOT DISTINCT FROM adv.account AS by_advisor
        FROM appointment a
        JOIN advisor adv ON adv.id = a.advisor
        LEFT JOIN interview i ON i.appointment = a.id
        LEFT JOIN follow_up f ON f.appointment = a.id
        LEFT JOIN check_in n ON n.appointment = a.id
        LEFT JOIN LATERAL (
            SELECT at, account FROM appointment_change
            WHERE appointment = a.id AND sequence = a.sequence ORDER BY id DESC LIMIT 1
        ) c ON true
        WHERE a.id = ANY($1::uuid[]) ORDER BY a.id
        """,
        list(ids),
    )
    past = await _load_past(platform, ids)
    known = await platform.db.structs(
        Known,
        "SELECT appointment AS appointment_id, kind, audience, revision, carrier, state FROM receipt"
        " WHERE appointment = ANY($1::uuid[])",
        list(ids),
    )
    held = [row["appointment_id"] for row in rows if row["status"] == "honoured"]
    given = await feedback.given(platform, held)
    quiet = quiet_hours(platform.settings)
    return [
        _case(
            platform,
            {**row, "quiet": quiet, "feedback_given": row["appointment_id"] in given},
            past,
            known,
        )
        for row in rows
    ]


async def _load_past(platform: Platform, ids: Sequence[UUID]) -> list[Past]:
    return await platform.db.structs(
        Past,
        """
        SELECT c.appointment AS appointment_id, c.sequence, c.before->>'status' AS status,
            c.before->>'channel' AS channel, (c.before->>'starts_at')::timestamptz AS starts_at,
            (c.before->>'ends_at')::timestamptz AS ends_at, adv.id AS advisor_id,
            jsonb_build_object('name', adv.display_name, 'email', acc.email, 'phone', adv.phone) AS advisor,
            CASE WHEN site.id IS NOT NULL THEN jsonb_build_object('id', site.id, 'name', site.name,
                'address', site.address, 'postcode', site.postcode, 'city', site.city,
                'directions', site.directions) END AS site
        FROM appointment_change c
        JOIN advisor adv ON adv.id = (c.before->>'advisor')::uuid
        JOIN account acc ON acc.id = adv.account
        LEFT JOIN site ON site.id = (c.before->>'site')::uuid
        WHERE c.appointment = ANY($1::uuid[]) AND c.sequence > 0 AND c.kind NOT IN ('closed', 'reset') ORDER BY c.sequence, c.id
        """,
        list(ids),
    )


def _case(
    platform: Platform, row: dict[str, Any], past: Sequence[Past], known: Sequence[Known]
) -> Case:
    appointment_id = row["appointment_id"]
    own = tuple(item for item in past if item.appointment_id == appointment_id)
    holders = [*(item.advisor_id for item in own), row["advisor_id"]]
    channel = platform.board.channels.get(row.pop("channel"))
    state = msgspec.convert(
        {
            **row,
            "is_video": channel is not None and channel.item.mode == "video",
            "handed_over": [
                (item.sequence, item.advisor_id)
                for item, holder in zip(own, holders[1:], strict=True)
                if item.advisor_id != holder
            ],
        },
        State,
        strict=False,
    )
    heard = tuple(item for item in known if item.appointment_id == appointment_id)
    return Case(state=state, past=own, known=heard)


async def build_notices(
    platform: Platform, wanted: Sequence[tuple[Case, Due]]
) -> list[tuple[Case, Due, Notice]]:
    """The notices in full, in one query; of an appointment that vanished meanwhile, none."""
    ids = {case.state.appointment_id for case, _ in wanted}
    found = {view.id: view for view in await views.list_views(platform, list(ids))} if ids else {}
    return [
        (case, due, _notice(platform, case, due, found[case.state.appointment_id]))
        for case, due in wanted
        if case.state.appointment_id in found
    ]


def _notice(platform: Platform, case: Case, due: Due, view: AppointmentView) -> Notice:
    return Notice(
        key=f"{view.id}.{due.kind}.{due.audience}.{due.revision}",
        kind=due.kind,
        audience=due.audience,
        appointment=view,
        previous=_previous(platform, case, due, view),
    )


def _previous(
    platform: Platform, case: Case, due: Due, view: AppointmentView
) -> AppointmentView | None:
    """What the audience still believes: the appointment before the first change that it did not hear of."""
    if due.kind not in {"change", "cancellation"}:
        return None
    if due.audience == "former_advisor":
        before = next((p for p in case.past if str(p.sequence) == due.revision), None)
    else:
        told = case.told(due.audience, int(due.revision))
        before = next((p for p in case.past if p.sequence > told), None)
    if before is None:
        return None
    channel = platform.board.channels.get(before.channel)
    return msgspec.structs.replace(
        view,
        sequence=max(0, before.sequence - 1),
        status=before.status,
        channel=before.channel,
        channel_label=channel.item.label if channel else before.channel,
        starts_at=before.starts_at,
        ends_at=before.ends_at,
        advisor_id=before.advisor_id,
        advisor=before.advisor,
        site=before.site,
        meeting=None,
        cancel_reason="",
    )
