"""A report on the terminal, in Chinese or English; the verdict is a word and a sign, never colour alone."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nenghao.cli.conformance.report import Confidence, Report, Step, Verdict
from nenghao.errors import Language

PIPE_WIDTH = 200
"""Columns used when the output is not a terminal."""
VERDICTS: dict[Verdict, tuple[str, str, str]] = {
    "pass": ("✓ 通过", "✓ pass", "green"),
    "fail": ("✗ 不符", "✗ fail", "bold red"),
    "warn": ("! 注意", "! warn", "yellow"),
    "not offered": ("– 未提供", "– not offered", ""),
    "not run": ("– 未执行", "– not run", ""),
}
CONFIDENCES: dict[Confidence, tuple[str, str]] = {
    "known": ("已知", "known"), "secondhand": ("转述", "secondhand"), "ours": ("自定", "ours"),
}  # fmt: skip
HEADS = {
    "zh": ("项", "尝试", "应答", "规范要求", "依据", "结论"),
    "en": ("step", "tried", "answered", "specification expects", "basis", "verdict"),
}
TITLES = {
    "zh": {"gateway": "平台一致性检查", "platform": "网关一致性检查"},
    "en": {"gateway": "conformance of a platform", "platform": "conformance of a gateway"},
}
LEFT = {"zh": "留在对方的内容", "en": "left behind"}


def show(report: Report, language: Language, console: Console | None = None) -> None:
    """Print the table, what is left behind, and the counts."""
    out = console or _console()
    title = f"{TITLES[language][report.role]}  {report.target}  ({report.profile})"
    table = Table(title=Text(title), title_justify="left", show_lines=True)
    for head in HEADS[language]:
        table.add_column(head, overflow="fold")
    for step in report.in_order():
        table.add_row(*_cells(step, language))
    out.print(table)
    for name, value in report.facts.items():
        out.print(Text(f"{name}: {value}"))
    for line in report.left_behind:
        out.print(Text(f"{LEFT[language]}: {line}"))
    place = 0 if language == "zh" else 1
    out.print(Text("  ".join(f"{VERDICTS[v][place]} {n}" for v in VERDICTS if (n := report.counts().get(v)))))


def write_json(report: Report, target: Path) -> None:
    """Write the report as JSON."""
    target.write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _cells(step: Step, language: Language) -> list[Text]:
    place, kind = (0, step.kind) if language == "zh" else (1, step.kind)
    name, expected = (kind.zh, kind.expect_zh) if language == "zh" else (kind.en, kind.expect_en)
    word = VERDICTS[step.verdict]
    basis = f"{CONFIDENCES[kind.confidence][place]}: {kind.source}"
    texts = [f"{kind.id}\n{name}", step.tried, step.answered, expected, basis]
    return [*(Text(text) for text in texts), Text(word[place], style=word[2])]


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=PIPE_WIDTH)
