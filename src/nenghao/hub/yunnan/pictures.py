"""Pictures that come in fields (营业执照, 证书): taken out of the text, kept by record and field."""

from __future__ import annotations

from nenghao.hub.yunnan.exchange import Exchange
from nenghao.hub.yunnan.models import Picture
from nenghao.protocol.yunnan import message_fields, picture_of

NOT_KEPT = frozenset({"enterpriseCode", "password", "regVersion", "dicVersion", "dataIndex", "secretKey"})
"""What a call says beside its record."""


def picture_fields(exchange: Exchange) -> frozenset[str]:
    """Name the fields of the operation's message that hold a picture."""
    return frozenset(f.name for f in message_fields(exchange.operation.message).values() if f.kind == "mediumblob")


def without_pictures(exchange: Exchange) -> dict[str, str]:
    """Give what is kept of the fields as text."""
    left_out = NOT_KEPT | picture_fields(exchange)
    return {name: text for name, text in exchange.fields.items() if name not in left_out}


def put_pictures(exchange: Exchange, data_index: str) -> None:
    """Keep the pictures of a record; the newest of a field replaces the one before."""
    for name in picture_fields(exchange) & exchange.fields.keys():
        found = picture_of(exchange.fields[name])
        if found is not None:
            kind, content = found
            Picture.objects.update_or_create(
                data_index=data_index, field=name,
                defaults={
                    "enterprise": exchange.enterprise, "kind": kind, "content": content,
                    "received_at": exchange.call.received_at,
                },
            )  # fmt: skip
