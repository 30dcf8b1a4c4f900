"""What came with a form of settings: the fields as typed, the secrets, and what was asked for.

A secret that was typed is not shown again: until it is saved it travels sealed, for this account and this form alone.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from litestar.datastructures import FormMultiDict

from core.errors import SealError
from core.extension.settings_forms.fields import SettingField
from core.extension.settings_forms.reading import UNIT, as_typed
from core.network.switches.values import Values
from core.web.pages import AnyRequest, platform_of, staff_of

_DRAFT = "-draft"


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """`typed` fills the form again; `secrets` are those of this level, by name, and `drafts` the sealed ones that are not saved
    yet; `taken_back` are the fields that go back to what they inherit. `mark` says which values the sender had seen.
    """

    typed: dict[str, Any]
    secrets: dict[str, str]
    drafts: dict[str, str]
    taken_back: Sequence[str]
    wish: Literal["save", "test", "take_back"]
    mark: str


async def read_sent(request: AnyRequest, values: Values, fields: Sequence[SettingField]) -> Sent:
    """Reads the form of a request."""
    form = await request.form()
    now_back = _texts(form, "_inherit")
    taken_back = [*dict.fromkeys([*_texts(form, "_inherited"), *now_back])]
    typed = _typed(fields, form)
    for field in fields:
        if field.name in taken_back:
            typed.update(as_typed(field, values.inherited[field.name]))
    secrets, drafts = _secrets(request, values, form, taken_back)
    return Sent(
        typed=typed,
        secrets=secrets,
        drafts=drafts,
        taken_back=taken_back,
        wish="take_back" if now_back else "test" if form.get("_do") == "test" else "save",
        mark=str(form.get("_seen") or ""),
    )


def _texts(form: FormMultiDict, name: str) -> list[str]:
    return [str(value) for value in form.getall(name, [])]


def _typed(fields: Sequence[SettingField], form: FormMultiDict) -> dict[str, Any]:
    """What was typed in each field, secrets apart."""
    typed: dict[str, Any] = {}
    for field in fields:
        if field.kind == "secret":
            typed[field.name] = ""
        elif field.kind == "choices":
            typed[field.name] = _texts(form, field.name)
        else:
            typed[field.name] = str(form.get(field.name) or "").strip()
        if field.kind == "duration":
            typed[field.name + UNIT] = str(form.get(field.name + UNIT) or "minutes")
    return typed


def _secrets(
    request: AnyRequest, values: Values, form: FormMultiDict, taken_back: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """What is typed counts, else the draft of a moment ago, else what is kept; one that is taken back is left out."""
    found: dict[str, str] = {}
    drafts: dict[str, str] = {}
    keys = platform_of(request).keys
    for name in values.spec.secrets:
        if name in taken_back:
            continue
        purpose = _purpose(request, values, name)
        typed = str(form.get(name) or "")
        if not typed and form.get(name + _DRAFT):
            try:
                typed = keys.unseal(purpose, str(form[name + _DRAFT]))
            except SealError:
                typed = ""
        if typed:
            found[name] = typed
            drafts[name] = keys.seal(purpose, typed)
        elif name in values.own:
            found[name] = values.own[name]
    return found, drafts


def _purpose(request: AnyRequest, values: Values, name: str) -> str:
    where = values.structure.slug if values.structure else ""
    return f"draft:{staff_of(request).account_id}:{values.feature.id}:{where}:{name}"
