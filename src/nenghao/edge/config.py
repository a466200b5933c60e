"""The edge's configuration file: one TOML, read strictly; every refusal names file, key and mend.

A full example with every key stands in ``docs/edge.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from nenghao.drivers.clock import ClockConfig
from nenghao.drivers.templates import device_template
from nenghao.drivers.toml_file import ConfigError, config_error, load_toml
from nenghao.drivers.usage_file import UsageFile
from nenghao.edge.destinations import DestinationPlan, DestinationSection, destination_plans
from nenghao.errors import NenghaoError
from nenghao.intervals import MeterSpec, MultiplierEvent, ReplaceEvent
from nenghao.periods import to_ms
from nenghao.protocol import DataCode, InputType, Scope
from nenghao.reference import EnergyType, library
from nenghao.units import conversion_factor

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)

SIX_MONTHS_DAYS = 184


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all sections: no unknown keys."""


class EdgeSection(Section, frozen=True):
    """``[edge]``: the ledger's file, how long it keeps data [days], how often meters are read [s]."""

    ledger: str = "edge.sqlite3"
    keep_days: int = 400
    collect_s: int = 900
    chunk_days: int = 7


class EnterpriseSection(Section, frozen=True):
    """``[enterprise]``: 用能单位基本信息, as ``uploadConfigData`` asks for it."""

    name: str
    type_code: str
    type_name: str
    industry_code: str
    region_name: str
    energy_consume_level: Literal["1", "2", "3", "4", "5", "6"]
    latitude: str
    longitude: str
    phone: str
    center: bool = False
    jgzh: bool = False
    address: str = ""
    field_code: str = ""
    field_name: str = ""
    corporation_name: str = ""
    leading_product: str = ""
    production_line: str = ""
    remark: str = ""


class ConnectionSection(Section, frozen=True):
    """``[[connection]]``: one Modbus TCP endpoint, a gateway or a meter."""

    id: str
    host: str
    port: int = 502
    timeout_s: float = 3.0


class ModbusSection(Section, frozen=True):
    """``[meter.modbus]``: where the register is read; ``point`` defaults to the model's energy register."""

    connection: str
    unit_id: int
    template: str
    point: str = ""


class InstrumentSection(Section, frozen=True):
    """``[meter.instrument]``: the record of the instrument (计量器具台账), sent with the configuration."""

    manage_code: str = ""
    metering_type: str = ""
    metering_level: str = ""
    manu_facturer: str = ""
    type_specification: str = ""
    accuracy_level: str = ""
    measure_range: str = ""
    calibration_state: str = ""
    calibration_cycle: str = ""
    lately_calibration: str = ""
    inspection_organization: str = ""
    next_calibration: str = ""
    not_calibration: str = ""
    installation_site: str = ""
    install_org: str = ""
    install_date: str = ""
    usr_system: str = ""
    measure_state: str = ""
    measure_state_date: str = ""


class ReplaceSection(Section, frozen=True, tag_field="kind", tag="replace"):
    """``[[meter.event]]`` of kind "replace": the registers at removal and installation."""

    at: datetime
    final_register: float
    initial_register: float


class MultiplierSection(Section, frozen=True, tag_field="kind", tag="multiplier"):
    """``[[meter.event]]`` of kind "multiplier": the new multiplier and the register at the change."""

    at: datetime
    multiplier: float
    register: float


class MeterSection(Section, frozen=True):
    """``[[meter]]``: one register that counts one energy; ``unit`` is the register's unit.

    ``live_continues``: the live register goes on where the history ended (the same meter), else the two are apart.
    """

    id: str
    name: str
    energy: str
    unit: str
    installed_at: datetime
    removed_at: datetime | None = None
    multiplier: float = 1.0
    modulus: float | None = None
    max_rate_per_hour: float | None = None
    modbus: ModbusSection | None = None
    history: UsageFile | None = None
    live_continues: bool = False
    instrument: InstrumentSection = InstrumentSection()
    event: list[ReplaceSection | MultiplierSection] = []


class ItemSection(Section, frozen=True):
    """``[[item]]``: one collect item (采集数据项): the signed sum of meters, ``["+E1", "-E2"]``."""

    name: str
    data_code: str
    meters: list[str]
    scope: int = 1
    input_type: int = 4
    stat_types: tuple[Literal[0, 1, 2, 3], ...] = (0, 1, 2)
    value_min: str = ""
    value_max: str = ""


