"""Every Chinese message of the pages has an English text, and compiles without the gettext programs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "translations.py"


@pytest.fixture(scope="module")
def translations():
    spec = importlib.util.spec_from_file_location("translations", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_message_has_an_english_text(translations):
    assert translations.untranslated() == [], "run scripts/translations.py update and fill in the empty ones"


def all_messages(translations):
    return [message for name in translations.catalogs() for message in translations.stored(name) if message.id]


def test_placeholders_survive_translation(translations):
    import re

    for message in all_messages(translations):
        if isinstance(message.id, str):
            assert sorted(re.findall(r"%\(\w+\)s", message.id)) == sorted(re.findall(r"%\(\w+\)s", message.string))


def test_the_catalogue_compiles(translations):
    assert translations.compile_catalogs() == len(all_messages(translations))
