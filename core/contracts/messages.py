"""Editable messages: texts that a carrier declares and that the coordination may rewrite, with what they may say.

A text is Jinja in its smallest form: `{{ name }}`, a few filters, `{% if name %} … {% else %} … {% endif %}`. The core keeps the
rewritten ones and hands out the text in force (`Services.write_message`); a carrier only lays it out and brings it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from core.contracts.context import PluginContext


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A message in words; of a template, its source. `subject` is empty where there is none."""

    subject: str = ""
    body: str


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """An invented case: `values` has every variable, `about` is whatever the carrier's own `preview` needs."""

    label: str
    values: Mapping[str, str]
    about: Any = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its reader would see it; `facts` are (name, value) pairs, such as its length; `warnings` do not
    prevent it from being saved.
    """

    text: str
    subject: str = ""
    facts: Sequence[tuple[str, str]] = ()
    warnings: Sequence[str] = ()


class MessageTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A text of one carrier, for one kind of message and one audience, in every language that it has.

    `key` is unique (`<plugin>:<name>`) and stays: rewritten texts are kept under it. `sources` gives the default of each
    language. `variables` are the names that a text may use, each explained in French (shown through the catalogues); their
    values are text, empty for "no". A text must use every one of `needs`. `samples` and `preview` are asked for the page of the
    editor, in the language of `context.locale`. `label` names a `kind` that the core does not know.
    """

    key: str
    kind: str
    audience: str
    carrier: str
    sources: Mapping[str, Written]
    variables: Mapping[str, str]
    samples: Callable[[PluginContext], Sequence[Sample]]
    preview: Callable[[PluginContext, Sample, Written], Preview]
    has_subject: bool = False
    needs: tuple[str, ...] = ()
    label: str = ""
