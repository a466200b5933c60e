"""Translations without the gettext programs: ``translations.py update`` collects the Chinese message ids of templates
and Python into ``locale/en/LC_MESSAGES/django.po`` (new ones get an empty translation), ``compile`` writes the
``.mo`` files that Django reads, ``check`` lists messages without an English text, and those with two of them, and exits
with 1 if there are any.

Message ids are the Chinese texts themselves, so Chinese needs no catalogue. An app that has a ``locale`` folder keeps
its own messages there; what the hub's own catalogue already knows is not repeated in it. ``update APP …`` brings only
those catalogues up.

Django merges all catalogues into one: where two apps had different English for the same Chinese, the app named earlier
in the settings would win without a word. The same Chinese with another meaning needs a context (``pgettext``,
``{% translate … context … %}``).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

HUB = Path(__file__).resolve().parent.parent / "src" / "nenghao" / "hub"
PLACE = Path("locale", "en", "LC_MESSAGES", "django.po")
SHARED = ""
"""Name of the hub's own catalogue; the others are named after their app."""
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
    if path.suffix != ".html":
        return text
    return "\n".join(line.lstrip() for line in templatize(text).splitlines())  # indentation means nothing there


def catalogs() -> list[str]:
    """Name the catalogues: the shared one, then one for each app with a ``locale`` folder."""
    return [SHARED, *sorted(path.parts[-5] for path in HUB.glob(f"*/{PLACE.as_posix()}"))]


def _owner(path: Path) -> str:
    app = path.relative_to(HUB).parts[0]
    return app if (HUB / app / "locale").is_dir() else SHARED


def collect() -> dict[str, Catalog]:
    """Read every message id from the sources, by catalogue, with the files that use it."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
    found = {name: Catalog(project="nenghao", charset="utf-8") for name in catalogs()}
    for path in sources():
        stream = io.BytesIO(_python_text(path).encode())
        for _, message, _, context in extract("python", stream, keywords=KEYWORDS, options={"encoding": "utf-8"}):
            where = [(path.relative_to(HUB).as_posix(), 0)]
            found[_owner(path)].add(message, locations=where, context=context)
    return found


def stored(name: str) -> Catalog:
    """Read an English catalogue as it stands."""
    with (HUB / name / PLACE).open("rb") as stream:
        return read_po(stream, locale="en")


def _is_translated(message: Message, known: Catalog) -> bool:
    entry = known.get(message.id, message.context)
    string = entry.string if entry else ""
    texts = [string] if isinstance(string, str) else list(string or ())
    return bool(texts) and all(texts)


def untranslated() -> list[str]:
    """Give the message ids of the sources that have no English text."""
    shared = stored(SHARED)
    return [
        str(message.id)
        for name, catalog in collect().items()
        for own in [stored(name)]
        for message in catalog
        if message.id and not _is_translated(message, own) and not _is_translated(message, shared)
    ]


def conflicts(known: Mapping[str, Catalog]) -> list[str]:
    """Give a line for every message, of the same context, that catalogues translate differently, with all the texts."""
    texts: dict[tuple[str, str], dict[object, list[str]]] = {}
    for name, catalog in known.items():
        for message in catalog:
            if message.id and message.string:
                said = texts.setdefault((message.context or "", str(message.id)), {})
                said.setdefault(message.string, []).append(name or "hub")
    return [
        f"{message}{f' ({context})' if context else ''}: " + " | ".join(f"{', '.join(said[it])}: {it}" for it in said)
        for (context, message), said in sorted(texts.items())
        if len(said) > 1
    ]


def update(names: list[str]) -> int:
    """Bring catalogues up to the sources; give the number of messages without a translation."""
    shared = stored(SHARED)
    for name, catalog in collect().items():
        if names and name not in names:
            continue
        known = stored(name)
        merged = Catalog(locale="en", project="nenghao", charset="utf-8", fuzzy=False)
        for message in catalog:
            if message.id and (name == SHARED or not _is_translated(message, shared)):
                entry = known.get(message.id, message.context)
                merged.add(message.id, entry.string if entry else "", message.locations, context=message.context)
        _write(HUB / name / PLACE, merged)
    return len(untranslated())


def _write(path: Path, catalog: Catalog) -> None:
    with path.open("wb") as stream:
        write_po(stream, catalog, omit_header=False, sort_output=True, include_lineno=False, width=0)
    body = path.read_text(encoding="utf-8").partition("\n\n")[2]
    path.write_text(f"{HEADER}\n{body.rstrip()}\n", encoding="utf-8")


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
        print(f"{update(sys.argv[2:])} messages without English text")
    elif command == "compile":
        print(f"{compile_catalogs()} messages compiled")
    elif command == "check":
        wrong = [f"no English: {message}" for message in untranslated()]
        wrong += [f"two texts: {line}" for line in conflicts({name: stored(name) for name in catalogs()})]
        print("\n".join(wrong) or "every message has one English text")
        return 1 if wrong else 0
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
