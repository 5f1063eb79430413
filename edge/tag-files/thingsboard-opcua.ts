import type { ForeignSection } from './foreign-section.ts';
import { type FoundTag, foreignSource } from './foreign-source.ts';
import type { ImportedSource } from './imported.ts';

const lists = ['timeseries', 'attributes'] as const;
const written = 'a tag is read, never written';
const reasons = {
  rpc_methods: written,
  attributes_updates: written,
  deviceNodePattern: 'devices are not looked for; each tag has its node id',
  deviceNodeSource: 'devices are not looked for; each tag has its node id',
};

/** The OPC UA connector; it says by node id or by path where a value is, and never of which type. */
export function thingsboardOpcua(
  root: ForeignSection,
  server: ForeignSection,
  name: string,
): ImportedSource | undefined {
  // The older form has the mapping inside the server.
  const mappings = [...root.sections('mapping'), ...server.sections('mapping')];
  const tags = mappings.flatMap((mapping) => {
    const device = mapping.section('deviceInfo').text('deviceNameExpression') ?? mapping.text('deviceNamePattern');
    const found = lists.flatMap((list) => mapping.sections(list).flatMap((point) => tagOf(point, device, list)));
    mapping.settled('deviceInfo', 'deviceTypePattern');
    mapping.rest(reasons);
    return found;
  });
  server.warn(
    undefined,
    'types are not said here: every tag is taken for float64; gongfu-edge browse tells which types the server has',
  );
  const policy = server.text('security');
  const keys = {
    endpoint: server.text('url'),
    securityPolicy: policy === 'None' ? undefined : policy,
    ...signIn(server),
    timeout: millis(server, 'timeoutInMillis'),
    sessionTimeout: millis(server, 'sessionTimeoutInMillis'),
    interval: millis(server, 'pollPeriodInMillis'),
  };
  const keyNames = {
    securityPolicy: 'security',
    timeout: 'timeoutInMillis',
    sessionTimeout: 'sessionTimeoutInMillis',
    interval: 'pollPeriodInMillis',
  };
  return foreignSource({ name, driver: 'opcua', keys, tags, from: server, keyNames });
}

function tagOf(point: ForeignSection, device: string | undefined, list: string): FoundTag[] {
  const key = point.text('key') ?? '';
  const where = point.has('value') ? 'value' : 'path';
  const nodeId = /^\$\{\s*((?:ns=|nsu=|i=|s=|g=|b=).*?)\s*\}$/.exec(String(point.raw(where) ?? ''))?.[1];
  if (nodeId === undefined) {
    point.warn(where, 'the tag is left out: it is no node id; gongfu-edge browse lists the node ids of a server');
    return [];
  }
  point.settled('type');
  point.rest(reasons);
  const names = [key, ...(device === undefined ? [] : [`${device}.${key}`]), `${list}.${key}`];
  // They write `ns=2; i=5` too.
  const compact = nodeId.replace(/^(nsu?=[^;]*);\s+/, '$1;');
  return [{ names, keys: { type: 'float64', nodeId: compact }, from: point, keyNames: { nodeId: where, name: 'key' } }];
}

function signIn(server: ForeignSection): Readonly<Record<string, unknown>> {
  const identity = server.section('identity');
  const type = identity.text('type') ?? 'anonymous';
  const reads: Readonly<Record<string, () => Readonly<Record<string, unknown>>>> = {
    anonymous: () => ({}),
    basic: () => ({ user: identity.text('username'), password: identity.text('password') }),
    username: () => ({ user: identity.text('username'), password: identity.text('password') }),
  };
  if (!Object.hasOwn(reads, type))
    identity.warn('type', 'is not carried over: write userCertificate and userKey of files here');
  const keys = reads[type]?.() ?? {};
  const mode = identity.text('mode');
  identity.rest();
  return { ...keys, securityMode: mode === 'Sign' || mode === 'SignAndEncrypt' ? mode : undefined };
}

function millis(section: ForeignSection, key: string): string | undefined {
  const value = section.number(key);
  return value === undefined ? undefined : `${value}ms`;
}
