"""The form in which questions are written: a few rows, an empty one asks nothing. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from hookspecs import Form, _

from .questions import ID, MOST_QUESTIONS, Question

_LONGEST_TEXT = 200
_MOST_OPTIONS = 8
_FIELDS = ("id", "kind", "text", "text_en", "options", "options_en")


def rows() -> range:
    """The numbers of the rows."""
    return range(1, MOST_QUESTIONS + 1)


def values_of(questions: Sequence[Question]) -> dict[str, str]:
    """The fields that show questions; an option a line."""
    values: dict[str, str] = {}
    for number, question in enumerate(questions, start=1):
        values |= {
            f"id_{number}": question.id,
            f"kind_{number}": question.kind,
            f"text_{number}": question.text,
            f"text_en_{number}": question.text_en,
            f"options_{number}": "\n".join(question.options),
            f"options_en_{number}": "\n".join(question.options_en),
        }
    return values


def read(typed: Mapping[str, Any]) -> tuple[Form[Any], list[Question] | None]:
    """The form as typed and, when all is well, the questions in order. A row without a text is left out."""
    names = [f"{field}_{number}" for number in rows() for field in _FIELDS]
    form: Form[Any] = Form({name: str(typed.get(name, "")).strip() for name in names})
    questions = [_row(form, number) for number in rows() if form.value(f"text_{number}")]
    return form, None if form.errors else questions


def _row(form: Form[Any], number: int) -> Question:
    """One question; what is wrong with it goes to the form's errors."""
    kind = form.value(f"kind_{number}")
    if kind not in {"scale", "choice", "words"}:
        form.errors[f"kind_{number}"] = _("Choisissez comment on répond.")
        kind = "words"
    for name in (f"text_{number}", f"text_en_{number}"):
        if len(form.value(name)) > _LONGEST_TEXT:
            form.errors[name] = _("C’est trop long : %(most)d caractères au plus.") % {
                "most": _LONGEST_TEXT
            }
    if len(form.value(f"text_{number}")) < 3:
        form.errors[f"text_{number}"] = _("Écrivez la question en entier.")
    options = _options(form, number) if kind == "choice" else ((), ())
    return Question(
        id=_id(form, number),
        kind=kind,
        text=form.value(f"text_{number}"),
        text_en=form.value(f"text_en_{number}"),
        options=options[0],
        options_en=options[1],
    )


def _id(form: Form[Any], number: int) -> str:
    """The id that the row already has, so that a question that is moved or mended stays itself; a new one for a new row."""
    known = form.value(f"id_{number}")
    earlier = {form.value(f"id_{before}") for before in range(1, number)}
    return known if ID.fullmatch(known) and known not in earlier else f"q{uuid4().hex[:8]}"


def _options(form: Form[Any], number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    french, english = (
        tuple(line.strip() for line in form.value(f"{name}_{number}").splitlines() if line.strip())
        for name in ("options", "options_en")
    )
    if not 2 <= len(french) <= _MOST_OPTIONS or len(set(french)) < len(french):
        form.errors[f"options_{number}"] = _(
            "Écrivez de deux à %(most)d réponses différentes, une par ligne."
        ) % {"most": _MOST_OPTIONS}
    elif english and len(english) != len(french):
        form.errors[f"options_en_{number}"] = _("Autant de réponses en anglais qu’en français.")
    return french, english
