import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Api, type ApiSample } from '../kit/api.ts';
import { CountingServer } from '../kit/counting-server.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { counterSource, gatewayConfig } from '../kit/gateway.ts';
import { type RunningCloud, startCloud } from '../kit/programs.ts';
import { checkoutFolder } from '../kit/source-tree.ts';

const run = promisify(execFile);
/** Of the cloud and its page; an edge has no use for any of them. */
const unwanted = /duckdb|mongo|mingo|react|antd|uplot|vite|argon2|^@gongfu\/cloud$|^socket\.io$|^node-opcua-server$/;

describe('flow: the edge installs alone', function () {
  this.timeout(150_000);
  const data = temporaryFolder();
  const place = join(data.folder, 'gateway');
  const server = new CountingServer();
  let cloud: RunningCloud | undefined;
  let edge: ChildProcess | undefined;

  after(async () => {
    if (edge !== undefined && edge.exitCode === null) {
      edge.kill('SIGKILL');
      await once(edge, 'close');
    }
    await cloud?.stop();
    await server.stop();
    data.remove();
  });

  const npx = async (...parameters: string[]) =>
    (await run('npx', ['--no-install', 'gongfu-edge', ...parameters], { cwd: place, timeout: 30_000 })).stdout;

  it('from its packages, without anything of the cloud', async () => {
    mkdirSync(place);
    const pack = ['pack', '--workspace', 'shared', '--workspace', 'edge', '--pack-destination', data.folder];
    await run('npm', pack, { cwd: checkoutFolder });
    const packages = readdirSync(data.folder).filter((file) => file.endsWith('.tgz'));
    expect(packages).to.have.length(2);
    writeFileSync(join(place, 'package.json'), '{"private":true}');
    const quiet = ['--omit=dev', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
    const files = packages.map((file) => join(data.folder, file));
    await run('npm', ['install', '--prefix', place, ...quiet, ...files], { cwd: place, timeout: 120_000 });

    const lock = JSON.parse(readFileSync(join(place, 'node_modules/.package-lock.json'), 'utf8')) as {
      packages: Record<string, unknown>;
    };
    const names = Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13));
    expect(names).to.include.members(['@gongfu/edge', '@gongfu/shared', 'lmdb', 'modbus-serial', 'node-opcua-client']);
    expect(names.filter((name) => unwanted.test(name))).to.deep.equal([]);
    for (const name of ['edge', 'shared'])
      expect(lstatSync(join(place, 'node_modules/@gongfu', name)).isSymbolicLink(), 'of the package').to.equal(false);
    console.log(`      ${names.length} packages`);
  });

  it('answers --help, check and plan, and delivers samples to a cloud', async () => {
    cloud = await startCloud({ dataDir: `${data.folder}/cloud` });
    const api = new Api(cloud.url);
    await api.signIn(cloud);
    // The second source is there to load the OPC UA client as installed; nobody answers at port 1.
    const sources = `${counterSource(await server.start())}
  - name: robot
    driver: opcua
    endpoint: opc.tcp://127.0.0.1:1
    tags: [{ name: state, nodeId: "ns=2;s=Robot.State", type: int32 }]`;
    const config = gatewayConfig({ name: 'alone', url: cloud.url, buffer: './buffer', sources });
    writeFileSync(join(place, 'edge.yaml'), config);
    expect(await npx('--help')).to.match(/run .*\n[\s\S]*check .*\n[\s\S]*plan /);
    expect(await npx('check', '-c', 'edge.yaml'))
      .to.match(/^plc\/count {2}unit 1 FC3 holding:0\.\.1 {2}uint32$/m)
      .and.match(/^OK: gateway alone, 2 sources, 2 tags.*, configuration [0-9a-f]{8}$/m);
    expect(await npx('plan', '-c', 'edge.yaml')).to.match(/^plc \(modbus\): 1 tags, 1 requests$/m);

    const program = join(place, 'node_modules/.bin/gongfu-edge');
    edge = spawn(program, ['run', '-c', 'edge.yaml', '--code', await api.code('alone')], {
      cwd: place,
      // The channel ends it should this test run be killed.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let written = '';
    for (const stream of [edge.stdout!, edge.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        written += text;
      });
    const samples = await samplesOf(api, 'count', 10, () => {
      expect(edge!.exitCode, written).to.equal(null);
    });
    const numbers = samples.filter(({ quality }) => quality === 'good').map(({ value }) => Number(value));
    expect(numbers.every((number, n) => n === 0 || number > numbers[n - 1]!)).to.equal(true);
    const robot = await samplesOf(api, 'state', 1);
    expect(new Set(robot.map(({ quality }) => quality))).to.deep.equal(new Set(['bad']));
    edge.kill('SIGTERM');
    const [code] = (await once(edge, 'close')) as [number | null];
    expect(code, written).to.equal(0);
  });
});

/** Raw samples of a tag, as soon as the cloud has that many. */
async function samplesOf(api: Api, name: string, countMin: number, watch = () => {}): Promise<ApiSample[]> {
  for (;;) {
    watch();
    const { items } = await api.get<{ items: { id: string; name: string }[] }>('/api/v1/tags');
    const tag = items.find((item) => item.name === name);
    const samples = tag === undefined ? [] : await api.samples(tag.id);
    if (samples.length >= countMin) return samples;
    await wait(100);
  }
}
