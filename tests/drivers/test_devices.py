"""One test per meter file: a simulated device with that model's map, read back through the driver."""

from __future__ import annotations

import asyncio

import pytest

from nenghao.drivers.base import Quality
from nenghao.drivers.clock import Clock
from nenghao.drivers.modbus_simulator import SimulatedMeter, start_simulator
from nenghao.drivers.modbus_tcp import ModbusConnection, ModbusDevice
from nenghao.drivers.templates import device_template, load_template, template_keys
from nenghao.drivers.toml_file import ConfigError


def read_through(meters, unit_id, template, points):
    async def run():
        server = await start_simulator(meters, Clock(), "127.0.0.1", 0)
        port = server.transport.sockets[0].getsockname()[1]
        device = ModbusDevice(ModbusConnection("127.0.0.1", port, timeout_s=20), template, unit_id)
        try:
            return await device.read(points)
        finally:
            await device.close()
            await server.shutdown()

    return asyncio.run(run())


@pytest.mark.parametrize("key", template_keys())
def test_every_point_comes_back(key):
    template = device_template(key)
    values = {p.name: round((7 + 3 * i) * p.scale, 6) for i, p in enumerate(template.points)}
    names = [p.name for p in template.points]
    samples = read_through([SimulatedMeter(3, template, lambda _: values)], 3, template, names)
    assert [s.point for s in samples] == names
    assert {s.quality for s in samples} == {Quality.GOOD}
    for sample in samples:
        assert sample.value == pytest.approx(values[sample.point], rel=1e-6)


@pytest.mark.parametrize("key", template_keys())
def test_every_point_has_a_source(key):
    template = device_template(key)
    assert all(p.source and p.confidence for p in template.points)
    assert template.point(template.energy_point).unit in ("kWh", "m3")


def test_a_refused_point_does_not_lose_the_others(tmp_path):
    full = device_template("eastron-sdm630")
    part = device_template("eastron-sdm630").points
    kept = [p for p in part if p.name != "active_energy_export_total"]
    device_side = type(full)(full.brand, full.model, full.energy_point, kept)
    meter = SimulatedMeter(1, device_side, lambda _: {"active_energy_import_total": 12.5})
    names = ["active_energy_import_total", "active_energy_export_total", "reactive_energy_import_total"]
    samples = read_through([meter], 1, full, names)
    assert [s.quality for s in samples] == [Quality.GOOD, Quality.REFUSED, Quality.GOOD]
    assert samples[0].value == 12.5


def test_unknown_unit_id_is_refused_and_others_answer():
    template = device_template("abb-b23-b24")
    meter = SimulatedMeter(1, template, lambda _: {})
    assert read_through([meter], 9, template, ["active_energy_import_total"])[0].quality is Quality.REFUSED


def test_nobody_there():
    template = device_template("abb-b23-b24")

    async def run():
        device = ModbusDevice(ModbusConnection("127.0.0.1", 1, timeout_s=0.3), template, 1)
        return await device.read(["active_energy_import_total"])

    assert asyncio.run(run())[0].quality is Quality.NO_ANSWER


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (('source = "s"', 'source = ""'), "points[0].source"),
        (('unit = "kWh"', 'unit = "furlong"'), "points[0].unit"),
        (('data_type = "uint32"', 'data_type = "uint31"'), "points[0].data_type"),
        (("scale = 0.01", "scale = 0"), "points[0].scale"),
        (("address = 0", "address = 65535"), "points[0].address"),
        (('energy_point = "energy"', 'energy_point = "power"'), "energy_point"),
        (("address = 0", "addres = 0"), "points[0]"),
    ],
)
def test_refusals_name_file_key_and_mend(tmp_path, change, key):
    good = (
        'brand = "b"\nmodel = "m"\nenergy_point = "energy"\n[[points]]\nname = "energy"\nkind = "cumulative"\n'
        'unit = "kWh"\nfunction_code = 3\naddress = 0\ndata_type = "uint32"\nscale = 0.01\nsource = "s"\n'
        'confidence = "high"\n'
    )
    path = tmp_path / "model.toml"
    path.write_text(good)
    assert load_template(path).points[0].count == 2
    path.write_text(good.replace(*change))
    with pytest.raises(ConfigError) as refused:
        load_template(path)
    assert refused.value.field == key
    assert "model.toml" in refused.value.text("zh")
    assert "model.toml" in refused.value.text("en")
