import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { Api } from '../../kit/api.ts';
import { temporaryFolder } from '../../kit/folders.ts';
import { gatewayConfig } from '../../kit/gateway.ts';
import { startModbusPlant } from '../../kit/plant.ts';
import { type RunningCloud, startCloud, startEdge } from '../../kit/programs.ts';
import { checkoutFolder } from '../../kit/source-tree.ts';

const line = 'qingdao.plant-1.curing.line-1';
const page = readFileSync(join(checkoutFolder, 'deploy/docs/build-a-plugin.md'), 'utf8');

/** The one block of the page in that language that holds the text. */
function block(language: string, holding: string): string {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text]) => text!);
  const found = blocks.filter((text) => text.includes(holding));
  expect(found, holding).to.have.length(1);
  return found[0]!;
}

/** What the cloud is built of; packages come from the checkout, our own from the copy. */
function copyCheckout(to: string): void {
  for (const part of ['package.json', 'tsconfig.json', 'shared', 'cloud']) {
    cpSync(join(checkoutFolder, part), join(to, part), { recursive: true, preserveTimestamps: true });
  }
  const from = join(checkoutFolder, 'node_modules');
  mkdirSync(join(to, 'node_modules/@gongfu'), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== '@gongfu') symlinkSync(join(from, name), join(to, 'node_modules', name));
  }
  for (const name of ['shared', 'cloud']) symlinkSync(join(to, name), join(to, 'node_modules/@gongfu', name));
}

/** Every source file by its content; what a build writes is none. */
function contents(folder: string): Map<string, string> {
  const paths = ['package.json', 'tsconfig.json'];
  for (const room of ['shared', 'cloud']) {
    for (const path of readdirSync(join(folder, room), { recursive: true, encoding: 'utf8' })) {
      if (!/^(dist|web-dist)\b/.test(path)) paths.push(join(room, path));
    }
  }
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return new Map(
    files.map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    ]),
  );
}

interface Kpi {
  readonly items: readonly { readonly inputs: { readonly energyKwh: number | null } }[];
}

