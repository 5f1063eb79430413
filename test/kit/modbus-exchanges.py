"""
Writes the exchanges test/golden/modbus/exchanges.txt holds: a client and a server of pymodbus talk over TCP, and every frame
is kept as it stood on the wire. What is read are the examples of the Modbus Application Protocol Specification V1.1b3
(6.1 to 6.4), whose bytes must come out, the longest answers there are, and one refusal for each function.
In: nothing. Out: {"lines": ["name request reply", ...]}, frames in hexadecimal.
"""
import asyncio
import json
import logging
import sys

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

UNIT = 17
COILS = [bool(0x056BCD >> bit & 1) for bit in range(19)]
INPUTS = [bool(0x35DBAC >> bit & 1) for bit in range(22)]
# name, what is asked, start, count, and the data the specification prints where it has the example
READS = [
    ("coils", "read_coils", 19, 19, "cd6b05"),
    ("discrete-inputs", "read_discrete_inputs", 196, 22, "acdb35"),
    ("holding-registers", "read_holding_registers", 107, 3, "022b00000064"),
    ("input-registers", "read_input_registers", 8, 1, "000a"),
    ("coils-longest", "read_coils", 1000, 2000, None),
    ("discrete-inputs-longest", "read_discrete_inputs", 1000, 2000, None),
    ("holding-registers-longest", "read_holding_registers", 1000, 125, None),
    ("input-registers-longest", "read_input_registers", 1000, 125, None),
    ("coils-refused", "read_coils", 9000, 1, None),
    ("discrete-inputs-refused", "read_discrete_inputs", 9000, 1, None),
    ("holding-registers-refused", "read_holding_registers", 9000, 1, None),
    ("input-registers-refused", "read_input_registers", 9000, 1, None),
]


def device():
    """Of the longest answers every third bit is set, and register 999 + n holds n x 257."""
    bits = [n % 3 == 0 for n in range(1000, 3000)]
    words = [n * 257 % 65536 for n in range(1, 126)]
    as_bits = lambda start, values: SimData(start, values=values, datatype=DataType.BITS)
    as_words = lambda start, values: SimData(start, values=values, datatype=DataType.REGISTERS)
    return SimDevice(UNIT, (
        [as_bits(19, COILS), as_bits(1000, bits)],
        [as_bits(196, INPUTS), as_bits(1000, bits)],
        [as_words(107, [555, 0, 100]), as_words(1000, words)],
        [as_words(8, [10]), as_words(1000, words)],
    ))


async def exchanges():
    frames = []

    def keep(_sending, data):
        if data:
            frames.append(data.hex())
        return data

    server = ModbusTcpServer(device(), address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    port = server.transport.sockets[0].getsockname()[1]
    client = AsyncModbusTcpClient("127.0.0.1", port=port, trace_packet=keep)
    await client.connect()
    lines = []
    for name, ask, start, count, data in READS:
        frames.clear()
        await getattr(client, ask)(start, count=count, device_id=UNIT)
        request, reply = frames[0], "".join(frames[1:])
        if data is not None and not reply.endswith(data):
            raise AssertionError(f"{name}: the specification has {data}, the server sent {reply}")
        lines.append(f"{name} {request} {reply}")
    client.close()
    await server.shutdown()
    return lines


logging.disable(logging.CRITICAL)
json.dump({"lines": asyncio.run(exchanges())}, sys.stdout)
