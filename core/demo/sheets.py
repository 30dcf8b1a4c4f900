"""The sheets of the demonstration: drafts that are being written and reviewed, people who answer for sheets, links that were looked at.

The invented sheets say so in their title and are never published: nobody is ever proposed one.
"""

from datetime import timedelta

from msgspec.structs import replace

from core.accounts.access import CurrentUser
from core.catalogue import service
from core.catalogue.editing import drafts
from core.catalogue.editing.links import addresses
from core.clock import local_date
from core.contracts.matching import LanguageRule, Programme
from core.demo.accounts import WALK_ADVISOR
from core.demo.rows import insert
from core.platform import Platform

_BEGUN = Programme(
    id="demo-potager-porto",
    title_fr="Démonstration : un potager partagé à Porto",
    summary_fr="Trois semaines à l’automne pour planter, construire et apprendre avec une association de quartier.",
    domains=("chantier",),
    zones=("europe_ue",),
    countries=("PT",),
    application_mode="windows",
    tags=("agriculture", "environnement"),
    confidence="low",
)
_TO_REVIEW = Programme(
    id="demo-radio-turin",
    title_fr="Démonstration : une radio de jeunes à Turin",
    summary_fr="Un mois en petit groupe pour fabriquer des émissions en français et en italien.",
    text_fr="## Sur place\n\nLe matin, **atelier d’italien** ; l’après-midi, reportages dans la ville.\n\n"
    "- hébergement en auberge de jeunesse\n- repas partagés\n\n## Pour préparer\n\nÉcoutez deux ou trois émissions avant de partir.",
    operator="Association inventée pour la démonstration",
    domains=("echange",),
    zones=("europe_ue",),
    countries=("IT",),
    statuses=("tous",),
    age_min=18,
    age_max=25,
    language_recommended=LanguageRule(code="it", level_min="A1"),
    duration_min_weeks=4,
    duration_max_weeks=4,
    budget_band="lt_500",
    funding="prise_en_charge",
    application_mode="windows",
    application_months=(3, 4),
    departure_months=(7,),
    lead_time_weeks=12,
    group_mode="groupe",
    tags=("arts", "langues"),
    confidence="medium",
)
_KEEPERS = (WALK_ADVISOR, "charlie@demo.example", "romane@demo.example")


async def write_sheets(platform: Platform) -> None:
    """Drafts, keepers and links, by the people of the demonstration."""
    lou, charlie, _romane = users = [await _user(platform, email) for email in _KEEPERS]
    await drafts.create(platform, lou, _BEGUN)
    await drafts.create(platform, charlie, _TO_REVIEW)
    await drafts.comment(
        platform, lou, _TO_REVIEW.id, "Démonstration : pense à dire si les mineur·es peuvent venir."
    )
    await drafts.submit(platform, charlie, _TO_REVIEW.id, "Démonstration : prête à relire.")
    public = await service.read_programme(platform, "wwoof")
    await drafts.save(
        platform,
        lou,
        replace(public, lead_time_weeks=8, notes="Démonstration : délai à confirmer."),
        0,
    )
    await platform.db.execute("UPDATE programme SET is_demo = true WHERE starts_with(id, 'demo-')")
    await _share_out(platform, users)
    await _look_at_links(platform)


async def _user(platform: Platform, email: str) -> CurrentUser:
    row = await platform.db.fetch_one(
        "SELECT id, name, region_role FROM account WHERE email = $1", email
    )
    assert row is not None
    return CurrentUser(
        account_id=row["id"], name=row["name"], email=email, region_role=row["region_role"]
    )


async def _share_out(platform: Platform, users: list[CurrentUser]) -> None:
    """Three sheets in four have a keeper; most were verified some months ago, a few are late or nearly so."""
    today = local_date(platform.clock.now(), platform.zone)
    sheets = [one.id for one in await service.published(platform)]
    for number, programme_id in enumerate(sheets):
        before = today + timedelta(days=(number * 37) % 175 + 25)
        if number % 14 == 3:
            before = today - timedelta(days=number % 9 + 1)
        elif number % 14 == 8:
            before = today + timedelta(days=number % 15 + 2)
        await platform.db.execute(
            "UPDATE programme SET in_charge = $2, verified_on = $3, verify_before = $4 WHERE id = $1",
            programme_id,
            users[number % 4].account_id if number % 4 < len(users) else None,
            before - timedelta(days=182),
            before,
        )


async def _look_at_links(platform: Platform) -> None:
    """As if the weekly check had passed: all is well, but for one link that is broken and one that moved. Nobody was asked."""
    now = platform.clock.now()
    checked = (now - timedelta(days=2)).isoformat()
    rows = [
        {
            "programme": sheet.id,
            "url": url,
            "state": "ok",
            "status": 200,
            "target": "",
            "detail": "",
            "failures": 0,
            "etag": "",
            "last_modified": "",
            "checked_at": checked,
            "due_at": (now + timedelta(days=5)).isoformat(),
        }
        for sheet in await service.published(platform)
        for url in addresses(sheet)
    ]
    rows[4] |= {
        "state": "gone",
        "status": 404,
        "failures": 3,
        "detail": "Démonstration : la page n’existe plus (404).",
    }
    rows[9] |= {"state": "moved", "target": "https://www.exemple.example/nouvelle-adresse"}
    await insert(platform.db, "programme_link", rows)
