import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type RunningPlant, startModbusPlant, startOpcuaPlant } from '../kit/plant.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';
import { type Python, requirePeers } from '../kit/python.ts';
import { checkoutFolder } from '../kit/source-tree.ts';

interface DemoTag {
  readonly name: string;
  readonly type: string;
  readonly address?: string;
  readonly nodeId?: string;
  readonly unitId?: number;
  readonly byteOrder?: string;
  readonly bit?: number;
  readonly length?: number;
}

interface Latest {
  readonly tag: string;
  readonly value: number | string | boolean | null;
  readonly quality: string;
  readonly status: number;
}

type Shown = number | string | boolean | null;

const wideTypes = ['int64', 'uint64'];

/** The demonstration's own gateway configuration, so that no tag of it can be forgotten here. */
async function demoConfig(): Promise<{ text: string; curing: readonly DemoTag[]; assembly: readonly DemoTag[] }> {
  const text = await readFile(join(checkoutFolder, 'deploy/demo/edge.yaml'), 'utf8');
  // A placeholder that stands alone in a flow mapping is no YAML before it is filled in.
  const { sources } = parse(text.replaceAll(/\$\{[^}]*\}/g, '1')) as { sources: { name: string; tags: DemoTag[] }[] };
  const tagsOf = (name: string): DemoTag[] => sources.find((source) => source.name === name)?.tags ?? [];
  return { text, curing: tagsOf('curing'), assembly: tagsOf('assembly') };
}

