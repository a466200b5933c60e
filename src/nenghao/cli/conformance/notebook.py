"""What a platform under ``conformance serve`` writes down of a gateway, in either dialect."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from nenghao.cli.conformance.faults import KINDS, Faults
from nenghao.cli.conformance.report import Report

KEPT_PROBLEMS = 50
SAID = 4


class RefusedError(Exception):
    """Answer ``responseCode`` "1" with this text."""


@dataclass(slots=True)
class Notebook:
    """What was seen: calls in order, problems by step, and how often each thing happened."""

    calls: list[str] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, step_id: str, found: list[str]) -> None:
        """Write problems down; the count is exact, the words are bounded."""
        known = self.problems.setdefault(step_id, [])
        self.counts[f"problems {step_id}"] += len(found)
        known += found[: max(0, KEPT_PROBLEMS - len(known))]

    def has(self, step_id: str) -> bool:
        """Tell whether a step has problems."""
        return bool(self.problems.get(step_id))

    def found(self, step_id: str) -> str:
        """Give the problems of a step in words: how many, and the first few."""
        known = self.problems.get(step_id, [])
        if not known:
            return "无 / none"
        return f"{self.counts[f'problems {step_id}']}: " + "; ".join(list(dict.fromkeys(known))[:SAID])


@dataclass(slots=True)
class Slot:
    """Whether data of yesterday waited for today's slot; times are Beijing wall time."""

    upload_time: str
    early: list[str] = field(default_factory=list)
    in_slot: int = 0

    def look(self, here: datetime, start: datetime) -> None:
        """Look at one record that came now."""
        if (here.date() - start.date()).days != 1:
            return
        if f"{here:%H:%M:%S}" < self.upload_time:
            self.early.append(f"{start} {here:%H:%M:%S}")
        else:
            self.in_slot += 1

    def judge(self, report: Report) -> None:
        """Write the step down."""
        if not self.early and not self.in_slot:
            report.pass_over("slot", "not run", "没有昨日的数据 / no data of yesterday came")
            return
        said = f"{len(self.early)} early: {self.early[0]}" if self.early else f"{self.in_slot} records after the slot"
        report.judge("slot", not self.early, self.upload_time, said)


def judge_faults(report: Report, faults: Faults) -> None:
    """Write down for every fault whether all that it cost came again."""
    for fault in KINDS:
        step_id = f"resend-{fault}"
        if fault not in faults.waiting:
            why = "上传次数不够 / too few uploads" if faults.enabled else "--faults"
            report.pass_over(step_id, "not run", why)
            continue
        left = len(faults.waiting[fault])
        report.judge(step_id, not left, fault, f"{left} 条未重发 / records not sent again")
