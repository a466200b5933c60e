"""Runs the checks over the province, and makes its corrections, closed month, documents and credit cases.

Everything goes through the services that the pages use; two officers decide, as on a real platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from nenghao.cli.demo.province.generate import Province
from nenghao.cli.demo.province.load_registry import ACTOR, Registered
from nenghao.cli.demo.province.plan import PROVINCE
from nenghao.cli.demo.province.truth import Fault
from nenghao.hub.accounts.models import Account
from nenghao.hub.audit.services import Actor
from nenghao.hub.bulletins import services as bulletins
from nenghao.hub.bulletins.quarters import Quarter
from nenghao.hub.corrections import closing
from nenghao.hub.corrections import services as corrections
from nenghao.hub.corrections.drafts import draft
from nenghao.hub.credit import services as credit
from nenghao.hub.quality_checks.checking import check_span
from nenghao.hub.registry.models import DataItem, Region
from nenghao.periods import BEIJING, to_beijing
from nenghao.readings import ReadingStore

CORRECTED = 8
"""Faults that were mended: proposed by one officer, decided by the other; as many proposals still wait."""
_CREDIT_COURSES = (
    (), ("noticed",), ("noticed", "objected"), ("noticed", "objected", "confirmed"),
    ("noticed", "objected", "confirmed", "cure-reported", "cured", "removed"),
)  # fmt: skip
"""How far the credit cases have gone."""


def run_checks(store: ReadingStore, province: Province, registered: Registered, now: datetime) -> None:
    """Look at every day of everybody, as the nightly run would have."""
    check_span(
        store=store, enterprise_ids=[row.pk for row in registered.enterprises.values()], start=province.plan.first,
        end=province.plan.last + timedelta(days=1), now=now,
    )  # fmt: skip


def load_corrections(store: ReadingStore, province: Province, now: datetime) -> int:
    """Mend some of the gaps by estimate: half of them approved by the second officer; gives the number of proposals."""
    first, second = (Account.objects.get(username=name) for name in ("province", "province2"))
    made = 0
    for number, fault in enumerate(islice(_mendable(province.faults), 2 * CORRECTED)):
        item = DataItem.objects.select_related("enterprise__region").get(
            enterprise__code=fault.enterprise, data_code=fault.data_code
        )
        start, end = (datetime.fromisoformat(at).replace(tzinfo=BEIJING) for at in (fault.start, fault.end))
        proposal = draft(
            store=store, item=item, stat_type=fault.stat_type, start=start, end=end, method="linear",
        )  # fmt: skip
        if proposal.refused is not None or not proposal.chosen:
            continue
        made += 1
        proposed = corrections.propose(
            actor=Actor(first.username, first), account=first, now=now, draft=proposal,
            grounds=corrections.Grounds(reason="通信中断，按直线法估算（合成）"),
        )  # fmt: skip
        if number % 2 == 0:
            corrections.decide(
                actor=Actor(second.username, second), account=second, now=now, store=store, correction_id=proposed.pk,
                approve=True, reason="与前后走势一致（合成）",
            )  # fmt: skip
    return made


def _mendable(faults: Sequence[Fault]) -> Iterator[Fault]:
    """Yield short gaps that one may bridge by a straight line."""
    for fault in faults:
        if fault.kind == "gap" and float(fault.severity["slots"]) <= 8:
            yield fault


def close_a_month(store: ReadingStore, province: Province, registered: Registered, now: datetime) -> date | None:
    """Close the last but one whole month for all plants."""
    if len(province.plan.months) < 2:
        return None
    month = province.plan.months[-2][2]
    officer = Account.objects.get(username="province")
    closing.close_months(
        actor=Actor(officer.username, officer), account=officer, now=now, store=store, month=month,
        enterprise_ids=[row.pk for row in registered.enterprises.values()], reason="按月封账（合成）",
    )  # fmt: skip
    return month


def load_documents(store: ReadingStore, province: Province, now: datetime) -> int:
    """Issue the reports and bulletins of the past quarters; the newest ones stay drafts. Gives their number."""
    region = Region.objects.get(code=PROVINCE)
    newest = Quarter.of(province.plan.last).before
    made = 0
    for quarter in (newest, newest.before, newest.before.before):
        for kind in ("report", "bulletin"):
            document = bulletins.draft(actor=ACTOR, now=now, store=store, region=region, kind=kind, quarter=quarter)
            made += 1
            if quarter != newest:
                _issue(document.pk, document.texts, now, number=f"合成〔{quarter.year}〕{quarter.number}-{kind}")
    return made


def _issue(document_id: int, texts: Mapping[str, str], now: datetime, *, number: str) -> None:
    written = {key: text or "本季度无（合成）" for key, text in texts.items()}
    bulletins.edit(actor=ACTOR, now=now, document_id=document_id, texts=written)
    bulletins.issue(actor=ACTOR, now=now, document_id=document_id, number=number, issuer="省节能主管部门（合成）")


def load_credit(province: Province, registered: Registered, now: datetime) -> int:
    """Open credit cases for the plants with the longest outages, each left at another step; gives their number."""
    outages = sorted(
        (fault for fault in province.faults if fault.kind == "outage"), key=lambda fault: -float(fault.severity["days"])
    )
    codes = list(dict.fromkeys(fault.enterprise for fault in outages))[: len(_CREDIT_COURSES)]
    for code, course in zip(codes, _CREDIT_COURSES, strict=False):
        at = now - timedelta(days=60)
        case = credit.propose(
            actor=ACTOR, now=at, enterprise=registered.enterprises[code], kind="missing-upload",
            facts={"synthetic": True}, reason="连续多日未上传（合成）",
        )  # fmt: skip
        for action in course:
            at += timedelta(days=9)
            role = "energy_manager" if action in {"objected", "cure-reported"} else "officer"
            until = to_beijing(at).date() + timedelta(days=7) if action == "noticed" else None
            credit.take_step(
                actor=ACTOR, now=at, case_id=case.pk, action=action, role=role, reason="合成案件",
                document="合成文件", answer_until=until,
            )  # fmt: skip
    return len(codes)
