"""What is sent: valid messages with a few things wrong, in every way we could think of."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = [
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "NaN",
    "Infinity",
    "null",
    "true",
    "\0",
    "a\0b",
    "'",
    '"',
    "' OR 1=1 --",
    "<script>",
    "{{7*7}}",
    "../../etc/passwd",
    "%s%n",
    "%00",
    "\r\nSet-Cookie: a=b",
    "\u202e",
    "\ufeff",
    "𠮷",
    "é",
    "e\u0301",
    "中" * 300,
    "x" * 70_000,
    "2026-02-30 00:00:00",
    "0000-00-00 00:00:00",
    "9999-12-31 23:59:59",
    "2026-03-04T00:00:00+08:00",
    "１２３",
    "١٢٣",
    "2026-03-04 24:00:00",
    "1970-01-01 00:00:00",
    "00-00-0000-023300-10",
    "00-00-0000-999999-99",
    "0x10",
    "1_000",
    "+5",
    "--",
    "9" * 400,
    "-0",
    "1.7976931348623157e309",
    "\ud800",
]
ODD_NUMBERS = [0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400, 1.5, -0.0, 1e308, 5e-324, 1e-7]
scalars = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.sampled_from(ODD_NUMBERS),
    st.none(),
    st.booleans(),
    st.text(max_size=30),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
values = st.one_of(
    scalars,
    scalars,
    st.lists(scalars, max_size=3),
    st.dictionaries(st.text(max_size=8), scalars, max_size=3),
    st.sampled_from([[[[[[]]]]], {"a": {"a": {"a": {}}}}]),
)
texts = st.one_of(st.sampled_from(ODD_TEXTS[:-1]), st.text(max_size=40))
short_texts = texts.filter(lambda text: len(text) < 500)
_changes = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(["put", "put", "put", "drop", "rename", "wrap"]), values), max_size=3
)
_breaks = st.one_of(
    st.none(),
    st.none(),
    st.none(),
    st.none(),
    st.tuples(st.just("cut"), st.integers(0, 400)),
    st.tuples(st.just("raw"), st.binary(max_size=80)),
    st.tuples(st.just("insert"), st.integers(0, 400)),
    st.tuples(st.just("encoding"), st.sampled_from(["utf-16", "gb18030", "latin-1"])),
    st.tuples(st.just("deep"), st.integers(50, 5000)),
    st.tuples(st.just("twice"), st.integers(0, 1)),
)


def places(message: Any) -> list[tuple[Any, Any]]:
    """Give every place of a message as (container, key)."""
    found: list[tuple[Any, Any]] = []
    waiting = [message]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            found.append((one, key))
            waiting.append(one[key])
    return found


def change(message: Any, changes: list[tuple[int, str, Any]]) -> Any:
    """Give the message with some places changed."""
    message = copy.deepcopy(message)
    for number, kind, value in changes:
        known = places(message)
        if not known:
            break
        container, key = known[number % len(known)]
        if kind == "put":
            container[key] = copy.deepcopy(value)  # the same object twice could hold itself
        elif kind == "wrap":
            container[key] = [container[key]]
        elif kind == "drop":
            del container[key]
        elif isinstance(container, dict):
            container[str(value)[:40]] = container.pop(key)
    return message


def encoded(message: Any, broken: Any = None) -> bytes:
    """Give the bytes of a message, broken in one way or not."""
    try:
        body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except ValueError:
        body = b"{}"
    if broken is None:
        return body
    kind, how = broken
    if kind == "cut":
        return body[:how]
    if kind == "raw":
        return how
    if kind == "insert":
        return body[:how] + b"\x00\xff\xfe" + body[how:]
    if kind == "encoding":
        return body.decode("utf-8", "replace").encode(how, "replace")
    return b"[" * how if kind == "deep" else body + body


def messages(template: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Give bodies: a template, changed in up to three places, its bytes broken now and then."""
    return st.builds(
        lambda message, changes, broken: encoded(change(message, changes), broken), template, _changes, _breaks
    )
