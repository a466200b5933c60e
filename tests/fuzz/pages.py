"""Every page, as an officer of one city: arbitrary queries and forms on arbitrary objects, one's own and others'."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from .driver import Caller, Outcome
from .words import short_texts as texts

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


class Pages:
    """The targets of the pages, with the officer's session."""

    def __init__(self, caller: Caller) -> None:
        self.caller, self.world = caller, caller.hub.world
        self.csrf = "a" * 32
        self.cookies = {"sessionid": self.world["session"], "csrftoken": self.csrf}

    def targets(self) -> dict[str, tuple[st.SearchStrategy[Any], Any]]:
        """Give GET and POST of every page."""
        words = st.one_of(st.sampled_from(LIKELY + [one["code"] for one in self.world["enterprises"].values()]), texts)
        queries = st.dictionaries(st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), texts), words, max_size=4)
        found: dict[str, tuple[st.SearchStrategy[Any], Any]] = {}
        for route in self.world["pages"]:
            if not route.startswith(LEFT_OUT):
                drawn = st.tuples(self._addresses(route), queries)
                found[f"page GET /{route}"] = (drawn, self._get)
                found[f"page POST /{route}"] = (st.tuples(drawn, queries), self._post)
        return found

    def _addresses(self, route: str) -> st.SearchStrategy[str]:
        known = self.world["enterprises"]
        keys = [known[name]["code"] for name in ("page", "page", "foreign", "energy")]
        keys += [known[name]["device_id"] for name in ("page", "foreign")] + [
            "370600",
            "130100",
            "fuzz-page",
            "fuzz-foreign",
        ]
        strings = st.one_of(
            st.sampled_from(keys + LIKELY), texts.filter(lambda text: "/" not in text and 0 < len(text) < 200)
        )
        of = {
            "int": st.one_of(st.integers(0, 9), st.sampled_from([2**31, 2**63 - 1, 2**63, 10**30])).map(str),
            "slug": st.from_regex(r"[-a-zA-Z0-9_]{1,20}", fullmatch=True),
            "path": strings,
        }
        parts = [
            of.get(kind, strings).map(lambda text: quote(text, safe="")) for kind, _name in _PARAMETER.findall(route)
        ]
        template = "/" + _PARAMETER.sub("%s", route.replace("%", "%%"))
        return st.tuples(*parts).map(lambda filled: template % filled)

    def _get(self, outcome: Outcome, drawn: Any) -> None:
        path, query = drawn
        self.caller.send(outcome, "GET", path, params=query, headers=self._headers())

    def _post(self, outcome: Outcome, drawn: Any) -> None:
        (path, query), form = drawn
        self.caller.send(
            outcome, "POST", path, params=query, data=form, headers=self._headers() | {"X-CSRFToken": self.csrf}
        )

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
