"""The twenty invented youths of `config/data/example_profiles.json`, each with the sheets that a careful advisor would show."""

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

import msgspec

from core.catalogue import taxonomy
from core.contracts.matching import Example, LanguageSkill, Need, Profile, Project


def read_examples(today: date) -> list[Example]:
    """The examples as of `today`.

    A record gives whole years: each youth is born so as to keep that age for a year. A record lists every flag that holds:
    the others are answered no.
    """
    raw = msgspec.json.decode((files("config") / "data" / "example_profiles.json").read_bytes())
    return [read_example(record, today) for record in raw]


def read_example(record: Mapping[str, Any], today: date) -> Example:
    """One record, in the format told at the end of `taxonomy.json` (`profile_fields`)."""
    project, home = record["project"], record["residence"]
    least, most = project["duration_weeks"] or (None, None)
    profile = Profile(
        birth_date=today.replace(year=today.year - record["age"]),
        nationality=record["nationality"],
        department=home["department"],
        region=home["region"],
        statuses=tuple(record["statuses"]),
        diploma=record["diploma"],
        preparing=record["preparing"],
        languages=tuple(msgspec.convert(record["languages"], list[LanguageSkill])),
        budget_eur=record["budget_eur"],
        flags={flag: flag in record["flags"] for flag in taxonomy.entries("flags")},
        interests=tuple(record["interests"]),
        experience=record["experience"],
        passions=record["passions"],
    )
    return Example(
        id=record["id"],
        need=Need(
            profile=profile,
            project=Project(
                domains=tuple(project["domains"]),
                zones=tuple(project["zones"]),
                countries=tuple(project["countries"]),
                duration_min_weeks=least,
                duration_max_weeks=most,
                departure=project["departure"],
            ),
            today=today,
        ),
        expected=tuple(record["expected"]),
        must_exclude=record["exclude_reasons"],
    )
