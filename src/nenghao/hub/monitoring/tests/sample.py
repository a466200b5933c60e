"""A small province to look at: the steel plant's real electricity, four simulated enterprises, gaps and rejections.

Tests call :func:`fill`; ``python -m nenghao.hub.monitoring.tests.sample`` fills the hub of ``NENGHAO_DATA_DIR`` for the
browser tests and the screenshots. The last day with data is today, up to the hour.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch, ReadingStore, RejectedRecord

PASSWORD = "Sample-Plant-2026"
STEEL = "91370600MA3SAMPLE1"
DAYS = 70
QUARTERS = 96
ENERGIES = (
    # energy key, data code, name, class, type, base unit, wire unit, wire to base, mean per 15 min as a share of kWh
    ("electricity", "00-00-0000-023300-10", "全厂用电", "02", "3300", "kWh", "万kWh", 10_000.0, 1.0),
    ("natural_gas", "00-00-0000-021500-10", "全厂天然气", "02", "1500", "m3", "万m3", 10_000.0, 0.9),
    ("heat", "00-00-0000-023200-10", "外购热力", "02", "3200", "GJ", "GJ", 1.0, 0.02),
    ("fresh_water", "00-00-0000-040100-10", "全厂新水", "04", "0100", "m3", "m3", 1.0, 0.05),
)
PLANTS = (
    # credit code, name, county, industry, scale, energies, sends today
    (STEEL, "示例钢铁有限公司", "370612", "C3130", 1.0, 4, True),
    ("91370600MA3SAMPLE2", "示例水泥有限公司", "370612", "C3011", 1.7, 3, True),
    ("91370600MA3SAMPLE3", "示例化工股份有限公司", "370614", "C2614", 0.8, 4, True),
    ("91370200MA3SAMPLE4", "示例造纸有限公司", "370211", "C2221", 0.5, 2, False),
    ("91370200MA3SAMPLE5", "示例玻璃制造有限公司", "370211", "C3041", 0.35, 3, True),
)
EQUIPMENT = (
    # name, model as people write it, rated power [kW], in service since: outdated, possibly so and current ones
    ("循环水泵电机", "Y2－160M－4", 11.0, 2001),
    ("引风机", "Y5-47№8C", 55.0, 2004),
    ("2#变压器", "S8-500/10", None, 1989),
    ("除尘风机电机", "YB160M-4", 11.0, 2006),
    ("冷却塔电机", "Y2-132M-4", 7.5, 2012),
    ("老车间电机", "J02-51-4", 7.5, 1978),
    ("3#变压器", "S7-315/10", None, 1988),
    ("空压机电机", "Y160M-4", 11.0, 1999),
    ("1#变压器", "SCB14-1600/10", None, 2021),
    ("主轧机电机", "YE4-355M-4", 250.0, 2022),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was made, by code."""

    enterprises: dict[str, int]
    items: dict[tuple[str, str], int]
    devices: dict[str, int]
    first: datetime
    until: datetime


def steel_quarters() -> npt.NDArray[np.float64]:
    """Read the plant's year of 15-minute electricity [kWh], days × 96 in the order of the file."""
    path = files("nenghao.cli.demo") / "data" / "steel-plant-2018.csv"
    with path.open(encoding="utf-8-sig") as stream:
        values = [float(row["Usage_kWh"]) for row in csv.DictReader(stream)]
    return np.array(values).reshape(-1, QUARTERS)


def register(now: datetime) -> Sample:
    """Write regions, industries, enterprises, items, devices and accounts into the registry."""
    from nenghao.hub.accounts.services import create_account
    from nenghao.hub.audit.services import Actor
    from nenghao.hub.registry.codes import seed_codes
    from nenghao.hub.registry.models import DataItem, Device, Enterprise, Equipment, Industry, Region

    seed_codes()
    actor = Actor.command("sample")
    enterprises, items, devices = {}, {}, {}
    for code, name, county, industry, _scale, energies, _sends in PLANTS:
        enterprise = Enterprise.objects.create(
            code=code, name=name, region=Region.objects.get(code=county), industry=Industry.objects.get(code=industry),
            created_at=now, is_simulated=True,
        )  # fmt: skip
        enterprises[code] = enterprise.pk
        for key, data_code, item_name, class_code, type_code, base, wire, factor, _share in ENERGIES[:energies]:
            item = DataItem.objects.create(
                enterprise=enterprise, data_code=data_code, name=item_name, energy_key=key, class_code=class_code,
                type_code=type_code, usage_code="10", wire_unit=wire, base_unit=base, wire_to_base=factor,
                counts_in_total=True, is_simulated=not (code == STEEL and key == "electricity"),
            )  # fmt: skip
            items[code, key] = item.pk
        device = Device.objects.create(
            device_id=f"{enterprise.pk:032x}", enterprise=enterprise, name="edge-1", status="approved",
            upload_time="02:00", registered_at=now - timedelta(days=DAYS), decided_by="officer", decided_at=now,
        )  # fmt: skip
        devices[code] = device.pk
    Equipment.objects.bulk_create(
        Equipment(enterprise_id=enterprises[STEEL], type_code="01", number=f"{number:02d}", name=name, model=model,
                  rated_power_kw=power, commissioned_on=date(year, 6, 1))
        for number, (name, model, power, year) in enumerate(EQUIPMENT, start=1)
    )  # fmt: skip
    Device.objects.create(
        device_id="f" * 32, enterprise_id=enterprises[STEEL], name="edge-2", upload_time="02:30",
        registered_at=now - timedelta(hours=2), remote_address="10.20.30.40", software_version="nenghao 0.1.0",
    )  # fmt: skip
    province = Region.objects.get(code="370000")
    steel = Enterprise.objects.get(code=STEEL)
    create_account(actor=actor, now=now, username="officer", password=PASSWORD, role="officer", region=province,
                   full_name="王监测")  # fmt: skip
    create_account(actor=actor, now=now, username="plant", password=PASSWORD, role="energy_manager", enterprise=steel,
                   full_name="李能源")  # fmt: skip
    county = Region.objects.get(code="370211")
    create_account(actor=actor, now=now, username="county", password=PASSWORD, role="officer", region=county)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    hour = now.replace(minute=0, second=0, microsecond=0)
    until = max(hour, midnight + timedelta(hours=1))  # in the first hour too today has something to show
    return Sample(enterprises, items, devices, midnight - timedelta(days=DAYS), until)


