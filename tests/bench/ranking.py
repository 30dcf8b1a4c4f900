"""The bundled strategy, in CPU time: ninety sheets, ten thousand beside two rule engines on the same rules, fifty thousand youths."""

import sys
import time
from datetime import date
from functools import partial
from itertools import count, cycle
from random import Random
from statistics import median

from msgspec.structs import replace

from core.catalogue import taxonomy
from core.catalogue.service import published
from core.contracts.matching import Catalogue, Crowd, LanguageSkill, Need, Profile, Project
from core.matching.asking import best_first
from core.testing.contracts import reference_programmes
from core.testing.examples import read_examples
from tests.bench.engines import ENGINES, differences
from tests.bench.table import Table, at_least, at_most

NEED = Need(
    profile=Profile(
        birth_date=date(2006, 5, 31),
        nationality="FR",
        department="33",
        region="nouvelle_aquitaine",
        statuses=("etudiant",),
        diploma="bac",
        preparing="bac_3",
        languages=(LanguageSkill(code="fr", level="C2"), LanguageSkill(code="en", level="B2")),
        budget_eur=1500,
        flags={"boursier_crous": True},
        interests=("langues", "culture"),
    ),
    project=Project(
        domains=("etudes", "stage", "volontariat"),
        zones=("europe_ue",),
        countries=("DE",),
        duration_min_weeks=12,
        duration_max_weeks=40,
        departure="2027-09",
    ),
    today=date(2027, 1, 25),
)
KNOWN = replace(
    NEED,
    profile=replace(
        NEED.profile,
        flags={flag: flag == "boursier_crous" for flag in taxonomy.entries("flags")},
    ),
    project=replace(NEED.project, alone_or_group="individuel"),
)
"""The same, of whom everything is known: nothing is left for the engines to doubt."""


def varied(programmes, count):
    """So many sheets: copies with other ages, durations and domains."""
    chance = Random(2027)
    return [
        replace(
            original := programmes[number % len(programmes)],
            id=f"{original.id}-{number}",
            age_min=chance.randint(14, 20),
            age_max=chance.randint(20, 35),
            duration_min_weeks=chance.randint(1, 12),
            domains=tuple(chance.sample(("etudes", "stage", "emploi", "chantier", "langue"), 2)),
        )
        for number in range(count)
    ]


async def ranking(table, platform):
    """Every measure of the ranking."""
    snapshot = await platform.plugins.current()
    owned = platform.board.strategies["matching_rules:rules"]
    strategy, context = owned.item, platform.context(owned.plugin_id, snapshot)
    table.group("ranking, CPU time")
    table.row("published sheets, read again", 1000 * await read_again(platform), "ms")
    ninety(table, strategy, context, reference_programmes())
    many_sheets(table, strategy, context, varied(reference_programmes(), 10_000))
    many_youths(table, strategy, context, reference_programmes())


async def read_again(platform, rounds=50):
    """The median of reading sheets that did not change."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        await published(platform)
        times.append(time.process_time() - started)
    return median(times)


def ninety(table, strategy, context, programmes):
    """Everything, nothing, the twenty shown; at each change of the form, and for one youth after another."""
    sheets = Catalogue(revision="", programmes=tuple(programmes))
    number = count(1000)
    needs = cycle([example.need for example in read_examples(NEED.today)])

    def typed():
        return replace(NEED, profile=replace(NEED.profile, budget_eur=next(number)))

    def shown(need, most):
        judged = strategy.judge(context, need, sheets)
        return [judged.explain(place) for place in best_first(judged)[:most]]

    size, every = f"{len(programmes)} sheets", len(programmes)
    bare, twenty, whole, strangers = (
        timed(call, 400)
        for call in (
            lambda: shown(typed(), 0),
            lambda: shown(typed(), 20),
            lambda: shown(typed(), every),
            lambda: shown(next(needs), every),
        )
    )
    table.row(f"{size} ranked, no reason", 1000 * bare, "ms")
    shown_only = 1000 * (twenty - bare)
    table.row("the reasons of the twenty shown, on top", shown_only, "ms", at_most(1))
    table.row(f"{size} ranked, all reasons", 1000 * whole, "ms", at_most(1))
    each = f"{size} ranked, all reasons, youth after youth"
    table.row(each, 1000 * strangers, "ms", at_most(1))


def many_sheets(table, strategy, context, programmes):
    """Scored by us and by two engines, on the same rules whole: hard ones and criteria."""
    started = time.process_time()
    sheets = Catalogue(revision="", programmes=tuple(programmes))
    judged = strategy.judge(context, KNOWN, sheets)
    size = f"{len(programmes)} sheets"
    table.row(f"{size}, compiled once", 1000 * (time.process_time() - started), "ms")
    ours = timed(lambda: strategy.judge(context, KNOWN, sheets), 101)
    table.row(f"{size} scored", 1000 * ours, "ms")
    pairs = zip(programmes, judged.scores, judged.excluded, strict=True)
    scores = {p.id: None if out else float(score) for p, score, out in pairs}
    for name, module, prepare, bar in ENGINES:
        if module is None:
            table.row(f"{name}: not installed, not measured", 0, "×")
            continue
        call, found = prepare(KNOWN, programmes)
        theirs = timed(call, 5)
        words = f"{differences(found(), scores)} of {len(programmes)} answers differ from ours"
        table.row(f"{name}, beside ours", theirs / ours, "×", at_least(bar), words)


def many_youths(table, strategy, context, programmes, size=50_000):
    """One sheet against so many youths, prepared beforehand."""
    chance = Random(2027)
    examples = [example.need for example in read_examples(NEED.today)]
    needs = []
    for _ in range(size):
        one, other = chance.choice(examples), chance.choice(examples)
        birth = date(chance.randint(1995, 2011), chance.randint(1, 12), chance.randint(1, 28))
        profile = replace(one.profile, birth_date=birth, budget_eur=chance.randint(0, 6000))
        needs.append(replace(one, profile=profile, project=other.project))
    crowd = Crowd(revision="", needs=tuple(needs))
    started = time.process_time()
    strategy.judge_crowd(context, crowd, programmes[0])
    table.row(f"{size} youths, prepared once", 1000 * (time.process_time() - started), "ms")
    times = [
        timed(partial(strategy.judge_crowd, context, crowd, programme), 5)
        for programme in programmes[::3]
    ]
    slowest = f"one sheet, {size} youths, the slowest of {len(times)}"
    table.row(slowest, 1000 * max(times), "ms", at_most(50))


def timed(call, rounds):
    """Median duration of so many calls, in seconds of CPU."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return median(times)


if __name__ == "__main__":
    from core.testing.contracts import context
    from plugins.matching_rules.strategy import RulesStrategy

    alone = Table(print)
    ninety(alone, RulesStrategy(), context(), reference_programmes())
    many_sheets(alone, RulesStrategy(), context(), varied(reference_programmes(), 10_000))
    many_youths(alone, RulesStrategy(), context(), reference_programmes())
    sys.exit(0 if alone.close() else 1)
