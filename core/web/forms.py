"""Forms: every field is read, every fault is said in French beside its field, nothing typed is lost."""

from collections.abc import Mapping
from datetime import date, time
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

import msgspec
from litestar.datastructures import FormMultiDict
from msgspec import UNSET, Meta

from core.errors import FriendlyError
from core.web.i18n import _

T = TypeVar("T", bound=msgspec.Struct)
_LIST_ORIGINS = {list, tuple, set, frozenset}


class Form(Generic[T]):
    """A form as it was filled: `values` as typed, `errors` by field, `data` when all is well.

    The empty form (`Form()`, or with `values` to begin with) has neither errors nor data.
    """

    def __init__(
        self,
        values: Mapping[str, Any] | None = None,
        errors: Mapping[str, str] | None = None,
        data: T | None = None,
    ) -> None:
        self.values: dict[str, Any] = dict(values or {})
        self.errors: dict[str, str] = dict(errors or {})
        self.data = data

    def value(self, name: str) -> Any:
        """What was typed in a field; an empty string when nothing was."""
        value = self.values.get(name)
        return "" if value is None else value

    def chosen(self, name: str, option: str) -> bool:
        """Whether an option is ticked (a list) or selected (a value)."""
        value = self.values.get(name)
        return option in value if isinstance(value, (list, tuple)) else str(value) == option

    def error(self, name: str) -> str:
        """The fault of a field, or an empty string."""
        return self.errors.get(name, "")

    def refuse(self, refusal: FriendlyError) -> "Form[T]":
        """The same form with one more fault (on the field of the refusal, or on the whole)."""
        self.errors[refusal.field or ""] = refusal.message
        self.data = None
        return self


def parse(kind: type[T], form: FormMultiDict | Mapping[str, Any]) -> Form[T]:
    """Reads a form into `kind`, field by field.

    Text is stripped; an empty field is absent; a tick box is there or not; a field of a list type gathers all values of its
    name. Every fault is collected.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    ready: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        base, meta = _unwrap(field.type)
        raw = _raw(form, field.name, is_list=get_origin(base) in _LIST_ORIGINS)
        values[field.name] = raw
        if base is bool:
            ready[field.name] = raw not in ("", None, "false", "0")
            continue
        if raw in ("", None, []):
            if field.required:
                errors[field.name] = _("Ce champ est nécessaire.")
            continue
        try:
            if base is time and len(raw) == len("14:30"):
                raw = f"{raw}:00"  # browsers leave the seconds out
            ready[field.name] = msgspec.convert(raw, field.type, strict=False)
        except msgspec.ValidationError:
            errors[field.name] = _fault(base, meta, raw)
    if errors:
        return Form(values, errors)
    try:
        return Form(values, {}, kind(**ready))
    except FriendlyError as refusal:
        return Form(values).refuse(refusal)


def _raw(form: FormMultiDict | Mapping[str, Any], name: str, *, is_list: bool) -> Any:
    if is_list:
        found = form.getall(name, []) if isinstance(form, FormMultiDict) else form.get(name, [])
        return [str(value).strip() for value in found if str(value).strip()]
    value = form.get(name)
    if value is None or value is UNSET:
        return None
    return value.strip().replace("\r\n", "\n") if isinstance(value, str) else value


def _unwrap(kind: Any) -> tuple[Any, Meta | None]:
    """The type beneath `Annotated` and `| None`, and its constraints."""
    meta: Meta | None = None
    while True:
        if get_origin(kind) is Annotated:
            kind, *extras = get_args(kind)
            meta = next((extra for extra in extras if isinstance(extra, Meta)), meta)
        elif get_origin(kind) in {Union, UnionType}:
            kind = next(arg for arg in get_args(kind) if arg is not type(None))
        else:
            return kind, meta


def _fault(kind: Any, meta: Meta | None, raw: Any) -> str:
    """What to say of a value that does not fit, from the constraint (never the library's English)."""
    if kind is date:
        return _("Cette date n’existe pas. Écrivez-la par exemple 2004-05-31.")
    if kind is time:
        return _("Cette heure n’existe pas. Écrivez-la par exemple 14:30.")
    if kind in (int, float):
        return _number_fault(meta)
    if kind is str and meta is not None:
        if meta.max_length is not None and len(str(raw)) > meta.max_length:
            return _("C’est trop long : %(most)d caractères au plus, il y en a %(has)d.") % {
                "most": meta.max_length,
                "has": len(str(raw)),
            }
        if meta.min_length is not None and len(str(raw)) < meta.min_length:
            return _("C’est trop court : %(least)d caractères au moins.") % {
                "least": meta.min_length
            }
    return _("Cette valeur ne convient pas. Choisissez parmi les réponses proposées.")


def _number_fault(meta: Meta | None) -> str:
    if meta is not None and meta.ge is not None and meta.le is not None:
        return _("Écrivez un nombre entre %(least)s et %(most)s.") % {
            "least": meta.ge,
            "most": meta.le,
        }
    if meta is not None and meta.ge is not None:
        return _("Écrivez un nombre, %(least)s au moins.") % {"least": meta.ge}
    return _("Écrivez un nombre, en chiffres.")
