"""What is sent: valid messages, and the same with a few things wrong in every way we could think of.

Strategies are shallow and mostly samples: of the time of an example, drawing it must not be the most.
"""

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
    "0001-01-01 00:00:00",
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
_ODD = [*ODD_TEXTS, *ODD_NUMBERS, None, True, False]
_NESTED = [
    [],
    {},
    [None],
    ["a", 1],
    [[[[[[]]]]]],
    {"a": {"a": {"a": {}}}},
    [{}],
    [[]],
    {"": ""},
    ["x" * 5000],
    {"deviceId": "x"},
    list(range(50)),
]


def now_and_then(strategy: st.SearchStrategy[Any], times: int, usual: Any = None) -> st.SearchStrategy[Any]:
    """Draw from a strategy ``times`` of sixteen times, else give what is usual.

    Repeating a strategy in ``one_of`` would not do: Hypothesis takes it once.
    """
    otherwise = usual if isinstance(usual, st.SearchStrategy) else st.just(usual)
    return st.integers(0, 15).flatmap(lambda number: strategy if number >= 16 - times else otherwise)


scalars = st.one_of(
    st.sampled_from(_ODD),
    st.text(max_size=20),
    st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)).map(lambda number: number),
)
values = st.one_of(st.sampled_from(_ODD + _NESTED), scalars.map(lambda value: value))
texts = st.one_of(st.sampled_from(ODD_TEXTS[:-1]), st.text(max_size=30))
short_texts = st.one_of(st.sampled_from([text for text in ODD_TEXTS[:-1] if len(text) < 500]), st.text(max_size=30))
changes = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(["put", "put", "put", "drop", "rename", "wrap"]), values),
    min_size=1,
    max_size=3,
)
breaks = st.one_of(
    st.tuples(st.just("cut"), st.integers(0, 400)),
    st.tuples(st.just("raw"), st.binary(max_size=80)),
    st.tuples(st.just("insert"), st.integers(0, 400)),
    st.tuples(st.just("encoding"), st.sampled_from(["utf-16", "gb18030", "latin-1"])),
    st.tuples(st.just("deep"), st.integers(50, 5000)),
    st.tuples(st.just("twice"), st.integers(0, 1)),
)
ways = now_and_then(now_and_then(breaks, 3, usual=changes), 4)
"""How a body is spoilt: mostly not at all, else in places of it, now and then in its bytes."""


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


def change(message: Any, wanted: list[tuple[int, str, Any]]) -> Any:
    """Give the message with some places changed."""
    message = copy.deepcopy(message)
    for number, kind, value in wanted:
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


def encoded(message: Any) -> bytes:
    """Give the bytes of a message."""
    try:
        return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except ValueError:
        return b"{}"


def broken(body: bytes, kind: str, how: Any) -> bytes:
    """Give the bytes of a body, broken in one way."""
    if kind == "cut":
        return body[:how]
    if kind == "raw":
        return how
    if kind == "insert":
        return body[:how] + b"\x00\xff\xfe" + body[how:]
    if kind == "encoding":
        return body.decode("utf-8", "replace").encode(how, "replace")
    return b"[" * how if kind == "deep" else body + body


def read_back(body: bytes) -> Any:
    """Give what broken bytes still say, if they say anything."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def spoilt(message: Any, way: Any) -> tuple[Any, bytes]:
    """Give a message and its bytes, spoilt in the drawn way; of bytes that are no JSON the message is ``None``."""
    if way is None:
        return message, encoded(message)
    if isinstance(way, tuple):
        body = broken(encoded(message), *way)
        return read_back(body), body
    changed = change(message, way)
    return changed, encoded(changed)
