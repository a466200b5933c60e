"""What was tried, what was answered, what is expected, and the verdict: one step each, one report a run."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import msgspec

Confidence = Literal["known", "secondhand", "ours"]
Verdict = Literal["pass", "fail", "warn", "not offered", "not run"]
CLIP = 300
"""Characters of an answer that are kept."""


class StepKind(msgspec.Struct, frozen=True):
    """One step as the catalogue describes it.

    ``confidence`` says how the expectation is known: ``known`` from client code that talks to real platforms (or from
    primary text), ``secondhand`` from quotations, ``ours`` where nothing is known. What is not ``required`` only warns.
    """

    id: str
    zh: str
    en: str
    expect_zh: str
    expect_en: str
    source: str
    confidence: Confidence
    required: bool = True


@lru_cache(maxsize=8)
def catalogue(name: str) -> dict[str, StepKind]:
    """Give the steps of a catalogue (``check_a``, ``serve_a`` …) by id, in the order of the file."""
    text = resources.files("nenghao.cli.conformance").joinpath(f"{name}_steps.toml").read_text(encoding="utf-8")
    return {key: msgspec.convert({"id": key, **row}, StepKind) for key, row in tomllib.loads(text).items()}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: its description, what was done, what came back, and the verdict."""

    kind: StepKind
    tried: str
    answered: str
    verdict: Verdict


@dataclass(slots=True)
class Report:
    """One run; ``role`` is what the kit played. ``left_behind`` says what now lies on the other side."""

    role: Literal["gateway", "platform"]
    target: str
    profile: str
    catalogue_name: str
    steps: dict[str, Step] = field(default_factory=dict)
    left_behind: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    def judge(self, step_id: str, holds: bool, tried: str, answered: str) -> bool:
        """Write down a step that was tried; what does not hold fails, or warns where nothing requires it."""
        kind = catalogue(self.catalogue_name)[step_id]
        verdict: Verdict = "pass" if holds else "fail" if kind.required else "warn"
        self.steps[step_id] = Step(kind, tried, clip(answered), verdict)
        return holds

    def pass_over(self, step_id: str, verdict: Literal["not offered", "not run"], why: str) -> None:
        """Write down a step that could not be tried, and why."""
        self.steps[step_id] = Step(catalogue(self.catalogue_name)[step_id], "", why, verdict)

    def complete(self, why: str) -> None:
        """Write down every step of the catalogue that nobody came to."""
        for step_id in catalogue(self.catalogue_name):
            if step_id not in self.steps:
                self.pass_over(step_id, "not run", why)

    def in_order(self) -> list[Step]:
        """Give the steps in the catalogue's order."""
        return [self.steps[key] for key in catalogue(self.catalogue_name) if key in self.steps]

    @property
    def failed(self) -> list[Step]:
        """Steps that are required and did not hold."""
        return [step for step in self.in_order() if step.verdict == "fail"]

    def counts(self) -> dict[str, int]:
        """Give the number of steps by verdict."""
        found: dict[str, int] = {}
        for step in self.in_order():
            found[step.verdict] = found.get(step.verdict, 0) + 1
        return found

    def to_json(self) -> dict[str, Any]:
        """Give the report as plain values; ``ok`` is false when something required failed."""
        steps = [
            {**msgspec.to_builtins(s.kind), "tried": s.tried, "answered": s.answered, "verdict": s.verdict}
            for s in self.in_order()
        ]
        head = {key: value for key, value in asdict(self).items() if key not in ("steps", "catalogue_name")}
        return {**head, "ok": not self.failed, "counts": self.counts(), "steps": steps}


def clip(text: str) -> str:
    """Shorten an answer for table and file, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= CLIP else line[: CLIP - 1] + "…"
