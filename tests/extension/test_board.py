"""The board refuses what it cannot trust, says why and how to mend it, and goes on with the rest."""

import pytest

from core.errors import PluginError
from core.extension import starting

GOOD_CHANNEL = """
class Carrier_pigeon:
    key, label, mode, needs_site = "{key}", "Par pigeon", "phone", False

    async def prepare(self, context, appointment):
        return Meeting()

    async def release(self, context, appointment):
        pass

@hookimpl
def register_interview_channels():
    return [Carrier_pigeon()]
"""


def record(workshop, plugin_id, **options):
    return workshop.board(**options).plugins[plugin_id]


def refused(workshop, code, *words, **manifest):
    """Loads a faulty plugin beside a good one: the reason has `words`, the good one stands, nothing of the faulty one does."""
    workshop.add("faulty", code, **manifest)
    workshop.add("good", GOOD_CHANNEL.format(key="good:pigeon"))
    board = workshop.board()
    record = board.plugins["faulty"]
    assert record.state == "failed"
    for word in words:
        assert word in record.reason
    assert board.plugins["good"].state == "loaded"
    assert set(board.channels) == {"in_person", "phone", "good:pigeon"}
    with pytest.raises(PluginError, match="faulty"):
        workshop.board(strict=True)


def test_a_good_plugin_is_loaded_and_what_it_registers_bears_its_name(workshop):
    workshop.add("good", GOOD_CHANNEL.format(key="good:pigeon"))
    board = workshop.board(strict=True)
    assert board.plugins["good"].state == "loaded"
    assert board.plugins["good"].hooks == ("register_interview_channels",)
    assert board.channels["good:pigeon"].plugin_id == "good"


def test_the_core_registers_through_the_same_hooks(workshop):
    board = workshop.board()
    assert board.channels["in_person"].plugin_id == "core"
    assert [owned.item.key for owned in board.slot_providers] == ["core:openings"]


def test_a_hook_that_does_not_exist_is_named(workshop):
    refused(workshop, "@hookimpl\ndef register_channel(): return []", "register_channel")


def test_a_wrapper_is_refused(workshop):
    code = "@hookimpl(wrapper=True)\ndef register_exporters():\n    return (yield)"
    refused(workshop, code, "wrapper")


def test_a_hook_that_asks_for_an_argument_is_refused(workshop):
    refused(workshop, "@hookimpl\ndef register_exporters(app): return []", "app")


def test_an_answer_that_is_no_list_is_refused(workshop):
    refused(workshop, "@hookimpl\ndef register_exporters(): return 'csv'", "must return a list")


def test_settings_must_be_a_settings_spec(workshop):
    refused(workshop, "@hookimpl\ndef register_settings(): return {}", "SettingsSpec")


def test_a_missing_attribute_is_named(workshop):
    code = GOOD_CHANNEL.format(key="faulty:x").replace(", needs_site =", ", other =")
    refused(workshop, code, "needs_site")


def test_a_missing_method_is_named(workshop):
    code = GOOD_CHANNEL.format(key="faulty:x").replace("def release", "def let_go")
    refused(workshop, code, "release")


def test_a_method_with_other_arguments_is_told_the_right_ones(workshop):
    code = GOOD_CHANNEL.format(key="faulty:x").replace(
        "prepare(self, context, appointment)", "prepare(self, context)"
    )
    refused(workshop, code, "prepare must accept (context, appointment)")


def test_a_sync_method_where_the_core_awaits_is_refused(workshop):
    code = GOOD_CHANNEL.format(key="faulty:x").replace("async def prepare", "def prepare")
    refused(workshop, code, "must be `async def`")


def test_an_async_method_where_the_core_does_not_await_is_refused(workshop):
    code = """
    class Rule:
        key, label = "faulty:rule", "Règle"
        async def check(self, context, request):
            return []

    @hookimpl
    def register_booking_rules():
        return [Rule()]
    """
    refused(workshop, code, "must be `def`")


def test_a_surface_must_be_its_struct(workshop):
    code = "@hookimpl\ndef register_nav_items(): return [('Menu', '/p/x')]"
    refused(workshop, code, "NavItem")


