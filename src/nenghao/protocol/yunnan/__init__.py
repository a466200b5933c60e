"""Dialect B (Yunnan, ``/YNEnergy``) for both sides: fields, operations, password block, bodies and answers; no sockets.

What the wire looks like, what is known of it and what is ours is told in ``docs/protocol-yunnan.md``.
"""

from nenghao.protocol.yunnan.answers import Answer, Token, parse_answer, parse_moment, parse_token, written_moment
from nenghao.protocol.yunnan.bodies import Versions, build_body, energy_fields
from nenghao.protocol.yunnan.codes import from_wire_code, to_wire_code
from nenghao.protocol.yunnan.dictionaries import (
    DICTIONARIES,
    asked_indexes,
    convert_ratio,
    dictionary_version,
    make_dictionary,
)
from nenghao.protocol.yunnan.fields import Field, check_fields, message_fields, picture_of, required_names
from nenghao.protocol.yunnan.operations import BASE_PATH, OPERATIONS, Operation
from nenghao.protocol.yunnan.password import decrypt_pin, encrypt_pin, pin_block
from nenghao.protocol.yunnan.values import WireValue, exact_value, wire_value

__all__ = [
    "BASE_PATH",
    "DICTIONARIES",
    "OPERATIONS",
    "Answer",
    "Field",
    "Operation",
    "Token",
    "Versions",
    "WireValue",
    "asked_indexes",
    "build_body",
    "check_fields",
    "convert_ratio",
    "decrypt_pin",
    "dictionary_version",
    "encrypt_pin",
    "energy_fields",
    "exact_value",
    "from_wire_code",
    "make_dictionary",
    "message_fields",
    "parse_answer",
    "parse_moment",
    "parse_token",
    "picture_of",
    "pin_block",
    "required_names",
    "to_wire_code",
    "wire_value",
    "written_moment",
]
