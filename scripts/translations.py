"""Translations without the gettext programs: ``translations.py update`` collects the Chinese message ids of templates
and Python into ``locale/en/LC_MESSAGES/django.po`` (new ones get an empty translation), ``compile`` writes the
``.mo`` files that Django reads, ``check`` lists messages without an English text and exits with 1 if there are any.

Message ids are the Chinese texts themselves, so Chinese needs no catalogue.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

HUB = Path(__file__).resolve().parent.parent / "src" / "nenghao" / "hub"
CATALOG = HUB / "locale" / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    name: arguments
    for base, arguments in {"gettext": (1,), "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "noop": (1,)}.items()
    for name in (base, f"{base}_lazy", f"{base}_noop")
} | {"_": (1,)}

HEADER = """# English texts of the pages; scripts/translations.py keeps the list of messages.
msgid ""
msgstr ""
"Language: en\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


def sources() -> Iterator[Path]:
    """Yield the templates and modules whose texts a person sees."""
    for pattern in ("**/templates/**/*.html", "**/*.py"):
        for path in sorted(HUB.glob(pattern)):
            if not {"tests", "migrations", "node_modules", "static"} & set(path.relative_to(HUB).parts):
                yield path


def _python_text(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return templatize(text) if path.suffix == ".html" else text


def collect() -> Catalog:
    """Read every message id from the sources, with the files that use it."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
    catalog = Catalog(project="nenghao", charset="utf-8")
    for path in sources():
        stream = io.BytesIO(_python_text(path).encode())
        for _, message, _, context in extract("python", stream, keywords=KEYWORDS, options={"encoding": "utf-8"}):
            catalog.add(message, locations=[(path.relative_to(HUB).as_posix(), 0)], context=context)
    return catalog


def stored() -> Catalog:
    """Read the English catalogue as it stands."""
    with CATALOG.open("rb") as stream:
        return read_po(stream, locale="en")


def untranslated() -> list[str]:
    """Give the message ids of the sources that have no English text."""
    known = stored()

    def is_missing(message: Message) -> bool:
        entry = known.get(message.id, message.context)
        string = entry.string if entry else ""
        texts = [string] if isinstance(string, str) else list(string or ())
        return not texts or not all(texts)

    return [str(message.id) for message in collect() if message.id and is_missing(message)]


def update() -> int:
    """Bring the catalogue up to the sources; give the number of messages without a translation."""
    catalog = collect()
    known = stored() if CATALOG.exists() else Catalog(locale="en")
    merged = Catalog(locale="en", project="nenghao", charset="utf-8", fuzzy=False)
    for message in catalog:
        if message.id:
            entry = known.get(message.id, message.context)
            merged.add(message.id, entry.string if entry else "", message.locations, context=message.context)
    CATALOG.parent.mkdir(parents=True, exist_ok=True)
    with CATALOG.open("wb") as stream:
        write_po(stream, merged, omit_header=False, sort_output=True, include_lineno=False, width=0)
    body = CATALOG.read_text(encoding="utf-8").partition("\n\n")[2]
    CATALOG.write_text(f"{HEADER}\n{body.rstrip()}\n", encoding="utf-8")
    return len(untranslated())


def compile_catalogs() -> int:
    """Write ``.mo`` beside every ``.po``; give the number of translated messages."""
    count = 0
    for path in sorted(HUB.glob("**/locale/*/LC_MESSAGES/*.po")):
        with path.open("rb") as stream:
            catalog = read_po(stream)
        count += sum(1 for message in catalog if message.id and message.string)
        with path.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalog)
    return count


def main() -> int:
    """Run one of the three commands."""
    command = sys.argv[1] if len(sys.argv) > 1 else "check"
    if command == "update":
        print(f"{update()} messages without English text")
    elif command == "compile":
        print(f"{compile_catalogs()} messages compiled")
    elif command == "check":
        missing = untranslated()
        print("\n".join(missing) or "every message has an English text")
        return 1 if missing else 0
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
