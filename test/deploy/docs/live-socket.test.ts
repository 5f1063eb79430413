import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { password, ServiceFixture, userNames } from '../../cloud/access/service-fixture.ts';
import { checkoutFolder } from '../../kit/source-tree.js';
import { until } from '../../kit/until.js';

/** The program of the page, as a reader would copy it. */
function exampleText(): string {
  const page = readFileSync(join(checkoutFolder, 'deploy/docs/live-socket.md'), 'utf8');
  const found = /```js\n([\s\S]*?)```/.exec(page)?.[1];
  if (found === undefined) throw new Error('live-socket.md holds no program');
  return found;
}

describe('live-socket.md', function () {
  this.timeout(60_000);
  const service = new ServiceFixture();
  before(() => service.start());
  after(() => service.stop());

  it('holds a program that runs as it is', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', exampleText()], {
      cwd: checkoutFolder,
      env: { ...process.env, CLOUD: service.url, NAME: userNames.viewer, PASSWORD: password },
    });
    let printed = '';
    const keep = (text: Buffer): void => {
      printed += String(text);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    try {
      await until(() => printed.includes('problem') || child.exitCode !== null);
      // This plant is empty, so the ids of the page are refused: the answer to the request has come, and with its code.
      expect(printed).to.match(/^connection connecting\nconnection live\nproblem \{"code":"live-\w+-unknown"/);
    } finally {
      child.kill();
    }
  });
});
