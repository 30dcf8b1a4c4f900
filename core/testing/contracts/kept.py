"""What is expected of settings and of sealed columns: what the core keeps, masks and carries over for a plugin."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from string import Formatter
from typing import Any, ClassVar

import msgspec

from core.contracts.surfaces import Health, SettingsSpec
from core.extension.plugin_settings import (
    Kept,
    build,
    open_kept,
    resolve,
    seal_secrets,
    spec_fault,
)
from core.extension.secrets import seal_column
from core.extension.settings_forms.fields import fields_of, has_title, in_words
from core.extension.settings_forms.reading import as_typed, read
from core.keys import Keyring
from core.platform import Platform
from core.testing.contracts.base import Contract, cut_off, typed
from core.testing.places import Place, TwoStructures
from core.web.i18n import use_locale

_CHECK_SECONDS = 5
_SECRET = "un secret que personne ne lit"  # noqa: S105 - for tests
_ODD: tuple[Any, ...] = (None, "", "é" * 5000, "<script>", -(10**12), 1e300, [], {}, [None])


class SettingsContract(Contract):
    """What the platform expects of every `SettingsSpec`: `factory = register_settings`.

    `older` has, for each earlier `version` of the settings, values that it may have kept.
    """

    factory: ClassVar[Callable[[], SettingsSpec]]
    older: ClassVar[Mapping[int, Mapping[str, Any]]] = {}

    def test_it_works_before_anyone_sets_it(self) -> None:
        """Every field has a default that fits its own type, and nothing can change it afterwards."""
        spec = self.make()
        assert not spec_fault(spec), spec_fault(spec)
        assert spec.struct.__struct_config__.frozen, f"{spec.struct.__name__}: say frozen=True"
        kept = msgspec.to_builtins(spec.struct())
        found = resolve(spec, kept)
        assert not found.problems, f"its own defaults are refused: {dict(found.problems)}"
        assert found.value == spec.struct(), "its own defaults do not come back as they were"

    def test_its_form_is_read_as_it_was_drawn(self) -> None:
        """Each field has a title for people; a form that nobody touched changes nothing, in both languages."""
        spec = self.make()
        for locale in ("fr", "en"):
            with use_locale(locale):
                fields = fields_of(spec)
                for field in fields:
                    assert has_title(field.type), f"{field.name}: Meta(title=N_(…)) names it"
                drawn = msgspec.to_builtins(spec.struct())
                sent: dict[str, Any] = {}
                for field in fields:
                    sent |= as_typed(field, drawn[field.name])
                reading = read(fields, sent)
                assert not reading.errors, f"the form refuses its defaults: {dict(reading.errors)}"
                same = resolve(spec, {**drawn, **reading.values})
                assert same.value == spec.struct(), "a form that nobody touched changes something"

    def test_what_does_not_fit_is_told_at_its_field(self) -> None:
        """Whatever is typed: a value, or a problem in words, at a field or of the whole."""
        spec = self.make()
        names = {field.name for field in msgspec.structs.fields(spec.struct)}
        for field in msgspec.structs.fields(spec.struct):
            for value in _ODD:
                try:
                    fitting = msgspec.convert(value, field.type, strict=False)
                except msgspec.ValidationError:
                    continue
                for where, words in build(spec, {field.name: fitting}).problems.items():
                    assert where in names | {""}, f"a problem of {where!r}, which is no field"
                    assert words.strip(), f"{field.name} = {value!r} is refused without a word"

    def test_what_an_older_version_kept_is_carried_over(self, platform: Platform) -> None:
        """From each earlier version, twice the same, and nothing that the present one does not know."""
        spec = self.make()
        for version in range(1, spec.version):
            assert version in self.older, f"older: give values that version {version} kept"
            kept = Kept(values=self.older[version], version=version)
            opened = [open_kept("plugin", spec, kept, platform.keys) for _ in range(2)]
            assert opened[0] == opened[1], f"version {version} is carried over in two ways"
            problems = {**opened[0].problems, **resolve(spec, opened[0].values).problems}
            assert not problems, f"version {version} is not carried over: {problems}"

    def test_secrets_are_masked_and_come_back(self, platform: Platform) -> None:
        """A named secret is text, is never drawn, and nobody reads it where it is kept."""
        spec = self.make()
        fields = {field.name: field for field in fields_of(spec)}
        for name in spec.secrets:
            field = fields[name]
            assert field.kind == "secret", f"{name} is drawn as {field.kind}"
            shown = [*as_typed(field, _SECRET).values(), in_words(field, _SECRET)]
            assert _SECRET not in shown, f"{name} is shown"
            kept = seal_secrets("plugin", spec, {name: _SECRET}, platform.keys)
            assert _SECRET not in str(kept), f"{name} is kept in clear"
            opened = open_kept(
                "plugin", spec, Kept(values=kept, version=spec.version), platform.keys
            )
            typed(opened.values[name], field.type, f"the secret {name}, which must be text,")

    async def test_trying_them_says_what_to_mend(self, two_structures: TwoStructures) -> None:
        """`check_settings` answers in a few seconds, or raises, also when the network is down."""
        spec = self.make()
        if spec.check_settings is None:
            return
        place = two_structures.here
        settings = self.settings if self.settings is not None else spec.struct()
        for told in (place.context(settings), place.region(settings)):
            try:
                async with asyncio.timeout(_CHECK_SECONDS):
                    found = await spec.check_settings(cut_off(told))
            except TimeoutError:
                raise AssertionError(
                    f"check_settings gives no answer within {_CHECK_SECONDS} s"
                ) from None
            except Exception:  # noqa: BLE001, S112 - raising is an answer: it is shown as a failing line
                continue
            lines: Sequence[Health] = typed(list(found), list[Health], "check_settings")
            for line in lines:
                well = line.state == "ok" or line.hint.strip() or line.detail.strip()
                assert well, f"{line.name}: what is wrong, and how is it mended?"


class SealedColumnContract(Contract):
    """What the platform expects of every `SealedColumn`: `factory = register_sealed_columns`.

    `keep` has the plugin keep a secret in each of them, as it does in life.
    """

    factory: ClassVar[Callable[[], Any]]

    async def keep(self, platform: Platform, place: Place) -> None:
        """Has the plugin write a row with a secret in each column. To be written by the plugin's author."""
        raise AssertionError(
            f"{type(self).__name__}: write `async def keep(self, platform, place)`"
        )

    async def test_it_names_a_column_that_there_is(self, platform: Platform) -> None:
        """A text of a table; the purpose names columns of the same row only."""
        for one in self.each():
            rows = await platform.db.fetch(
                "SELECT column_name::text AS name, data_type::text AS type FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = $1",
                one.table,
            )
            types = {row["name"]: row["type"] for row in rows}
            assert types, f"there is no table {one.table}"
            assert types.get(one.column) == "text", f"{one.table}.{one.column} is no text column"
            named = {name for _, name, _, _ in Formatter().parse(one.purpose) if name is not None}
            assert named <= set(types), f"{one.purpose}: {one.table} has no {named - set(types)}"

    async def test_what_was_kept_opens_after_the_keys_changed(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """`somobilite secrets rotate` seals it anew, and nothing is lost: the declared purpose is the one it was sealed for."""
        await self.keep(platform, two_structures.here)
        for one in self.each():
            kept = await platform.db.fetch(
                f'SELECT "{one.column}" AS kept FROM "{one.table}" WHERE "{one.column}" <> \'\''  # noqa: S608 - names of the plugin's own declaration
            )
            assert kept, f"keep() wrote nothing into {one.table}.{one.column}"
            assert all(row["kept"].startswith("gAAAA") for row in kept), "kept in clear: seal it"
        of_core = [
            owned.item for owned in platform.board.sealed_columns if owned.plugin_id == "core"
        ]
        old = platform.keys
        platform.keys = Keyring(platform.settings.secret_key, ("a new key",))
        try:
            for one in self.each():
                done = await seal_column(platform, one, "" if one in of_core else "plugin:")
                lost = any(rotation.lost for rotation in done)
                assert not lost, (
                    f"{one.table}.{one.column} is lost: is the purpose the one of seal()?"
                )
        finally:
            platform.keys = old
