"""Sheets out to a file and in from one: a report line by line first, then the deed."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from core.accounts.access import advisor, coordinator
from core.catalogue.editing import records, transfer
from core.catalogue.editing.compare import in_a_line
from core.catalogue.editing.records import Record
from core.errors import Refused
from core.web.forms import Form, parse
from core.web.i18n import _, ngettext
from core.web.pages import AnyRequest, page, platform_of, staff_of


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to import: `publish` at once, or as drafts. `records`: what was tried, given back to be applied."""

    publish: bool = False
    records: str = ""


@get("/fiches/echanges", guards=[advisor], include_in_schema=False)
async def exchange(request: AnyRequest) -> Response[str]:
    """Where to export from and import into."""
    return _page(request, Form())


@get("/fiches/export", guards=[advisor], include_in_schema=False)
async def export(request: AnyRequest) -> Response[bytes]:
    """Every sheet that was published once, at its current version: `?format=csv`, or JSON."""
    platform = platform_of(request)
    programmes = await transfer.list_public(platform)
    as_csv = request.query_params.get("format") == "csv"
    body = records.to_csv(programmes) if as_csv else records.to_json(programmes)
    name = f"fiches-{platform.clock.now().astimezone(platform.zone):%Y-%m-%d}.{'csv' if as_csv else 'json'}"
    return Response(
        body,
        media_type="text/csv; charset=utf-8" if as_csv else "application/json",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


@post("/fiches/import", guards=[coordinator], include_in_schema=False)
async def try_it(request: AnyRequest) -> Response[str]:
    """What the file would do. Nothing is written."""
    typed = await request.form()
    file, form = typed.get("file"), parse(Options, typed)
    options = form.data or Options()
    try:
        if not isinstance(file, UploadFile):
            raise Refused(_("Choisissez un fichier, JSON ou CSV."), field="file")
        body = await file.read()
        await file.close()
        found = records.read_file(body)
    except Refused as refusal:
        return _page(request, form.refuse(refusal), status=422)
    lines = await transfer.try_import(platform_of(request), found, publish=options.publish)
    return _page(request, form, lines=lines, tried=found)


@post("/fiches/import/appliquer", guards=[coordinator], include_in_schema=False)
async def do_it(request: AnyRequest) -> Response[str] | Redirect:
    """Does what was tried, read and judged again: it may have changed meanwhile, and the report says so."""
    form = parse(Options, await request.form())
    options = form.data or Options()
    try:
        found = records.read_file(options.records.encode())
    except Refused as refusal:
        return _page(request, form.refuse(refusal), status=422)
    lines = await transfer.apply_import(
        platform_of(request), staff_of(request), found, publish=options.publish
    )
    return _page(request, form, lines=lines, done=True)


def _page(
    request: AnyRequest,
    form: Form[Options],
    *,
    lines: Sequence[transfer.Line] = (),
    tried: Sequence[Record] = (),
    done: bool = False,
    status: int = 200,
) -> Response[str]:
    counts = Counter(line.what for line in lines)
    said: dict[transfer.What, tuple[str, str]] = {
        "created": (_("créée"), "good"),
        "changed": (_("modifiée"), "info"),
        "unchanged": (_("inchangée"), "neutral"),
        "refused": (_("refusée"), "bad"),
    }
    values = {
        "form": form,
        "lines": [line for line in lines if line.what != "unchanged"],
        "total": len(lines),
        "counts": ", ".join(_count(what, counts[what]) for what in said if counts[what]),
        "said": said,
        "in_a_line": in_a_line,
        "done": done,
        "publish": bool(form.values.get("publish")),
        "records": msgspec.json.encode(tried).decode() if tried else "",
        "works": bool(counts["created"] + counts["changed"]),
    }
    return page(request, "catalogue/editing/exchange.html", values, status=status)


def _count(what: transfer.What, number: int) -> str:
    words = {
        "created": ngettext("%(num)d créée", "%(num)d créées", number),
        "changed": ngettext("%(num)d modifiée", "%(num)d modifiées", number),
        "unchanged": ngettext("%(num)d inchangée", "%(num)d inchangées", number),
        "refused": ngettext("%(num)d refusée", "%(num)d refusées", number),
    }
    return words[what] % {"num": number}


routes: tuple[ControllerRouterHandler, ...] = (exchange, export, try_it, do_it)
