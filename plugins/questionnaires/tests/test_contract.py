"""What the platform asks of this plugin."""

from core.testing.contracts import (
    ExporterContract,
    JobContract,
    NavItemContract,
    PageBlockContract,
    PersonalDataContract,
    PluginContract,
    SettingsContract,
)
from plugins.questionnaires import (
    register_jobs,
    register_nav_items,
    register_page_blocks,
    register_settings,
)
from plugins.questionnaires.export import AnswersExporter
from plugins.questionnaires.personal import LeftWords
from plugins.questionnaires.settings import QuestionnairesSettings


class TestPlugin(PluginContract):
    plugin_id = "questionnaires"
    level = "gold"


class TestAnswers(ExporterContract):
    factory = AnswersExporter
    settings = QuestionnairesSettings()


class TestWords(PersonalDataContract):
    factory = LeftWords
    settings = QuestionnairesSettings()


class TestExample(JobContract):
    factory = register_jobs
    settings = QuestionnairesSettings()


class TestBlocks(PageBlockContract):
    factory = register_page_blocks
    settings = QuestionnairesSettings()


class TestSettings(SettingsContract):
    factory = register_settings


class TestMenu(NavItemContract):
    factory = register_nav_items