def series(code: str, scale: float, share: float, first: datetime, count: int) -> npt.NDArray[np.float64]:
    """Give a quantity per quarter of an hour: the recording itself for the steel plant, else a smooth made-up curve."""
    if code == STEEL and share == 1.0:
        year = steel_quarters().ravel()
        return np.resize(year, count)
    hours = np.arange(count) / 4
    daily = 1 + 0.45 * np.sin((hours % 24 - 9) / 24 * 2 * math.pi)
    weekly = np.where((hours // 24 + first.weekday()) % 7 >= 5, 0.7, 1.0)
    return np.round(40 * scale * share * daily * weekly, 3)


def send(store: ReadingStore, sample: Sample, now: datetime) -> None:
    """Submit every reading by day of receipt, then a gap, an estimate, a correction and refused records."""
    waiting = []
    for code, _name, _county, _industry, scale, energies, sends in PLANTS:
        until = sample.until if sends else sample.until.replace(hour=0) - timedelta(days=1)
        count = int((until - sample.first) / timedelta(minutes=15))
        starts = np.datetime64(sample.first.replace(tzinfo=None), "s") + np.arange(count) * np.timedelta64(900, "s")
        for key, *_rest, share in ENERGIES[:energies]:
            values = series(code, scale, share, sample.first, count)
            state = np.zeros(count, dtype=np.uint8)
            if code == STEEL and key == "electricity":
                _spoil(values, state)
            keep = state != 9
            received = now if sends else until
            waiting.append(store.submit(ReadingBatch(
                received_at=received, device_id=sample.devices[code], enterprise_id=sample.enterprises[code],
                response_message="成功", size_bytes=len(values) * 120, duration_ms=41.5, remote_address="10.20.30.41",
                data_item_id=np.full(keep.sum(), sample.items[code, key]), stat_type=np.zeros(keep.sum()),
                period_start=starts[keep], value=values[keep], state=state[keep], input_type=np.ones(keep.sum()),
            )))  # fmt: skip
    for future in waiting:
        future.result()
    _correct(store, sample, now)
    _refuse(store, sample, now)
    store.rollup_pending()


def _spoil(values: npt.NDArray[np.float64], state: npt.NDArray[np.uint8]) -> None:
    """Yesterday: two estimated hours in the morning, 90 minutes without any row in the afternoon; a day before, NaN."""
    day = (DAYS - 1) * QUARTERS
    values[day + 32 : day + 40] = values[day + 32 : day + 40].mean()
    state[day + 32 : day + 40] = 1
    state[day + 58 : day + 64] = 9
    values[day - QUARTERS + 20 : day - QUARTERS + 24] = np.nan
    state[day - QUARTERS + 20 : day - QUARTERS + 24] = 2


def _correct(store: ReadingStore, sample: Sample, now: datetime) -> None:
    at = sample.first + timedelta(days=DAYS - 1, hours=20)
    store.submit(ReadingBatch(
        received_at=now, enterprise_id=sample.enterprises[STEEL], source="manual", operation="correction",
        response_message="成功", author="plant", reason="电表倍率录入错误",
        data_item_id=[sample.items[STEEL, "electricity"]], stat_type=[0],
        period_start=[np.datetime64(at.replace(tzinfo=None), "s")], value=[88.88], state=[0], input_type=[4],
    )).result()  # fmt: skip


def _refuse(store: ReadingStore, sample: Sample, now: datetime) -> None:
    rejected = [
        RejectedRecord(
            3, "data-code-unknown", "数据项编码未登记", "the data code is not registered",
            data_code="00-00-0000-029900-10", stat_type="0", stat_date=f"{now:%Y-%m-%d} 08:15:00", field="dataCode",
            mend_zh="先用 uploadConfigData 上传该数据项的配置", mend_en="upload the item's configuration first",
        ),
        RejectedRecord(
            7, "period-in-future", "统计时间在将来", "the period lies in the future", data_code=ENERGIES[0][1],
            stat_type="0", stat_date="2099-01-01 00:00:00", field="statDate",
            mend_zh="检查端设备的时钟", mend_en="check the device's clock",
        ),
    ]  # fmt: skip
    store.submit(ReadingBatch(
        received_at=now, device_id=sample.devices[STEEL], enterprise_id=sample.enterprises[STEEL], size_bytes=24_310,
        duration_ms=12.3, remote_address="10.20.30.41", response_message="部分记录被拒", rejections=rejected,
    )).result()  # fmt: skip
    store.submit(ReadingBatch(
        received_at=now, response_code="1", response_message="企业编码未登记: 91000000000000000X",
        remote_address="10.99.0.7", size_bytes=512,
    )).result()  # fmt: skip


def fill(store: ReadingStore, now: datetime) -> Sample:
    """Fill an empty registry and store."""
    from nenghao.hub.registry.sync import push_all

    sample = register(now)
    push_all(store)
    send(store, sample, now)
    return sample


def main() -> None:
    """Fill the hub of ``NENGHAO_DATA_DIR``, which ``nenghao hub init`` has set up."""
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
