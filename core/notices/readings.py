"""How a text reads on its examples: asked of the carrier that declared it, guarded as every call to a plugin is."""

from collections.abc import Sequence

from msgspec.structs import replace

from core.contracts.context import PluginContext
from core.contracts.messages import Preview, Sample, Written
from core.notices.sandbox import RenderFault
from core.notices.texts import Text, fill
from core.platform import Platform
from core.web.i18n import use_locale


async def samples_of(platform: Platform, text: Text) -> list[Sample]:
    """The examples of a text: their values in its language, their labels in the reader's. None when the carrier fails."""
    context = await _context(platform, text)
    template = text.template

    def ask() -> list[Sample]:
        labels = [sample.label for sample in template.samples(context)]
        with use_locale(text.locale):
            found = template.samples(context)
        return [replace(sample, label=label) for sample, label in zip(found, labels, strict=True)]

    outcome = await platform.dispatch.ask(text.plugin_id, "message_template", ask, list[Sample])
    return outcome.value or []


async def previews_of(
    platform: Platform, text: Text, source: Written, samples: Sequence[Sample]
) -> list[tuple[str, Preview]]:
    """(label, preview) of each example on which the text can be written; none when the carrier fails."""
    context = await _context(platform, text)
    template = text.template

    def ask() -> list[Preview]:
        return [template.preview(context, sample, written) for sample, written in filled]

    filled = []
    for sample in samples:
        try:
            filled.append((sample, fill(source, sample.values)))
        except RenderFault:  # said beside the text already
            continue
    outcome = await platform.dispatch.ask(text.plugin_id, "message_template", ask, list[Preview])
    labels = [sample.label for sample, _ in filled]
    return list(zip(labels, outcome.value or [], strict=False))


async def _context(platform: Platform, text: Text) -> PluginContext:
    snapshot = await platform.plugins.current()
    return platform.context(text.plugin_id, snapshot, locale=text.locale)
