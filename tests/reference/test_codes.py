"""Code tables and the dictionary that end devices download."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nenghao.errors import NenghaoError
from nenghao.reference import Library, library
from nenghao.reference.library import DATA


def test_regions_form_a_tree_and_hide_place_holders() -> None:
    regions = {region.code: region for region in library().regions()}
    assert len(regions) == 3351
    assert all(region.parent in regions for region in regions.values() if region.parent)
    assert (regions["110100"].name, regions["110100"].display_name) == ("市辖区", "北京市")
    assert regions["500200"].display_name == "重庆市"
    assert regions["130200"].display_name == "唐山市"


def test_industries_form_a_tree() -> None:
    industries = {industry.code: industry for industry in library().industries()}
    assert len(industries) == 1971
    assert industries["C31"].parent == "C"
    assert industries["C3110"].level == "class"


def test_processes_of_an_industry_and_of_its_classes() -> None:
    names = [process.name for process in library().processes("C31")]
    assert names[:3] == ["全厂", "焦化工序", "烧结工序"]
    assert library().processes("C3120") == library().processes("C31")
    assert library().processes("C30") == ()
    assert len(library().processes()) == 18


def test_enumerations() -> None:
    assert [(item.code, item.meaning) for item in library().enumeration("statType")] == [
        ("0", "实时"), ("1", "日"), ("2", "月"), ("3", "年"),
    ]  # fmt: skip
    assert [item.code for item in library().enumeration("scope")] == ["1", "2", "3", "4"]
    assert {item.remark for item in library().enumeration("valid")} == {"practice"}
    with pytest.raises(NenghaoError) as caught:
        library().enumeration("mood")
    assert "statType" in caught.value.text("zh")


def test_dictionary_hands_out_what_clients_know() -> None:
    dictionary = library().dictionary()
    areas = {area["code"]: area for area in dictionary["adminAreas"]}
    assert areas["110101"] == {
        "code": "110101", "name": "东城区", "fullName": "北京市东城区", "pcode": "110100", "type": 3,
    }  # fmt: skip
    energies = {energy["code"]: energy for energy in dictionary["energyTypes"]}
    assert energies["023300"]["dwzbxs"] == 1.229
    assert (energies["010104"]["pcode"], energies["010104"]["type"]) == ("010100", 2)
    assert (energies["010100"]["pcode"], energies["010100"]["type"]) == ("01", 1)
    assert energies["029001"]["zbckz"] is None
    assert all(len(code) == 6 for code in energies)
    assert {industry["code"]: industry["fullName"] for industry in dictionary["industries"]}["C31"].startswith(
        "制造业/"
    )


def test_dictionary_is_json_and_belongs_to_the_caller() -> None:
    first = library().dictionary()
    assert json.loads(json.dumps(first)) == first
    first["adminAreas"].clear()
    assert library().dictionary()["adminAreas"]
    assert library().dictionary_version == library().dictionary()["version"]


def test_dictionary_version_follows_the_content(tmp_path: Path) -> None:
    def link(name: str) -> None:
        (tmp_path / name).symlink_to(DATA / name)

    for name in ("co2", "coal_equivalent", "energy_types", "quotas"):
        link(name)
    codes = tmp_path / "codes"
    codes.mkdir()
    for path in (DATA / "codes").iterdir():
        (codes / path.name).write_bytes(path.read_bytes())
    assert Library(tmp_path).dictionary_version == library().dictionary_version
    text = (codes / "regions.csv").read_text(encoding="utf-8")
    (codes / "regions.csv").write_text(text.replace("东城区", "东西城区"), encoding="utf-8")
    assert Library(tmp_path).dictionary_version != library().dictionary_version
