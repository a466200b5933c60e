"""The independent gateway of dialect A drives the real hub under every profile: what is stored is what was sent."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from nenghao.protocol import Profile
from nenghao.reference import library

from . import tables
from .gateway_a import ALL, ALL_BUT_UPLOAD_DATE, NONE, Gateway, Item, Quirks, configuration, instrument
from .platform_a import FOREIGN_DEVICE, NOT_DECIPHERED

pytestmark = pytest.mark.xdist_group("live-hub")
PROFILES = [name for name in Profile.names() if getattr(Profile.load(name), "dialect", "A") == "A"]
REGION, FIRST_DAY = "370600", date(2026, 6, 1)
NOW = datetime(2026, 7, 30, 0, 30)
TO_BASE = {"023300": 10_000, "011500": 10_000, "010104": 1}  # 万kWh, 万m3, t in kWh, m3, t
ITEMS = (
    Item("00-00-0000-023300-10", tuple(f"{hour * 0.0371:.4f}" for hour in range(24)), "10.2396", "307.1880"),
    Item("00-00-0000-011500-10", ("0.000125",) * 24, "0.003", "0.09"),
    Item("01-01-0000-023300-10", ("0.2", "0") * 12, "2.4", "72", scope="3", input_type="2"),
    Item("00-00-0000-010104-10", ("1.5",) * 24, "36", "1080.0", input_type="5"),
)
QUIRKS = (
    Quirks(),
    Quirks(numbers=True),
    Quirks(extra_fields=True, upper_hex=True),
    Quirks(one_post_per_item=True, content_type="application/json"),
)


def enterprise_of(profile):
    return f"91370600M{PROFILES.index(profile):09d}"


def meant(profile, valid=True):
    """Words for a valid (or an invalid) record under a profile: text, and what JSON writers make of it."""
    words = Profile.load(profile).valid_values if valid else Profile.load(profile).invalid_values
    return [word for text in sorted(words) for word in (text, {"1": 1, "0": 0, "true": True, "false": False}[text])]


def encryption_of(profile):
    encrypted = Profile.load(profile).encrypted_fields
    if not encrypted:
        return NONE
    return ALL if "uploadDate" in encrypted else ALL_BUT_UPLOAD_DATE


class Driven:
    """What one gateway told the hub under one profile."""

    def __init__(self, hub, profile):
        self.hub, self.profile, self.sent = hub, profile, {}
        prefix = Profile.load(profile).path_prefix
        url = "/".join(part for part in (hub.url, prefix, "register") if part)
        self.gateway = Gateway(url, enterprise_of(profile), REGION, encryption=NONE)
        self.unapproved = {}
        self.answers = {}

    def register(self):
        """Before approval, as every device; what it sends meanwhile must not count."""
        self.gateway.accepted(self.gateway.register())
        self.unapproved = self.gateway.upload_config(self.config())

    def run(self):
        """After approval: all operations, each day with other habits, all of it twice."""
        self.gateway = replace(self.gateway, encryption=encryption_of(self.profile))
        self.gateway.accepted(self.gateway.register())
        self.answers["versionCheck"] = self.gateway.version_check()
        self.answers["downloadBaseData"] = self.gateway.download_base_data()
        self.answers["uploadConfigData"] = self.gateway.upload_config(self.config())
        meters = [instrument(item.data_code, manageCode=f"M{index}") for index, item in enumerate(ITEMS)]
        self.answers["uploadMeteringData"] = self.gateway.upload_metering(meters)
        for _ in range(2):
            for offset, quirks in enumerate(QUIRKS):
                words = meant(self.profile)
                self.gateway.quirks = replace(quirks, valid=words[offset % len(words)])
                day = FIRST_DAY + timedelta(days=offset)
                for record in self.gateway.upload_day(ITEMS, day, now=NOW):
                    self.sent[record["dataCode"], int(record["statType"]), record["statDate"]] = record
        self.gateway.quirks = Quirks(valid=meant(self.profile, valid=False)[0])
        self.not_valid = self.gateway.upload_day(ITEMS[:1], date(2026, 7, 20), now=NOW)
        self.refusals()

    def config(self):
        return configuration(self.gateway.enterprise_code, REGION, ITEMS, zipCode="264000")

    def refusals(self):
        self.gateway.quirks = Quirks()
        stranger = replace(self.gateway, enterprise_code=enterprise_of(self.profile)[:-1] + "X")
        self.answers["foreign"] = stranger.upload_energy([])
        if self.gateway.encryption != NONE:
            plain = replace(self.gateway, encryption=NONE)
            self.answers["plain"] = plain.upload_energy([self.not_valid[0]])
            other_key = replace(self.gateway, secret_key="00" * 16)
            self.answers["other key"] = other_key.upload_energy([self.not_valid[0]])


PREPARE = """
for index, profile in enumerate({profiles!r}):
    create_enterprise(actor=actor, now=now, code=f"91370600M{{index:09d}}", name=f"独立核对机械厂 {{index}}",
        region=find_region("370600"), industry=find_industry("C31"), check_code=False)
