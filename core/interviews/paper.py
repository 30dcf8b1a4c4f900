"""The roadmap as an accessible PDF (PDF/UA-1), written by Typst from data alone: no word of anyone is ever read as markup.

Typst is native code that cannot be stopped: it runs in a thread, a few at a time, and who waits too long is told to try again.
"""

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import msgspec
import structlog
import typst

from core.contracts.booking import AppointmentView
from core.errors import Refused
from core.interviews.deadlines import Deadline
from core.interviews.facts import facts_of
from core.interviews.roadmap import Roadmap, Step
from core.web.i18n import _, current_locale
from core.web.templating import day, moment

TIMEOUT_SECONDS = 10.0
_AT_ONCE = 2
_TEMPLATE = Path(__file__).parent / "templates" / "roadmap.typ"
_UNPRINTABLE = {"Cc", "Cf", "Cn", "Co", "Cs", "So"}
"""Controls and pictures: no font of ours draws them, and a PDF/UA must not hold what cannot be drawn."""
_gate = asyncio.Semaphore(_AT_ONCE)
log = structlog.get_logger("somobilite.interviews")


async def write_pdf(
    view: AppointmentView,
    roadmap: Roadmap,
    deadlines: Sequence[Deadline],
    ticked: Mapping[str, datetime],
) -> bytes:
    """The file, in the present language. Raises `Refused` when it takes too long."""
    data = msgspec.json.encode(_plain(_document(view, roadmap, deadlines, ticked))).decode()
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), _gate:
            return await asyncio.to_thread(compile_pdf, data)
    except TimeoutError as error:
        raise Refused(
            _("Le PDF tarde à venir. Réessayez dans une minute : la page, elle, est toujours là.")
        ) from error


def compile_pdf(data: str) -> bytes:
    """The file from its data, as JSON text. A sign that no font draws costs the label PDF/UA, never the file."""
    try:
        return _compile(data, "ua-1")
    except typst.TypstError as error:
        log.warning("roadmap not PDF/UA", problem=error.message)
        return _compile(data, "1.7")


def _compile(data: str, standard: Literal["ua-1", "1.7"]) -> bytes:
    return typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"roadmap": data},
        pdf_standards=standard,
    )


@cache
def fonts() -> typst.Fonts:
    """The faces of the pages, and those of Typst itself for the signs that they lack."""
    folders = [
        str(Path(str(resources.files(f"fontpkg_{name}"))) / "files")
        for name in ("figtree", "hammersmith_one")
    ]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


def _document(
    view: AppointmentView,
    roadmap: Roadmap,
    deadlines: Sequence[Deadline],
    ticked: Mapping[str, datetime],
) -> dict[str, Any]:
    """Everything that the paper says, in words; the template only lays it out."""
    sent = (
        _("Envoyée le %(when)s.") % {"when": moment(roadmap.sent_at)}
        if roadmap.sent_at
        else _("Aperçu, pas encore envoyé.")
    )
    return {
        "lang": current_locale(),
        "title": _("Feuille de route de %(name)s") % {"name": view.youth.name},
        "over": _("Feuille de route de"),
        "name": view.youth.name,
        "when": _("Entretien du %(when)s avec %(advisor)s, %(structure)s")
        % {
            "when": day(view.starts_at),
            "advisor": view.advisor.name,
            "structure": view.structure.name,
        },
        "word": _lines(roadmap.advisor_word),
        "word_title": _("Le mot de votre conseiller·ère"),
        "sign": view.advisor.name,
        "stops": [_stop(step, ticked) for step in roadmap.steps],
        "dates_title": _("Vos dates"),
        "dates": [[one.words, one.programme.title_fr] for one in deadlines],
        "dates_hint": _("Le jour exact est sur le site officiel de chaque dispositif."),
        "back_title": _("Et maintenant ?"),
        "back": [
            _("Une question, un doute, une bonne nouvelle : écrivez à %(name)s depuis votre page.")
            % {"name": view.advisor.name},
            " · ".join(
                filter(None, (view.structure.name, view.structure.phone, view.structure.email))
            ),
            _("Vous pouvez reprendre un rendez-vous quand votre projet avance."),
        ],
        "page_label": _("Votre page :"),
        "page": f"{view.manage_url}/feuille-de-route",
        "small": f"{sent} {_('Les conditions peuvent changer : le site officiel fait foi.')}",
    }


def _stop(step: Step, ticked: Mapping[str, datetime]) -> dict[str, Any]:
    sheet = step.programme
    return {
        "title": sheet.title_fr,
        "summary": sheet.summary_fr,
        "word": _lines(step.word),
        "todo_title": _("À faire"),
        "todo": [
            {"words": task.words, "done": _("(fait)") if task.key in ticked else ""}
            for task in step.tasks
        ],
        "why_title": _("Pourquoi c’est pour vous"),
        "why": [reason.text for reason in step.reasons],
        "check_title": _("À vérifier"),
        "check": [reason.text for reason in step.to_check],
        "facts": facts_of(sheet),
        "site": _("Site officiel"),
        "url": sheet.url,
    }


def _lines(text: str) -> list[str]:
    return text.splitlines()


def _plain(value: Any) -> Any:
    """The same data without the signs that cannot be drawn."""
    if isinstance(value, str):
        composed = unicodedata.normalize("NFC", value)
        return "".join(sign for sign in composed if unicodedata.category(sign) not in _UNPRINTABLE)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
