import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { dockerfileOf } from '../kit/dockerfile.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { checkoutFolder } from '../kit/source-tree.ts';

const run = promisify(execFile);
const analyze = '/usr/bin/systemd-analyze';

describe('systemd units', () => {
  const place = temporaryFolder();
  after(() => place.remove());

  for (const name of ['cloud', 'edge'] as const) {
    const text = readFileSync(join(checkoutFolder, `deploy/systemd/gongfu-${name}.service`), 'utf8');
    const values = (key: string) => [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value!);

    it(`${name}: runs what the image runs, as nobody, with a place of its own to write`, () => {
      const [, bin] = dockerfileOf(`deploy/images/${name}.Dockerfile`).command;
      expect(values('ExecStart')).to.deep.equal([`/usr/bin/node ${bin} run -c /etc/gongfu/${name}.yaml`]);
      expect([values('DynamicUser'), values('ProtectSystem'), values('StateDirectory')]).to.deep.equal([
        ['yes'],
        ['strict'],
        [`gongfu-${name}`],
      ]);
      // The cloud notifies nobody.
      const watched = name === 'edge' ? ['notify', 'all', '60'] : ['exec'];
      expect([...values('Type'), ...values('NotifyAccess'), ...values('WatchdogSec')]).to.deep.equal(watched);
    });

    it(`${name}: reaches the devices it needs and no others`, () => {
      const serial = ['ttyS', 'ttyUSB', 'ttyACM', 'ttyAMA', 'ttyMSM', 'IMX-uart', 'OMAP-SERIAL'];
      const allowed = name === 'edge' ? serial.map((kind) => `char-${kind} rw`) : [];
      expect(values('DeviceAllow')).to.deep.equal(allowed);
      expect([values('PrivateDevices'), values('DevicePolicy'), values('SupplementaryGroups')]).to.deep.equal(
        name === 'edge' ? [[], ['closed'], ['dialout']] : [['yes'], [], []],
      );
    });

    it(`${name}: is understood by systemd and lets little through`, async function () {
      if (!existsSync(analyze)) {
        const advice = 'no systemd-analyze: install the package systemd';
        if (process.env.GONGFU_REQUIRE_PEERS === '1') throw new Error(advice);
        console.log(`      skipped: ${advice}`);
        this.skip();
      }
      const file = join(place.folder, `gongfu-${name}.service`);
      writeFileSync(file, text.replace('/usr/bin/node', process.execPath));
      const { stderr } = await run(analyze, ['verify', '--man=no', file]);
      expect(stderr).to.equal('');
      // Of 10 at the worst; a service without any of it has 9.6.
      await run(analyze, ['security', '--offline=true', '--no-pager', '--threshold=25', file]);
    });
  }
});
