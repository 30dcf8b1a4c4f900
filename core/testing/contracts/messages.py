"""What is expected of the texts that the coordination may rewrite."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

from core.contracts.context import PluginContext
from core.contracts.messages import MessageTemplate, Preview, Sample, Written
from core.notices.checks import TextRefused, check
from core.notices.texts import fill
from core.notices.words import kind_label
from core.testing.contracts.base import Contract, quickly, typed
from core.testing.places import TwoStructures
from core.web.i18n import use_locale

_SECONDS = 0.25
_AUDIENCES = {"youth", "advisor", "former_advisor", "staff"}
_WRITTEN = (
    "Bonjour.",
    "<b>Bonjour</b> & à bientôt",
    "Première ligne\n\nÉté 🌍 où ?\n",
    "long " * 700,
)


class MessageTemplateContract(Contract):
    """What the platform expects of every `MessageTemplate`: `factory = register_message_templates` holds them all."""

    factory: ClassVar[Callable[[], Any]]

    def test_it_says_what_it_is(self) -> None:
        """French at least, a known audience, each variable explained, what a text needs is one of them."""
        for one in self.each():
            assert "fr" in one.sources, f"{one.key}: French comes first"
            assert one.audience in _AUDIENCES, f"{one.key}: {one.audience!r} is nobody"
            assert one.carrier.strip(), f"{one.key}: carrier: by which means, for people"
            named = one.label.strip() or kind_label(one.kind) != one.kind
            assert named, f"{one.key}: label: the core has no words for the kind {one.kind!r}"
            unsaid = [name for name, said in one.variables.items() if not said.strip()]
            assert not unsaid, f"{one.key}: the variable {unsaid} is not explained"
            unknown = set(one.needs) - set(one.variables)
            assert not unknown, f"{one.key}: needs {unknown}, which is no variable"

    def test_its_own_text_may_leave(self, two_structures: TwoStructures) -> None:
        """What the coordination would be held to: the language of texts, nothing missing, something to read in every case."""
        for one, locale, samples in self._cases(two_structures):
            source = one.sources[locale]
            assert bool(source.subject.strip()) == one.has_subject, f"{one.key}: has_subject"
            try:
                with use_locale(locale):
                    check(one, source, samples)
            except TextRefused as refusal:
                said = [fault.message for faults in refusal.parts.values() for fault in faults]
                raise AssertionError(f"{one.key} ({locale}): {' '.join(said)}") from None

    def test_every_example_has_every_variable(self, two_structures: TwoStructures) -> None:
        """Texts only, empty for "no"; as many examples in each language, for their labels are put side by side."""
        counts: dict[str, int] = {}
        for one, locale, samples in self._cases(two_structures):
            assert samples, f"{one.key}: an example at least, to preview a text on"
            assert counts.setdefault(one.key, len(samples)) == len(samples), (
                f"{one.key}: not as many examples in {locale}"
            )
            for sample in samples:
                assert sample.label.strip(), f"{one.key}: an example has no label"
                without = set(one.variables) - set(sample.values)
                assert not without, f"{one.key}, {sample.label}: no value for {sorted(without)}"

    def test_whatever_is_written_can_be_previewed(self, two_structures: TwoStructures) -> None:
        """Its own text on every example, and any other text: in time, with something to read."""
        for one, locale, samples in self._cases(two_structures):
            told = self._told(two_structures, locale)
            texts = [(sample, fill(one.sources[locale], sample.values)) for sample in samples]
            subject = "Objet" if one.has_subject else ""
            texts += [(samples[0], Written(subject=subject, body=body)) for body in _WRITTEN]
            for sample, written in texts:
                with use_locale(locale):
                    shown: Preview = typed(
                        quickly(partial(one.preview, told, sample, written), _SECONDS, "preview"),
                        Preview,
                        "preview",
                    )
                assert shown.text.strip(), f"{one.key}, {sample.label}: the preview is empty"

    def _cases(
        self, places: TwoStructures
    ) -> Iterator[tuple[MessageTemplate, str, Sequence[Sample]]]:
        """Each template in each of its languages, with its examples."""
        for one in self.each():
            for locale in one.sources:
                with use_locale(locale):
                    found = one.samples(self._told(places, locale))
                yield one, locale, typed(list(found), list[Sample], "samples")

    def _told(self, places: TwoStructures, locale: str) -> PluginContext:
        return places.here.context(self.settings, locale)