"""
DECIDE = """
import secrets
for index, profile in enumerate({profiles!r}):
    device = Device.objects.get(enterprise__code=f"91370600M{{index:09d}}")
    device.profile = profile
    if profile in {ciphered!r}:
        device.secret_key = secrets.token_hex(16)
    device.save()
    decide_device(actor=actor, now=now, device_id=device.device_id, status="approved")
"""


@pytest.fixture(scope="module")
def driven(new_hub):
    """Every profile's gateway against one hub, and the hub stopped afterwards so that its store can be read."""
    hub = new_hub()
    hub.script(PREPARE.format(profiles=PROFILES))
    hub.start()
    ciphered = [profile for profile in PROFILES if encryption_of(profile) != NONE]
    try:
        all_of_them = {profile: Driven(hub, profile) for profile in PROFILES}
        for one in all_of_them.values():
            one.register()
        hub.script(DECIDE.format(profiles=PROFILES, ciphered=ciphered))
        for one in all_of_them.values():
            one.run()
    finally:
        hub.stop()
    return all_of_them


@pytest.fixture(scope="module")
def stored(driven):
    """Current readings by enterprise code, then by (data code, statistic type, start)."""
    hub = next(iter(driven.values())).hub
    found = {row["code"]: {} for row in hub.table("registry_enterprise")}
    for owner, data_code, stat_type, start, value, state, input_type in hub.readings():
        found[owner][data_code, stat_type, str(start)] = (value, state, input_type)
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_stored_is_what_was_sent(driven, stored, profile):
    sent = driven[profile].sent
    assert len(sent) == len(ITEMS) * (25 * len(QUIRKS) + 1)
    kept = {key: row for key, row in stored[enterprise_of(profile)].items() if key[2] < "2026-07-01"}
    assert set(kept) == set(sent)
    for key, record in sent.items():
        factor = TO_BASE[record["dataCode"][11:17].replace("-", "")]
        value, state, input_type = kept[key]
        assert value == pytest.approx(float(Decimal(record["dataValue"]) * factor), rel=1e-15), key
        assert (state, str(input_type)) == (0, record["inputType"]), key


@pytest.mark.parametrize("profile", PROFILES)
def test_a_record_that_is_not_valid_is_no_value(driven, stored, profile):
    starts = {(r["dataCode"], int(r["statType"]), r["statDate"]) for r in driven[profile].not_valid}
    kept = {key: row for key, row in stored[enterprise_of(profile)].items() if key in starts}
    assert len(kept) == 26  # 24 hours, the day, the month
    assert all(value is None or value != value for value, _, _ in kept.values())


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_counts_before_approval(driven, profile):
    answer = driven[profile].unapproved
    assert answer["responseCode"] == "1"
    assert "审" in answer["responseMessage"] or "批" in answer["responseMessage"]


@pytest.mark.parametrize("profile", PROFILES)
def test_refusals_speak_the_known_words(driven, profile):
    answers = driven[profile].answers
    assert answers["foreign"]["responseCode"] == "1"
    assert FOREIGN_DEVICE in answers["foreign"]["responseMessage"]
    for name in answers.keys() & {"plain", "other key"}:
        assert answers[name]["responseCode"] == "1"
        assert NOT_DECIPHERED in answers[name]["responseMessage"], name


@pytest.mark.parametrize("profile", PROFILES)
def test_configuration_is_taken_whole(driven, profile):
    answers = driven[profile].answers
    for operation in ("uploadConfigData", "uploadMeteringData"):
        assert (answers[operation]["responseCode"], answers[operation].get("rejected")) == ("0", None), operation


@pytest.mark.parametrize("profile", PROFILES)
def test_dictionaries_hold_the_energies(driven, profile):
    names = {entry["name"] for entry in driven[profile].answers["downloadBaseData"]}
    assert {"电力", "天然气", "一般烟煤", "烟台市"} <= names
    assert driven[profile].answers["versionCheck"]["dicVersion"] == library().dictionary_version


def test_every_configured_field_is_in_the_registry(driven):
    """Field by field: what the tables name and a gateway sent must be found in the enterprise's row."""
    one = driven[PROFILES[0]]
    (row,) = [r for r in one.hub.table("registry_enterprise") if r["code"] == enterprise_of(PROFILES[0])]
    kept = {str(value) for value in row.values()}
    sent = one.config()["enterprise"]
    as_kept = {"true": "1", "false": "0", "2020-05-01 00:00:00": "2020-05-01"}
    elsewhere = {"name", "industryCode", "regionCode", "regionName"}  # the officers', by their own tables
    lost = [f.name for f in tables.shape("A", "uploadConfigData.enterprise") if f.name not in elsewhere
            and as_kept.get(str(sent[f.name]), str(sent[f.name])) not in kept]  # fmt: skip
    assert lost == []


def test_every_field_of_an_instrument_is_in_the_registry(driven):
    one = driven[PROFILES[0]]
    rows = [row for row in one.hub.table("registry_meter") if row["manage_code"] == "M0"]
    assert len(rows) == len(PROFILES)
    kept = {str(value) for value in rows[0].values()}
    sent = instrument(ITEMS[0].data_code, manageCode="M0")
    assert [name for name, value in sent.items() if value not in kept] == []
