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
    settings = QuestionnairesSettings()

    @staticmethod
    def factory():
        return register_jobs()[0]


class TestAfterFeedback(PageBlockContract):
    settings = QuestionnairesSettings()

    @staticmethod
    def factory():
        return register_page_blocks()[0]


class TestInInterview(PageBlockContract):
    settings = QuestionnairesSettings()

    @staticmethod
    def factory():
        return register_page_blocks()[1]


class TestInStructure(PageBlockContract):
    settings = QuestionnairesSettings()

    @staticmethod
    def factory():
        return register_page_blocks()[2]


class TestSettings(SettingsContract):
    factory = register_settings


class TestMenu(NavItemContract):
    factory = register_nav_items
