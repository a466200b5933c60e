"""The files of a statement: Excel in the printed layout, filled or empty, Word and PDF of the whole."""

from __future__ import annotations

from collections.abc import Mapping

from nenghao.hub.listing import XLSX
from nenghao.hub.statements.documents import document_of, doubts_of
from nenghao.hub.statements.models import Filing
from nenghao.reporting.statements.blocks import leaves

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS: Mapping[str, tuple[str, str]] = {
    "xlsx": ("xlsx", XLSX), "empty": ("xlsx", XLSX), "docx": ("docx", DOCX), "pdf": ("pdf", "application/pdf"),
}  # fmt: skip


def file_of(filing: Filing, kind: str) -> bytes:
    """Give a file of a filing: ``xlsx``, ``empty`` (the form without figures), ``docx`` or ``pdf``."""
    # Each library is loaded when a file of its kind is written: most processes write none.
    document = document_of(filing)
    doubts = doubts_of(filing, document)
    if kind in ("xlsx", "empty"):
        from nenghao.reporting.statements.xlsx_out import About, statement_workbook  # noqa: PLC0415

        about = About(filing.period.text, filing.enterprise.code, filing.enterprise.name, filing.state)
        return statement_workbook(document, about, with_values=kind == "xlsx", doubts=doubts)
    facts = [
        ("单位名称", filing.enterprise.name), ("统一社会信用代码", filing.enterprise.code),
        ("报告期", filing.period.text), ("版次", str(filing.edition)), ("状态", _state(filing)),
    ]  # fmt: skip
    remark = f"{filing.form.source}。{filing.form.note}"
    if filing.enterprise.is_simulated:
        remark = f"含模拟数据。{remark}"
    if kind == "docx":
        from nenghao.reporting.statements.word import word_file as make  # noqa: PLC0415
    else:
        from nenghao.reporting.statements.pdf import pdf_file as make  # noqa: PLC0415
    return make(
        title=filing.form.zh, facts=facts, remark=remark,
        leaves=list(leaves(document, filing.filed.get("totals"), doubts)),
    )  # fmt: skip


def _state(filing: Filing) -> str:
    """Name the state in Chinese: the file is the officials'."""
    words = {
        "draft": "填报中（未上报）",
        "submitted": "已上报",
        "returned": "已退回",
        "accepted": "已通过",
        "reopened": "已重开",
    }
    return words[filing.state]
