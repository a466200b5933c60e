"""The open API from its own OpenAPI document, with schemathesis: valid and invalid cases of every operation."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st

from .driver import Caller, Outcome
from .words import short_texts, values

PROBLEM = {"code", "message_zh", "message_en", "mend_zh", "mend_en", "field"}
USUAL = {
    "start": "2025-01-01",
    "end": "2026-03-01",
    "period": "2025-09",
    "start_month": "2025-08",
    "end_month": "2025-11",
    "stat_type": "day",
}
"""What gives an answer with rows."""


def targets(caller: Caller) -> dict[str, tuple[st.SearchStrategy[Any], Any]]:
    """Give every operation of the document: cases that fit it, cases that do not, and loose queries of our own."""
    document = caller.client.get("/api/v1/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    found: dict[str, tuple[st.SearchStrategy[Any], Any]] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        name = f"API {operation.method.upper()} {operation.path.removeprefix('/api/v1')}"
        good = operation.as_strategy()
        bad = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        names = [one["name"] for one in document["paths"][operation.path][operation.method].get("parameters", ())]
        usual = {name: value for name, value in USUAL.items() if name in names}
        odd = st.one_of(short_texts, st.sampled_from(_likely(caller)), st.sampled_from(_likely(caller)))
        loose = st.builds(
            lambda one, base=usual: base | one, st.dictionaries(st.sampled_from(names or ["x"]), odd, max_size=3)
        )
        own = st.tuples(st.just(operation), loose, values)
        cases = st.one_of(good, bad, own, own)
        found[name] = (st.tuples(cases, st.integers(0, 39)), _sender(caller))
    return found


def _likely(caller: Caller) -> list[str]:
    """Give values that lead deep into an operation, foreign ones among them."""
    codes = [one["code"] for one in caller.hub.world["enterprises"].values()]
    return [
        *codes,
        "370000",
        "130100",
        "130000",
        "2026-01-01",
        "2026-04-01",
        "2025-01-01T00:00:00+08:00",
        "2026-01",
        "2026",
        "day",
        "month",
        "hour",
        "realtime",
        "json",
        "csv",
        "arrow",
        "1",
        "100000",
        "electricity",
        "true",
        "provincial",
    ]


def _sender(caller: Caller) -> Any:
    tokens = caller.hub.world["tokens"]

    def send(outcome: Outcome, drawn: Any) -> None:
        case, who = drawn
        token = tokens["fuzz-province"] if who > 5 else tokens["fuzz-page"] if who else "nh_none"
        method, path, more = _request(case)
        headers = {**more.pop("headers", {}), "Authorization": f"Bearer {token}"}
        answer = caller.send(outcome, method, path, headers=headers, **more)
        if answer.status_code >= 400:
            assert set(answer.json()) == PROBLEM, answer.text[:300]
        else:
            kind = answer.headers["content-type"].split(";")[0]
            assert kind in ("application/json", "text/csv", "application/vnd.apache.arrow.stream"), kind
        assert answer.headers["cache-control"] == "no-store"

    return send


def _request(case: Any) -> tuple[str, str, dict[str, Any]]:
    """Give method, address and the rest of a case of schemathesis or of our own."""
    if isinstance(case, tuple):
        operation, query, body = case
        more: dict[str, Any] = {"params": query}
        if operation.method.upper() == "POST":
            more["json"] = body
        return operation.method.upper(), operation.path.replace("{number}", "1"), more
    told = case.as_transport_kwargs(base_url="http://hub")
    path = told["url"].removeprefix("http://hub")
    more = {name: told[name] for name in ("params", "json", "data", "headers") if told.get(name) is not None}
    if "data" in more:
        data = more.pop("data")
        more["content"] = data if isinstance(data, (bytes, str)) else repr(data)
    more["headers"] = {
        k: v for k, v in dict(more.get("headers") or {}).items() if k.lower() in ("content-type", "accept")
    }
    return case.method.upper(), path, more
