"""A sheet for search engines: schema.org's EducationalOccupationalProgram, as JSON-LD (https://schema.org/EducationalOccupationalProgram).

Only what the sheet tells is said; what the team thinks of it stays out.
"""

from typing import Any

import msgspec
from markupsafe import Markup

from core.catalogue import taxonomy, words
from core.contracts.matching import Programme

_TYPES = {
    "etudes": "Study abroad",
    "stage": "Internship",
    "formation_pro": "Apprenticeship",
    "volontariat": "Volunteering",
    "langue": "Language course",
    "au_pair": "Au pair",
}


def describe(programme: Programme, address: str) -> dict[str, Any]:
    """The sheet at `address` (absolute) as a JSON-LD object. Durations are ISO 8601, at the longest."""
    told: dict[str, Any] = {
        "url": address,
        "sameAs": programme.url,
        "description": programme.summary_fr,
        "programType": [_TYPES[domain] for domain in programme.domains if domain in _TYPES],
        "occupationalCategory": [taxonomy.label("domains", domain) for domain in programme.domains],
        "provider": programme.operator and {"@type": "Organization", "name": programme.operator},
        "timeToComplete": programme.duration_max_weeks and f"P{programme.duration_max_weeks}W",
        "typicalAgeRange": _ages(programme),
        "programPrerequisites": [
            line for line in (words.levels(programme), words.public(programme)) if line
        ],
        "spatialCoverage": [taxonomy.label("countries", code) for code in programme.countries],
        "inLanguage": "fr",
    }
    return {
        "@context": "https://schema.org",
        "@type": "EducationalOccupationalProgram",
        "name": programme.title_fr,
        **{key: value for key, value in told.items() if value},
    }


def _ages(programme: Programme) -> str:
    if programme.age_min is None and programme.age_max is None:
        return ""
    return f"{programme.age_min or ''}-{programme.age_max or ''}"


def as_script(data: dict[str, Any]) -> Markup:
    """A data block for a page's head. Browsers do not run it, so the content policy lets it be; nothing in it can end it."""
    text = msgspec.json.encode(data).decode().replace("<", "\\u003c")
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704 - JSON without any <
