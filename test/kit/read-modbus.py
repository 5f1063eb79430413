"""
Reads Modbus TCP values with pymodbus. In: {"host", "port", "tags": [{"unitId", "table", "address", "type", "byteOrder", "bit",
"length"}, ...]}. Out: one value a tag; 64-bit integers as text. Only the registers come from pymodbus; the bytes are put
together here by the written rule: ABCD as it is, CDAB words reversed, BADC bytes swapped in each word, DCBA both.
"""
import json
import struct
import sys

from pymodbus.client import ModbusTcpClient

FORMATS = {
    "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "int64": ">q", "uint64": ">Q",
    "float32": ">f", "float64": ">d",
}


def ordered(registers, order):
    words = [struct.pack(">H", register) for register in registers]
    if order in ("CDAB", "DCBA"):
        words.reverse()
    if order in ("BADC", "DCBA"):
        words = [word[::-1] for word in words]
    return b"".join(words)


def registers_of(tag):
    if tag["type"] == "string":
        return (tag["length"] + 1) // 2
    return struct.calcsize(FORMATS.get(tag["type"], ">H")) // 2


def read(client, tag):
    place = {"address": tag["address"], "device_id": tag["unitId"]}
    table = tag["table"]
    if table in ("coil", "discrete"):
        ask = client.read_coils if table == "coil" else client.read_discrete_inputs
        return bool(checked(ask(count=1, **place)).bits[0])
    ask = client.read_holding_registers if table == "holding" else client.read_input_registers
    registers = checked(ask(count=registers_of(tag), **place)).registers
    if tag["type"] == "bool":
        return bool(registers[0] >> tag.get("bit", 0) & 1)
    data = ordered(registers, tag["byteOrder"])
    if tag["type"] == "string":
        return data.split(b"\0")[0].decode("utf-8")
    value = struct.unpack(FORMATS[tag["type"]], data)[0]
    return str(value) if tag["type"] in ("int64", "uint64") else value


def checked(answer):
    if answer.isError():
        raise RuntimeError(f"the server answers {answer}")
    return answer


question = json.load(sys.stdin)
client = ModbusTcpClient(question["host"], port=question["port"], timeout=10)
if not client.connect():
    raise RuntimeError(f"no connection to {question['host']}:{question['port']}")
json.dump([read(client, tag) for tag in question["tags"]], sys.stdout)
client.close()
