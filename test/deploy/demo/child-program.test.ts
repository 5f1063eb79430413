import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { ChildProgram } from '#deploy/demo/child-program';
import { temporaryFolder } from '#test/kit/folders';

describe('demonstration: child programs', () => {
  const { folder, remove } = temporaryFolder();
  const said: string[] = [];
  const children: ChildProgram[] = [];
  let files = 0;

  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.stop()));
    said.length = 0;
  });
  after(remove);

  async function program(code: string): Promise<{ child: ChildProgram; logFile: string }> {
    files += 1;
    const script = join(folder, `child-${files}.mjs`);
    const logFile = join(folder, 'logs', `child-${files}.log`);
    await writeFile(script, code);
    const child = new ChildProgram({
      name: 'child',
      script,
      args: [],
      env: {},
      logFile,
      clock: systemClock,
      // The shortest waits the back-off knows.
      random: () => 0,
      say: (line) => said.push(line),
    });
    children.push(child);
    return { child, logFile };
  }

  const stays = `console.log('first administrator user=admin password=secret'); console.log('listening');
    process.on('disconnect', () => process.exit(0)); setInterval(() => {}, 1000);`;

  it('gives the lines up to the ready one, and writes no password into the log', async () => {
    const { child, logFile } = await program(stays);
    expect(await child.launch(/^listening/, 10_000)).to.deep.equal([
      'first administrator user=admin password=secret',
      'listening',
    ]);
    await child.stop();
    expect(await readFile(logFile, 'utf8')).to.equal('first administrator user=admin password=***\nlistening\n');
    expect(said).to.deep.equal([]);
  });

  it('tells the last words of one that ends before it is ready', async () => {
    const { child } = await program(`console.error('no room on the disk'); process.exit(3);`);
    const problem = await child.launch(/^listening/, 10_000).catch((error: unknown) => error);
    expect(problem).to.be.instanceOf(Problem);
    expect((problem as Problem).code).to.equal('program-ended');
    expect((problem as Problem).message).to.contain('(3)');
    expect((problem as Problem).advice).to.contain('no room on the disk');
  });

  it('ends one that is not ready in time', async () => {
    const { child } = await program('setInterval(() => {}, 1000);');
    const problem = await child.launch(/^listening/, 300).catch((error: unknown) => error);
    expect((problem as Problem).code).to.equal('program-slow');
    await child.stop();
    expect(() => process.kill(child.pid ?? 0, 0)).to.throw('ESRCH');
  });

  it('starts one again that was killed, with a line that says so, until it is retired', async () => {
    const { child } = await program(stays);
    await child.launch(/^listening/, 10_000);
    const first = child.pid ?? 0;
    process.kill(first, 'SIGKILL');
    while (child.pid === first) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(said.length).to.equal(1);
    expect(said[0]).to.match(/^child ended \(SIGKILL\); starting it again in 0\.\d s\./);
    child.retire();
    const second = child.pid ?? 0;
    process.kill(second, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(child.pid).to.equal(second);
    expect(said.length).to.equal(1);
  });
});
