"""Each rule of `plugin check` finds what it says, and says how to mend it."""

import pytest

import hookspecs
from core.authoring.checking import board_of
from core.authoring.rules import RULES
from core.authoring.subject import Subject
from core.contracts.deprecation import Deprecation
from tests.extension.building import Workshop

GOOD = '''"""Tells nothing, well."""

@hookimpl
def register_exporters() -> list[Exporter]:
    """None."""
    return []
'''
README = """# Faux

A plugin for tests that does nothing at all, and explains it at some length.

- **Settings**: none.
- **Data**: none.
- **Switching off**: nothing changes.
"""
SETTINGS = """
class Wished(__import__("msgspec").Struct, frozen=True, kw_only=True):
    {field}

@hookimpl
def register_settings():
    return SettingsSpec(struct=Wished)
"""


@pytest.fixture(autouse=True)
def invented(monkeypatch):
    """Something that nobody ever deprecated."""
    moon = Deprecation(since=(1, 1), until=(2, 0), instead="ask the moon")
    monkeypatch.setattr(hookspecs, "DEPRECATED", {"SlotQuery": moon, "Services.sign": moon})


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    workshop = Workshop(tmp_path, monkeypatch)
    yield workshop
    workshop.forget()


def found(workshop, rule, code="", files=None, **manifest):
    """What one rule says of a plugin."""
    folder = workshop.add("faulty", code, **manifest)
    for name, text in {"README.md": README, **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (candidate,) = workshop.candidates()
    subject = Subject(board_of([candidate]), "faulty")
    (wanted,) = [one for one in RULES if one.id == rule]
    return "\n".join(wanted.find(subject))


FAULTS = {
    "loads": ({"code": "raise RuntimeError('at import')"}, "at import"),
    "imports": ({"code": "from core.settings import Settings"}, "import it from hookspecs"),
    "manifest": ({"api": ">=1.0"}, "has no end"),
    "tables": (
        {"files": {"migrations/0001_a.sql": "CREATE TABLE visits (a uuid REFERENCES youth (id));"}},
        "must be named faulty_",
    ),
    "no-exit": (
        {"code": "import time\nasync def wait():\n    time.sleep(1)\n"},
        "await asyncio.to_thread",
    ),
    "quiet-import": (
        {"code": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])"},
        "starts a process",
    ),
    "readme": ({"files": {"README.md": "# Faux\n"}}, "**Switching off** is missing"),
    "tested": ({}, "class TestPlugin(PluginContract)"),
    "contracts": (
        {
            "code": "from datetime import timedelta\nasync def run(context): ...\n@hookimpl\n"
            "def register_jobs():\n    return [JobSpec(key='faulty:job', every=timedelta(1), run=run)]"
        },
        "jobs: subclass JobContract",
    ),
    "outbound": ({"code": "import socket"}, "outbound_hosts"),
    "health": ({"outbound_hosts": ["x.example"]}, "register_health_checks"),
    "secrets": ({"code": SETTINGS.format(field='password: str = ""')}, "looks like a secret"),
    "texts": ({"files": {"templates/a.html": "<p>{{ _('Bien') }} Bonjour</p>"}}, "'Bonjour'"),
    "english": ({"files": {"templates/a.html": "<p>{{ _('Bien') }}</p>"}}, "'Bien'"),
    "settings-told": ({"code": SETTINGS.format(field="colour: str = ''")}, "`colour`"),
    "state": ({"code": "SEEN = {}"}, "shared by every structure"),
    "told": ({"code": "def shown(): ..."}, "shown has no docstring"),
    "deprecated": (
        {"code": "from hookspecs import SlotQuery"},
        "__init__.py:2: SlotQuery is deprecated since API 1.1 and goes in 2.0: ask the moon",
    ),
}


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_a_rule_finds_its_fault_and_says_how_to_mend_it(workshop, rule):
    case, words = FAULTS[rule]
    assert words in found(workshop, rule, **case)


@pytest.mark.parametrize(
    "rule", [rule.id for rule in RULES if rule.id not in {"tested", "told", "english"}]
)
def test_a_rule_lets_a_good_plugin_be(workshop, rule):
    assert found(workshop, rule, GOOD) == ""


def test_a_reference_says_what_becomes_of_the_row(workshop):
    files = {
        "migrations/0001_a.sql": "CREATE TABLE faulty_a (a uuid REFERENCES youth (id), b int);\n"
        "CREATE TABLE faulty_b (a uuid REFERENCES youth (id) ON DELETE SET NULL);"
    }
    said = found(workshop, "tables", files=files)
    assert said.count("without ON DELETE") == 1


def test_what_is_called_in_a_thread_does_not_block(workshop):
    code = "import asyncio, time\nasync def wait():\n    await asyncio.to_thread(lambda: time.sleep(1))\n"
    assert found(workshop, "no-exit", code) == ""


def test_a_method_that_goes_away_is_found_where_it_is_called(workshop):
    code = "async def seal(context):\n    return context.services.sign('a', 'b')\n"
    assert "__init__.py:3: Services.sign is deprecated" in found(workshop, "deprecated", code)
