import pytest

from tests.extension.building import Workshop


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    workshop = Workshop(tmp_path, monkeypatch)
    yield workshop
    workshop.forget()
