"""A list as a file: what is read, and how every bad row is named."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.imports import COLUMNS, read_file, template
from nenghao.hub.access_progress.models import AccessPlan
from nenghao.hub.registry.models import Enterprise

HEAD = "统一社会信用代码,单位名称,层级,批次,列入名单日期,计划建成日期,计划接入日期,计划验收日期,已建能源管控中心,备注"


@pytest.fixture
def plants(province):
    return [province.enterprise() for _ in range(3)]


def read(text, encoding="utf-8"):
    return read_file(content=text.encode(encoding), file_name="名单.csv", enterprises=Enterprise.objects.all())


def excel(rows):
    book, stream = Workbook(), io.BytesIO()
    for one in rows:
        book.active.append(one)
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_csv_as_offices_save_it(plants, encoding):
    found = read(f"{HEAD}\n{plants[0].code},,千家企业,第一批,2019/5/1,,2020年6月30日,,是,试点\n", encoding)
    assert not found.bad
    enterprise, facts = found.good[0]
    assert enterprise == plants[0]
    assert (facts["tier"], facts["listed_on"], facts["planned_connect_on"]) == (
        "thousand", date(2019, 5, 1), date(2020, 6, 30)
    )  # fmt: skip
    assert (facts["has_control_centre"], facts["remark"], facts["planned_build_on"]) == (True, "试点", None)


def test_an_excel_file_with_columns_in_any_order_and_real_dates(plants):
    content = excel(
        [["层级*", "列入名单日期", "统一社会信用代码 *"], ["百家", datetime(2019, 5, 1), plants[1].code], [None] * 3]
    )
    found = read_file(content=content, file_name="a.XLSX", enterprises=Enterprise.objects.all())
    assert [(one.pk, facts["tier"], facts["listed_on"]) for one, facts in found.good] == [
        (plants[1].pk, "hundred", date(2019, 5, 1))
    ]
    assert "remark" not in found.good[0][1]  # a column that is not there changes nothing


@pytest.mark.parametrize(
    ("cells", "field", "word"),
    [
        (",,千家,,2019-05-01", "统一社会信用代码", "没有填写"),
        ("X00000000000000000,,千家,,2019-05-01", "统一社会信用代码", "没有登记"),
        ("{code},别的厂,千家,,2019-05-01", "单位名称", "试验1厂"),
        ("{code},,十家,,2019-05-01", "tier", "没有这个层级"),
        ("{code},,千家,,", "列入名单日期", "没有填写"),
        ("{code},,千家,,2019-02-30", "列入名单日期", "读不懂"),
        ("{code},,千家,,2019-05-01,下个月", "计划建成日期", "读不懂"),
        ("{code},,千家,,2019-05-01,2020-06-01,2020-05-01", "planned_connect_on", "先后"),
        ("{code},,千家,,2019-05-01,,,,也许", "已建能源管控中心", "读不懂"),
    ],
)
def test_a_bad_row_is_named_with_its_line_field_and_mend(plants, cells, field, word):
    found = read(f"{HEAD}\n{plants[1].code},,千家,,2019-05-01\n{cells.format(code=plants[0].code)}\n")
    assert [one.pk for one, _facts in found.good] == [plants[1].pk]
    bad = found.bad[0]
    assert (bad.line, bad.error.field) == (3, field)
    assert word in bad.error.text("zh")
    assert bad.error.text("en")


def test_the_same_enterprise_twice_names_the_first_line(plants):
    line = f"{plants[0].code},,千家,,2019-05-01\n"
    found = read(f"{HEAD}\n{line}{line}")
    assert (len(found.good), found.bad[0].line) == (1, 3)
    assert "第 2 行" in found.bad[0].error.text()


def test_an_enterprise_of_another_node_is_unknown_here(plants, province):
    own = Enterprise.objects.filter(pk=plants[0].pk)
    text = f"{HEAD}\n{plants[1].code},,千家,,2019-05-01\n"
    found = read_file(content=text.encode(), file_name="a.csv", enterprises=own)
    assert found.bad[0].error.code == "import-unknown"
    assert plants[1].name not in found.bad[0].error.text()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"no zip", "a.xlsx", "import-file"),
        (b"\xff\xff\x81", "a.csv", "import-file"),
        ("代码,层级\n1,2\n".encode(), "a.csv", "import-headings"),
        (f"{HEAD}\n".encode(), "a.csv", "import-rows"),
        (b"x" * 5_000_001, "a.csv", "import-size"),
    ],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(db, content, name, code):
    with pytest.raises(NenghaoError) as refused:
        read_file(content=content, file_name=name, enterprises=Enterprise.objects.all())
    assert refused.value.code == code


def test_the_template_has_the_headings_that_are_read():
    book = load_workbook(io.BytesIO(template()))
    assert [cell.value for cell in book.worksheets[0][1]] == [column.headings[0] for column in COLUMNS]


# The page


def post(client, text, **fields):
    upload = io.BytesIO(text.encode())
    upload.name = "名单.csv"
    return client.post("/access/plans/import/", {"file": upload, **fields})


def test_an_import_with_bad_rows_changes_nothing_unless_asked(plants, account, browse):
    client = browse(account("officer", "370600"))
    text = f"{HEAD}\n{plants[0].code},,千家,,2019-05-01\n{plants[1].code},,十家,,2019-05-01\n"
    answer = post(client, text)
    assert answer.status_code == 200
    assert "没有这个层级" in answer.content.decode()
    assert not AccessPlan.objects.exists()
    answer = post(client, text, only_good="on")
    assert [plan.enterprise_id for plan in AccessPlan.objects.all()] == [plants[0].pk]
    assert "没有这个层级" in answer.content.decode()


def test_a_second_import_changes_only_with_a_reason(plants, account, browse):
    client = browse(account("officer", "370600"))
    post(client, f"{HEAD}\n{plants[0].code},,千家,,2019-05-01\n")
    changed = f"{HEAD}\n{plants[0].code},,百家,,2019-05-01\n"
    assert "须填写理由" in post(client, changed).content.decode()
    assert AccessPlan.objects.get().tier == "thousand"
    assert post(client, changed, reason="调整层级").status_code == 302
    assert AccessPlan.objects.get().tier == "hundred"


@pytest.mark.parametrize(("role", "node"), [("operator", "370600"), ("energy_manager", None)])
def test_only_an_officer_imports(plants, account, browse, role, node):
    client = browse(account(role, node or plants[0]))
    assert post(client, HEAD).status_code == 403
    assert client.get("/access/plans/template/").status_code == 403
