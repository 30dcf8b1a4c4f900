"""Questions as data, and answers as they are read from a form. Pure."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hookspecs import Form, _

Audience = Literal["youth", "advisor"]
Kind = Literal["scale", "choice", "words"]
Answers = Mapping[str, int | str]
"""By question: the place of what was chosen, from 0, or words. A question that was left out is not there."""
MOST_QUESTIONS = 6
LONGEST_WORDS = 500
DEGREES = 5
ID = re.compile("[a-z][a-z0-9_]{0,30}")
_SHIPPED = Path(__file__).parent / "questions.toml"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `options` are those of a choice, two at least; `options_en` say the same in English, or nothing."""

    id: Annotated[str, Meta(pattern=f"^{ID.pattern}$")]
    kind: Kind
    text: Annotated[str, Meta(min_length=3, max_length=200)]
    text_en: Annotated[str, Meta(max_length=200)] = ""
    options: tuple[str, ...] = ()
    options_en: tuple[str, ...] = ()

    def said(self, locale: str) -> str:
        """The question in a language, French where there is no other."""
        return self.text_en if locale == "en" and self.text_en else self.text

    def choices(self, locale: str) -> list[str]:
        """What one may choose among, in order; nothing for words."""
        if self.kind == "scale":
            return [_("Pas du tout"), _("Plutôt non"), _("Ni oui ni non"), _("Plutôt oui"), _("Tout à fait")]  # fmt: skip
        return list(self.options_en if locale == "en" and self.options_en else self.options)


@cache
def shipped(audience: Audience) -> tuple[Question, ...]:
    """The questions that travel with the plugin."""
    raw = tomllib.loads(_SHIPPED.read_text("utf-8"))[audience]
    return msgspec.convert(raw, tuple[Question, ...])


def field_of(question: Question) -> str:
    """The name of a question's field in the form of answers."""
    return f"q_{question.id}"


def read_answers(
    questions: Sequence[Question], typed: Mapping[str, Any]
) -> tuple[Form[Any], Answers | None]:
    """The form as typed and, when all is well, the answers. Each question may be left out, not all of them."""
    form: Form[Any] = Form({field_of(one): str(typed.get(field_of(one), "")).strip() for one in questions})  # fmt: skip
    answers: dict[str, int | str] = {}
    for question in questions:
        name = field_of(question)
        said = form.value(name)
        if not said:
            continue
        if question.kind == "words":
            if len(said) > LONGEST_WORDS:
                form.errors[name] = _("C’est trop long : %(most)d caractères au plus.") % {
                    "most": LONGEST_WORDS
                }
            answers[question.id] = said
        elif said in {str(place) for place in range(len(question.choices("fr")))}:
            answers[question.id] = int(said)
        else:
            form.errors[name] = _("Choisissez une des réponses proposées.")
    if not answers and not form.errors:
        form.errors[""] = _("Répondez à une question au moins, celle que vous voulez.")
    return form, None if form.errors else answers


def values_of(questions: Sequence[Question], answers: Answers) -> dict[str, str]:
    """The fields of a form that shows answers again."""
    return {
        field_of(question): str(answers[question.id])
        for question in questions
        if question.id in answers
    }