def test_an_import_that_fails_is_a_reason_not_a_crash(workshop):
    refused(workshop, "import a_module_that_nobody_has", "ModuleNotFoundError")


def test_an_import_that_raises_anything_at_all_is_a_reason(workshop):
    refused(workshop, "raise RuntimeError('at import')", "RuntimeError: at import")


def test_a_hook_that_raises_leaves_nothing_of_the_plugin_behind(workshop):
    code = GOOD_CHANNEL.format(key="faulty:x") + (
        "@hookimpl\ndef register_exporters():\n    raise KeyError('lost')\n"
    )
    refused(workshop, code, "lost")


def test_routes_that_cannot_be_mounted_are_found_before_the_server_starts(workshop):
    code = """
    from litestar import get

    @get("/page")
    async def page(unknown: NotAnnotatedAnywhere) -> str:
        return ""

    @hookimpl
    def register_routes():
        return [RouteSet(handlers=[page])]
    """
    refused(workshop, code, "NotAnnotatedAnywhere")


def test_a_path_taken_twice_leaves_one_plugin_out_and_the_next_one_in(workshop):
    page = """
    from litestar import get

    @get("/page")
    async def page() -> str:
        return ""

    @hookimpl
    def register_routes():
        return [RouteSet(handlers=[page])] * {times}
    """
    for name, times in (("first", 1), ("second", 2), ("third", 1)):
        workshop.add(name, page.replace("{times}", str(times)))
    plugins = workshop.board().plugins
    assert [plugins[name].state for name in ("first", "second", "third")] == [
        "loaded",
        "failed",
        "loaded",
    ]
    assert "/page" in plugins["second"].reason


def test_a_key_taken_by_another_names_both_owners(workshop):
    by_video = GOOD_CHANNEL.replace('"phone"', '"video"').format(key="video")
    workshop.add("first", by_video)
    workshop.add("second", by_video)
    board = workshop.board()
    assert board.plugins["first"].state == "loaded"
    reason = board.plugins["second"].reason
    assert "first" in reason
    assert "second" in reason
    assert "video" in reason


def test_a_plugin_cannot_take_a_key_of_the_core(workshop):
    refused(workshop, GOOD_CHANNEL.format(key="phone"), "core", "phone")


def test_a_denied_plugin_is_not_even_imported(workshop):
    workshop.add("denied", "raise RuntimeError('imported')")
    record = workshop.board(denied=["denied"], strict=True).plugins["denied"]
    assert (record.state, record.module) == ("blocked", None)
    assert "denied" in record.reason


def test_a_requirement_that_is_missing_is_named(workshop):
    refused(workshop, "", "requires nowhere", requires=["nowhere"])


def test_a_requirement_is_loaded_first_whatever_the_alphabet_says(workshop):
    workshop.add("aaa", requires=["zzz"])
    workshop.add("zzz")
    assert list(workshop.board(strict=True).plugins) == ["core", "zzz", "aaa"]


def test_a_circle_of_requirements_loads_none_of_its_members(workshop):
    workshop.add("one", requires=["two"])
    workshop.add("two", requires=["one"])
    board = workshop.board()
    assert [board.plugins[name].state for name in ("one", "two")] == ["failed", "failed"]


def test_what_requires_a_failed_plugin_fails_too_and_says_whose_fault_it_is(workshop):
    workshop.add("base", "raise RuntimeError")
    workshop.add("top", requires=["base"])
    assert "requires base" in record(workshop, "top").reason


def test_of_two_that_conflict_the_second_is_refused(workshop):
    workshop.add("alpha")
    workshop.add("beta", conflicts=["alpha"])
    assert "conflicts with alpha" in record(workshop, "beta").reason


