"""The description of the API as our own page shows it, read from the OpenAPI document itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter or a column: its name, type and words."""

    name: str
    kind: str
    words: str
    required: bool
    example: Any


@dataclass(frozen=True, slots=True)
class Call:
    """One operation."""

    key: str
    method: str
    path: str
    summary: str
    words: str
    parameters: tuple[Named, ...]
    body: tuple[Named, ...]
    columns: tuple[Named, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Section:
    """The operations of one subject."""

    title: str
    calls: tuple[Call, ...]


def in_language(text: str, language: str) -> str:
    """Give one half of ``中文 / English``; a text without the two halves as it is."""
    chinese, slash, english = text.partition(" / ")
    return english.strip() if slash and language == "en" else chinese.strip()


@cache
def sections(language: str) -> tuple[Section, ...]:
    """Give everything that the document describes, by subject."""
    from nenghao.hub.open_api.api import api  # noqa: PLC0415 -- takes a second to load: with the first reader

    document = api.get_openapi_schema(path_prefix="/api/v1/")
    found: dict[str, list[Call]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or [""])[0]
            found.setdefault(tag, []).append(_call(document, path, method, operation, language))
    return tuple(Section(_tag(tag, language), tuple(calls)) for tag, calls in found.items())


def _tag(tag: str, language: str) -> str:
    chinese, _, english = tag.partition(" ")
    return english if language == "en" else chinese


def _call(document: Any, path: str, method: str, operation: Mapping[str, Any], language: str) -> Call:
    parameters = tuple(
        _named(document, one["name"], one["schema"], one.get("required", False), language)
        for one in operation.get("parameters", ())
    )
    return Call(
        key=operation["operationId"], method=method.upper(), path=path, parameters=parameters,
        summary=in_language(operation.get("summary", ""), language),
        words=in_language(" ".join(operation.get("description", "").split()), language),
        body=tuple(_columns(document, operation.get("requestBody", {}), language)),
        columns=tuple(_columns(document, _ok(operation), language)), example=_example(path, method, parameters),
    )  # fmt: skip


def _ok(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    answers = operation.get("responses", {})
    return answers.get(200) or answers.get(201) or {}


def _columns(document: Any, described: Mapping[str, Any], language: str) -> Iterator[Named]:
    schema = _resolved(document, described.get("content", {}).get("application/json", {}).get("schema", {}))
    rows = schema.get("properties", {}).get("rows")
    if rows:
        schema = _resolved(document, rows["items"])
    required = set(schema.get("required", ()))
    for name, facts in schema.get("properties", {}).items():
        yield _named(document, name, facts, name in required, language)


def _resolved(document: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        return document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _named(document: Any, name: str, facts: Mapping[str, Any], required: bool, language: str) -> Named:
    example = (facts.get("examples") or [None])[0]
    return Named(name, _kind(document, facts), in_language(facts.get("description", ""), language), required, example)


def _kind(document: Any, facts: Mapping[str, Any]) -> str:
    """Say what a value is: ``string``, ``number``, ``date-time``, one of some words; null where it may be."""
    if "anyOf" in facts:
        return " | ".join(_kind(document, part) for part in facts["anyOf"])
    if "$ref" in facts:
        return _kind(document, _resolved(document, facts))
    if "enum" in facts:
        return " | ".join(str(word) for word in facts["enum"])
    return str(facts.get("format") or facts.get("const") or facts.get("type", ""))


def _example(path: str, method: str, parameters: tuple[Named, ...]) -> str:
    """Give a command line that asks it."""
    asked = "&".join(f"{one.name}={one.example}" for one in parameters if one.required and one.example is not None)
    send = " -X POST -H 'Content-Type: application/json' -d '{…}'" if method == "post" else ""
    return f"curl -H 'Authorization: Bearer nh_…'{send} \"$HUB{path}{'?' + asked if asked else ''}\""
