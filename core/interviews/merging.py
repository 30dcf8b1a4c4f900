"""Two who write in one file: field by field, each change is kept; only where both changed the same field one must choose. Pure."""

from typing import Any

import msgspec
from msgspec.structs import fields, replace

from core.contracts.matching import Profile, Project
from core.interviews.kept import Words
from core.interviews.service import Draft, Interview

_APART = ("notes", "advisor_word", "follow_up_on", "private_note")


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a file: `taken` names the fields that come from the other side, `conflicts` those that both changed."""

    draft: Draft
    taken: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def draft_of(interview: Interview, words: dict[str, Words]) -> Draft:
    """A file as a draft that changes nothing."""
    return Draft(
        profile=interview.profile,
        project=interview.project,
        notes=interview.notes,
        advisor_word=interview.advisor_word,
        follow_up_on=interview.follow_up_on,
        private_note=interview.private_note,
        words=words,
    )


def merge(base: Draft, theirs: Draft, mine: Draft) -> Merged:
    """`mine`, with what the others changed since `base` where I did not. Where both did, mine stands in the draft and the field is
    named: a list of choices counts as one field, the two words beside a sheet as another each.
    """
    taken: list[str] = []
    conflicts: list[str] = []

    def settle(name: str, was: Any, other: Any, own: Any) -> Any:
        if own in (was, other):
            if other != own:
                taken.append(name)
            return other
        if other != was:
            conflicts.append(name)
        return own

    def settle_struct(was: Any, other: Any, own: Any) -> Any:
        names = [field.name for field in fields(type(own))]
        return replace(
            own,
            **{n: settle(n, getattr(was, n), getattr(other, n), getattr(own, n)) for n in names},
        )

    profile: Profile = settle_struct(base.profile, theirs.profile, mine.profile)
    project: Project = settle_struct(base.project, theirs.project, mine.project)
    apart = {n: settle(n, getattr(base, n), getattr(theirs, n), getattr(mine, n)) for n in _APART}
    none = Words()
    words = {
        sheet: Words(
            word=settle(
                f"word_{sheet}",
                base.words.get(sheet, none).word,
                theirs.words.get(sheet, none).word,
                said.word,
            ),
            next_step=settle(
                f"next_{sheet}",
                base.words.get(sheet, none).next_step,
                theirs.words.get(sheet, none).next_step,
                said.next_step,
            ),
        )
        for sheet, said in mine.words.items()
    }
    draft = Draft(profile=profile, project=project, words=words, **apart)
    return Merged(draft=draft, taken=tuple(taken), conflicts=tuple(conflicts))
