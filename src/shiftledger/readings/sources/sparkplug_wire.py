"""How is a Sparkplug B payload laid out on the wire (R3)? The messages and numbers of the specification, as protobuf descriptors.

Source: Eclipse Sparkplug 3.0.0, section 6.4 (payload definition) and its table of data types. The table below names what is read; what a
sender adds beside it stays unknown fields, which protobuf skips. Needs the package `protobuf`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Wire: TypeAlias = Any  # a message of a descriptor made at run time: no published type knows its fields

# message: (field, number, type; "*" repeated, "|" one of the values, a capital names another message)
MESSAGES: dict[str, tuple[tuple[str, int, str], ...]] = {
    "Payload": (
        *(("timestamp", 1, "uint64"), ("metrics", 2, "*Metric"), ("seq", 3, "uint64")),
        *(("uuid", 4, "bytes"), ("body", 5, "bytes")),
    ),
    "Metric": (
        *(("name", 1, "bytes"), ("alias", 2, "uint64"), ("timestamp", 3, "uint64"), ("datatype", 4, "uint32")),
        *(("is_historical", 5, "bool"), ("is_transient", 6, "bool"), ("is_null", 7, "bool")),
        *(("properties", 9, "Properties"), ("int_value", 10, "|uint32"), ("long_value", 11, "|uint64")),
        *(("float_value", 12, "|float"), ("double_value", 13, "|double"), ("boolean_value", 14, "|bool")),
        *(("string_value", 15, "|bytes"), ("bytes_value", 16, "|bytes"), ("dataset_value", 17, "|bytes")),
        *(("template_value", 18, "|bytes"), ("extension_value", 19, "|bytes")),
    ),
    "Properties": (("keys", 1, "*bytes"), ("values", 2, "*Property")),
    "Property": (
        *(("type", 1, "uint32"), ("is_null", 2, "bool"), ("int_value", 3, "|uint32"), ("long_value", 4, "|uint64")),
        *(("float_value", 5, "|float"), ("double_value", 6, "|double"), ("boolean_value", 7, "|bool")),
        *(("string_value", 8, "|bytes"),),
    ),
}
"""Text and embedded messages that are not read stand as bytes: the wire has one form for them, and text may be damaged."""

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 = range(1, 9)
FLOAT, DOUBLE, BOOLEAN, STRING, DATETIME, TEXT, UUID, DATASET, BYTES, FILE, TEMPLATE = range(9, 20)
WIDTHS = {INT8: 8, INT16: 16, INT32: 32, INT64: 64, UINT8: 8, UINT16: 16, UINT32: 32, UINT64: 64}  # bits
SIGNED = (INT8, INT16, INT32, INT64)
WORDS = (STRING, TEXT, UUID)
TYPE_NAMES = (
    *("Unknown", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float", "Double", "Boolean"),
    *("String", "DateTime", "Text", "UUID", "DataSet", "Bytes", "File", "Template", "PropertySet", "PropertySetList"),
    *("Int8Array", "Int16Array", "Int32Array", "Int64Array", "UInt8Array", "UInt16Array", "UInt32Array", "UInt64Array"),
    *("FloatArray", "DoubleArray", "BooleanArray", "StringArray", "DateTimeArray"),
)


def type_name(datatype: int) -> str:
    """The name of a data type, or its number where the specification has none."""
    return TYPE_NAMES[datatype] if datatype < len(TYPE_NAMES) else f"type {datatype}"


@lru_cache(maxsize=1)
def payload_type() -> Wire:
    """The class of a payload."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("sparkplug.Payload"))


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug", package="sparkplug", syntax="proto2")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        if any(kind.startswith("|") for _, _, kind in fields):
            message.oneof_decl.add(name="value")
        for field, number, kind in fields:
            _add_field(message, field, number, kind)
    return file


def _add_field(message: descriptor_pb2.DescriptorProto, name: str, number: int, kind: str) -> None:
    proto = descriptor_pb2.FieldDescriptorProto
    plain = kind.lstrip("*|")
    field = message.field.add(name=name, number=number)
    field.label = proto.LABEL_REPEATED if kind.startswith("*") else proto.LABEL_OPTIONAL
    if kind.startswith("|"):
        field.oneof_index = 0
    if plain in MESSAGES:
        field.type, field.type_name = proto.TYPE_MESSAGE, f".sparkplug.{plain}"
    else:
        field.type = proto.Type.Value(f"TYPE_{plain.upper()}")
