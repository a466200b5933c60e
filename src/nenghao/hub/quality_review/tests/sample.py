"""Three enterprises whose data have known faults, beside the sample province of the monitoring pages.

All faults lie in the last whole month (:attr:`QualitySample.month`), so that its score does not depend on the day on
which the tests run. 铝业 has plant and process meters, day and month records; 化纤 one hourly meter that sends late;
轮胎 is registered and owes nothing. ``python -m nenghao.hub.quality_review.tests.sample`` adds them to the hub of
``NENGHAO_DATA_DIR`` that holds the monitoring sample.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.periods import BEIJING, PeriodKind
from nenghao.readings import ReadingBatch, ReadingStore

PASSWORD = "Sample-Plant-2026"
ALUMINIUM, FIBRE, TYRES = "91370600MA3QUALIT1", "91370211MA3QUALIT2", "91370600MA3QUALIT3"
PLANT_POWER, PLANT_GAS = "00-00-0000-023300-10", "00-00-0000-021500-10"
SMELTER, CASTING = "04-00-0000-023300-10", "05-00-0000-023300-10"
QUARTERS = 96
LEAD_DAYS = 21
"""Days of honest data before the month, so that the checks know the level of every item."""

# Of the month, on which day (from 0) and in which slots of the day.
HOLE = (4, 32, 44)
"""Plant electricity: three hours without any reading."""
SPIKE = (9, 53)
"""Plant electricity: one quarter of an hour at 400 times its neighbours."""
NEGATIVE = (12, 20)
"""Plant gas: a negative quantity."""
WRONG_DAY = 15
"""Plant electricity: the day record is 20 % above its hours."""
LEAK = (18, 20)
"""Smelter: on these days (half-open) it loses 40 % of what the plant measures."""


@dataclass(frozen=True, slots=True)
class QualitySample:
    """What was made; ``month`` is the start of the month of the faults, ``until`` the end of the data."""

    month: datetime
    until: datetime
    enterprises: dict[str, int] = field(default_factory=dict)
    items: dict[tuple[str, str], int] = field(default_factory=dict)

    def at(self, day: int, slot: int, minutes: int = 15) -> datetime:
        """Give the start of a slot of a day of the month."""
        return self.month + timedelta(days=day, minutes=minutes * slot)


def _item(enterprise: Any, code: str, name: str, energy: tuple[str, str, str], **facts: Any) -> int:
    from nenghao.hub.registry.models import DataItem

    key, unit, type_code = energy
    return DataItem.objects.create(
        enterprise=enterprise, data_code=code, name=name, energy_key=key, class_code="02", type_code=type_code,
        usage_code="10", wire_unit=unit, base_unit=unit, is_simulated=True,
        **{"counts_in_total": True, "stat_types": "01"} | facts,
    ).pk  # fmt: skip


def _accounts(now: datetime) -> None:
    from nenghao.hub.accounts.models import Account
    from nenghao.hub.accounts.services import create_account
    from nenghao.hub.audit.services import Actor
    from nenghao.hub.registry.models import Enterprise, Region

    actor = Actor.command("sample")
    aluminium = Enterprise.objects.get(code=ALUMINIUM)
    for username, role, region, enterprise, name in (
        ("officer", "officer", "370000", None, "王监测"), ("second", "officer", "370000", None, "赵复核"),
        ("qingdao", "officer", "370200", None, "钱青岛"), ("smelter", "energy_manager", None, aluminium, "孙能管"),
    ):  # fmt: skip
        if not Account.objects.filter(username=username).exists():
            create_account(
                actor=actor, now=now, username=username, password=PASSWORD, role=role, enterprise=enterprise,
                region=Region.objects.get(code=region) if region else None, full_name=name,
            )  # fmt: skip


def register(now: datetime) -> QualitySample:
    """Write the enterprises, their items and meters, and accounts into the registry."""
    from nenghao.hub.registry.models import Device, Enterprise, Industry, Meter, Process, Region

    this_month = PeriodKind.MONTH.floor(now)
    sample = QualitySample(
        PeriodKind.MONTH.floor(this_month - timedelta(days=1)), now.replace(minute=0, second=0, microsecond=0)
    )
    for code, name, county, industry in (
        (ALUMINIUM, "示例铝业有限公司", "370612", "C3216"), (FIBRE, "示例化纤有限公司", "370211", "C2821"),
        (TYRES, "示例轮胎有限公司", "370614", "C2911"),
    ):  # fmt: skip
        enterprise = Enterprise.objects.create(
            code=code, name=name, region=Region.objects.get(code=county), industry=Industry.objects.get(code=industry),
            created_at=now, is_simulated=True,
        )  # fmt: skip
        sample.enterprises[code] = enterprise.pk
        if code != TYRES:
            Device.objects.create(
                device_id=f"{enterprise.pk:032x}", enterprise=enterprise, name="edge-1", status="approved",
                upload_time="02:00", registered_at=sample.month, decided_by="officer", decided_at=sample.month,
            )  # fmt: skip
    aluminium = Enterprise.objects.get(code=ALUMINIUM)
    power, gas = ("electricity", "kWh", "3300"), ("natural_gas", "m3", "1500")
    smelter = Process.objects.create(enterprise=aluminium, code="04", name="电解")
    casting = Process.objects.create(enterprise=aluminium, code="05", name="铸造")
    for code, name, energy, facts in (
        (PLANT_POWER, "全厂用电", power, {"stat_types": "012"}), (PLANT_GAS, "全厂天然气", gas, {"stat_types": "0"}),
        (SMELTER, "电解用电", power, {"scope": 2, "process": smelter, "counts_in_total": False, "stat_types": "0"}),
        (CASTING, "铸造用电", power, {"scope": 2, "process": casting, "counts_in_total": False, "stat_types": "0"}),
    ):  # fmt: skip
        sample.items[ALUMINIUM, code] = _item(aluminium, code, name, energy, **facts)
    fibre = Enterprise.objects.get(code=FIBRE)
    facts = {"stat_types": "0", "realtime_minutes": 60}
    sample.items[FIBRE, PLANT_POWER] = _item(fibre, PLANT_POWER, "全厂用电", power, **facts)
    for number, (code, due) in enumerate(((PLANT_POWER, 400), (PLANT_GAS, -200)), start=1):
        Meter.objects.create(
            enterprise=aluminium, manage_code=f"E-{number}", name=f"{number} 号总表", level=1, data_code=code,
            accuracy_class="0.5S", verify_next_on=(now + timedelta(days=due)).date(),
            verified_on=(now + timedelta(days=due - 730)).date(),
        )  # fmt: skip
    _accounts(now)
    return sample


def curve(mean: float, days: int, per_day: int, seed: int) -> npt.NDArray[np.float64]:
    """Give a working plant's curve, days × slots: a daily shape, quiet weekends and an honest noise."""
    slots = np.arange(days * per_day)
    shape = 1 + 0.35 * np.sin((slots % per_day / per_day * 24 - 9) / 24 * 2 * np.pi)
    weekend = np.where(slots // per_day % 7 >= 5, 0.8, 1.0)
    noise = 1 + np.random.default_rng(seed).normal(0, 0.02, len(slots))
    return np.round(mean * shape * weekend * noise, 2).reshape(days, per_day)


def _series(sample: QualitySample) -> dict[str, npt.NDArray[np.float64]]:
    """Give every real-time series of 铝业 with its faults, NaN where nothing is sent; row 0 is LEAD_DAYS early."""
    days = LEAD_DAYS - (sample.month - sample.until) // timedelta(days=1)
    smelter, casting = curve(700.0, days, QUARTERS, 1), curve(120.0, days, QUARTERS, 2)
    plant, gas = np.round((smelter + casting) * 1.02, 2), curve(60.0, days, QUARTERS, 3)
    plant[LEAD_DAYS + HOLE[0], HOLE[1] : HOLE[2]] = np.nan
    plant[LEAD_DAYS + SPIKE[0], SPIKE[1]] *= 400
    gas[LEAD_DAYS + NEGATIVE[0], NEGATIVE[1]] = -55.0
    smelter[LEAD_DAYS + LEAK[0] : LEAD_DAYS + LEAK[1]] *= 0.6
    return {PLANT_POWER: plant, PLANT_GAS: gas, SMELTER: smelter, CASTING: casting}


def _submit(
    store: ReadingStore, sample: QualitySample, code: str, rows: list[tuple[int, int, datetime, float]], at: datetime
) -> Any:
    """Hand over readings (item, statistic type, start, value) as one upload received at ``at``."""
    enterprise = sample.enterprises[code]
    items, types, starts, values = zip(*rows, strict=True)
    return store.submit(ReadingBatch(
        received_at=at, enterprise_id=enterprise, response_message="成功", remote_address="10.20.30.50",
        data_item_id=items, stat_type=types, value=values, state=np.zeros(len(rows)), input_type=np.ones(len(rows)),
        period_start=[np.datetime64(start.replace(tzinfo=None), "s") for start in starts],
    ))  # fmt: skip


def send(store: ReadingStore, sample: QualitySample, now: datetime) -> None:
    """Send every day in the night after it; 化纤 sends the second half of the month three days late."""
    series = _series(sample)
    fibre = curve(90.0, len(series[PLANT_POWER]), 24, 4)
    waiting = []
    for row, day in enumerate(range(-LEAD_DAYS, len(fibre) - LEAD_DAYS)):
        midnight = sample.month + timedelta(days=day)
        received = min(now, midnight + timedelta(days=1, hours=2))
        rows = [
            (sample.items[ALUMINIUM, code], 0, sample.at(day, slot), float(value))
            for code, values in series.items()
            for slot, value in enumerate(values[row])
            if not np.isnan(value) and sample.at(day, slot + 1) <= sample.until
        ]
        if midnight + timedelta(days=1) <= sample.until:
            rows.append((sample.items[ALUMINIUM, PLANT_POWER], 1, midnight, _day_record(series[PLANT_POWER], day)))
        if rows:
            waiting.append(_submit(store, sample, ALUMINIUM, rows, received))
        late = timedelta(days=3 if day >= 15 and midnight.month == sample.month.month else 0)
        rows = [
            (sample.items[FIBRE, PLANT_POWER], 0, sample.at(day, hour, 60), float(value))
            for hour, value in enumerate(fibre[row])
            if sample.at(day, hour + 1, 60) <= sample.until
        ]
        if rows:
            waiting.append(_submit(store, sample, FIBRE, rows, min(now, received + late)))
    waiting.append(_month_record(store, sample, series[PLANT_POWER], now))
    for future in waiting:
        future.result(60)
    store.rollup_pending()


def _true_day(plant: npt.NDArray[np.float64], day: int) -> float:
    """The meter's day: the hole filled, the spike as it should be."""
    known = plant[LEAD_DAYS + day].copy()
    if day == SPIKE[0]:
        known[SPIKE[1]] /= 400
    return float(np.nansum(known) + np.isnan(known).sum() * np.nanmean(known))


def _day_record(plant: npt.NDArray[np.float64], day: int) -> float:
    return round(_true_day(plant, day) * (1.2 if day == WRONG_DAY else 1.0), 2)


def _month_record(store: ReadingStore, sample: QualitySample, plant: npt.NDArray[np.float64], now: datetime) -> Any:
    end = PeriodKind.MONTH.next(sample.month)
    total = sum(_true_day(plant, day) for day in range((end - sample.month).days))
    row = (sample.items[ALUMINIUM, PLANT_POWER], 2, sample.month, round(total, 2))
    return _submit(store, sample, ALUMINIUM, [row], min(now, end + timedelta(hours=3)))


def fill(store: ReadingStore, now: datetime) -> QualitySample:
    """Add the enterprises to a registry that has its codes and to a store, and let the checks look at all there are."""
    from nenghao.hub.quality_checks.checking import check_span
    from nenghao.hub.registry.models import Enterprise
    from nenghao.hub.registry.sync import push_all

    sample = register(now)
    push_all(store)
    send(store, sample, now)
    check_span(
        store=store, enterprise_ids=list(Enterprise.objects.values_list("pk", flat=True)),
        start=(sample.month - timedelta(days=LEAD_DAYS)).date(), end=(sample.until + timedelta(days=1)).date(), now=now,
    )  # fmt: skip
    return sample


def main() -> None:
    """Fill the hub of ``NENGHAO_DATA_DIR``."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    import django

    django.setup()
    from django.conf import settings

    from nenghao.hub.store import FILE_NAME

    with ReadingStore.open(settings.NENGHAO_DATA_DIR / FILE_NAME) as store:
        fill(store, datetime.now(BEIJING))


if __name__ == "__main__":
    main()