def test_a_plugin_for_another_api_is_incompatible_and_not_imported(workshop):
    workshop.add("future", "raise RuntimeError('imported')", api=">=2.0")
    record_ = record(workshop, "future")
    assert (record_.state, record_.module) == ("incompatible", None)
    assert ">=2.0" in record_.reason


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("id = 'broken'\nname = ", "toml"),
        ("id = 'other'\nname='x'\nsummary='y'\nversion='1.0.0'", "make them equal"),
        ("id = 'broken'\nname='x'\nsummary='y'\nversion='one'", "version"),
        ("id = 'broken'\nname='x'\nsummary='y'\nversion='1.0.0'\ncolour='red'", "colour"),
    ],
)
def test_a_broken_manifest_is_listed_with_its_fault(workshop, text, word):
    folder = workshop.add("broken")
    (folder / "plugin.toml").write_text(text)
    broken = record(workshop, "broken")
    assert broken.state == "failed"
    assert word in broken.reason


def test_a_board_keeps_nothing_of_another(workshop):
    workshop.add("good", GOOD_CHANNEL.format(key="good:pigeon"))
    workshop.board()
    assert "good:pigeon" not in workshop.board(denied=["good"]).channels
    assert "good:pigeon" in workshop.board().channels


def test_a_key_bears_the_id_of_its_plugin(workshop):
    refused(workshop, GOOD_CHANNEL.format(key="another:pigeon"), "faulty:<name>")


def test_a_hook_nearly_named_is_guessed(workshop):
    code = "@hookimpl\ndef register_exporter(): return []"
    refused(workshop, code, "did you mean register_exporters?")


def test_a_hook_that_is_a_coroutine_is_told_to_register_only(workshop):
    refused(workshop, "@hookimpl\nasync def register_exporters(): return []", "must be `def`")


def test_a_keyword_only_argument_is_refused(workshop):
    code = "@hookimpl\ndef register_exporters(*, app=None): return []"
    refused(workshop, code, "takes no argument")


def test_a_class_in_the_place_of_an_object_is_told_so(workshop):
    code = GOOD_CHANNEL.format(key="faulty:x").replace("[Carrier_pigeon()]", "[Carrier_pigeon]")
    refused(workshop, code, "Carrier_pigeon()")


def test_an_import_that_ends_the_program_ends_the_plugin_only(workshop):
    refused(workshop, "raise SystemExit(3)", "SystemExit")


@pytest.mark.parametrize("code", ["{}", "@hookimpl\ndef register_exporters(): {}"])
def test_a_plugin_that_never_starts_keeps_nobody_from_starting(workshop, monkeypatch, code):
    monkeypatch.setattr(starting, "START_SECONDS", 0.3)
    refused(workshop, code.format("import time; time.sleep(1)"), "did not start within 0.3 s")


def test_a_capability_that_is_promised_and_not_registered_is_named(workshop):
    refused(workshop, "", "exporters", capabilities=["exporters"])


def test_what_is_stored_of_people_must_be_answered_for(workshop):
    refused(workshop, "", "register_personal_data", personal_data="stored")


def test_a_plugin_whose_manifest_cannot_be_read_is_listed_with_the_reason(workshop):
    folder = workshop.add("broken")
    (folder / "plugin.toml").write_text("id = ")
    record = workshop.board().plugins["broken"]
    assert record.state == "failed"
    assert "plugin.toml" in record.reason


BLOCK = """
async def values(context, page):
    return None

@hookimpl
def register_page_blocks():
    return [PageBlock(place="{place}", template="faulty/a.html", values={values})]
"""


@pytest.mark.parametrize(
    ("place", "values", "words"),
    [
        ("nowhere", "values", "place is 'nowhere'"),
        ("roadmap.page", "lambda context, page: None", "values must be `async def`"),
        ("roadmap.page", "7", "values must be a function"),
    ],
)
def test_what_a_struct_holds_is_looked_at_too(workshop, place, values, words):
    refused(workshop, BLOCK.replace("{place}", place).replace("{values}", values), words)


def test_a_job_that_takes_no_context_is_told_so(workshop):
    code = """
    from datetime import timedelta

    async def run():
        pass

    @hookimpl
    def register_jobs():
        return [JobSpec(key="faulty:job", every=timedelta(hours=1), run=run)]
    """
    refused(workshop, code, "run must accept (PluginContext)")


def test_an_id_that_begins_a_table_of_the_core_is_reserved(workshop):
    workshop.add("appointment")
    record = workshop.board().plugins["appointment"]
    assert record.state == "failed"
    assert "appointment_change" in record.reason
