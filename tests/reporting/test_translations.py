"""Every Chinese message of the pages has an English text, and compiles without the gettext programs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

SCRIPT = Path(__file__).parents[2] / "scripts" / "translations.py"


@pytest.fixture(scope="module")
def translations():
    spec = importlib.util.spec_from_file_location("translations", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_message_has_an_english_text(translations):
    assert translations.untranslated() == [], "run scripts/translations.py update and fill in the empty ones"


def test_no_two_apps_translate_the_same_message_differently(translations):
    assert translations.conflicts({name: translations.stored(name) for name in translations.catalogs()}) == []


def test_a_conflict_names_the_message_its_catalogues_and_both_texts(translations):
    first, second, third = (Catalog() for _ in range(3))
    first.add("合计", "Total"), second.add("合计", "Total"), third.add("合计", "Sum")
    first.add("通过", "Passed"), second.add("通过", "Accept", context="button")
    first.add("只此一处", "Only here")
    third.add("尚无英文", ""), first.add("尚无英文", "Translated")
    said = translations.conflicts({"": first, "quotas": second, "targets": third})
    assert said == ["合计: hub, quotas: Total | targets: Sum"]
    third.add("通过", "Agree", context="button")
    assert "通过 (button): quotas: Accept | targets: Agree" in translations.conflicts(
        {"quotas": second, "targets": third}
    )


def all_messages(translations):
    return [message for name in translations.catalogs() for message in translations.stored(name) if message.id]


def test_placeholders_survive_translation(translations):
    import re

    for message in all_messages(translations):
        if isinstance(message.id, str):
            assert sorted(re.findall(r"%\(\w+\)s", message.id)) == sorted(re.findall(r"%\(\w+\)s", message.string))


def test_the_catalogue_compiles(translations):
    assert translations.compile_catalogs() == len(all_messages(translations))
