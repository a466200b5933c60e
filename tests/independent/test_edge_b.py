"""The real edge in dialect B, to the independent platform and to the conformance kit's at once, through faults."""

from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from nenghao.cli.conformance.faults import Faults
from nenghao.cli.conformance.server import serving as kit_serving
from nenghao.cli.conformance.yunnan_platform import YunnanPlatform as KitPlatform
from nenghao.cli.conformance.yunnan_platform import judge_yunnan_gateway
from nenghao.protocol import Profile

from .platform_a import serving
from .platform_b import YunnanPlatform
from .test_edge_a import ENTERPRISE, PLANT, SHOP, known_consumption, run_edge

DAYS = 2
MORE = """
realtime = "hour"
pin = "135246"
[destination.form]
address = "城东路一号"
zipCode = "310000"
corporationName = "独立"
license = "licence.png"
registerAddress = "城东路一号"
registerDate = "2010-05-01"
registerPrincipal = "1000"
fax = "0571-2"
email = "energy@example.invalid"
productionLine = "一条轧线"
leadingProduct = "钢材"
"""
PICTURE = b"\x89PNG\r\n\x1a\n invented"


@contextmanager
def kit():
    platform = KitPlatform(Profile.load("yunnan"), "16:10:00", lambda: datetime.now(UTC), faults=Faults(enabled=True))
    with kit_serving(platform, host="127.0.0.1", port=0, hold_s=6):
        yield platform


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edge")
    (folder / "licence.png").write_bytes(PICTURE)
    with serving(YunnanPlatform(token_calls=40)) as independent, kit() as judged:
        done = run_edge(
            folder,
            (SimpleNamespace(register_url=independent.base), "yunnan", MORE),
            (judged, "yunnan", MORE),
            days=DAYS,
        )
        assert done.returncode == 0, done.stderr
        yield SimpleNamespace(independent=independent, kit=judged)


def test_what_the_platform_keeps_is_the_known_consumption(sent):
    known = {key: value for key, value in known_consumption(60, DAYS).items() if key[0] != "2"}
    platform = sent.independent
    assert platform.problems == []
    digits = PLANT.replace("-", "")
    kept = {key[2:]: Decimal(r["dataValue"]) * 10_000 for key, r in platform.kept.items() if key[1] == digits}
    assert {key for key in kept if key[0] != "2"} == set(known)
    assert max(abs(kept[key] - known[key]) for key in known) < Decimal("1e-6")
    assert {key[2] for key in platform.kept if key[1] == SHOP.replace("-", "")} == {"1"}
    assert {key[0] for key in platform.kept} == {ENTERPRISE}


def test_the_order_of_calls_and_the_token(sent):
    operations = sent.independent.operations
    first = list(dict.fromkeys(operations))
    wanted = ["enterpriseInfo/rwk", "enterpriseInfo/apply", "requestAK", "checkVersion", "dataEnterpriseEnergy"]
    assert [name for name in first if name in wanted] == wanted
    assert operations.count("requestAK") > 1  # the token died after forty calls


def test_configuration_is_complete(sent):
    configured = sent.independent.configured
    assert [row["processName"] for row in configured["processConfigure"].values()] == ["轧钢"]
    assert [row["unitName"] for row in configured["unitConfigure"].values()] == ["一号轧机"]
    items = {(row["dataCode"], row["statType"]) for row in configured["dataCollectConfigure"].values()}
    plant, shop = PLANT.replace("-", ""), SHOP.replace("-", "")
    assert items == {(plant, "0"), (plant, "1"), (plant, "2"), (shop, "1")}
    assert len(configured["gaugeConfigure"]) == 1


def test_the_kit_passes_it(sent):
    report = judge_yunnan_gateway(sent.kit, sent.kit.register_url)
    assert [(step.kind.id, step.answered) for step in report.failed] == []
    verdicts = {step.kind.id: step.verdict for step in report.in_order()}
    assert {step_id for step_id, verdict in verdicts.items() if verdict == "not run"} == {"slot"}
    assert set(verdicts.values()) == {"pass", "not run"}
