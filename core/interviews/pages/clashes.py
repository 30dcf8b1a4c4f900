"""Where two wrote in the same field: both values in words, so that the advisor chooses with both before their eyes."""

from collections.abc import Iterable, Mapping

import msgspec

from core.catalogue import taxonomy
from core.interviews import answers
from core.interviews.service import Draft
from core.web.i18n import _
from core.web.templating import day

_FORM_FIELD = {"department": "residence", "region": "residence"}


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form: its name, how it is called, and what each side says; an empty string where a side says nothing."""

    field: str
    label: str
    mine: str
    theirs: str


def form_field(name: str) -> str:
    """The field of the form that a field of the file is filled by."""
    return _FORM_FIELD.get(name, name)


def clashes(
    mine: Draft, theirs: Draft, names: Iterable[str], titles: Mapping[str, str]
) -> list[Clash]:
    """The fields among `names` that read differently, once each; `titles` names the kept sheets."""
    own, other = _said(mine), _said(theirs)
    labels = answers.labels() | _word_labels(titles)
    return [
        Clash(field=name, label=labels[name], mine=own.get(name, ""), theirs=other.get(name, ""))
        for name in dict.fromkeys(form_field(name) for name in names)
        if name in labels and own.get(name, "") != other.get(name, "")
    ]


def differences(mine: Draft, theirs: Draft, titles: Mapping[str, str]) -> list[Clash]:
    """Every field that reads differently."""
    return clashes(mine, theirs, [*_said(mine), *_said(theirs)], titles)


def _said(draft: Draft) -> dict[str, str]:
    """What a draft says, field by field, in words."""
    said = answers.words_of(draft.profile, draft.project)
    for sheet, words in draft.words.items():
        said[f"word_{sheet}"], said[f"next_{sheet}"] = words.word, words.next_step
    return said | {
        "flags": _flags_said(draft),
        "notes": draft.notes,
        "advisor_word": draft.advisor_word,
        "private_note": draft.private_note,
        "follow_up_on": day(draft.follow_up_on) if draft.follow_up_on else "",
    }


def _flags_said(draft: Draft) -> str:
    """Each flag with its yes or its no: two sides may differ by a no alone."""
    words = {True: _("oui"), False: _("non")}
    return ", ".join(
        f"{taxonomy.label('flags', flag)} : {words[said]}"
        for flag, said in sorted(draft.profile.flags.items())
    )


def _word_labels(titles: Mapping[str, str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for sheet, title in titles.items():
        labels[f"word_{sheet}"] = _("Votre mot sur « %(title)s »") % {"title": title}
        labels[f"next_{sheet}"] = _("Prochaine étape de « %(title)s »") % {"title": title}
    return labels
