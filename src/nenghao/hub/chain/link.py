"""The connection to a platform above: registration, versions, signed calls, answers."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
import msgspec

from nenghao.errors import NenghaoError
from nenghao.hub.chain.models import Upstream, UpstreamKind
from nenghao.hub.seals import seal
from nenghao.protocol import (
    JSON_HEADERS,
    Answer,
    Profile,
    build_register_request,
    build_version_check,
    parse_answer,
    parse_register_response,
    parse_version_response,
)
from nenghao.protocol.signing import HMAC_SM3, signed_headers

URLS = {
    "versions": "load_dic_version_url",
    "configuration": "center_info_url",
    "readings": "center_data_url",
    "meters": "center_metering_data_url",
    "digest": "upload_digest_url",
}
TIMEOUT_S = 60.0


class Link:
    """One upstream's connection; keeps the words that the platform above gave in the upstream's row."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.profile = Profile.load(upstream.profile)
        self.client = httpx.Client(headers=JSON_HEADERS, timeout=TIMEOUT_S, verify=_tls(upstream, self.profile))

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    @property
    def digests(self) -> bool:
        """Whether the platform above compares digests (ours do)."""
        return bool(self.upstream.urls.get("digest"))

    def introduce(self) -> None:
        """Register (the same identity comes again), and take addresses and keys."""
        up = self.upstream
        got = parse_register_response(self._post(up.register_url, self._registration()))
        up.device_id, up.sealed_secret_key = got.device_id, seal(got.secret_key)
        up.sealed_sign_key = seal(got.sign_key)
        up.urls = {name: getattr(got, field) for name, field in URLS.items()}
        self.keep("device_id", "sealed_secret_key", "sealed_sign_key", "urls")
        self.check_versions()

    def check_versions(self) -> bool:
        """Ask for the versions; tell whether registration or dictionaries above are other than they were."""
        if not self.upstream.urls.get("versions"):
            return False
        got = parse_version_response(self.post("versions", build_version_check(self.upstream.device_id)))
        known = (self.upstream.reg_version, self.upstream.dic_version)
        self.upstream.reg_version, self.upstream.dic_version = got.reg_version, got.dic_version
        self.keep("reg_version", "dic_version")
        return known != (got.reg_version, got.dic_version)

    def upload(self, name: str, body: bytes) -> Answer:
        """Send an upload and read its answer; HTTP errors and unreadable answers are raised."""
        return parse_answer(self.post(name, body))

    def post(self, name: str, body: bytes) -> bytes:
        """Post to one of the addresses that the registration gave, signed where it gave a key."""
        url = self.upstream.urls.get(name, "")
        if not url:
            raise NenghaoError(
                "upstream-address", f"上级平台没有给出接口地址「{name}」",
                f"the platform above gave no address for {name}", record=self.upstream.name,
            )  # fmt: skip
        key = self.upstream.sign_key
        if not key:
            return self._post(url, body)
        nonce = secrets.token_hex(16)
        return self._post(url, body, signed_headers(key, urlsplit(url).path, body, now=time.time(), nonce=nonce))

    def keep(self, *names: str) -> None:
        """Write fields of the upstream's row without telling other processes."""
        keep(self.upstream, *names)

    def _post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
        answer = self.client.post(url, content=body, headers=headers)
        answer.raise_for_status()
        return answer.content

    def _registration(self) -> bytes:
        up = self.upstream
        if up.kind == UpstreamKind.DEVICE:
            assert up.enterprise is not None
            return build_register_request(up.enterprise.code, up.region_id, up.client_id, HMAC_SM3)
        name = f"{up.region.name}能耗在线监测平台"
        return msgspec.json.encode(
            {"region": up.region_id, "name": name, "clientId": up.client_id, "signing": HMAC_SM3}
        )


def keep(upstream: Upstream, *names: str) -> None:
    """Write fields of the upstream's row as they are now, without a new registry version."""
    Upstream.objects.filter(pk=upstream.pk).update(**{name: getattr(upstream, name) for name in names})


def require_ok(answer: Answer) -> Answer:
    """Give an answer that kept something or refused record by record; raise what refuses the message as a whole."""
    whole = [rejection for rejection in answer.rejections if rejection.index < 0]
    if answer.ok or (answer.rejections and not whole):
        return answer
    code = whole[0].code if whole else "upstream-refused"
    raise NenghaoError(code, f"上级平台拒绝: {answer.message}", f"the platform above refused: {answer.message}")


def _tls(upstream: Upstream, profile: Profile) -> ssl.SSLContext | bool:
    if upstream.register_url.startswith("http://"):
        return False
    try:
        context = ssl.create_default_context(cafile=upstream.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_3 if profile.min_tls == "1.3" else ssl.TLSVersion.TLSv1_2
        if upstream.client_cert:
            context.load_cert_chain(upstream.client_cert, upstream.client_key or None)
    except (OSError, ssl.SSLError) as error:
        raise NenghaoError(
            "tls-files", f"证书文件不能使用（{error}）", f"certificate files cannot be used ({error})",
            record=upstream.name, field="ca-file/client-cert/client-key",
            mend_zh="检查 PEM 文件的路径、内容和口令", mend_en="check path, content and password of the PEM files",
        ) from None  # fmt: skip
    return context
