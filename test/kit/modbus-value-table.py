"""
Writes the table of values and their bytes in registers that test/edge/drivers/modbus/value-table.txt holds, by the meaning
of the letters alone: an order names, place by place on the wire, which byte of the value lies there, A the most significant.
Bytes come from `struct`; where pymodbus has the type and the order, its own conversion must say the same.
In: nothing. Out: {"lines": ["type order hex value", ...]}.
"""
import json
import struct
import sys

from pymodbus.client.mixin import ModbusClientMixin

ORDERS = {
    1: {"AB": "high low", "BA": "low high"},
    2: {order: order for order in ("AB", "BA")} | {"ABCD": "AB", "CDAB": "AB", "BADC": "BA", "DCBA": "BA"},
    4: {order: order for order in ("ABCD", "CDAB", "BADC", "DCBA")} | {"AB": "ABCD", "BA": "BADC"},
    8: {order: order for order in (
        "ABCDEFGH", "BADCFEHG", "CDABGHEF", "DCBAHGFE", "EFGHABCD", "FEHGBADC", "GHEFCDAB", "HGFEDCBA",
    )} | {"ABCD": "ABCDEFGH", "CDAB": "GHEFCDAB", "BADC": "BADCFEHG", "DCBA": "HGFEDCBA"},
}

INTEGERS = {"int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "int64": ">q", "uint64": ">Q"}
FLOATS = {"float16": ">e", "float32": ">f", "float64": ">d"}
PYMODBUS = {name: ModbusClientMixin.DATATYPE[name.upper()] for name in (*INTEGERS, "float32", "float64")}


def integers(name):
    bits = int(name.lstrip("uint"))
    low, high = (0, 2**bits - 1) if name[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    counting = int.from_bytes(bytes(range(0x11, 0x11 + 0x11 * (bits // 8), 0x11)), "big")
    return [low, high, 1, counting] if name[0] == "u" else [low, high, -2, counting]


def floats(name):
    if name == "float16":
        return [1.0, -0.0, 0.333251953125, 65504.0, -(2.0**-24), 2.0**-14, -123.4375]
    exact = [1.0, -0.0, 123.4560012817383, -2.0**-126, 3.4028234663852886e38, 1.401298464324817e-45]
    return exact if name == "float32" else [*exact, 3.141592653589793, -5e-324, 1.7976931348623157e308]


def by_letters(data, letters):
    return bytes(data[ord(letter) - ord("A")] for letter in letters)


def agree(name, value, order, data):
    word_order = {"ABCD": "big", "CDAB": "little", "AB": "big"}.get(order)
    if name not in PYMODBUS or word_order is None:
        return
    registers = ModbusClientMixin.convert_to_registers(value, PYMODBUS[name], word_order=word_order)
    theirs = b"".join(struct.pack(">H", register) for register in registers)
    if theirs != data:
        raise AssertionError(f"{name} {order} {value}: pymodbus writes {theirs.hex()}, the letters say {data.hex()}")


def rows():
    formats = {**INTEGERS, **FLOATS}
    for name, form in formats.items():
        for value in integers(name) if name in INTEGERS else floats(name):
            plain = struct.pack(form, value)
            for order, letters in ORDERS[len(plain)].items():
                data = by_letters(plain, letters)
                agree(name, value, order, data)
                yield [name, order, data.hex(), repr(struct.unpack(form, plain)[0])]
    for name, digits in (("bcd16", ["0000", "0001", "1234", "9999"]), ("bcd32", ["00000000", "12345678", "99999999"])):
        for text in digits:
            plain = bytes.fromhex(text)
            for order, letters in ORDERS[len(plain)].items():
                yield [name, order, by_letters(plain, letters).hex(), str(int(text))]
    for name, form in (("int8", "b"), ("uint8", "B")):
        for value in (-128, -1, 127) if name == "int8" else (0, 128, 255):
            byte = struct.pack(form, value)
            for order, places in ORDERS[1].items():
                for half in ("high", "low"):
                    data = b"".join(byte if place == half else b"\x5a" for place in places.split())
                    yield [f"{name}-{half}", order, data.hex(), str(value)]


json.dump({"lines": [" ".join(row) for row in rows()]}, sys.stdout)
