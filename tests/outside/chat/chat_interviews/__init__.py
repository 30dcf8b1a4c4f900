"""Interviews in writing: what the plugin registers."""

from collections.abc import Sequence

from hookspecs import (
    Exporter,
    InterviewChannel,
    PageBlock,
    PersonalData,
    RouteSet,
    hookimpl,
)

from .block import BLOCK
from .channel import InWriting
from .exporter import CountConversations
from .pages import ROUTES
from .personal import Conversations


@hookimpl
def register_interview_channels() -> Sequence[InterviewChannel]:
    """In writing."""
    return [InWriting()]


@hookimpl
def register_exporters() -> Sequence[Exporter]:
    """How many conversations, by structure."""
    return [CountConversations()]


@hookimpl
def register_routes() -> Sequence[RouteSet]:
    """The room."""
    return [ROUTES]


@hookimpl
def register_page_blocks() -> Sequence[PageBlock]:
    """The conversation, under the notes of the interview screen."""
    return [BLOCK]


@hookimpl
def register_personal_data() -> Sequence[PersonalData]:
    """What was written goes with the people."""
    return [Conversations()]
