"""Dialect B (Yunnan): every operation of its table, with bodies from its own field table."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from .driver import Caller, Outcome
from .words import messages, scalars, texts


class DialectB:
    """The targets of dialect B; none while the hub does not speak it."""

    def __init__(self, caller: Caller) -> None:
        self.caller, self.world = caller, caller.hub.world

    def targets(self) -> dict[str, tuple[st.SearchStrategy[Any], Any]]:
        """Give a strategy and a sender for every operation."""
        fields = self.world["operations"]["B"]
        if not fields:
            return {}
        found = {f"B {path}": (messages(self._bodies(names)), self._one(path)) for path, names in fields.items()}
        return found | {"B noSuchOperation": (messages(self._bodies(["x"])), self._one("noSuchOperation"))}

    def _bodies(self, names: list[str]) -> st.SearchStrategy[Any]:
        known = self.world["enterprises"]
        code = st.sampled_from([known["config"]["code"]] * 8 + [known["foreign"]["code"], "", "x"])
        own = st.dictionaries(st.sampled_from([*names, "accessToken", "x"]), st.one_of(texts, scalars), max_size=8)
        return st.builds(lambda enterprise, more: {"enterpriseCode": enterprise, **more}, code, own)

    def _one(self, path: str) -> Any:
        def send(outcome: Outcome, body: bytes) -> None:
            answer = self.caller.send(outcome, "POST", f"/YNEnergy/{path}", content=body)
            assert answer.status_code == 200, answer.status_code
            told = answer.json()
            assert "responseCode" in told, told
            assert "internal-error" not in answer.text, answer.text[:500]
            outcome.answers[f"code {told['responseCode']}"] += 1

        return send
