import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  DataType,
  MessageSecurityMode,
  resolveNodeId,
  SecurityPolicy,
  StatusCodes,
  setErrorLogger,
  setWarningLogger,
  VariableIds,
  Variant,
  VariantArrayType,
} from 'node-opcua-client';
import { nodesets } from 'node-opcua-nodesets';
import { invalidateServerCertificateCache, OPCUAServer, type OPCUAServerOptions } from 'node-opcua-server';
import { OpcuaAlarms } from './opcua-alarms.ts';
import { addObject } from './opcua-objects.ts';
import type { OpcuaMethod, OpcuaServerCommand, OpcuaServerOptions, OpcuaVariable } from './opcua-server.ts';
import { makeRsaIdentity } from './rsa-identity.ts';

// A real OPC UA server in a process of its own, told by its parent what to show.
setWarningLogger(() => undefined);
setErrorLogger(() => undefined);

type Keeper = NonNullable<OPCUAServerOptions['serverCertificateManager']>;
const require = createRequire(createRequire(import.meta.url).resolve('node-opcua-server'));
const { OPCUACertificateManager } = require('node-opcua-certificate-manager') as {
  OPCUACertificateManager: new (options: object) => Keeper;
};

const [options] = (await once(process, 'message')) as [OpcuaServerOptions];

function keeper(name: string, trusting: boolean): Keeper {
  return new OPCUACertificateManager({
    rootFolder: join(options.folder, name),
    automaticallyAcceptUnknownCertificate: trusting,
    disableFileWatchers: true,
  });
}

const most = options.itemsPerCallMax;
const limits =
  most === undefined
    ? { maxNodesPerRead: 1_000 }
    : {
        maxNodesPerRead: most,
        maxNodesPerBrowse: most,
        maxMonitoredItemsPerCall: most,
        maxNodesPerHistoryReadData: most,
        maxNodesPerTranslateBrowsePathsToNodeIds: most,
      };
const server = new OPCUAServer({
  port: options.port,
  nodeset_filename: ['standard', ...(options.nodesets ?? [])].map((name) => nodesets[name as keyof typeof nodesets]),
  hostname: '127.0.0.1',
  resourcePath: '',
  securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
  securityModes: [MessageSecurityMode.None, MessageSecurityMode.SignAndEncrypt],
  allowAnonymous: options.user === undefined,
  serverCertificateManager: keeper('server', options.trusting ?? true),
  userCertificateManager: keeper('users', true),
  serverCapabilities: {
    operationLimits: limits,
    ...(options.itemsMax && { maxMonitoredItems: options.itemsMax }),
    ...(options.itemsPerSubscriptionMax && { maxMonitoredItemsPerSubscription: options.itemsPerSubscriptionMax }),
  },
  ...(options.user && {
    userManager: { isValidUser: (name: string, word: string) => name === options.user && word === options.password },
  }),
});

/** Int64 and UInt64 are two halves, high first; dates come as ISO text. */
function variantOf(
  type: keyof typeof DataType,
  value: unknown,
): { dataType: DataType; arrayType?: VariantArrayType; value: unknown } {
  const wide = typeof value === 'string' && (type === 'Int64' || type === 'UInt64');
  if (wide) {
    const bits = BigInt.asUintN(64, BigInt(value));
    return {
      dataType: DataType[type],
      arrayType: VariantArrayType.Scalar,
      value: [Number(bits >> 32n), Number(bits & 0xffffffffn)],
    };
  }
  if (type === 'DateTime' && typeof value === 'string') return { dataType: DataType.DateTime, value: new Date(value) };
  if (type === 'ByteString' && typeof value === 'string')
    return { dataType: DataType.ByteString, value: Buffer.from(value) };
  if (type === 'NodeId' && typeof value === 'string') return { dataType: DataType.NodeId, value: resolveNodeId(value) };
  const special: Record<string, number> = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY };
  return { dataType: DataType[type], value: special[String(value)] ?? value };
}

function statusOf(name: string) {
  return (StatusCodes as unknown as Record<string, typeof StatusCodes.Good>)[name] ?? StatusCodes.Bad;
}

const types = new Map<string, keyof typeof DataType>();

function variableAt(namespaceUri: string, identifier: string) {
  const index = server.engine.addressSpace!.getNamespaceIndex(namespaceUri);
  return server.engine.addressSpace!.findNode(`ns=${index};${identifier}`);
}

function set(command: OpcuaServerCommand & { kind: 'set' }): void {
  const node = variableAt(command.namespaceUri, command.identifier);
  if (node === null || !('setValueFromSource' in node)) throw new Error(`no variable ${command.identifier}`);
  const type = types.get(`${command.namespaceUri} ${command.identifier}`)!;
  const variable = node as unknown as { setValueFromSource(value: object, status?: object, time?: Date): void };
  const time = command.sourceTime === undefined ? new Date() : new Date(command.sourceTime);
  variable.setValueFromSource(variantOf(type, command.value), statusOf(command.status ?? 'Good'), time);
}

