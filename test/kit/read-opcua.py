"""Reads OPC UA nodes with asyncua. In: {"endpoint", "nodes": [id, ...]}. Out: [{"value", "status", "type"}, ...]."""
import asyncio
import json
import sys

from asyncua import Client, ua


async def node_id(client, text):
    """nsu=URI;identifier becomes ns=index;identifier, by asyncua's own reading of the namespace array."""
    if not text.startswith("nsu="):
        return ua.NodeId.from_string(text)
    uri, identifier = text[4:].split(";", 1)
    return ua.NodeId.from_string(f"ns={await client.get_namespace_index(uri)};{identifier}")


def plain(variant):
    if variant is None or variant.Value is None:
        return None
    if variant.VariantType in (ua.VariantType.Int64, ua.VariantType.UInt64):
        return str(variant.Value)
    return variant.Value


async def main():
    question = json.load(sys.stdin)
    answers = []
    async with Client(question["endpoint"], timeout=20) as client:
        for text in question["nodes"]:
            node = client.get_node(await node_id(client, text))
            data = await node.read_data_value(raise_on_bad_status=False)
            status = data.StatusCode.value if data.StatusCode is not None else 0
            kind = data.Value.VariantType.name if data.Value is not None else "Null"
            answers.append({"value": plain(data.Value), "status": status, "type": kind})
    json.dump(answers, sys.stdout)


asyncio.run(main())
