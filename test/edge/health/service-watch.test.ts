import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { temporaryFolder } from '../../kit/folders.ts';
import { gatewayConfig } from '../../kit/gateway.ts';
import { startEdge } from '../../kit/programs.ts';
import { checkoutFolder } from '../../kit/source-tree.ts';
import { until } from '../../kit/until.ts';

const watchdogMs = 900;
const source = `  - name: plc
    driver: modbus
    host: 127.0.0.1
    port: 1
    tags: [{ name: a, address: 40001, type: int16 }]`;

describe('watched by systemd', function () {
  this.timeout(60_000);
  const data = temporaryFolder();
  let receiver: ChildProcess | undefined;

  after(() => {
    receiver?.kill('SIGKILL');
    data.remove();
  });

  it('the agent says when it is ready, gives signs of life while it lives and none while it hangs, and says when it ends', async function () {
    const missing = ['/usr/bin/systemd-notify', '/usr/bin/python3'].filter((file) => !existsSync(file));
    if (missing.length > 0) {
      if (process.env.GONGFU_REQUIRE_PEERS === '1') throw new Error(`no ${missing.join(', ')}`);
      console.log(`      skipped: no ${missing.join(', ')}`);
      this.skip();
    }
    const socket = join(data.folder, 'notify');
    receiver = spawn('python3', [join(checkoutFolder, 'test/kit/receive-datagrams.py'), socket]);
    const told: string[] = [];
    receiver
      .stdout!.setEncoding('utf8')
      .on('data', (text: string) => told.push(...text.split('\n').filter((line) => line !== '')));
    await until(() => told.includes('listening'));
    told.length = 0;

    const config = gatewayConfig({
      name: 'gw',
      url: 'http://127.0.0.1:9',
      buffer: join(data.folder, 'b'),
      sources: source,
    });
    const edge = await startEdge({ config, env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: String(watchdogMs * 1000) } });
    const signs = () => told.filter((line) => line === 'WATCHDOG=1').length;
    await until(() => signs() >= 3);
    expect(told[0]).to.equal('READY=1');

    edge.process.kill('SIGSTOP');
    await wait(200);
    const before = signs();
    await wait(2 * watchdogMs);
    expect(signs(), 'a hanging agent').to.equal(before);
    edge.process.kill('SIGCONT');
    await until(() => signs() > before);

    expect(await edge.stop()).to.equal(0);
    await until(() => told.includes('STOPPING=1'));
    expect(edge.stderr()).to.not.contain('could not be told');
  });
});
