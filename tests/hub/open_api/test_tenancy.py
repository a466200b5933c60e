"""No token sees anything of a node that is not its own: every call, every form, forged cursors."""

from itertools import product

from django.core import signing

from nenghao.hub.open_api.api import api
from nenghao.hub.open_api.cursors import SALT

CALLS = sorted(
    path.removeprefix("/api/v1")
    for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    if "get" in methods and "{" not in path and not path.endswith("/codes/dictionary")  # the same for everybody
)
FORMS = ("json", "csv", "arrow")
NEEDED = {
    "start": "2026-03-01", "end": "2026-04-01", "period": "2026-03", "start_month": "2026-03", "end_month": "2026-03",
}  # fmt: skip


NARROWED = {"enterprise": "91370600M000100Y45", "region": "370600", "search": "芝罘"}


def parameters_of(path):
    """Give the names a call takes and what it must be asked with, as its own description says."""
    operation = api.get_openapi_schema(path_prefix="/api/v1/")["paths"][f"/api/v1{path}"]["get"]
    names = {one["name"] for one in operation.get("parameters", ())}
    found = {name: value for name, value in NEEDED.items() if name in names}
    return found | ({"stat_type": "day"} if "stat_type" in names else {}), names


def test_nothing_of_another_city_is_in_any_answer(yantai, jinan, token_of, call):
    assert yantai.enterprise.code == NARROWED["enterprise"]
    words = [word.encode() for word in yantai.words]
    tokens = [token_of(jinan.officer), token_of(jinan.manager)]
    for path in CALLS:
        needed, names = parameters_of(path)
        narrowed = [{}, *({name: value} for name, value in NARROWED.items() if name in names)]
        for token, form, more in product(tokens, FORMS, narrowed):
            answer = call(token, path, format=form, **needed, **more)
            assert answer.status_code in (200, 404), (path, more, answer.content)
            for word in words:
                assert word not in answer.content, (path, more, form)


def test_the_own_city_is_there(yantai, jinan, token_of, call):
    token = token_of(yantai.officer)
    for path in CALLS:
        assert call(token, path, **parameters_of(path)[0]).status_code == 200, path


def test_a_cursor_gives_no_rights_and_cannot_be_made_up(yantai, jinan, token_of, call):
    province = {"start": "2026-03-01", "end": "2026-04-01", "stat_type": "day", "limit": 1}
    own, foreign = token_of(yantai.officer), token_of(jinan.officer)
    places = [
        [1, 0, "0001-01-01T00:00:00", 0],
        [10**6, yantai.enterprise.data_items.get().pk - 1, "2026-03-03T00:00:00", 0],
    ]
    forged = [signing.dumps(["question", *place], salt=SALT, key="another key") for place in places]
    forged += [
        "x",
        "a:b:c",
        signing.dumps({"a": 1}, salt=SALT),
        signing.dumps(["other question", 1, 2], salt=SALT),
        "é" * 9,
    ]
    for cursor, token in product(forged, (own, foreign)):
        answer = call(token, "/readings", cursor=cursor, **province)
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")
    regions = call(own, "/regions", limit=1).json()["next_cursor"]
    assert call(own, "/readings", cursor=regions, **province).status_code == 422
    for answer in (call(foreign, "/regions", cursor=regions, limit=1),):  # a true cursor of somebody else
        assert answer.status_code == 200
        assert all(row["code"].startswith("3701") for row in answer.json()["rows"])
