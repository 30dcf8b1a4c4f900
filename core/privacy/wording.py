"""What is kept of a youth, in words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from core.booking import history
from core.booking.calendar import where
from core.booking.rules import phone_shown
from core.booking.wording import status_words, timeline
from core.catalogue import taxonomy
from core.contracts.booking import AppointmentView
from core.contracts.personal import Holding
from core.followup import check_in
from core.followup.thread import read_thread
from core.interviews import answers, kept, service
from core.notices import service as notices
from core.notices import words as notice_words
from core.platform import Platform
from core.web.i18n import _, ngettext
from core.web.templating import day, moment

if TYPE_CHECKING:
    from core.privacy.holdings import Owner

_KINDS = {
    "statuses": "statuses",
    "diploma": "diploma_levels",
    "preparing": "diploma_levels",
    "interests": "interests",
    "domains": "domains",
    "zones": "zones",
    "countries": "countries",
    "nationality": "countries",
    "department": "departments",
    "flags": "flags",
    "alone_or_group": "group_modes",
}


def person(owner: "Owner") -> Holding:
    """Who they are."""
    return _holding(
        _("Qui vous êtes"),
        {
            _("Nom"): owner.name,
            _("E-mail"): owner.email,
            _("Téléphone"): phone_shown(owner.phone),
            _("Date de naissance"): day(owner.birth_date) if owner.birth_date else "",
            _("Commune"): owner.commune,
        },
    )


async def appointment(platform: Platform, view: AppointmentView) -> list[Holding]:
    """One appointment: itself, the file of the interview, what was sent."""
    when = moment(view.starts_at)
    steps = timeline(await history.list_steps(platform, view.id))
    over = view.ends_at <= platform.clock.now()
    interview = await service.read_interview(platform, view.id)
    held = [
        _holding(
            _("Rendez-vous du %(when)s") % {"when": when},
            {
                _("Avec"): f"{view.advisor.name}, {view.structure.name}",
                _("Comment"): _(view.channel_label),
                _("Où"): where(view) if view.site else "",
                _("Où il en est"): status_words(view.status, over=over)[0],
                _("Pris par"): view.booked_by,
                _("Raison de l’annulation"): view.cancel_reason,
                _("Ses mouvements"): "\n".join(
                    f"{at} : {title}" for at, title, _was, _tone in steps
                ),
            },
        ),
        _holding(
            _("Dossier de l’entretien du %(when)s") % {"when": when},
            {
                **_answers(interview.profile, interview.project),
                _("Le mot de votre conseiller·ère"): interview.advisor_word,
                _("Fiches gardées"): await _sheets(platform, view.id),
            },
        ),
        _holding(
            _("Après l’entretien du %(when)s") % {"when": when},
            {_("Vos échanges"): await _thread(platform, view.id), **await _news(platform, view.id)},
        ),
        _holding(
            _("Messages envoyés pour le rendez-vous du %(when)s") % {"when": when},
            {_("Messages"): await _messages(platform, view.id)},
        ),
    ]
    return [one for one in held if one.lines]


def unknown(key: str) -> Holding:
    """What a plugin could not say."""
    return Holding(
        title=_("Une fonctionnalité n’a pas répondu"),
        lines=(
            (
                key,
                _("Nous ne savons pas à l’instant ce qu’elle garde de vous : réessayez plus tard."),
            ),
        ),
    )


def not_shown(key: str) -> Holding:
    """What a plugin keeps without being able to show it."""
    return Holding(
        title=_("Une fonctionnalité garde aussi de vos réponses"),
        lines=(
            (
                key,
                _(
                    "Elle ne sait pas les montrer ici : demandez-les à la structure qui vous reçoit. Elles s’effacent avec le reste."
                ),
            ),
        ),
    )


def _answers(profile: msgspec.Struct, project: msgspec.Struct) -> dict[str, str]:
    names = {**answers.labels(), "department": _("Lieu de vie")}
    said = {**msgspec.structs.asdict(profile), **msgspec.structs.asdict(project)}
    return {names[field]: _said(field, value) for field, value in said.items() if field in names}


def _said(field: str, value: Any) -> str:
    if field == "languages":
        return ", ".join(f"{taxonomy.label('languages', one.code)} {one.level}" for one in value)
    if isinstance(value, Mapping):
        value = [key for key, yes in value.items() if yes]
    if isinstance(value, list | tuple):
        return ", ".join(_label(field, one) for one in value)
    if field == "birth_date":
        return day(value) if value else ""
    if value is None:
        return ""
    if field.endswith("_weeks"):
        return ngettext("%(num)d semaine", "%(num)d semaines", value) % {"num": value}
    return f"{value} €" if field == "budget_eur" else _label(field, str(value))


def _label(field: str, value: str) -> str:
    return taxonomy.label(_KINDS[field], value) if field in _KINDS else value


async def _thread(platform: Platform, appointment_id: UUID) -> str:
    thread = await read_thread(platform, appointment_id)
    return "\n".join(
        f"{moment(one.written_at)}{f' · {one.name}' if one.name else ''} : {one.words}"
        for one in thread.messages
    )


async def _news(platform: Platform, appointment_id: UUID) -> dict[str, str]:
    """What they said a month later."""
    said = await check_in.read_check_in(platform, appointment_id)
    if said is None:
        return {}
    return {
        _("Vos nouvelles"): " · ".join(filter(None, (check_in.labels()[said.answer], said.words)))
    }


async def _sheets(platform: Platform, appointment_id: UUID) -> str:
    return "\n".join(
        " · ".join(filter(None, (one.title, one.word, one.next_step)))
        for one in await kept.list_kept(platform, appointment_id)
    )


async def _messages(platform: Platform, appointment_id: UUID) -> str:
    return "\n".join(
        f"{moment(one.done_at or one.created_at)} : {notice_words.kind_label(one.kind)},"
        f" {notice_words.state_label(one)[0]}"
        for one in await notices.receipts(platform, appointment_id)
        if one.audience == "youth"
    )


def _holding(title: str, said: Mapping[str, str]) -> Holding:
    return Holding(title=title, lines=tuple((what, words) for what, words in said.items() if words))
