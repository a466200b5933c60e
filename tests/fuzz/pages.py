"""Every page, as an officer of one city: arbitrary queries and forms on arbitrary objects, one's own and others'."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from .caller import Caller
from .driver import Outcome, Target
from .words import now_and_then
from .words import short_texts as texts
from .world import hidden

LEFT_OUT = ("sign-out/", "password/")
"""These end the officer's own session."""
NAMES = [
    "page",
    "q",
    "sort",
    "period",
    "format",
    "day",
    "status",
    "kind",
    "region",
    "industry",
    "start",
    "end",
    "month",
    "scheme",
    "energy",
    "table",
    "state",
    "enterprise",
    "reason",
    "active",
    "name",
    "code",
    "data_code",
    "value",
    "method",
    "date",
    "title",
    "scopes",
    "days",
    "answer",
    "file",
    "username",
    "role",
    "slots",
    "stat_type",
    "candidate",
    "action",
    "next",
    "language",
]
LIKELY = [
    "1",
    "2",
    "-1",
    "2026",
    "2026-01",
    "2026-01-05",
    "xlsx",
    "-name",
    "name",
    "approved",
    "electricity",
    "raw_coal",
    "provincial",
    "370600",
    "130100",
    "00-00-0000-023300-10",
    "linear",
    "day",
    "month",
    "on",
    "officer",
    "confirm",
    "0",
    "E-1",
]
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
FORM = "application/x-www-form-urlencoded"


class Pages:
    """The targets of the pages, with the officer's session."""

    def __init__(self, caller: Caller) -> None:
        self.caller, self.world = caller, caller.world
        self.csrf = "a" * 32
        self.hidden = hidden(self.world, "page")
        self.headers = {
            "Cookie": f"sessionid={self.world['session']}; csrftoken={self.csrf}",
            "X-CSRFToken": self.csrf,
            "Content-Type": FORM,
        }

    def targets(self) -> list[Target]:
        """Give GET and POST of every page."""
        codes = [one["code"] for one in self.world["enterprises"].values()]
        words = now_and_then(texts, 8, usual=st.sampled_from(LIKELY + codes))
        names = now_and_then(texts, 4, usual=st.sampled_from(NAMES))
        queries = st.dictionaries(names, words, max_size=4)
        found = []
        for route in self.world["pages"]:
            if not route.startswith(LEFT_OUT):
                drawn = st.tuples(self._addresses(route), queries)
                found.append(Target(f"page GET /{route}", drawn, self._get, self._check, threads=16))
                posted = st.tuples(drawn, queries)
                found.append(Target(f"page POST /{route}", posted, self._post, self._check, threads=16))
        return found

    def _addresses(self, route: str) -> st.SearchStrategy[str]:
        known = self.world["enterprises"]
        keys = [known[name]["code"] for name in ("page", "page", "foreign", "energy")]
        keys += [known[name]["device_id"] for name in ("page", "foreign")]
        keys += ["370600", "130100", "fuzz-page", "fuzz-foreign"]
        strings = st.one_of(st.sampled_from(keys + LIKELY), texts.map(lambda text: text.replace("/", "")[:100] or "x"))
        of = {
            "int": st.one_of(st.integers(0, 9), st.sampled_from([2**31, 2**63 - 1, 2**63, 10**30])).map(str),
            "slug": st.sampled_from(["1", "a-b", "photo", "bizLicense", "x" * 50, "E-1", "electricity", "day", "_"]),
            "path": strings,
        }
        parts = [
            of.get(kind, strings).map(lambda text: quote(text, safe="")) for kind, _name in _PARAMETER.findall(route)
        ]
        template = "/" + _PARAMETER.sub("%s", route.replace("%", "%%"))
        return st.tuples(*parts).map(lambda filled: template % filled)

    def _get(self, outcome: Outcome, drawn: Any) -> None:
        path, query = drawn
        self._send(outcome, "GET", path, query)

    def _post(self, outcome: Outcome, drawn: Any) -> None:
        (path, query), form = drawn
        self._send(outcome, "POST", path, query, urlencode(form).encode())

    def _send(self, outcome: Outcome, method: str, path: str, query: dict[str, str], body: bytes = b"") -> None:
        answer, took = self.caller.send(
            outcome, method, path, query=query, body=body, headers=self.headers, hidden=self.hidden
        )
        outcome.answered(str(answer.status), taken=answer.status < 400, took_s=took)

    def _check(self, outcome: Outcome) -> list[str]:
        """The officer is still signed in: else all that follows would only see the sign-in page."""
        answer, _took = self.caller.send(outcome, "GET", "/enterprises/", headers=self.headers, hidden=self.hidden)
        return [] if answer.status == 200 else [f"the officer's session has ended: /enterprises/ gives {answer.status}"]
