"""
Writes with influxdb-client as a user of it would. In: {"url", "key", "time"}. Out: what ping and health answered, and the
message of the write that is wrong in part.
"""
import json
import sys

from influxdb_client import InfluxDBClient, Point, WriteOptions
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

asked = json.load(sys.stdin)
time = asked["time"]
ms = WritePrecision.MS


def point(name, at):
    return Point("python").tag("hall", "3号 hall, north=1").time(time + at, ms).field("name", name)


with InfluxDBClient(url=asked["url"], token=asked["key"], org="any", enable_gzip=True) as client:
    told = {"ping": client.ping(), "health": client.health().status}
    write = client.write_api(write_options=SYNCHRONOUS)
    exact = (
        point('A "quoted" \\ text\nof two lines', 0)
        .field("largest", 2**63 - 1)
        .field("smallest", -(2**63))
        .field("float", 0.1)
        .field("flag", True)
    )
    for _ in range(3):
        write.write("any", record=exact, write_precision=ms)
    with client.write_api(write_options=WriteOptions(batch_size=700, flush_interval=200)) as batching:
        for at in range(2_000):
            batching.write("any", record=Point("batch").field("count", at).time(time + at, ms))
    try:
        write.write("any", record=["wrong f=1 1", "wrong f=", "wrong f=2 2"], write_precision=ms)
    except ApiException as error:
        told["wrong"] = [error.status, json.loads(error.body)["message"]]
json.dump(told, sys.stdout)
