import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, watch, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { isBad } from '@gongfu/shared/model/quality';
import { decodeBatch } from '@gongfu/shared/wire/codec';
import { expect } from 'chai';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { EdgeCloud } from '#test/kit/edge-cloud';
import { temporaryFolder } from '#test/kit/folders';
import { type RunningEdge, runProgram, startEdge } from '#test/kit/programs';
import { checkoutFolder } from '#test/kit/source-tree';
import { until } from '#test/kit/until';

const bin = 'edge/bin/gongfu-edge.js';

describe('gongfu-edge', function () {
  this.timeout(60_000);
  let folder: string;
  let remove: () => void;

  before(() => {
    ({ folder, remove } = temporaryFolder());
  });
  after(() => remove());

  // Port 1 of the loopback: nobody listens there, so the source is unreachable from the start.
  const config = (options: { url?: string; port?: number; path?: string; host?: string } = {}) => `
gateway: { name: gw-1 }
uplink: { url: "${options.url ?? 'http://127.0.0.1:9'}", code: "\${GONGFU_CODE:-}" }
buffer: { path: ${options.path ?? join(folder, 'buffer')}, maxBytes: 16MiB }
status: { host: "${options.host ?? '127.0.0.1'}", port: ${options.port ?? 0} }
sources:
  - name: plc
    driver: modbus
    host: 127.0.0.1
    port: 1
    interval: 50ms
    tags:
      - { name: a, address: 40001, type: int16 }
      - { name: b, address: "input:10", type: float32 }
`;
  const written = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('check shows the address of every tag on the wire, plan the requests', async () => {
    const file = written('good.yaml', config());
    const check = await runProgram(bin, ['check', '-c', file]);
    expect(check).to.include({ code: 0, stderr: '' });
    expect(check.stdout)
      .to.match(/^plc\/a {2}unit 1 FC3 holding:0 {2}int16$/m)
      .and.match(/^plc\/b {2}unit 1 FC4 input:10\.\.11 {2}float32$/m)
      .and.match(/^OK: .* 2 tags/m);
    const plan = await runProgram(bin, ['plan', '-c', file]);
    expect(plan.code).to.equal(0);
    expect(plan.stdout)
      .to.match(/^plc \(modbus\): 2 tags, 2 requests$/m)
      .and.match(/^ {4}b {2}unit 1 FC4 input:10\.\.11 {2}float32$/m);
    const serial = config().replace(/host: .*\n *port: 1\n/, 'serial: { path: /dev/ttyS0, baudRate: 19200 }\n');
    const timed = await runProgram(bin, ['plan', '-c', written('serial.yaml', serial.replace('50ms', '100ms'))]);
    expect(timed.stdout)
      .to.match(/^plc \(modbus\): 2 tags, 2 requests, about 340 ms in every second$/m)
      .and.match(/^ {2}every 100 ms {2}unit 1 FC3 holding:0\.\.0 \(1 registers\) {2}about 16\.5 ms$/m);
  });

  it('check shows every fault with its line and ends with 1', async () => {
    const file = written('bad.yaml', config().replace('interval: 50ms', 'intervall: 50ms').replace('int16', 'int17'));
    const { code, stderr, stdout } = await runProgram(bin, ['check', '-c', file]);
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr)
      .to.contain(`${file}:11:5`)
      .and.contain('did you mean "interval"?')
      .and.contain('did you mean "int16"?');
    expect((await runProgram(bin, ['check', '-c', join(folder, 'absent.yaml')])).stderr).to.contain(
      '[config-unreadable]',
    );
  });

  it('run ends with one clear problem for a port taken and a folder it cannot write', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const taken = await runProgram(bin, ['run', '-c', written('taken.yaml', config({ port }))]);
    other.close();
    expect(taken.code).to.equal(1);
    expect(taken.stderr).to.contain(`port ${port}`).and.contain('[port-taken]').and.not.contain('    at ');
    const blocked = written('blocked', '');
    const unwritable = await runProgram(bin, [
      'run',
      '-c',
      written('w.yaml', config({ path: join(blocked, 'buffer') })),
    ]);
    expect(unwritable.code).to.equal(1);
    expect(unwritable.stderr).to.contain('[buffer-folder-unwritable]').and.contain(blocked).and.not.contain('    at ');
  });

  it('serves its page to the network with a password only, which takes effect at once', async () => {
    const text = config({ path: join(folder, 'page'), host: '0.0.0.0' });
    const file = written('page.yaml', text);
    const open = await runProgram(bin, ['run', '-c', file]);
    expect(open.code).to.equal(1);
    expect(open.stderr).to.contain('[local-password-missing]').and.contain('gongfu-edge password');
    const set = (password: string) => runProgram(bin, ['password', '-c', file], {}, `${password}\n`);
    expect(await set('short'))
      .to.include({ code: 1 })
      .and.property('stderr')
      .contains('[local-password-unfit]');
    expect(await set('three-blue-presses')).to.include({ code: 0, stderr: '' });
    const edge = await startEdge({ config: text, env: { GONGFU_CODE: 'QS90-K0PM' } });
    const signIn = async (password: string) => {
      const headers = { origin: edge.statusUrl };
      const body = new URLSearchParams({ password });
      return fetch(`${edge.statusUrl}/sign-in`, { method: 'POST', redirect: 'manual', headers, body });
    };
    const cookie = (await signIn('three-blue-presses')).headers.get('set-cookie')!;
    const shown = async (path: string) => {
      const answer = await fetch(`${edge.statusUrl}${path}`, { headers: { cookie }, redirect: 'manual' });
      return answer.status === 200 ? await answer.text() : '';
    };
    expect(await shown('/log'))
      .to.contain('signed in at the local page')
      .and.not.contain('QS90-K0PM');
    expect(await shown('/tags?search=A'))
      .to.contain('plc')
      .and.contain('1–1');
    expect((await set('four-red-presses')).code).to.equal(0);
    expect(await shown('/')).to.equal('');
    expect((await signIn('four-red-presses')).status).to.equal(303);
    expect(await edge.stop()).to.equal(0);
  });

  it('runs without PLC and without cloud: bad samples go to disk, one agent per folder, a signal stops it cleanly', async () => {
    const path = join(folder, 'alone');
    mkdirSync(path);
    const edge = await startEdge({ config: config({ path }) });
    const healthz = async () =>
      (await fetch(`${edge.statusUrl}/healthz`)).json() as Promise<{ buffer: { batches: number } }>;
    while ((await healthz()).buffer.batches < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await runProgram(bin, ['run', '-c', written('second.yaml', config({ path }))]);
    expect(second.code).to.equal(1);
    expect(second.stderr).to.contain('[buffer-in-use]').and.contain(String(edge.process.pid));
    expect(await edge.stop()).to.equal(0);
    const buffer = new LmdbBuffer({ folder: path, capacityBytes: 2 ** 24, clock: systemClock, log: silentLogger });
    await buffer.start();
    const blocks = buffer.read(0, 2 ** 24).flatMap(({ bytes }) => decodeBatch(bytes).blocks);
    await buffer.stop();
    expect(blocks.length).to.be.greaterThan(2);
    expect(blocks.flatMap(({ statuses }) => [...statuses]).every((status) => isBad(status))).to.equal(true);
  });

  it('told to stop while it starts, ends cleanly: the next agent takes nobody for killed', async () => {
    const path = join(folder, 'early');
    mkdirSync(path);
    const file = written('early.yaml', config({ path }));
    const starting = spawn(process.execPath, [join(checkoutFolder, bin), 'run', '-c', file], { stdio: 'ignore' });
    // Its lock is the first it writes there.
    const watcher = watch(path, () => starting.kill('SIGTERM'));
    const ended = await once(starting, 'close');
    watcher.close();
    expect(ended).to.deep.equal([0, null]);
    const buffer = new LmdbBuffer({ folder: path, capacityBytes: 2 ** 24, clock: systemClock, log: silentLogger });
    await buffer.start();
    expect(buffer.state().gapsTotal).to.equal(0);
    await buffer.stop();
    expect(readdirSync(path).filter((name) => name.startsWith('buffer.lock'))).to.deep.equal([]);
  });

  it('delivers every sequence once over kill -9 of itself, and ends when its parent is gone', async () => {
    const cloud = new EdgeCloud();
    await cloud.start();
    const path = join(folder, 'killed');
    const start = (): Promise<RunningEdge> =>
      startEdge({ config: config({ path, url: cloud.url }), env: { GONGFU_CODE: 'ABCD' } });
    let edge = await start();
    for (let kill = 0; kill < 3; kill += 1) {
      const before = cloud.stored.size;
      await until(() => cloud.stored.size > before + 3);
      await edge.kill9();
      edge = await start();
    }
    const before = cloud.stored.size;
    await until(() => cloud.stored.size > before + 3);
    const gone = once(edge.process, 'exit');
    edge.process.disconnect();
    const [code] = await gone;
    expect(code).to.equal(0);
    await cloud.stop();
    expect(cloud.enrolments).to.have.length(1);
    expect(new Set(cloud.hellos.map(({ epoch }) => epoch)).size).to.equal(1);
    const buffer = new LmdbBuffer({ folder: path, capacityBytes: 2 ** 24, clock: systemClock, log: silentLogger });
    await buffer.start();
    const held = buffer.read(0, 2 ** 24).map(({ sequence }) => sequence);
    await buffer.stop();
    const sequences = [...new Set([...cloud.stored.keys(), ...held])].sort((a, b) => a - b);
    expect(sequences).to.deep.equal(sequences.map((_, place) => place + 1));
  });
});
