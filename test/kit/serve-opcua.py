"""
An OPC UA server by asyncua, told by standard input. First line: {"namespaces": [uri, ...], "variables": [{"uri", "id", "type",
"value"}, ...], "port"}; a variable may have "history" (values kept in memory) and "unit"; its value may be a list; "type" may also be a
structure or an enumeration of `TYPES`. "security": {"folder", "user", "password", "userCertificate"} offers every current
policy and mode instead of none, with a certificate kept in that folder. "historyPage": most values in one answer, with a continuation point unless the "history" of the variable is "curt".
Then {"uri", "id", "value", "status"} a line, or {"alarm": {"uri", "id", "active", "acknowledged", "retain", "severity", "message"}}, each answered by
{"ok": true}. Ends with its input.
"""
import asyncio
import json
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path

from asyncua import Server, ua
from asyncua.common.structures104 import new_enum, new_struct, new_struct_field
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.history import HistoryDict
from cryptography.x509.oid import ExtendedKeyUsageOID

POLICIES = [
    f"{policy}_{mode}"
    for policy in ("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")
    for mode in ("Sign", "SignAndEncrypt")
]


async def make_types(server, index):
    mode = await new_enum(server, index, "Mode", ["Off", "On", "Fault"])
    point, _ = await new_struct(
        server, index, "Point", [new_struct_field("X", ua.VariantType.Double), new_struct_field("Y", ua.VariantType.Int32)]
    )
    job, _ = await new_struct(
        server,
        index,
        "Job",
        [
            new_struct_field("Id", ua.VariantType.UInt64),
            new_struct_field("Name", ua.VariantType.String),
            new_struct_field("Where", point),
            new_struct_field("Speeds", ua.VariantType.Float, array=True),
            new_struct_field("Mode", mode),
        ],
    )
    await server.load_data_type_definitions()
    return {"Mode": mode.nodeid, "Job": job.nodeid}


def structure(value):
    job = ua.Job()
    job.Id = int(value["Id"])
    job.Name = value["Name"]
    job.Where.X, job.Where.Y = value["Where"]
    job.Speeds = value["Speeds"]
    job.Mode = ua.Mode(value["Mode"])
    return job


def plain(kind, value):
    if kind in ("Int64", "UInt64"):
        return int(value)
    if kind == "LocalizedText":
        return ua.LocalizedText(value)
    if kind == "DateTime":
        return datetime.fromisoformat(value)
    if kind == "Guid":
        return uuid.UUID(value)
    if kind == "ByteString":
        return bytes.fromhex(value)
    if kind == "XmlElement":
        return ua.XmlElement(value)
    if kind == "NodeId":
        return ua.NodeId.from_string(value)
    if kind == "QualifiedName":
        return ua.QualifiedName.from_string(value)
    if kind == "StatusCode":
        return ua.StatusCode(value)
    return value


def typed(kind, value):
    if kind == "Job":
        return ua.Variant(structure(value), ua.VariantType.ExtensionObject)
    variant_type = ua.VariantType["Int32" if kind == "Mode" else kind]
    return ua.Variant([plain(kind, each) for each in value] if isinstance(value, list) else plain(kind, value), variant_type)


async def lines():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


class Users:
    def __init__(self, security):
        self.security = security

    def get_user(self, iserver, username=None, password=None, certificate=None):
        # Without a name the certificate is the user's, or for an anonymous user that of the client.
        if username is None:
            wanted = self.security.get("userCertificate")
            known = wanted is not None and Path(wanted).read_bytes() == certificate
        else:
            known = username == self.security.get("user") and password == self.security.get("password")
        return User(role=UserRole.User) if known else None


async def secure(server, security):
    folder = Path(security["folder"])
    await setup_self_signed_certificate(
        folder / "asyncua-key.pem",
        folder / "asyncua-cert.der",
        "urn:gongfu:test:asyncua",
        "127.0.0.1",
        [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH],
        {"commonName": "asyncua of the test"},
    )
    await server.set_application_uri("urn:gongfu:test:asyncua")
    server.set_security_policy([ua.SecurityPolicyType[name] for name in POLICIES])
    await server.load_certificate(str(folder / "asyncua-cert.der"))
    await server.load_private_key(str(folder / "asyncua-key.pem"))


class CurtHistory(HistoryDict):
    """Of some nodes never more than so many values at once, and no word that there are more, as small controllers do."""

    def __init__(self, page):
        super().__init__(page)
        self.curt = set()

    async def read_node_history(self, node_id, start, end, nb_values):
        page = self.max_history_data_response_size if node_id in self.curt else nb_values
        return await super().read_node_history(node_id, start, end, page)


async def alarm(server, indexes, told):
    generator = await server.get_event_generator(ua.ObjectIds.ExclusiveLevelAlarmType)
    event = generator.event
    event.NodeId = ua.NodeId(told["id"], indexes[told["uri"]])
    event.ConditionName = told["id"]
    event.SourceName = "Press"
    event.Retain = told["retain"]
    event.Severity = told["severity"]
    setattr(event, "ActiveState/Id", told["active"])
    setattr(event, "AckedState/Id", told["acknowledged"])
    await generator.trigger(message=told["message"])


async def main():
    commands = lines()
    setup = await anext(commands)
    security = setup.get("security")
    server = Server(user_manager=Users(security) if security else None)
    server.iserver.bind_condition_methods = True
    await server.init()
    history = CurtHistory(setup.get("historyPage", 10000))
    server.iserver.history_manager.set_storage(history)
    server.set_endpoint(f"opc.tcp://127.0.0.1:{setup['port']}/")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    if security:
        await secure(server, security)
    indexes = {uri: await server.register_namespace(uri) for uri in setup["namespaces"]}
    types = {}
    if any(item["type"] in ("Mode", "Job") for item in setup["variables"]):
        types = await make_types(server, next(iter(indexes.values())))
    await server.start()
    kinds, nodes = {}, {}
    for item in setup["variables"]:
        key = (item["uri"], item["id"])
        name = ua.NodeId.from_string(f"ns={indexes[item['uri']]};{item['id']}")
        kinds[key] = item["type"]
        nodes[key] = await server.nodes.objects.add_variable(
            name, item["id"], typed(item["type"], item["value"]), datatype=types.get(item["type"])
        )
        if item.get("writable"):
            await nodes[key].set_writable()
        if item.get("unit"):
            await nodes[key].add_property(
                ua.NodeId(f"{item['id']}.unit", 1),
                ua.QualifiedName("EngineeringUnits", 0),
                ua.EUInformation(DisplayName=ua.LocalizedText(item["unit"])),
            )
        if item.get("history"):
            await server.historize_node_data_change(nodes[key], period=None, count=100000)
        if item.get("history") == "curt":
            history.curt.add(nodes[key].nodeid)
    print(json.dumps({"ready": True}), flush=True)
    async for command in commands:
        if "alarm" in command:
            await alarm(server, indexes, command["alarm"])
            print(json.dumps({"ok": True}), flush=True)
            continue
        key = (command["uri"], command["id"])
        status = ua.StatusCode(command.get("status", 0))
        value = ua.DataValue(typed(kinds[key], command["value"]), status, datetime.now(timezone.utc))
        await server.write_attribute_value(nodes[key].nodeid, value)
        print(json.dumps({"ok": True}), flush=True)
    await server.stop()


asyncio.run(main())
