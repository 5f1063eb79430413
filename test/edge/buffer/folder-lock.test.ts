import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { holderOf, lockFolder } from '#edge/buffer/folder-lock';
import { temporaryFolder } from '#test/kit/folders';
import { until } from '#test/kit/until';

const takers = 3;
const rounds = 60;

describe('lock of the buffer folder', () => {
  let folder: string;
  let remove: () => void;

  beforeEach(() => {
    ({ folder, remove } = temporaryFolder());
  });
  afterEach(() => remove());

  it('is had by one of several that come at once, over a dead one and where there is none', async function () {
    this.timeout(60_000);
    for (let round = 0; round < rounds; round += 1) {
      mkdirSync(join(folder, String(round)));
      if (round % 3 > 0) writeFileSync(join(folder, String(round), 'buffer.lock'), '999999999 1');
      // One died while it took over.
      if (round % 3 === 2) writeFileSync(join(folder, String(round), 'buffer.lock.after-999999999-1'), '999999998 1');
    }
    const program = fileURLToPath(new URL('../../kit/lock-taker.js', import.meta.url));
    const parameters = [program, folder, String(rounds), String(Date.now() + 1_000), '15'];
    const running = Array.from({ length: takers }, () => {
      const child = spawn(process.execPath, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      return { child, lines: () => output.split('\n').filter((line) => line !== '') };
    });
    await until(() => running.every(({ lines }) => lines().length === rounds));
    const said = running.flatMap(({ lines }) => lines());
    for (let round = 0; round < rounds; round += 1) {
      const outcomes = said.filter((line) => line.startsWith(`${round} `)).map((line) => line.split(' ')[1]);
      expect(outcomes.sort(), `round ${round}`).to.deep.equal([...Array(takers - 1).fill('buffer-in-use'), 'got']);
      expect(readdirSync(join(folder, String(round)))).to.deep.equal(['buffer.lock']);
    }
    for (const { child } of running) child.stdin.end();
    await until(() => running.every(({ child }) => child.exitCode !== null));
  });

  it('is given back by whoever has it, and by nobody else', () => {
    const unlock = lockFolder(folder);
    expect(holderOf(folder)).to.equal(process.pid);
    const file = join(folder, 'buffer.lock');
    const own = readFileSync(file, 'utf8');
    writeFileSync(file, '999999999 1');
    unlock();
    expect(readFileSync(file, 'utf8')).to.equal('999999999 1');
    writeFileSync(file, own);
    unlock();
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});