class ProcessSection(Section, frozen=True):
    """``[[process]]``: 生产工序."""

    code: str
    name: str
    industry_code: str = ""
    system: bool = False


class ProcessUnitSection(Section, frozen=True):
    """``[[process_unit]]``: 工序单元."""

    code: str
    name: str
    process_code: str


class EdgeConfig(Section, frozen=True):
    """The whole file."""

    destination: list[DestinationSection]
    enterprise: EnterpriseSection
    meter: list[MeterSection]
    item: list[ItemSection]
    edge: EdgeSection = EdgeSection()
    clock: ClockConfig = ClockConfig()
    connection: list[ConnectionSection] = []
    process: list[ProcessSection] = []
    process_unit: list[ProcessUnitSection] = []


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """A meter ready for work: its section, the interval engine's description, and the factor to the base unit."""

    section: MeterSection
    spec: MeterSpec
    to_base: float
    """Energy in the register's unit × this = energy in the base unit."""
    point_to_unit: float = 1.0
    """Value in the template's unit × this = register in the meter's unit."""


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """A collect item ready for work: its section, its energy, its meters with sign."""

    section: ItemSection
    energy: EnergyType
    meters: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class EdgePlan:
    """A checked configuration: what the edge works from."""

    path: Path
    config: EdgeConfig
    destinations: dict[str, DestinationPlan]
    """The enabled ones, in the file's order."""
    meters: dict[str, MeterPlan]
    items: dict[str, ItemPlan]

    @property
    def folder(self) -> Path:
        """Where relative paths begin: the folder of the configuration file."""
        return self.path.parent

    def destination(self, name: str) -> DestinationPlan:
        """Give an enabled destination by its id; raise ``destination-unknown`` for any other word."""
        if name not in self.destinations:
            raise NenghaoError(
                "destination-unknown", f"没有目的地「{name}」", f"there is no destination {name!r}",
                field="destination", mend_zh="可用: " + "、".join(self.destinations),
                mend_en="known: " + ", ".join(self.destinations),
            )  # fmt: skip
        return self.destinations[name]

    @property
    def ledger_path(self) -> Path:
        """The ledger's file."""
        return self.folder / self.config.edge.ledger


def load_config(path: Path) -> EdgePlan:
    """Read and check a configuration; raise :class:`~nenghao.drivers.toml_file.ConfigError` for what cannot work."""
    config = _read(path)
    _check_numbers(path, config)
    meters: dict[str, MeterPlan] = {}
    for index, meter in enumerate(config.meter):
        _once(path, f"meter[{index}].id", meter.id, meters)
        meters[meter.id] = _located(path, f"meter[{index}]", lambda m=meter: _meter_plan(path, config, m))
    items: dict[str, ItemPlan] = {}
    for index, item in enumerate(config.item):
        _once(path, f"item[{index}].data_code", item.data_code, items)
        items[item.data_code] = _located(path, f"item[{index}]", lambda i=item: _item_plan(meters, i))
    return EdgePlan(path.resolve(), config, destination_plans(path, config.destination), meters, items)


def _read(path: Path) -> EdgeConfig:
    try:
        return load_toml(path, EdgeConfig)
    except ConfigError as error:
        if "`platform`" not in error.message_en:
            raise
        raise config_error(
            path, "platform", "[platform] 已由 [[destination]] 取代", "[platform] is now a list: [[destination]]",
            mend_zh='改为 [[destination]]，并写 id = "…"', mend_en='write [[destination]] with id = "…"',
        ) from None  # fmt: skip


def _once(path: Path, key: str, value: str, known: dict) -> None:
    if value in known:
        raise config_error(
            path,
            key,
            f"「{value}」重复",
            f"{value!r} appears twice",
            mend_zh="改为不重复的值",
            mend_en="make it unique",
        )


def _located(path: Path, key: str, make: Callable[[], T]) -> T:
    """Run ``make``; name file and key in any refusal from below that does not name the file itself."""
    try:
        return make()
    except NenghaoError as error:
        if error.record == str(path):
            raise
        where = f"{key}.{error.field}" if error.field else key
        raise config_error(
            path, where, error.message_zh, error.message_en, mend_zh=error.mend_zh, mend_en=error.mend_en
        ) from None


