"""An edge node by pysparkplug. Reads one JSON command a line from standard input, writes what it hears as JSON lines."""

import itertools
import json
import sys

import pysparkplug as psp
from pysparkplug._payload import DBirth, NBirth
from pysparkplug._time import get_current_timestamp

GROUP, NODE, DEVICE = "Plant A", "edge-1", "press"


def tell(**what):
    print(json.dumps(what), flush=True)


def metrics(values):
    """{name: [data type, value]}; 64-bit integers come as text."""
    found = []
    for name, (datatype, value) in values.items():
        kind = getattr(psp.DataType, datatype)
        if isinstance(value, str) and datatype in ("INT64", "UINT64"):
            value = int(value)
        found.append(psp.Metric(timestamp=psp.get_current_timestamp(), name=name, datatype=kind, value=value))
    return tuple(found)


def births(node):
    """What the library does at connect only: every birth anew, under the number of the same connection."""
    node._EdgeNode__seq_cycler = itertools.cycle(range(256))
    own = tuple(node.metrics.values())
    send(node, psp.MessageType.NBIRTH, None, NBirth(timestamp=get_current_timestamp(), seq=node._seq, metrics=own))
    for device in node.devices.values():
        birth = DBirth(timestamp=get_current_timestamp(), seq=node._seq, metrics=tuple(device.metrics.values()))
        send(node, psp.MessageType.DBIRTH, device.device_id, birth)


def send(node, kind, device, payload):
    topic = psp.Topic(message_type=kind, group_id=GROUP, edge_node_id=NODE, device_id=device)
    message = psp.Message(topic=topic, payload=payload, qos=psp.QoS.AT_MOST_ONCE, retain=False)
    node._client.publish(message, include_dtypes=True)


def commanded(node, message):
    names = [metric.name for metric in message.payload.metrics]
    tell(command=names)
    if "Node Control/Rebirth" in names:
        births(node)


def main():
    node = None
    for line in sys.stdin:
        asked = json.loads(line)
        action = asked["do"]
        if action == "connect":
            node = psp.EdgeNode(GROUP, NODE, metrics(asked["node"]), cmd_callback=commanded)
            node.register(psp.Device(DEVICE, metrics(asked["device"])))
            node.connect("127.0.0.1", port=asked["port"])
        elif action == "update":
            node.update_device(DEVICE, metrics(asked["device"]))
        elif action == "skip":
            next(node._EdgeNode__seq_cycler)
        tell(done=action)


main()
