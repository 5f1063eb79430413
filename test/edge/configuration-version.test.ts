import { keysOf } from '@gongfu/shared/config/known-key';
import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readEdgeConfig } from '#edge/config';
import { configurationVersion } from '#edge/configuration-version';
import { drivers } from '#edge/drivers/registry';

const configured = {
  gateway: { name: 'gw-1' },
  uplink: { url: 'http://127.0.0.1:8080', code: 'ABCD-EFGH' },
  buffer: { path: './data' },
  sources: [
    {
      name: 'plc',
      driver: 'modbus',
      host: '127.0.0.1',
      tags: [{ name: 'count', address: 'holding:0', type: 'uint32' }],
    },
    {
      name: 'robot',
      driver: 'opcua',
      endpoint: 'opc.tcp://127.0.0.1:4840',
      user: 'reader',
      password: 'first',
      tags: [{ name: 'state', nodeId: 'ns=2;s=State', type: 'int32' }],
    },
  ],
};

function versionOf(content: object): string {
  return configurationVersion(readEdgeConfig('edge.yaml', stringify(content), {}));
}

/** The same with the keys of every mapping in another order. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => ({ key, item, place: random() }));
  entries.sort((a, b) => a.place - b.place);
  return Object.fromEntries(entries.map(({ key, item }) => [key, shuffled(item, random)]));
}

/** A copy in which what `path` leads to is another. */
function changed(path: readonly (string | number)[], value: unknown): object {
  const copy = structuredClone(configured) as object;
  const holder = path.slice(0, -1).reduce<object>((at, step) => Reflect.get(at, step) as object, copy);
  Reflect.set(holder, path.at(-1)!, value);
  return copy;
}

describe('configuration version', () => {
  const version = versionOf(configured);

  it('is the same whatever the order of keys, and with defaults written out', () => {
    expect(version).to.match(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (places) => {
        const random = () => places.next().value as number;
        expect(versionOf(shuffled(configured, random) as object)).to.equal(version);
      }),
      { numRuns: 30 },
    );
    expect(versionOf({ ...configured, status: { host: '127.0.0.1', port: 8081 } })).to.equal(version);
  });

  it('does not hang on the one-time code or a secret', () => {
    for (const same of [
      changed(['uplink', 'code'], 'ANOTHER'),
      changed(['sources', 1, 'password'], 'second'),
      changed(['uplink', 'url'], 'http://me:secret@127.0.0.1:8080'),
    ]) {
      expect(versionOf(same)).to.equal(version);
    }
  });

  it('is another when anything else is', () => {
    const others = [
      changed(['uplink', 'url'], 'http://127.0.0.1:8081'),
      changed(['sources', 0, 'host'], '127.0.0.2'),
      changed(['sources', 0, 'interval'], '2s'),
      changed(['sources', 0, 'tags', 0, 'deadband'], 1),
      changed(['sources', 1, 'user'], 'writer'),
      changed(['sources'], [...configured.sources].reverse()),
      changed(['buffer', 'maxBytes'], '1GiB'),
      changed(['uplink'], undefined),
    ].map(versionOf);
    expect(new Set([version, ...others]).size).to.equal(others.length + 1);
  });

  it('has no driver whose key looks like a secret and is not named as one', () => {
    const found = Object.values(drivers).flatMap((kind) =>
      [...keysOf(kind.sourceSchema), ...keysOf(kind.tagSchema)].filter((key) =>
        /pass|secret|token|credential|pin$|private/i.test(key),
      ),
    );
    expect(found).to.deep.equal(['password']);
    expect(drivers.opcua.secrets).to.deep.equal(found);
  });
});
