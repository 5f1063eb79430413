import type { Command, CommandResult } from '@gongfu/shared/wire/command';
import { expect } from 'chai';
import { opcuaTagSchema } from '#edge/drivers/opcua/config';
import { EdgeCloud } from '#test/kit/edge-cloud';
import { temporaryFolder } from '#test/kit/folders';
import { OpcuaServerProcess } from '#test/kit/opcua-server';
import { type RunningEdge, startEdge } from '#test/kit/programs';
import { until } from '#test/kit/until';

const line = 'http://line.test/';

describe('writes over OPC UA', function () {
  this.timeout(60_000);
  const { folder, remove } = temporaryFolder();
  const cloud = new EdgeCloud();
  let server: OpcuaServerProcess;
  let edge: RunningEdge;
  let numbers: Record<string, number>;
  let ids = 0;

  const call = (method: string, args = '') =>
    `call: { object: "nsu=${line};s=Methods", method: "nsu=${line};s=${method}"${args} }`;
  const node = (name: string, id: string, type: string) =>
    `name: ${name}, nodeId: "nsu=${line};s=${id}", type: ${type}`;
  const config = (tags: readonly string[]) => `
gateway: { name: gw-1 }
uplink: { url: "${cloud.url}", code: ABCD-EFGH }
buffer: { path: "${folder}/buffer" }
status: { port: 0 }
commands: { enabled: true }
sources:
  - name: line
    driver: opcua
    endpoint: ${server.endpoint}
    interval: 100ms
    tags:
${tags.map((tag) => `      - { ${tag} }`).join('\n')}
`;

  const resultOf = async (tag: string, value: Command['value']): Promise<CommandResult> => {
    ids += 1;
    const id = `c-${ids}`;
    const asked = { id, number: numbers[tag]!, value, requestedAt: Date.now(), expiresAt: Date.now() + 20_000 };
    const who = { requestedBy: 'li.wei', approvedBy: null, reason: 'test' };
    expect(await cloud.command({ ...asked, ...who, expiresInMs: 20_000 })).to.deep.equal({ received: true });
    const mine = () => cloud.results.find((result) => result.id === id);
    await until(() => mine() !== undefined);
    return mine()!;
  };

  before(async () => {
    await cloud.start();
    const variable = (identifier: string, type: 'Boolean' | 'Float', value: unknown) => ({
      namespaceUri: line,
      identifier,
      type,
      value,
    });
    const speed = { name: 'Speed', type: 'Float' } as const;
    const mode = { name: 'Mode', type: 'UInt16' } as const;
    server = await OpcuaServerProcess.start({
      port: 0,
      folder,
      namespaces: [line],
      variables: [
        variable('s=Speed', 'Float', 0),
        variable('s=Free', 'Boolean', true),
        variable('s=Reset', 'Boolean', false),
        { ...variable('s=Speeds', 'Float', [1, 2, 3]), array: true },
      ],
      methods: [
        { namespaceUri: line, identifier: 's=SetSpeed', inputs: [speed, mode], sets: 's=Speed' },
        { namespaceUri: line, identifier: 's=Start', inputs: [] },
        { namespaceUri: line, identifier: 's=DoReset', inputs: [], sets: 's=Reset' },
        { namespaceUri: line, identifier: 's=Refused', inputs: [speed], status: 'BadUserAccessDenied' },
      ],
    });
    const guarded = 'write: { min: 0, max: 90, interlock: { tag: free, equals: true } }';
    const text = config([
      node('free', 'Free', 'bool'),
      `${node('second', 'Speeds', 'float32')}, element: 1, write: { min: 0, max: 90 }`,
      `${node('first', 'Speeds', 'float32')}, element: 0`,
      `${node('third', 'Speeds', 'float32')}, element: 2, write: { min: 0, max: 90, interlock: [{ tag: first, equals: 1 }, { tag: second, equals: 8.5 }] }`,
      `${node('fifth', 'Speeds', 'float32')}, element: 4, write: { min: 0, max: 90 }`,
      `${node('speed', 'Speed', 'float32')}, scale: 0.5, ${guarded}, ${call('SetSpeed', ', arguments: [command, { constant: 3 }]')}`,
      `${node('miscounted', 'Speed', 'float32')}, ${guarded}, ${call('SetSpeed')}`,
      `${node('mistyped', 'Speed', 'float32')}, ${guarded}, ${call('SetSpeed', ', arguments: [command, { constant: 3.5 }]')}`,
      `${node('start', 'Reset', 'bool')}, write: {}, ${call('Start', ', arguments: []')}`,
      `${node('reset', 'Reset', 'bool')}, write: {}, ${call('DoReset', ', arguments: []')}`,
      `${node('denied', 'Speed', 'float32')}, ${guarded}, ${call('Refused')}`,
      `${node('absent', 'Speed', 'float32')}, ${guarded}, ${call('Nowhere')}`,
    ]);
    edge = await startEdge({ config: text });
    // A command that comes before hello is answered is for nobody: the first batch says that it was.
    await until(() => cloud.hellos.length > 0 && cloud.stored.size > 0);
    numbers = Object.fromEntries(cloud.hellos.at(-1)!.tags.map(({ name, number }) => [name, number]));
    await until(async () => (await resultOf('second', 2)).outcome === 'written');
  });

  after(async () => {
    await edge?.stop();
    await server?.kill();
    await cloud.stop();
    remove();
  });

  it('change one element of an array and no other', async () => {
    expect(await resultOf('second', 8.5)).to.include({ outcome: 'written', readBack: 8.5 });
    // Its interlocks are what the others hold.
    expect(await resultOf('third', 7)).to.include({ outcome: 'written', readBack: 7 });
    const missing = await resultOf('fifth', 1);
    expect(missing).to.include({ outcome: 'refused', code: 'value-unfit' });
    expect(missing.detail).to.include('has 3 elements, none of them at 4');
    expect(await resultOf('second', 91)).to.include({ outcome: 'refused', code: 'out-of-range' });
  });

  it('call a method in the types it declares, and are written only where the tag shows it', async () => {
    expect(await resultOf('speed', 21)).to.include({ outcome: 'written', readBack: 21, detail: 'it returned 7' });
    const started = await resultOf('start', true);
    expect(started).to.include({ outcome: 'unknown', code: 'done-unverified', readBack: false });
    expect(started.detail).to.include('it returned 7');
    expect(await resultOf('reset', true)).to.include({ outcome: 'written', readBack: true });
  });

  it('call nothing where the guards, the value or the method do not allow it', async () => {
    await server.set(line, 's=Speed', 1);
    const cases = [
      [await resultOf('speed', 91), 'out-of-range', ''],
      [await resultOf('start', false), 'value-unfit', 'only true calls it'],
      [await resultOf('miscounted', 5), 'value-unfit', 'takes 2 arguments (Speed, Mode), not 1'],
      [await resultOf('mistyped', 5), 'value-unfit', 'argument Mode: 3.5 is no value'],
    ] as const;
    for (const [result, code, detail] of cases) {
      expect(result, result.detail).to.include({ outcome: 'refused', code, readBack: null });
      expect(result.detail).to.include(detail);
    }
    await server.set(line, 's=Free', false);
    expect(await resultOf('speed', 5)).to.include({ outcome: 'refused', code: 'interlock' });
    await server.set(line, 's=Free', true);
    expect(await resultOf('denied', 5)).to.include({ code: 'source-refused', detail: 'BadUserAccessDenied' });
    expect((await resultOf('absent', 5)).outcome).to.be.oneOf(['refused', 'failed']);
    expect(await resultOf('speed', 0.5)).to.include({ outcome: 'written', readBack: 0.5 });
  });

  it('say before the start what can never be', async () => {
    const faults = (tag: object): boolean => opcuaTagSchema.safeParse({ nodeId: 'i=1', ...tag }).success;
    expect(faults({ call: { object: 'i=1', method: 'x' } })).to.equal(false);
    expect(faults({ call: { object: 'i=1', method: 'i=2', arguments: ['value'] } })).to.equal(false);
    expect(faults({ call: { object: 'i=1', method: 'i=2', arguments: ['command', { constant: 3 }] } })).to.equal(true);
  });
});