describe('flow: the API shows what independent clients read', function () {
  this.timeout(180_000);
  let python: Python;
  let folder = '';
  let curingPlant: RunningPlant;
  let assemblyPlant: RunningPlant;
  let cloud: RunningCloud | undefined;
  let edge: RunningEdge | undefined;
  let config: Awaited<ReturnType<typeof demoConfig>>;
  let shown: ReadonlyMap<string, Latest>;
  const stops: (() => Promise<void>)[] = [];

  before(async function () {
    python = await requirePeers(this);
    config = await demoConfig();
    folder = await mkdtemp(join(tmpdir(), 'gongfu-truth-'));
    await startPlants();
    await startPrograms();
    shown = await latestOfAll();
  });

  after(async () => {
    await edge?.stop();
    await cloud?.stop();
    for (const stop of stops) await stop();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  /** Both lines run a while, so that counters and states are past their first values, and then stand still. */
  async function startPlants(): Promise<void> {
    const options = { seed: 'truth', speed: 60 };
    curingPlant = await startModbusPlant({ ...options, ledger: join(folder, 'curing.jsonl') });
    stops.push(() => curingPlant.stop());
    assemblyPlant = await startOpcuaPlant({
      ...options,
      ledger: join(folder, 'assembly.jsonl'),
      pki: join(folder, 'pki'),
    });
    stops.push(() => assemblyPlant.stop());
    await wait(4_000);
    await curingPlant.control('/freeze');
    await assemblyPlant.control('/freeze');
  }

  async function startPrograms(): Promise<void> {
    cloud = await startCloud({ dataDir: join(folder, 'cloud') });
    const { code } = (await ask('POST', '/api/v1/gateways', { name: 'demo-gateway' })) as { code: string };
    const env = {
      GONGFU_CLOUD_URL: cloud.url,
      GONGFU_CODE: code,
      GONGFU_EDGE_DATA: join(folder, 'edge'),
      DEMO_MODBUS_PORT: String(curingPlant.port),
      DEMO_OPCUA_PORT: String(assemblyPlant.port),
    };
    edge = await startEdge({ config: config.text, env });
  }

  let token = '';
  async function ask(method: string, path: string, body?: object): Promise<unknown> {
    if (token === '' && path !== '/api/v1/sessions') {
      const session = await ask('POST', '/api/v1/sessions', { user: 'admin', password: cloud!.password });
      token = (session as { token: string }).token;
    }
    const headers = { 'content-type': 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) };
    const response = await fetch(`${cloud!.url}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** The newest sample of every configured tag, by `source/name`, once all of them have arrived. */
  async function latestOfAll(): Promise<ReadonlyMap<string, Latest>> {
    const expected = config.curing.length + config.assembly.length;
    for (let attempt = 0; ; attempt += 1) {
      const { items: tags } = (await ask('GET', '/api/v1/tags')) as {
        items: { id: string; source: string; name: string }[];
      };
      const ids = tags.map((tag) => tag.id).join();
      const { items } = (ids === '' ? { items: [] } : await ask('GET', `/api/v1/latest?tags=${ids}`)) as {
        items: Latest[];
      };
      const byId = new Map(items.map((item) => [item.tag, item]));
      const good = items.filter((item) => item.quality === 'good').length;
      if (good === expected) return new Map(tags.map((tag) => [`${tag.source}/${tag.name}`, byId.get(tag.id)!]));
      if (attempt > 200)
        throw new Error(`${good} of ${expected} tags are good in the API\n${edge!.stderr()}${cloud!.stderr()}`);
      await wait(200);
    }
  }

  function compare(source: string, tags: readonly DemoTag[], peer: readonly Shown[]): void {
    const differences = tags.flatMap((tag, index) => {
      const sample = shown.get(`${source}/${tag.name}`);
      const same = sample !== undefined && Object.is(sample.value, peer[index]);
      return same ? [] : [`${tag.name} ${tag.type}: API ${sample?.value}, peer ${peer[index]}`];
    });
    expect(differences).to.deep.equal([]);
    expect(peer).to.have.length(tags.length);
  }

  it('every Modbus tag as pymodbus reads it', async () => {
    const tags = config.curing.map((tag) => {
      const [table, address] = tag.address!.split(':');
      return { unitId: 1, byteOrder: 'ABCD', ...tag, table, address: Number(address) };
    });
    const question = { host: '127.0.0.1', port: curingPlant.port, tags };
    compare('curing', config.curing, (await python.ask('read-modbus.py', question)) as Shown[]);
  });

  it('every OPC UA tag as asyncua reads it', async () => {
    const question = {
      endpoint: `opc.tcp://127.0.0.1:${assemblyPlant.port}`,
      nodes: config.assembly.map((tag) => tag.nodeId),
    };
    const answers = (await python.ask('read-opcua.py', question)) as { value: Shown; status: number }[];
    expect(answers.filter(({ status }) => status !== 0)).to.deep.equal([]);
    compare(
      'assembly',
      config.assembly,
      answers.map(({ value }) => value),
    );
  });

  it('in every type and byte order, with integers no double can hold', () => {
    const types = (tags: readonly DemoTag[]): string[] => [...new Set(tags.map((tag) => tag.type))].sort();
    expect(types(config.curing)).to.include.members([
      'bool',
      'float32',
      'float64',
      'int16',
      'int32',
      'int64',
      'string',
      'uint16',
      'uint32',
      'uint64',
    ]);
    expect(types(config.assembly)).to.include.members([
      'bool',
      'float32',
      'float64',
      'int16',
      'int32',
      'int64',
      'int8',
      'string',
      'uint16',
      'uint32',
      'uint64',
      'uint8',
    ]);
    const orders = new Set(config.curing.map((tag) => tag.byteOrder ?? 'ABCD'));
    expect(orders).to.deep.equal(new Set(['ABCD', 'CDAB', 'BADC', 'DCBA']));
    for (const [source, tags] of [
      ['curing', config.curing],
      ['assembly', config.assembly],
    ] as const) {
      const values = tags
        .filter((tag) => wideTypes.includes(tag.type))
        .map((tag) => BigInt(shown.get(`${source}/${tag.name}`)!.value as string));
      expect(
        values.filter((value) => value > 2n ** 53n && BigInt(Number(value)) !== value).length,
        source,
      ).to.be.greaterThan(0);
      expect(
        values.some((value) => value > 2n ** 63n),
        source,
      ).to.equal(true);
    }
  });
});
