"""Reads the worked cases of the checks, which people write by hand; README.md beside the cases tells the form."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from nenghao.quality import Block, CheckRule, Traits, default_rules, rules_from, rules_to

FOLDER = Path(__file__).parent / "cases"
SIGNS = {".": 1, "?": 2, "S": 3, "F": 4, "M": 9}
WORDS = {"good": 1, "unknown": 2, "suspect": 3, "fail": 4, "missing": 9}
NAN = float("nan")


@dataclass(frozen=True)
class Case:
    """One file: ``given`` is its content."""

    path: Path
    given: dict[str, Any]

    @property
    def code(self) -> str:
        return self.path.parent.name

    def __str__(self) -> str:
        return f"{self.code}/{self.path.stem}"

    @property
    def rules(self):
        """The default rules, with what the case's [rule] changes."""
        mapping = rules_to(default_rules())
        check = mapping["checks"][self.code]
        change = dict(self.given.get("rule", {}))
        check["settings"] |= change.pop("settings", {})
        check |= change
        return rules_from(mapping)

    @property
    def rule(self) -> CheckRule:
        return self.rules.checks[self.code]


def cases(*, of_series: bool) -> list[Case]:
    """All cases of blocks, or all of comparisons."""
    found = (Case(path, tomllib.loads(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*/*.toml")))
    return [
        case
        for case in found
        if case.path.parent.name in default_rules().checks and ("item" in case.given) == of_series
    ]


def numbers(text: str) -> np.ndarray:
    """``10 10*3 - (1 2)*2`` is 10, 10, 10, 10, a missing value, 1, 2, 1, 2."""
    text = re.sub(r"\(([^)]*)\)\*(\d+)", lambda group: f"{group[1]} " * int(group[2]), text)
    values: list[float] = []
    for word in text.split():
        number, _, times = word.partition("*")
        values += [NAN if number == "-" else float(number)] * int(times or 1)
    return np.array(values)


def signs(text: str) -> list[int]:
    """``..S*3 F`` is good, good, three suspect and a failed slot; spaces do not count."""
    flags: list[int] = []
    for word in text.replace("*", " *").split():
        if word.startswith("*"):
            flags += [flags[-1]] * (int(word[1:]) - 1)
        else:
            flags += [SIGNS[sign] for sign in word]
    return flags


def block_of(case: Case) -> Block:
    items = case.given["item"]
    value = np.stack([numbers(item["value"]) for item in items])
    shape = value.shape

    def column(name: str, default: float) -> np.ndarray:
        return np.array([float(item.get(name, default)) for item in items])

    def matrix(name: str, default: float) -> np.ndarray:
        return np.stack([numbers(str(item.get(name, f"{default}*{shape[1]}"))) for item in items])

    traits = Traits(
        item_id=np.arange(len(items)), enterprise_id=column("enterprise", 1).astype(np.int64),
        energy_key=np.array([item.get("energy", "electricity") for item in items]), value_min=column("min", NAN),
        value_max=column("max", NAN), max_rate=column("rating", NAN),
        may_be_negative=column("may_be_negative", 0).astype(bool), usual=column("usual", NAN),
        high=column("high", NAN),
    )  # fmt: skip
    after = matrix("after", NAN)[:, :1] if any("after" in item for item in items) else None
    return Block(
        stat_type=case.given.get("stat_type", 0), start=datetime.fromisoformat(case.given.get("start", "2026-11-02")),
        traits=traits, value=value, state=np.where(np.isnan(value), 2, 0).astype(np.uint8),
        due=matrix("due", 1).astype(bool), delay_s=matrix("delay_h", 0.5) * 3600,
        by_hand=matrix("by_hand", 0).astype(bool),
        contents=matrix("contents", 1).astype(np.uint8), start_offset_s=matrix("start_offset_s", 0),
        accepted=matrix("accepted", 0).astype(bool), before=matrix("before", NAN), after=after,
    )  # fmt: skip
