"""What is expected of those who bring messages: notices, offers, digests, news of accounts."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any, ClassVar, get_args

import msgspec

from core.contracts.accounts import AccountCarrier, AccountKind, AccountNotice
from core.contracts.booking import AppointmentView, PersonRef
from core.contracts.digests import Digest, DigestCarrier, DigestKind, WeekSupply
from core.contracts.notices import Delivery, Notice, NoticeCarrier, NoticeKind
from core.contracts.offers import OfferCarrier, OfferKind, SlotOffer
from core.platform import Platform
from core.testing.contracts.base import Contract, answer, quickly
from core.testing.places import Place, TwoStructures, book

_LOOK_SECONDS = 0.05
_NOBODY = PersonRef(name="Alix")


def _notices(view: AppointmentView) -> list[Notice]:
    """Every kind, for every audience, with and without contacts, in both languages' reach."""
    unknown = msgspec.structs.replace(view, youth=_NOBODY, advisor=_NOBODY)
    return [
        Notice(
            key=f"{kind}-{audience}-{number}",
            kind=kind,
            audience=audience,
            appointment=one,
            previous=one if kind in {"change", "cancellation"} else None,
        )
        for kind in get_args(NoticeKind)
        for audience in ("youth", "advisor", "former_advisor")
        for number, one in enumerate((view, unknown))
        if audience != "former_advisor" or kind == "change"
    ]


class NoticeCarrierContract(Contract):
    """What the platform expects of every `NoticeCarrier`. Settings that need a server: give those that keep messages."""

    factory: ClassVar[Callable[[], NoticeCarrier]]

    async def test_it_says_at_once_whether_a_notice_is_its_business(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """For every kind and audience, whether contacts are known or not."""
        place, carrier = two_structures.here, self.make()
        told = place.context(self.settings)
        for notice in _notices(await book(platform, place)):
            carries = quickly(partial(carrier.carries, told, notice), _LOOK_SECONDS, "carries")
            assert isinstance(carries, bool), "carries answers True or False"

    async def test_what_it_carries_it_delivers_or_says_why_not(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """A `Delivery`, in both languages; sending once more does no harm; a refusal has its reason."""
        place, carrier = two_structures.here, self.make()
        view = await book(platform, place)
        for locale in ("fr", "en"):
            told = place.context(self.settings, locale)
            for notice in _notices(view):
                if carrier.carries(told, notice):
                    sent: Delivery = await answer(
                        partial(carrier.send, told, notice),
                        Delivery,
                        "send",
                    )
                    assert sent.outcome != "refused" or sent.detail, "a refusal says why"


class OfferCarrierContract(Contract):
    """What the platform expects of every `OfferCarrier`."""

    factory: ClassVar[Callable[[], OfferCarrier]]

    async def test_an_offer_is_delivered_or_left_to_others(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """Every kind, with and without contacts."""
        place, carrier = two_structures.here, self.make()
        told = place.context(self.settings)
        view = await book(platform, place)
        for kind in get_args(OfferKind):
            for youth in (view.youth, _NOBODY):
                offer = _offer(view, kind, youth)
                carries = quickly(
                    partial(carrier.carries_offer, told, offer),
                    _LOOK_SECONDS,
                    "carries_offer",
                )
                assert isinstance(carries, bool), "carries_offer answers True or False"
                if carries:
                    await answer(
                        partial(carrier.send_offer, told, offer),
                        Delivery,
                        "send_offer",
                    )


class DigestCarrierContract(Contract):
    """What the platform expects of every `DigestCarrier`."""

    factory: ClassVar[Callable[[], DigestCarrier]]

    async def test_a_digest_is_delivered_or_left_to_others(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """Every kind, a full week and an empty one, with and without an address."""
        place, carrier = two_structures.here, self.make()
        told = place.context(self.settings)
        view = await book(platform, place)
        for kind in get_args(DigestKind):
            for person in (PersonRef(name="Camille", email="camille@example.org"), _NOBODY):
                for digest in _digests(place, kind, person, view):
                    carries = quickly(
                        partial(carrier.carries_digest, told, digest),
                        _LOOK_SECONDS,
                        "carries_digest",
                    )
                    assert isinstance(carries, bool), "carries_digest answers True or False"
                    if carries:
                        await answer(
                            partial(carrier.send_digest, told, digest),
                            Delivery,
                            "send_digest",
                        )


class AccountCarrierContract(Contract):
    """What the platform expects of every `AccountCarrier`."""

    factory: ClassVar[Callable[[], AccountCarrier]]

    async def test_news_of_an_account_is_delivered_or_left_to_others(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """Every kind, with and without an address."""
        place, carrier = two_structures.here, self.make()
        told = place.context(self.settings)
        for kind in get_args(AccountKind):
            for person in (PersonRef(name="Camille", email="camille@example.org"), _NOBODY):
                notice = AccountNotice(
                    key=f"account-{kind}",
                    kind=kind,
                    person=person,
                    at=told.now,
                    url="https://so.example/compte",
                )
                carries = quickly(
                    partial(carrier.carries_account, told, notice),
                    _LOOK_SECONDS,
                    "carries_account",
                )
                assert isinstance(carries, bool), "carries_account answers True or False"
                if carries:
                    await answer(
                        partial(carrier.send_account, told, notice),
                        Delivery,
                        "send_account",
                    )


def _offer(view: AppointmentView, kind: Any, youth: PersonRef) -> SlotOffer:
    return SlotOffer(
        key=f"offer-{kind}",
        youth=youth,
        structure=view.structure,
        mode="phone",
        channel_label="Par téléphone",
        starts_at=view.starts_at,
        expires_at=view.starts_at - timedelta(days=6),
        book_url="https://so.example/offre/abc",
        manage_url="https://so.example/demande/abc",
        kind=kind,
        current=view if kind == "earlier_offer" else None,
    )


def _digests(place: Place, kind: Any, person: PersonRef, view: AppointmentView) -> list[Digest]:
    monday = date(2027, 2, 1)
    supply = WeekSupply(structure=place.structure, monday=monday, offered=1, minimum=3)
    about = {"kind": kind, "person": person, "monday": monday, "url": "https://so.example/jour"}
    return [
        Digest(key=f"empty-{kind}", **about),
        Digest(key=f"full-{kind}", supply=(supply,), appointments=(view,), to_fill_in=2, **about),
    ]
