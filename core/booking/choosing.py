"""The two pages on which appointments are settled: what to do with each, then what that will send. Shared by the rooms
whose pages lead there (absences, departures); each draws it in its own frame.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.booking.options import Case, list_cases
from core.booking.resettle import LONGEST_WORD, Choice, Settled, plan_of, read_choice, settle
from core.contracts.booking import AppointmentView
from core.notices.preview import Foretold, foretell
from core.platform import Platform
from core.web.forms import Form
from core.web.i18n import _, ngettext
from core.web.templating import moment

_DEED = "deed-"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """One appointment, what was chosen for it (`value` as the form says it), in words, and what that would send."""

    case: Case
    choice: Choice
    value: str
    words: str
    foretold: Sequence[Foretold] = ()


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What to show next: the choices (`choose`), what they would send (`check`), or the end of it (`done`, with a word)."""

    page: Literal["choose", "check", "done"]
    values: dict[str, Any] = {}
    status: int = 200
    word: str = ""


class Choosing:
    """One round of choices by a user: `read_views` gives the appointments that are still to settle.

    No other start with the advisor `without` is offered.
    """

    def __init__(
        self,
        platform: Platform,
        user: CurrentUser,
        read_views: Callable[[], Awaitable[Sequence[AppointmentView]]],
        *,
        without: UUID | None = None,
    ) -> None:
        self._platform = platform
        self._user = user
        self._read_views = read_views
        self._without = without

    async def begin(self) -> Turn:
        """The choices, each with the one to begin with."""
        return _choose(await self._cases(), Form())

    async def go_on(self, sent: Mapping[str, Any]) -> Turn:
        """The answer to what was sent: faults, a check before anything is done, or what came of it.

        `step` says where one is: `check` (what was chosen), `all` (whoever is free takes what they can), `apply`,
        `back` (from the check to the choices).
        """
        if sent.get("step") == "apply":
            return await self._apply(sent)
        cases = await self._cases()
        form: Form[Any] = Form(dict(sent))
        if sent.get("step") == "back":
            return _choose(cases, form)
        by_default = sent.get("step") == "all"
        chosen = [_chosen(case, form, by_default=by_default) for case in cases if case.options]
        found = [one for one in chosen if one is not None]
        if not form.errors and all(one.choice.deed == "keep" for one in found):
            form.errors[""] = _nothing(by_default=by_default)
        if form.errors:
            return _choose(cases, form, status=422)
        return Turn(page="check", values={"chosen": await self._foretold(found)})

    async def _cases(self) -> list[Case]:
        views = await self._read_views()
        return await list_cases(self._platform, self._user, views, without=self._without)

    async def _foretold(self, chosen: Sequence[Chosen]) -> list[Chosen]:
        plans = {
            one.case.id: await plan_of(self._platform, one.case.view, self._complete(one.choice))
            for one in chosen
            if one.choice.deed != "keep"
        }
        told = await foretell(self._platform, self._user, plans)
        return [msgspec.structs.replace(one, foretold=told.get(one.case.id, ())) for one in chosen]

    def _complete(self, choice: Choice) -> Choice:
        return msgspec.structs.replace(choice, without=self._without)

    async def _apply(self, sent: Mapping[str, Any]) -> Turn:
        choices = [self._complete(choice) for choice in _sent_choices(sent)]
        settled = await settle(self._platform, self._user, choices)
        if not settled.refused:
            return Turn(page="done", word=_done_words(settled))
        cases = await self._cases()
        form: Form[Any] = Form()
        shown = {case.id for case in cases}
        for id_, why in settled.refused.items():
            form.errors[f"{_DEED}{id_}" if id_ in shown else ""] = why
        return _choose(cases, form, status=409, word=_done_words(settled))


def _chosen(case: Case, form: Form[Any], *, by_default: bool) -> Chosen | None:
    """What was chosen for a case; None with a fault in the form when it cannot be."""
    value = case.anyone if by_default else str(form.value(f"{_DEED}{case.id}"))
    word = str(form.value(f"word-{case.id}"))
    words = case.words(value)
    choice = read_choice(value, case.id, case.view.sequence, word)
    if choice is None or not words:
        message = _("Ce choix n’est pas, ou plus, possible : choisissez dans la liste.")
        form.errors[f"{_DEED}{case.id}"] = message
        return None
    if choice.deed == "cancel" and not choice.word:
        form.errors[f"word-{case.id}"] = _("Dites pourquoi en un mot : la personne le lira.")
        return None
    return Chosen(case=case, choice=choice, value=value, words=words)


def _sent_choices(sent: Mapping[str, Any]) -> list[Choice]:
    """The choices as the check page carries them; nonsense is left out."""
    choices = []
    for name, value in sent.items():
        if not name.startswith(_DEED):
            continue
        try:
            id_ = UUID(name.removeprefix(_DEED))
            sequence = int(sent.get(f"sequence-{id_}", ""))
        except ValueError:
            continue
        choice = read_choice(str(value), id_, sequence, str(sent.get(f"word-{id_}", "")))
        choices += [choice] if choice else []
    return choices


def _choose(cases: Sequence[Case], form: Form[Any], *, status: int = 200, word: str = "") -> Turn:
    for case in cases:
        form.values.setdefault(f"{_DEED}{case.id}", case.first)
    moments = {case.id: moment(case.view.starts_at) for case in cases}
    values = {
        "cases": cases,
        "form": form,
        "labels": {f"{kind}-{id_}": at for id_, at in moments.items() for kind in ("deed", "word")},
        "free": sum(case.somebody_is_free for case in cases),
        "longest_word": LONGEST_WORD,
        "settled_words": word,
    }
    return Turn(page="choose", values=values, status=status)


def _nothing(*, by_default: bool) -> str:
    if by_default:
        return _("Personne n’est libre à ces heures-là : choisissez pour chacun.")
    return _("Tout est gardé tel quel : il n’y a rien à confirmer.")


def _done_words(settled: Settled) -> str:
    if not settled.done:
        return ""
    return ngettext(
        "Un rendez-vous est réglé : les personnes concernées sont prévenues.",
        "%(num)d rendez-vous sont réglés : les personnes concernées sont prévenues.",
        settled.done,
    ) % {"num": settled.done}
