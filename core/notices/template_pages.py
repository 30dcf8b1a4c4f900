"""The texts of messages, for the coordination: read, rewritten beside their preview, given back to their default."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from core.accounts.access import coordinator
from core.contracts.messages import Sample, Written
from core.errors import Conflict
from core.notices import texts
from core.notices.checks import MOST_BODY, MOST_SUBJECT, TextRefused, check
from core.notices.readings import previews_of, samples_of
from core.notices.texts import Text
from core.notices.words import audience_label, kind_label
from core.platform import Platform
from core.web.forms import Form, parse
from core.web.i18n import _
from core.web.pages import AnyRequest, page, platform_of, redirect, staff_of

_HERE = "/reseau/messages/modeles"
_ONE = _HERE + "/{template_key:str}/{locale:str}"


class TextForm(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it is written. `version` is the one that was read; `look`: only show it."""

    version: Annotated[int, Meta(ge=0)] = 0
    subject: Annotated[str, Meta(max_length=4 * MOST_SUBJECT)] = ""
    body: Annotated[str, Meta(max_length=4 * MOST_BODY)] = ""
    look: bool = False


@get(_HERE, guards=[coordinator], include_in_schema=False)
async def list_page(request: AnyRequest) -> Response[str]:
    """Every text: what it tells, to whom, by which means, in which language, and whether it was rewritten."""
    groups: dict[str, dict[tuple[str, str], list[Text]]] = {}
    for text in await texts.list_texts(platform_of(request)):
        lines = groups.setdefault(_title(text), {})
        line = (audience_label(text.template.audience), text.template.carrier)
        lines.setdefault(line, []).append(text)
    values = {"groups": groups, "here": _HERE, "languages": _languages()}
    return page(request, "notices/templates.html", values)


@get(_ONE, guards=[coordinator], include_in_schema=False)
async def edit_page(
    request: AnyRequest, template_key: FromPath[str], locale: FromPath[str]
) -> Response[str]:
    """One text, and how it reads."""
    platform = platform_of(request)
    text = await texts.open_text(platform, template_key, locale)
    form: Form[Any] = Form({"subject": text.source.subject, "body": text.source.body})
    return await _page(request, platform, text, form, text.source)


@post(_ONE, guards=[coordinator], include_in_schema=False, status_code=303)
async def save(
    request: AnyRequest, template_key: FromPath[str], locale: FromPath[str]
) -> Response[Any]:
    """Shows how a text reads, or keeps it. What is wrong is said with its line; what was typed stays."""
    platform = platform_of(request)
    text = await texts.open_text(platform, template_key, locale)
    form = parse(TextForm, await request.form())
    if form.data is None:
        return await _page(request, platform, text, form, None)
    source = Written(subject=" ".join(form.data.subject.split()), body=form.data.body)
    samples = await samples_of(platform, text)
    try:
        check(text.template, source, samples)
        if form.data.look:
            return await _page(request, platform, text, form, source, samples=samples)
        read = msgspec.structs.replace(text, version=form.data.version)
        await texts.save(platform, staff_of(request), read, source)
    except TextRefused as refusal:
        for part, faults in refusal.parts.items():
            if faults:
                form.errors[part] = " ".join(
                    _("Ligne %(line)d : %(message)s")
                    % {"line": fault.line, "message": fault.message}
                    for fault in faults
                )
        return await _page(request, platform, text, form, None)
    except Conflict as refusal:
        return await _page(request, platform, text, form.refuse(refusal), source, samples=samples)
    return redirect(
        f"{_HERE}/{template_key}/{locale}",
        flash=_("C’est enregistré : les prochains messages partent ainsi."),
    )


@post(_ONE + "/defaut", guards=[coordinator], include_in_schema=False, status_code=303)
async def restore(
    request: AnyRequest, template_key: FromPath[str], locale: FromPath[str]
) -> Response[Any]:
    """Gives a text back to its default."""
    platform = platform_of(request)
    text = await texts.open_text(platform, template_key, locale)
    await texts.restore(platform, staff_of(request), text)
    return redirect(
        f"{_HERE}/{template_key}/{locale}",
        flash=_("Le texte d’origine est rétabli. Le vôtre reste parmi les versions."),
    )


async def _page(
    request: AnyRequest,
    platform: Platform,
    text: Text,
    form: Form[Any],
    shown: Written | None,
    *,
    samples: Sequence[Sample] | None = None,
) -> Response[str]:
    """The text and, when it can be read, its preview."""
    template = text.template
    known = samples if samples is not None else await samples_of(platform, text)
    previews = await previews_of(platform, text, shown, known) if shown else []
    values = {
        "text": text,
        "title": _title(text),
        "audience": audience_label(template.audience),
        "language": _languages()[text.locale],
        "languages": [(one, _languages()[one]) for one in template.sources],
        "form": form,
        "previews": previews,
        "variables": [
            (name, _(said), known[0].values.get(name, "") if known else "")
            for name, said in template.variables.items()
        ],
        "versions": await texts.list_versions(platform, text),
        "here": f"{_HERE}/{template.key}",
    }
    return page(request, "notices/template.html", values, status=422 if form.errors else 200)


def _title(text: Text) -> str:
    return _(text.template.label) if text.template.label else kind_label(text.template.kind)


def _languages() -> dict[str, str]:
    return {"fr": _("français"), "en": _("anglais")}


routes: tuple[ControllerRouterHandler, ...] = (list_page, edit_page, save, restore)
