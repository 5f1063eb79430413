"""Hears one group by pysparkplug and writes every message as a JSON line; a line `rebirth` on standard input asks for births."""

import json
import sys

import pysparkplug as psp

PORT, GROUP, NODE = int(sys.argv[1]), sys.argv[2], sys.argv[3]


def heard(_client, message):
    payload = message.payload
    metrics = [
        [metric.name, metric.datatype.name, str(metric.value) if isinstance(metric.value, int) else metric.value]
        for metric in getattr(payload, "metrics", None) or (payload.bd_seq_metric,)
    ]
    topic = message.topic
    told = {"kind": topic.message_type.value, "device": topic.device_id, "seq": getattr(payload, "seq", None)}
    print(json.dumps({**told, "metrics": metrics}), flush=True)


client = psp.Client(client_id="a-host")
for kind in ("NBIRTH", "DBIRTH", "DDATA", "NDEATH"):
    device = "+" if kind.startswith("D") else None
    topic = psp.Topic(group_id=GROUP, message_type=psp.MessageType[kind], edge_node_id=NODE, device_id=device)
    client.subscribe(topic, psp.QoS.AT_LEAST_ONCE, heard)
client.connect("127.0.0.1", port=PORT)
for line in sys.stdin:
    metric = psp.Metric(
        timestamp=psp.get_current_timestamp(),
        name="Node Control/Rebirth",
        datatype=psp.DataType.BOOLEAN,
        value=True,
    )
    topic = psp.Topic(message_type=psp.MessageType.NCMD, group_id=GROUP, edge_node_id=NODE)
    payload = psp.NCmd(timestamp=psp.get_current_timestamp(), metrics=(metric,))
    client.publish(psp.Message(topic=topic, payload=payload, qos=psp.QoS.AT_LEAST_ONCE, retain=False), include_dtypes=True)
