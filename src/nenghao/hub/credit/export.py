"""The list as it is handed to the credit information platform.

The platform's own columns are not known to us; these are ours, taken from what the case holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import override

from nenghao.hub.credit.models import CreditCase, CreditKind, CreditStep
from nenghao.hub.credit.words import facts_text
from nenghao.hub.registry.models import Region
from nenghao.periods import to_beijing
from nenghao.reporting import Column, table_workbook

BASIS = "发改办环资〔2019〕424号 五"
COLUMNS = (
    ("code", Column("统一社会信用代码")), ("name", Column("单位名称")), ("region", Column("行政区划代码")),
    ("region_name", Column("行政区划")), ("industry", Column("行业")), ("kind", Column("失信情形")),
    ("facts", Column("主要事实")), ("basis", Column("依据")), ("proposed_on", Column("拟列入日期")),
    ("noticed_on", Column("告知日期")), ("notice_document", Column("告知文号")), ("confirmed_on", Column("认定日期")),
    ("confirm_document", Column("认定文号")), ("confirm_reason", Column("认定理由")),
)  # fmt: skip


def export_rows(cases: Iterable[CreditCase]) -> list[dict[str, Any]]:
    """Give one plain row per case, in Chinese whoever asks; its steps are expected to be loaded."""
    with override("zh-hans"):
        return [_row(case) for case in cases]


def _row(case: CreditCase) -> dict[str, Any]:
    steps: dict[str, CreditStep] = {step.action: step for step in case.steps.all()}  # type: ignore[attr-defined]
    notice, confirmation = steps.get("noticed"), steps.get("confirmed")
    owner = case.enterprise
    return {
        "code": owner.code, "name": owner.name, "region": owner.region_id, "region_name": owner.region.name,
        "industry": str(owner.industry), "kind": str(CreditKind(case.kind).label), "basis": BASIS,
        "facts": facts_text(case.kind, case.facts), "proposed_on": case.proposed_on.isoformat(),
        "noticed_on": notice.on.isoformat() if notice else "", "notice_document": notice.document if notice else "",
        "confirmed_on": confirmation.on.isoformat() if confirmation else "",
        "confirm_document": confirmation.document if confirmation else "",
        "confirm_reason": confirmation.reason if confirmation else "",
    }  # fmt: skip


def export_workbook(rows: Sequence[dict[str, Any]], *, region: Region, now: datetime, by: str) -> bytes:
    """Give the rows as an Excel file with its provenance."""
    notes = [
        ("范围", region.name), ("依据", BASIS), ("报送人", by), ("报送时间", f"{to_beijing(now):%Y-%m-%d %H:%M}"),
        ("说明", "信用信息平台的报送字段未公布，本表字段由本平台设定"),
    ]  # fmt: skip
    return table_workbook(
        "信用名单",
        [column for _key, column in COLUMNS],
        [[row[key] for key, _column in COLUMNS] for row in rows],
        notes,
    )