def _check_numbers(path: Path, config: EdgeConfig) -> None:
    edge = config.edge
    faults = (
        ("edge.keep_days", edge.keep_days >= SIX_MONTHS_DAYS, f"≥ {SIX_MONTHS_DAYS} (NHJC-06: 6 个月 / six months)"),
        ("edge.collect_s", edge.collect_s > 0 and 900 % edge.collect_s == 0, "900 的约数 / a divisor of 900"),
        ("edge.chunk_days", edge.chunk_days >= 1, "≥ 1"),
    )  # fmt: skip
    for key, good, mend in faults:
        if not good:
            raise config_error(path, key, "取值不允许", "value is not allowed", mend_zh=mend, mend_en=mend)


def _meter_plan(path: Path, config: EdgeConfig, meter: MeterSection) -> MeterPlan:
    energy = library().energy_type(meter.energy)
    factor = 1.0
    if meter.modbus is not None:
        if meter.modbus.connection not in {c.id for c in config.connection}:
            raise NenghaoError(
                "connection-unknown", f"没有连接「{meter.modbus.connection}」",
                f"there is no connection {meter.modbus.connection!r}", field="modbus.connection",
                mend_zh="在 [[connection]] 中写明", mend_en="declare it under [[connection]]",
            )  # fmt: skip
        template = device_template(meter.modbus.template, path.parent)
        point = template.point(meter.modbus.point or template.energy_point)
        factor = conversion_factor(point.unit, meter.unit)
    return MeterPlan(meter, _meter_spec(meter), conversion_factor(meter.unit, energy.base_unit), factor)


def _meter_spec(meter: MeterSection) -> MeterSpec:
    events = tuple(
        ReplaceEvent(to_ms(e.at), e.final_register, e.initial_register)
        if isinstance(e, ReplaceSection)
        else MultiplierEvent(to_ms(e.at), e.multiplier, e.register)
        for e in sorted(meter.event, key=lambda e: e.at)
    )
    return MeterSpec(
        meter_id=meter.id, energy=meter.energy, unit=meter.unit, interval_s=900, multiplier=meter.multiplier,
        modulus=meter.modulus, max_rate_per_hour=meter.max_rate_per_hour, installed_at_ms=to_ms(meter.installed_at),
        removed_at_ms=to_ms(meter.removed_at) if meter.removed_at else None, events=events,
    )  # fmt: skip


def _item_plan(meters: dict[str, MeterPlan], item: ItemSection) -> ItemPlan:
    code = DataCode.parse(item.data_code)
    code.check_scope(_member(Scope, item.scope, "scope"))
    _member(InputType, item.input_type, "input_type")
    energy = library().energy_by_wire_code(code.energy_class, code.energy_type)
    if energy is None:
        raise NenghaoError(
            "energy-unknown", f"能源品种编码 {code.energy_class}{code.energy_type} 不认识",
            f"energy code {code.energy_class}{code.energy_type} is not known", field="data_code",
            mend_zh="用 nenghao reference list 查编码", mend_en="see nenghao reference list",
        )  # fmt: skip
    signed = tuple((word.lstrip("+-"), -1 if word.startswith("-") else 1) for word in item.meters)
    for name, _ in signed:
        if name not in meters or conversion_factor(meters[name].section.unit, energy.base_unit) != meters[name].to_base:
            raise NenghaoError(
                "item-meter", f"数据项不能用表计「{name}」", f"item cannot use meter {name!r}", field="meters",
                mend_zh="写已定义且计量单位相同量纲的表计", mend_en="name a defined meter of the same dimension",
            )  # fmt: skip
    if not signed or len({name for name, _ in signed}) != len(signed):
        raise NenghaoError(
            "item-meters", "表计须至少一个且不重复", "name at least one meter, each once", field="meters",
            mend_zh='如 ["+E1", "-E2"]', mend_en='such as ["+E1", "-E2"]',
        )  # fmt: skip
    return ItemPlan(item, energy, signed)


def _member(kind: type[E], value: int, field: str) -> E:
    if value not in {member.value for member in kind}:
        words = ", ".join(f"{member.value} {member.name.lower()}" for member in kind)
        raise NenghaoError(
            "enumeration",
            f"取值 {value} 不允许",
            f"value {value} is not allowed",
            field=field,
            mend_zh=words,
            mend_en=words,
        )
    return kind(value)