function add(variable: OpcuaVariable): void {
  const space = server.engine.addressSpace!;
  const { namespaceUri, identifier, type, value } = variable;
  const namespace = space.getNamespace(space.getNamespaceIndex(namespaceUri));
  types.set(`${namespaceUri} ${identifier}`, type);
  const added = namespace.addVariable({
    organizedBy: space.rootFolder.objects,
    browseName: identifier,
    nodeId: identifier,
    dataType: type === 'Null' ? 'BaseDataType' : type,
    minimumSamplingInterval: 20,
    ...(variable.array && { valueRank: 1 }),
  });
  const plain = variantOf(type, value);
  const shaped = variable.array ? { ...plain, arrayType: VariantArrayType.Array } : plain;
  added.setValueFromSource(shaped as never, StatusCodes.Good, new Date(variable.sourceTime ?? Date.now()));
}

function addMethod({ namespaceUri, identifier, inputs, sets, status }: OpcuaMethod): void {
  const space = server.engine.addressSpace!;
  const namespace = space.getNamespace(space.getNamespaceIndex(namespaceUri));
  const argument = (name: string, type: keyof typeof DataType) => ({ name, dataType: DataType[type], valueRank: -1 });
  const owner = space.findNode(`ns=${namespace.index};s=Methods`) as ReturnType<typeof namespace.addObject> | null;
  const object =
    owner ?? namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: 'Methods', nodeId: 's=Methods' });
  const method = namespace.addMethod(object, {
    browseName: identifier,
    nodeId: identifier,
    inputArguments: inputs.map(({ name, type }) => argument(name, type)),
    outputArguments: [argument('ReturnStatus', 'Int32')],
  });
  method.bindMethod((given, _, answer) => {
    if (status !== undefined) {
      answer(null, { statusCode: statusOf(status) });
      return;
    }
    const value: unknown = given[0]?.value ?? true;
    if (sets !== undefined) set({ id: 0, kind: 'set', namespaceUri, identifier: sets, value });
    answer(null, { statusCode: StatusCodes.Good, outputArguments: [{ dataType: DataType.Int32, value: 7 }] });
  });
}

/** What it says of its limits is no limit at all. */
function hideLimits(): void {
  for (const name of Object.keys(limits)) {
    const browseName = `${name[0]!.toUpperCase()}${name.slice(1)}`;
    const id = VariableIds[`Server_ServerCapabilities_OperationLimits_${browseName}` as keyof typeof VariableIds];
    const node = server.engine.addressSpace!.findNode(`i=${id}`) as unknown as {
      bindVariable(value: object, overwrite: boolean): void;
    };
    node.bindVariable({ get: () => new Variant({ dataType: DataType.UInt32, value: 0 }) }, true);
  }
}

let alarms: OpcuaAlarms | undefined;
let refusedCalls = 0;
server.on('response', ({ responseHeader }) => {
  if (responseHeader.serviceResult.equals(StatusCodes.BadTooManyOperations)) refusedCalls += 1;
});

async function renewCertificate(): Promise<void> {
  const { pem, keyPem } = await makeRsaIdentity('CN=renewed', server.serverInfo.applicationUri ?? '', 365);
  writeFileSync(server.certificateFile, pem);
  writeFileSync(server.privateKeyFile, keyPem);
  invalidateServerCertificateCache(server);
  for (const endpoint of server.endpoints) {
    endpoint.invalidateCertificates();
    endpoint.abruptlyInterruptChannels();
  }
}

async function start(): Promise<void> {
  await server.initialize();
  for (const uri of options.namespaces) server.engine.addressSpace!.registerNamespace(uri);
  for (const variable of options.variables) add(variable);
  for (const method of options.methods ?? []) addMethod(method);
  for (const object of options.objects ?? []) addObject(server.engine.addressSpace!, object);
  if (options.hidesLimits) hideLimits();
  alarms = new OpcuaAlarms(server);
  await server.start();
  const address = server.endpoints[0]!.port;
  process.send!({ ready: true, port: address });
}

process.on('message', async (command: OpcuaServerCommand) => {
  try {
    if (command.kind === 'set') set(command);
    else if (command.kind === 'add') add(command.variable);
    else if (command.kind === 'alarm') alarms!.set(command);
    else if (command.kind === 'renew') await renewCertificate();
    process.send!({ id: command.id, count: refusedCalls });
  } catch (error) {
    process.send!({ id: command.id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => {
  void server.shutdown(0).finally(() => process.exit(0));
});
await start();