describe('docs: building a plugin by the letter of its page', function () {
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  const copy = join(folder, 'checkout');
  const stops: (() => Promise<unknown>)[] = [];
  let api: Api;
  let sourcesBefore: Map<string, string>;
  let sourcesAfter: Map<string, string>;

  before(async () => {
    mkdirSync(copy);
    copyCheckout(copy);
    sourcesBefore = contents(copy);
    mkdirSync(join(copy, 'cloud/plugins/unseen'));
    writeFileSync(join(copy, 'cloud/plugins/unseen/plugin.ts'), block('ts', 'definePlugin({'));
    execFileSync('bash', ['-euo', 'pipefail', '-c', block('sh', 'cp -R')], { cwd: copy, stdio: 'pipe' });
    sourcesAfter = contents(copy);
    const cloud = await startCloud({
      checkout: copy,
      dataDir: join(folder, 'cloud'),
      plantFile: join(checkoutFolder, 'deploy/demo/plant.yaml'),
    });
    stops.push(() => cloud.stop());
    api = new Api(cloud.url);
    await api.signIn(cloud);
    await readLine(cloud);
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
    remove();
  });

  /** Meter and one press of line 1, by the names the demonstration's plant model has for them. */
  async function readLine(cloud: RunningCloud): Promise<void> {
    const plant = await startModbusPlant({ ledger: join(folder, 'ledger.jsonl'), speed: 10 });
    stops.push(() => plant.stop());
    const sources = `  - name: curing
    driver: modbus
    host: 127.0.0.1
    port: ${plant.port}
    interval: 200ms
    tags:
      - { name: press-1.state, address: "holding:0", type: uint16 }
      - { name: press-1.total, address: "holding:1", type: uint16 }
      - { name: meter.energy, address: "input:0", type: float64, unitId: 2, unit: kW.h }`;
    const config = gatewayConfig({ name: 'demo-gateway', url: cloud.url, buffer: join(folder, 'edge'), sources });
    const edge = await startEdge({ config, env: { GONGFU_CODE: await api.code('demo-gateway') } });
    stops.push(() => edge.stop());
  }

  async function meters(plugin: string): Promise<{ assetId: string; state: string; tag: string; exchanges: number }[]> {
    return (await api.get<{ items: never[] }>(`/api/v1/plugins/${plugin}/meters`)).items;
  }

  const settingsOf = (plugin: string) => `/api/v1/portal/plugins/${plugin}/settings`;

  it('touches no file but those of the new folders', () => {
    const isNew = (path: string) => /^cloud\/plugins\/(heat|unseen)\//.test(path);
    expect([...sourcesAfter].filter(([path]) => !isNew(path))).to.deep.equal([...sourcesBefore]);
    const changed = [...sourcesAfter].flatMap(([path, hash]) =>
      path.startsWith('cloud/plugins/heat/') && sourcesBefore.get(path.replace('/heat/', '/energy/')) !== hash
        ? [path]
        : [],
    );
    expect(changed).to.deep.equal(['cloud/plugins/heat/manifest.ts']);
  });

  it('is a second plugin beside the first, and the example of the page a third', async () => {
    const { items } = await api.get<{ items: { id: string; state: string; name: { en: string }; faults: string[] }[] }>(
      '/api/v1/portal/plugins',
    );
    expect(items.map(({ id, state, name, faults }) => [id, state, name.en, faults])).to.deep.equal([
      ['energy', 'on', 'Energy per piece', []],
      ['heat', 'on', 'Heat per piece', []],
      ['unseen', 'on', 'Unseen time', []],
    ]);
    const { paths } = await api.get<{ paths: Record<string, unknown> }>('/api/openapi.json');
    const of = (plugin: string) => Object.keys(paths).filter((path) => path.startsWith(`/api/v1/plugins/${plugin}/`));
    expect(of('heat')).to.have.length.greaterThan(4);
    expect(of('heat').map((path) => path.replace('/heat/', '/energy/'))).to.deep.equal(of('energy'));
  });

  it('finds the meter of the line by its role, and both compute the same from it', async () => {
    while ((await meters('heat'))[0]?.state !== 'reads') await wait(100);
    for (const plugin of ['energy', 'heat']) {
      expect((await meters(plugin)).map(({ assetId, state }) => [assetId, state])).to.deep.equal([[line, 'reads']]);
    }
    const kpi = (plugin: string, range: string) =>
      api.get<Kpi>(`/api/v1/plugins/${plugin}/kpis/energy-per-good-piece?asset=${line}&window=custom&${range}`);
    let range = '';
    let found: Kpi;
    do {
      await wait(200);
      const now = Date.now();
      range = `from=${now - 60_000}&to=${now}`;
      found = await kpi('heat', range);
    } while ((found.items[0]?.inputs.energyKwh ?? 0) === 0);
    // Some seconds later every sample of that time has arrived.
    await wait(2_000);
    found = await kpi('heat', range);
    expect(found.items[0]?.inputs.energyKwh).to.be.greaterThan(0);
    expect(await kpi('energy', range)).to.deep.equal(found);
    const unseen = await api.get<{ items: unknown[] }>(`/api/v1/plugins/unseen/kpis/unseen-time?asset=${line}`);
    expect(unseen.items).to.have.length(1);
    expect((await api.get<{ items: unknown[] }>('/api/v1/plugins/unseen/shifts')).items).to.have.length.greaterThan(0);
  });

  it('keeps settings and records of its own', async () => {
    await api.put(settingsOf('heat'), { value: { tariff: 0.25 } });
    const tariff = async (plugin: string) =>
      (await api.get<{ value: { tariff: number | null } }>(settingsOf(plugin))).value.tariff;
    expect([await tariff('heat'), await tariff('energy')]).to.deep.equal([0.25, null]);
    const [meter] = await meters('heat');
    const exchange = { tag: meter!.tag, at: '2026-01-01T00:00:00Z', oldReading: 7, newReading: 0 };
    await api.post('/api/v1/plugins/heat/exchanges', exchange);
    const noted = async (plugin: string) => (await meters(plugin))[0]?.exchanges;
    expect([await noted('heat'), await noted('energy')]).to.deep.equal([1, 0]);
  });
});
