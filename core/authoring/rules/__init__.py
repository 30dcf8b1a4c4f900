"""The rules of `somobilite plugin check`: one a file, in the order in which they are read."""

from core.authoring.rule import Rule
from core.authoring.rules import (
    contracts,
    deprecated,
    english,
    health,
    imports,
    loads,
    manifest,
    no_exit,
    outbound,
    quiet_import,
    readme,
    secrets,
    settings_told,
    state,
    tables,
    tested,
    texts,
    told,
)

RULES: tuple[Rule, ...] = tuple(
    module.RULE
    for module in (
        loads,
        imports,
        manifest,
        tables,
        no_exit,
        quiet_import,
        readme,
        tested,
        contracts,
        outbound,
        health,
        secrets,
        texts,
        english,
        settings_told,
        state,
        told,
        deprecated,
    )
)
