"""Appointments that somebody else made for a youth: two bodies that refer, and a few taken by the advisor at short notice."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.demo.appointments import Meeting
from core.demo.rows import demo_id, insert
from core.platform import Platform

_BODIES = ("Mission locale de démonstration", "CFA de démonstration")
_WORKERS = ("Sacha Référent (démo)", "Dominique Tutrice (démo)")
_EVERY = 8


async def write_referrals(platform: Platform, meetings: Sequence[Meeting], now: datetime) -> None:
    """One coming appointment in eight is referred, every other one of them still to be confirmed by the youth."""
    links = [
        {
            "id": demo_id("referral_link", number),
            "body": body,
            "email": f"orientation-{number}@demo.example",
            "created_at": now - timedelta(days=60),
            "expires_on": (now + timedelta(days=300)).date(),
        }
        for number, body in enumerate(_BODIES)
    ]
    await insert(platform.db, "referral_link", links)
    coming = [one for one in meetings if one.status == "booked" and one.starts_at > now]
    referred = coming[3::_EVERY]
    await insert(
        platform.db,
        "referral",
        [
            {
                "appointment": meeting.appointment_id,
                "link": links[number % 2]["id"],
                "body": _BODIES[number % 2],
                "worker_name": _WORKERS[number % 2],
                "worker_email": links[number % 2]["email"],
                "worker_phone": "",
                "made_at": meeting.created_at,
                "agreed_at": meeting.created_at + timedelta(minutes=30) if number % 2 else None,
            }
            for number, meeting in enumerate(referred)
        ],
    )
    ids = [meeting.appointment_id for meeting in referred]
    await platform.db.execute(
        "UPDATE appointment SET origin = 'referral' WHERE id = ANY($1::uuid[])", ids
    )
    await platform.db.execute(
        "UPDATE appointment_change SET actor = 'referrer' WHERE kind = 'booked' AND appointment = ANY($1::uuid[])",
        ids,
    )
    await platform.db.execute(
        "UPDATE appointment a SET origin = 'advisor', author = v.account, out_of_lead = true FROM advisor v"
        " WHERE v.id = a.advisor AND a.id = ANY($1::uuid[])",
        [meeting.appointment_id for meeting in coming[6 :: 2 * _EVERY]],
    )
