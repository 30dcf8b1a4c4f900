"""Invented cases for the preview and the check of texts: nobody's, and as long as real ones."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import cast
from uuid import UUID

from msgspec.structs import replace

from core.clock import PARIS, local_date
from core.contracts.accounts import AccountKind, AccountNotice
from core.contracts.booking import AppointmentView, PersonRef, SiteRef
from core.contracts.context import PluginContext, StructureRef
from core.contracts.digests import Digest, DigestKind, SheetToVerify, WeekSupply
from core.contracts.messages import Sample
from core.contracts.notices import Notice
from core.contracts.offers import OfferKind, SlotOffer
from core.notices.accounts import KINDS
from core.notices.vocabulary import Message, values
from core.web.i18n import N_, _

_NOBODY, _OTHER = UUID(int=0), UUID(int=1)


def samples(context: PluginContext, kind: str, audience: str) -> list[Sample]:
    """The cases of a kind of message that read differently, in the present language; the most common first."""
    return [
        Sample(label=label, values=values(message, context.services.public_url), about=message)
        for label, message in _cases(context, kind, audience)
    ]


def _cases(context: PluginContext, kind: str, audience: str) -> Iterator[tuple[str, Message]]:
    if kind in {"demand_offer", "earlier_offer"}:
        yield from _offers(context, kind)  # type: ignore[arg-type]  # the line above says so
    elif kind == "sheets":
        yield from _sheets(context)
    elif kind in KINDS:
        yield _("Un compte"), _account(context, cast("AccountKind", kind))
    elif kind in {"week", "shortage", "shortage_region"}:
        yield from _digests(context, kind)  # type: ignore[arg-type]
    else:
        for label, appointment, previous in _appointments(context, kind, audience):
            notice = Notice(
                key="example",
                kind=kind,  # type: ignore[arg-type]  # what is left are the kinds of notices
                audience=audience,  # type: ignore[arg-type]
                appointment=appointment,
                previous=previous,
            )
            yield label, notice


def _appointments(
    context: PluginContext, kind: str, audience: str
) -> Iterator[tuple[str, AppointmentView, AppointmentView | None]]:
    """(label, the appointment, what it was before)."""
    here = _view(context)
    video = replace(here, channel="video", channel_label="En visio", site=None)
    phone = replace(here, channel="phone", channel_label="Par téléphone", site=None)
    day_before = here.starts_at - timedelta(days=1)
    moved = replace(here, starts_at=day_before, ends_at=day_before + timedelta(hours=1))
    colleague = PersonRef(name="Dominique E.")
    handed = replace(here, advisor=colleague, advisor_id=_OTHER)
    if kind == "change" and audience == "former_advisor":
        yield _("Confié à quelqu’un d’autre"), here, handed
    elif kind == "change":
        yield _("Autre moment"), here, moved
        yield _("Autre façon de se rencontrer"), video, here
        yield _("Autre conseiller·ère"), here, handed
        yield _("Rétabli après une annulation"), here, replace(here, status="cancelled_by_youth")
    elif kind == "cancellation":
        gone = replace(here, status="cancelled_by_structure", cancel_reason=_("Grève des trains"))
        yield _("Par la structure"), gone, here
        yield _("Par le ou la jeune"), replace(here, status="cancelled_by_youth"), here
    elif kind == "link_1h":
        yield _("En visio"), video, None
    else:
        yield _("En personne"), here, None
        yield _("En visio"), video, None
        yield _("Par téléphone"), phone, None
        referred = replace(here, booked_by=_("Sam Exemple, Mission locale"), to_confirm=True)
        yield _("Pris par un organisme, à confirmer"), referred, None


def _offers(context: PluginContext, kind: OfferKind) -> Iterator[tuple[str, SlotOffer]]:
    view = _view(context)
    sooner = view.starts_at - timedelta(days=5)
    below = "/plus-tot" if kind == "earlier_offer" else ""
    offer = SlotOffer(
        key="example",
        kind=kind,
        youth=view.youth,
        structure=view.structure,
        site=view.site,
        mode="in_person",
        channel_label=view.channel_label,
        starts_at=sooner,
        expires_at=context.now + timedelta(minutes=30),
        book_url=view.manage_url + below,
        manage_url=view.manage_url + below,
        current=view if kind == "earlier_offer" else None,
    )
    yield _("En personne"), offer
    yield _("En visio"), replace(offer, mode="video", channel_label="En visio", site=None)


def _digests(context: PluginContext, kind: DigestKind) -> Iterator[tuple[str, Digest]]:
    view = _view(context)
    today = local_date(context.now)
    monday = today + timedelta(days=7 - today.weekday())
    url = context.services.public_url + ("/reseau" if kind == "shortage_region" else "/agenda")
    short = WeekSupply(structure=view.structure, monday=monday, offered=1, minimum=3, url=url)
    digest = Digest(
        key="example",
        kind=kind,
        person=PersonRef(name="Camille Exemple"),
        monday=monday,
        url=url,
        supply=(short,),
        appointments=(view, replace(view, starts_at=view.starts_at + timedelta(hours=2)))
        if kind == "week"
        else (),
        to_fill_in=2 if kind == "week" else 0,
    )
    yield _("Une structure à court"), digest
    if kind == "week":
        calm = replace(digest, supply=(replace(short, offered=5),), appointments=(), to_fill_in=0)
        yield _("Une semaine calme"), calm


def _sheets(context: PluginContext) -> Iterator[tuple[str, Digest]]:
    today = local_date(context.now)
    url = f"{context.services.public_url}/fiches/a-verifier?charge=moi"
    sheets = (
        SheetToVerify(
            title="Chantier de bénévoles", url=url, why=N_("à vérifier avant le"), before=today
        ),
        SheetToVerify(title="Stage en Europe", url=url, why=N_("lien cassé")),
    )
    digest = Digest(
        key="example",
        kind="sheets",
        person=PersonRef(name="Camille Exemple"),
        monday=today + timedelta(days=7 - today.weekday()),
        url=url,
        sheets=sheets,
    )
    yield _("Deux fiches à revoir"), digest


def _account(context: PluginContext, kind: AccountKind) -> AccountNotice:
    return AccountNotice(
        key="example",
        kind=kind,
        person=PersonRef(name="Camille Exemple"),
        at=context.now,
        url=f"{context.services.public_url}/compte",
    )


def _view(context: PluginContext) -> AppointmentView:
    """An appointment on a Tuesday at two, its link as long as a real one."""
    services = context.services
    token = (services.sign("example", "1") + services.sign("example", "2") + "ok")[:46]
    monday = local_date(context.now) - timedelta(days=local_date(context.now).weekday())
    starts_at = datetime.combine(monday + timedelta(days=15), time(14), PARIS)
    structure = StructureRef(id=_NOBODY, name="Info Jeunes", phone="05 36 49 00 00")
    return AppointmentView(
        id=_NOBODY,
        sequence=0,
        status="booked",
        channel="in_person",
        channel_label="En personne",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        structure=next(iter(context.structures), structure),
        advisor=PersonRef(name="Camille E."),
        advisor_id=_NOBODY,
        youth=PersonRef(name=_("Alix Exemple"), email="alix@example.org", phone="+33199000000"),
        site=SiteRef(
            id=_NOBODY,
            name="Info Jeunes",
            address="1 rue de l’Exemple",
            postcode="33000",
            city="Bordeaux",
        ),
        manage_url=f"{services.public_url}/rdv/{token}",
        advisor_url=f"{services.public_url}/entretiens/{_NOBODY}",
    )
