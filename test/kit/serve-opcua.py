"""
An OPC UA server by asyncua, told by standard input. First line: {"namespaces": [uri, ...], "variables": [{"uri", "id", "type",
"value"}, ...], "port"}. Then {"uri", "id", "value", "status"} a line, each answered by {"ok": true}. Ends with its input.
"""
import asyncio
import json
import sys
from datetime import datetime, timezone

from asyncua import Server, ua


def typed(kind, value):
    variant_type = ua.VariantType[kind]
    if kind in ("Int64", "UInt64"):
        value = int(value)
    if kind == "LocalizedText":
        value = ua.LocalizedText(value)
    if kind == "DateTime":
        value = datetime.fromisoformat(value)
    return ua.Variant(value, variant_type)


async def lines():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


async def main():
    commands = lines()
    setup = await anext(commands)
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{setup['port']}/")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    indexes = {uri: await server.register_namespace(uri) for uri in setup["namespaces"]}
    kinds, nodes = {}, {}
    for item in setup["variables"]:
        key = (item["uri"], item["id"])
        name = ua.NodeId.from_string(f"ns={indexes[item['uri']]};{item['id']}")
        kinds[key] = item["type"]
        nodes[key] = await server.nodes.objects.add_variable(name, item["id"], typed(item["type"], item["value"]))
    await server.start()
    print(json.dumps({"ready": True}), flush=True)
    async for command in commands:
        key = (command["uri"], command["id"])
        status = ua.StatusCode(command.get("status", 0))
        value = ua.DataValue(typed(kinds[key], command["value"]), status, datetime.now(timezone.utc).replace(tzinfo=None))
        await server.write_attribute_value(nodes[key].nodeid, value)
        print(json.dumps({"ok": True}), flush=True)
    await server.stop()


asyncio.run(main())
