"""What the platform tells in dialect B: versions, addresses, dictionaries."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from nenghao.hub.yunnan.exchange import Exchange, taken
from nenghao.hub.yunnan.identity import limit_open_calls
from nenghao.protocol import MessageError, refuse
from nenghao.protocol.yunnan import DICTIONARIES, asked_indexes, dictionary_version, make_dictionary
from nenghao.protocol.yunnan.dictionaries import VERSION_LENGTH


def check_version(exchange: Exchange) -> dict[str, Any]:
    """``checkVersion``: the versions that every later body carries."""
    base = exchange.call.base_url()
    return taken(exchange, {
        "enterpriseCode": exchange.fields["enterpriseCode"], "regVersion": reg_version(base),
        "dicVersion": dictionary_version(), "loadPlatformDataURL": f"{base}/dataDownload", "modifyDescription": "",
    })  # fmt: skip


def platform_access_url(exchange: Exchange) -> dict[str, Any]:
    """``platformAccessURL``: where what is taken; the two download addresses are empty, as nothing is known of them."""
    base = exchange.call.base_url()
    return taken(exchange, {
        "enterpriseCode": exchange.fields["enterpriseCode"], "enterpriseInfoURL": base,
        "enterpriseDataURL": f"{base}/dataEnterpriseEnergy", "loadBaseDataURL": f"{base}/dataDownload",
        "organizationDataURL": f"{base}/arganEnergy", "enterpriseInfoDownloadURL": "", "enterpriseDataDownloadURL": "",
    })  # fmt: skip


def data_download(exchange: Exchange) -> dict[str, Any]:
    """``dataDownload`` and ``dataDownload/public``: the dictionaries that are asked for, by their names."""
    if not exchange.operation.takes_token:
        limit_open_calls(exchange)
    indexes = asked_indexes(exchange.fields["itemIndex"])
    return taken(exchange, {DICTIONARIES[index]: make_dictionary(index) for index in indexes})


def require_versions(exchange: Exchange) -> None:
    """Refuse a body that was made with versions that are no longer the platform's; one without versions passes."""
    current = {"regVersion": reg_version(exchange.call.base_url()), "dicVersion": dictionary_version()}
    for name, version in current.items():
        if exchange.given(name) not in ("", version):
            raise MessageError(refuse("version-stale", field=name, value=exchange.given(name), more=version))


@cache
def reg_version(base_url: str) -> str:
    """Give ``regVersion``: it changes when the platform's addresses do."""
    return hashlib.sha256(base_url.encode()).hexdigest()[:VERSION_LENGTH]
