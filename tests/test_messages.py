import re

import pytest

from tests.messages import ROOT, compiled, po_path, read_catalog, source_catalog, untranslated

FOLDERS = [ROOT / "core", *sorted(path.parent for path in ROOT.glob("plugins/*/plugin.toml"))]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_text_has_an_english_translation(folder):
    assert untranslated(folder) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_compiled_catalogue_is_that_of_the_source(folder):
    if not [message for message in source_catalog(folder) if message.id]:
        return
    catalog = read_catalog(folder)
    assert po_path(folder).with_suffix(".mo").read_bytes() == compiled(catalog)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_translation_keeps_the_placeholders_of_its_source(folder):
    names = re.compile(r"%\((\w+)\)")
    for message in read_catalog(folder):
        ids = message.id if isinstance(message.id, (tuple, list)) else [message.id]
        strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        if message.id and all(strings):
            assert set(names.findall(ids[-1])) == set(names.findall(strings[-1])), message.id
