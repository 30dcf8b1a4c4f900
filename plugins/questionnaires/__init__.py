"""Short questionnaires after an interview: questions as data, answers without a name."""

from collections.abc import Sequence
from datetime import timedelta

from hookspecs import (
    Exporter,
    JobSpec,
    NavItem,
    PageBlock,
    PersonalData,
    RouteSet,
    SettingsSpec,
    hookimpl,
)

from .blocks import after_feedback, in_interview, in_structure
from .example import fill
from .export import AnswersExporter
from .pages import ROUTES
from .personal import LeftWords
from .settings import QuestionnairesSettings


@hookimpl
def register_settings() -> SettingsSpec:
    """From how many answers on results are shown."""
    return SettingsSpec(struct=QuestionnairesSettings)


@hookimpl
def register_routes() -> Sequence[RouteSet]:
    """Answering, writing the questions, reading the results."""
    return ROUTES


@hookimpl
def register_page_blocks() -> Sequence[PageBlock]:
    """Where the questions are met."""
    return [
        PageBlock(
            place="feedback.page", template="questionnaires/block.html", values=after_feedback
        ),
        PageBlock(
            place="interview.screen", template="questionnaires/interview.html", values=in_interview
        ),
        PageBlock(
            place="network.structure", template="questionnaires/card.html", values=in_structure
        ),
    ]


@hookimpl
def register_nav_items() -> Sequence[NavItem]:
    """For the coordination."""
    return [NavItem(label="Questionnaires", path="/p/questionnaires/", order=70)]


@hookimpl
def register_exporters() -> Sequence[Exporter]:
    """The answers, counted."""
    return [AnswersExporter()]


@hookimpl
def register_personal_data() -> Sequence[PersonalData]:
    """The words of answers."""
    return [LeftWords()]


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Answers to look at, in a demonstration."""
    return [JobSpec(key="questionnaires:example", every=timedelta(hours=6), run=fill)]
