"""The open API from its own OpenAPI document, with schemathesis: valid and invalid cases of every operation."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
from hypothesis import strategies as st

from .books import Kept
from .caller import Answer, Caller
from .driver import Outcome, Target
from .words import now_and_then, short_texts, values
from .world import FOREIGN_CITY, OWN_CITY, hidden

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


class OpenApi:
    """The targets of the open API."""

    def __init__(self, caller: Caller) -> None:
        self.caller, self.world = caller, caller.world
        page = {"page"}
        own = {name for name, one in self.world["enterprises"].items() if one["region"] != FOREIGN_CITY}
        assert self.world["enterprises"]["page"]["region"] == OWN_CITY
        self.hidden = {
            "fuzz-province": hidden(self.world, *own, codes=True), "fuzz-page": hidden(self.world, *page, codes=True),
            "": hidden(self.world, codes=True),
        }  # fmt: skip
        codes = {one["code"]: one["region"] for one in self.world["enterprises"].values()}
        self.foreign = {
            "fuzz-province": {code for code, region in codes.items() if region == FOREIGN_CITY},
            "fuzz-page": {code for code, region in codes.items() if region != OWN_CITY}, "": set(codes),
        }  # fmt: skip
        self.reports = Kept("open_api.Feedback", "pk")

    def targets(self) -> list[Target]:
        """Give every operation of the document: cases that fit it, cases that do not, and loose queries of our own."""
        answer, _took = self.caller.send(Outcome("document"), "GET", "/api/v1/openapi.json")
        document = answer.json()
        found = []
        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            operation = result.ok()
            name = f"API {operation.method.upper()} {operation.path.removeprefix('/api/v1')}"
            found.append(Target(name, self._cases(document, operation), self._send, self._check, threads=32))
        return found

    def _cases(self, document: Any, operation: Any) -> st.SearchStrategy[Any]:
        good = operation.as_strategy()
        bad = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        told = document["paths"][operation.path][operation.method]
        names = [one["name"] for one in told.get("parameters", ())]
        usual = {name: value for name, value in USUAL.items() if name in names}
        likely = st.sampled_from(_likely(self.caller))
        name, text = st.sampled_from(names or ["x"]), now_and_then(short_texts, 4, usual=likely)
        few, some = st.dictionaries(name, text, max_size=1), st.dictionaries(name, text, max_size=3)
        loose = st.builds(lambda one: usual | one, now_and_then(some, 4, usual=few))
        own = st.tuples(st.just(operation), loose, self._bodies() if operation.method == "post" else st.none())
        return st.tuples(now_and_then(now_and_then(good, 9, usual=bad), 8, usual=own), st.integers(0, 39))

    def _bodies(self) -> st.SearchStrategy[Any]:
        """Draw a report of a problem, or anything."""
        known = self.world["enterprises"]
        good = st.builds(
            lambda code, number, text: {
                "enterprise_code": code,
                "message": f"与电费单不符 {text}",
                "reference": f"r-{number}" if number else "",
                "period": "2026-03",
                "our_value": number / 7,
            },
            st.sampled_from([known[name]["code"] for name in ("page", "page", "page", "energy", "foreign")]),
            st.integers(0, 5000),
            short_texts,
        )
        return now_and_then(values, 5, usual=good)

    def _send(self, outcome: Outcome, drawn: Any) -> None:
        case, who = drawn
        name = "fuzz-province" if who > 5 else "fuzz-page" if who else ""
        method, path, more = _request(case)
        headers = {**more.pop("headers", {}), "Authorization": f"Bearer {self.world['tokens'].get(name, 'nh_none')}"}
        answer, took = self.caller.send(outcome, method, path, headers=headers, hidden=self.hidden[name], **more)
        outcome.answered(str(answer.status), taken=answer.status < 400, took_s=took)
        _look(answer)
        if method == "POST" and answer.status == 201:
            self.reports.note(answer.json()["id"])
        if method == "POST" and _enterprise_of(more.get("body", b"")) in self.foreign[name]:
            assert answer.status >= 400, f"a report about a foreign enterprise was taken: {answer.content.decode()}"
            outcome.add(foreign_refused=1)

    def _check(self, outcome: Outcome) -> list[str]:
        """The reports are there; they are answered, so that the limit of open ones does not end the depth."""
        wrong = self.reports.check(outcome)
        from nenghao.hub.open_api.models import Feedback, FeedbackState

        Feedback.objects.filter(state=FeedbackState.OPEN).update(state=FeedbackState.ANSWERED)
        return wrong


def _enterprise_of(body: bytes) -> str:
    """Give the enterprise that a report is about, or nothing."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    code = told.get("enterprise_code") if isinstance(told, dict) else None
    return code if isinstance(code, str) else ""


def _look(answer: Answer) -> None:
    """Every answer has the API's form."""
    if answer.status >= 400:
        told = answer.json()
        assert set(told) == PROBLEM, answer.content[:300].decode()
    else:
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in ("application/json", "text/csv", "application/vnd.apache.arrow.stream"), kind
    assert answer.headers["cache-control"] == "no-store"


def _likely(caller: Caller) -> list[str]:
    """Give values that lead deep into an operation, foreign ones among them."""
    codes = [one["code"] for one in caller.world["enterprises"].values()]
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


def _request(case: Any) -> tuple[str, str, dict[str, Any]]:
    """Give method, address and the rest of a case of schemathesis or of our own."""
    if isinstance(case, tuple):
        operation, query, body = case
        more: dict[str, Any] = {"query": urlencode(query)}
        if operation.method.upper() == "POST":
            more["body"] = _json(body)
        return operation.method.upper(), operation.path.replace("{number}", "1"), more
    told = case.as_transport_kwargs(base_url="http://hub")
    path, _, query = told["url"].removeprefix("http://hub").partition("?")
    more = {"query": query or _query(told.get("params")), "headers": {}}
    if told.get("json") is not None:
        more["body"] = _json(told["json"])
    elif told.get("data") is not None:
        data = told["data"]
        more["body"] = data if isinstance(data, bytes) else str(data).encode("utf-8", "surrogatepass")
    for name, value in dict(told.get("headers") or {}).items():
        if name.lower() in ("content-type", "accept"):
            more["headers"][name] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return case.method.upper(), quote(path, safe="/%"), more


def _query(params: Any) -> str:
    """Write parameters as an HTTP client does: lists as repeated names, nothing for ``None``."""
    pairs = params.items() if isinstance(params, dict) else params or ()
    return urlencode([(name, value) for name, value in pairs if value is not None], doseq=True, errors="surrogatepass")


def _json(body: Any) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError):
        return b"{}"
