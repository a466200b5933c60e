"""Refusals of a configuration: file, key and mend, in both languages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nenghao.drivers.toml_file import ConfigError
from nenghao.edge.config import load_config

from .conftest import CONFIG, steel_meter

GOOD = CONFIG.format(url="https://hub.example", extra=steel_meter(1), edge="", version_check_s=600)
GOOD = GOOD.replace('slot = "immediately"\n', "")

MODBUS = '[meter.modbus]\nconnection = "x"\nunit_id = 1\ntemplate = "t"\n'

SECOND = '[[destination]]\nid = "province"\nregister_url = "https://x"\n'


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('ledger = "edge.sqlite3"', "ledgr = 1", "edge"),
        ('ledger = "edge.sqlite3"', "keep_days = 30", "edge.keep_days"),
        ('ledger = "edge.sqlite3"', "collect_s = 7", "edge.collect_s"),
        ('phone = "0571-1"', "", "enterprise"),
        ('phone = "0571-1"', "phone = 571", "enterprise.phone"),
        ('energy_consume_level = "4"', 'energy_consume_level = "9"', "enterprise.energy_consume_level"),
        ("https://hub.example", "ftp://hub.example", "destination[0].register_url"),
        ('region_code = "330100"', 'region_code = "330100"\nprofile = "atlantis"', "destination[0].profile"),
        ("91330000TEST000012", "123", "destination[0].enterprise_code"),
        ('region_code = "330100"', 'region_code = "330100"\nslot = "at night"', "destination[0].slot"),
        ('region_code = "330100"', 'region_code = "330100"\nslot_window_s = 99999', "destination[0].slot_window_s"),
        ('region_code = "330100"', 'region_code = "330100"\npin = "12345"', "destination[0].pin"),
        ('region_code = "330100"', 'region_code = "330100"\nenabled = false', "destination"),
        ("[enterprise]", 'profile = "client-certificate"\n[enterprise]', "destination[0].client_cert"),
        ('id = "province"', 'id = "the province"', "destination[0].id"),
        ("[enterprise]", SECOND + "[enterprise]", "destination[1].id"),
        ("[[destination]]", "[platform]", "platform"),
        ('energy = "electricity"', 'energy = "elektricity"', "meter[0]"),
        ('unit = "kWh"', 'unit = "furlong"', "meter[0]"),
        ('unit = "kWh"', 'unit = "GJ"', "meter[0]"),
        ('unit = "kWh"', 'unit = "kWh"\nmultiplier = -1.0', "meter[0]"),
        ("2018-01-01T00:00:00+08:00", "2018-01-01T00:00:00", "meter[0]"),
        ("00-00-0000-023300-10", "0000-023300-10", "item[0].dataCode"),
        ("00-00-0000-023300-10", "00-00-0000-029999-10", "item[0].data_code"),
        ("00-00-0000-023300-10", "01-00-0000-023300-10", "item[0].scope"),
        ('meters = ["+E1"]', 'meters = ["+E9"]', "item[0].meters"),
        ('meters = ["+E1"]', "meters = []", "item[0].meters"),
        ('meters = ["+E1"]', 'meters = ["+E1"]\nscope = 7', "item[0].scope"),
        (
            "[meter.history]",
            '[meter.modbus]\nconnection = "x"\nunit_id = 1\ntemplate = "t"\n[meter.history]',
            "meter[0]",
        ),
    ],
)
def test_refused(tmp_path, old, new, key):
    path = tmp_path / "edge.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(ConfigError) as refused:
        load_config(path)
    assert refused.value.field.startswith(key)
    for language in ("zh", "en"):
        assert "edge.toml" in refused.value.text(language)


def test_what_a_destination_leaves_out_is_the_first_s_or_the_profile_s(tmp_path):
    path = tmp_path / "edge.toml"
    more = '[[destination]]\nid = "{0}"\nregister_url = "https://x"\n{1}\n'
    second = more.format("second", 'profile = "shandong"\nregion_code = "370000"')
    path.write_text(GOOD.replace("[enterprise]", second + more.format("third", "enabled = false") + "[enterprise]", 1))
    plan = load_config(path)
    first, other = plan.destinations.values()
    assert (first.id, other.id) == ("province", "second")
    assert other.section.enterprise_code == first.section.enterprise_code == "91330000TEST000012"
    assert (first.section.region_code, other.section.region_code) == ("330100", "370000")
    assert (first.realtime, other.realtime) == ("15min", "hour")
    assert other.min_tls == other.profile.min_tls


def test_the_command_prints_both_languages_and_no_traceback(tmp_path):
    path = tmp_path / "edge.toml"
    path.write_text("[edge\n")
    done = subprocess.run(
        [sys.executable, "-m", "nenghao.cli", "edge", "--config", str(path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "不是合法的 TOML" in done.stderr
    assert "is not valid TOML" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "none.toml")
