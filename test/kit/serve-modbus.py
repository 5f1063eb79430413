"""
An independent Modbus slave, by pymodbus. In: one line of JSON, {"framer": "socket" | "rtu" | "ascii"}. Out: one line,
{"port", "tty"}: the port it serves on 127.0.0.1 and a pseudo-terminal with the same slave at its other end. Units 1 and 7
hold in each register its own address, and in each bit whether its address is odd. {"port"} instead: nothing but a
pseudo-terminal in front of what listens there. Ends with its standard input.
"""
import asyncio
import json
import os
import sys
import tty

from pymodbus import FramerType
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import ModbusTcpServer

COUNT = 2000


def device():
    # The context adds one to each address.
    bits = ModbusSequentialDataBlock(1, [address % 2 == 1 for address in range(COUNT)])
    registers = ModbusSequentialDataBlock(1, list(range(COUNT)))
    return ModbusDeviceContext(di=bits, co=bits, ir=registers, hr=registers)


async def copy(reader, write):
    while data := await reader.read(4096):
        write(data)


async def terminal(port):
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    def from_line():
        try:
            writer.write(os.read(master, 4096))
        except BlockingIOError:
            pass

    asyncio.get_running_loop().add_reader(master, from_line)
    return os.ttyname(slave), asyncio.create_task(copy(reader, lambda data: os.write(master, data)))


async def main():
    question = json.loads(sys.stdin.readline())
    port = question.get("port") or await serve(FramerType(question["framer"]))
    path, bridge = await terminal(port)
    print(json.dumps({"port": port, "tty": path}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)


async def serve(framer):
    context = ModbusServerContext(devices={1: device(), 7: device()}, single=False)
    server = ModbusTcpServer(context, framer=framer, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    return server.transport.sockets[0].getsockname()[1]


asyncio.run(main())
