"""The form of any Struct: what is drawn is read back as it was, and nothing that can be typed is an error of ours."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.surfaces import SettingsSpec
from core.extension.plugin_settings import resolve
from core.extension.settings_forms.fields import _first, _unwrap, fields_of, in_words
from core.extension.settings_forms.reading import UNIT, as_typed, read
from core.web.i18n import use_locale
from tests.extension.building import Workshop
from tests.extension.canaries.canary.settings import CanarySettings, Song

SPEC = SettingsSpec(struct=CanarySettings, secrets=("seed",))
LINE = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12)
NAME = st.text("abcdefgh-", min_size=1, max_size=8)
SETTINGS = st.builds(
    CanarySettings,
    greeting=LINE,
    story=st.lists(LINE, max_size=3).map("\n".join),
    volume=st.integers(1, 8),
    pitch=st.floats(0.01, 2).map(lambda number: round(number, 3)),
    limit=st.none() | st.integers(-(10**9), 10**9),
    mood=st.sampled_from(["calm", "lively"]),
    song=st.sampled_from(Song),
    awake=st.booleans(),
    friends=st.lists(LINE, max_size=4).map(tuple),
    seasons=st.lists(st.sampled_from(["spring", "summer"]), unique=True).map(tuple),
    notes=st.dictionaries(NAME, LINE, max_size=3),
    feather=st.sampled_from(["#000000", "#ffcc00"]),
    nap=st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    tongue=st.sampled_from(["fr", "oc", "eu"]),
)


@given(SETTINGS)
def test_what_is_drawn_is_read_back_as_it_was(settings):
    values = msgspec.to_builtins(settings)
    fields = fields_of(SPEC)
    typed = {}
    for field in fields:
        typed.update(as_typed(field, values[field.name]))
        assert in_words(field, values[field.name])
    reading = read(fields, typed)
    assert reading.errors == {}
    resolved = resolve(SPEC, {**reading.values, "seed": settings.seed})
    assert resolved.problems == {}
    assert resolved.value == settings


NAMES = [name for name in CanarySettings.__struct_fields__ if name != "seed"]


@given(st.dictionaries(st.sampled_from([*NAMES, "nap" + UNIT]), st.text(max_size=30)))
def test_whatever_is_typed_is_a_value_or_a_fault_in_french(typed):
    fields = fields_of(SPEC)
    reading = read(fields, typed)
    assert {*reading.values, *reading.errors} == {*NAMES}
    assert not {*reading.values} & {*reading.errors}
    assert all("Expected" not in words and words for words in reading.errors.values())
    resolve(SPEC, reading.values)


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_settings_of_a_bundled_plugin_has_words_and_a_form(board, locale):
    with use_locale(locale):
        for record in board.loaded:
            if record.settings is None:
                continue
            values = msgspec.to_builtins(record.settings.struct())
            fields = fields_of(record.settings)
            typed = {}
            for field in fields:
                assert _first(_unwrap(field.type)[1], "title"), field.name
                assert not {value for value, words in field.options if value == words and field.kind != "choice"}  # fmt: skip
                typed.update(as_typed(field, values[field.name]))
            reading = read(fields, typed)
            assert reading.errors == {}, record.id
            kept = {
                name: value for name, value in values.items() if name in record.settings.secrets
            }
            assert resolve(record.settings, {**reading.values, **kept}).value == record.settings.struct()  # fmt: skip


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("class S(Struct, frozen=True): a: int", "has no default"),
        ("class S(Struct, frozen=True): a: int = 1", "is no field"),
        (
            "class S(Struct, frozen=True):\n    b: str = ''\n    def __post_init__(self): raise ValueError('no')",
            "refuses its own defaults",
        ),
    ],
)
def test_settings_that_can_never_work_are_refused_at_the_start(workshop: Workshop, code, words):
    source = f"from msgspec import Struct\n{code}\n@hookimpl\ndef register_settings():\n    return SettingsSpec(struct=S, secrets=('b',))\n"
    workshop.add("odd", source)
    record = workshop.board().plugins["odd"]
    assert record.state == "failed"
    assert words in record.reason
