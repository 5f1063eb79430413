import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { expect } from 'chai';
import type { Acceptance } from '#edge/commissioning/acceptance';
import { temporaryFolder } from '#test/kit/folders';
import { type RunningProgram, runProgram, startCommand } from '#test/kit/programs';
import { checkoutFolder } from '#test/kit/source-tree';
import { until } from '#test/kit/until';

const bin = 'edge/bin/gongfu-edge.js';
/** Told by few readings: counters of many digits. */
const names = ['pulses', 'batch', 'shots'];

interface Shown {
  readonly name: string;
  readonly unit: string;
  readonly shows: string;
}

describe('gongfu-edge assist', function () {
  this.timeout(120_000);
  let folder: string;
  let remove: () => void;
  let machine: RunningProgram;
  let port: string;
  let panelUrl: string;

  before(async () => {
    ({ folder, remove } = temporaryFolder());
    const started = await startCommand(
      'deploy/dist/demo/unknown-machine.js',
      ['--seed', 'assist'],
      {},
      /^\{"ready":true,"port":(\d+),"panel":(\d+)\}$/m,
    );
    machine = started.program;
    [port, panelUrl] = [started.line[1]!, `http://127.0.0.1:${started.line[2]}`];
  });
  after(async () => {
    await machine.stop();
    remove();
  });

  const file = (name: string) => join(folder, name);
  const panel = async () => (await (await fetch(`${panelUrl}/panel`)).json()) as Shown[];
  const shownNow = async (name: string) => (await panel()).find((item) => item.name === name)!.shows;
  const where = () => ['--host', '127.0.0.1', '--port', port, '--from', 'holding:0', 'input:0', '--count', '60'];

  /** Whether a proposal is where the machine has it. */
  async function expectTruth({ tags }: Acceptance): Promise<void> {
    const truth = (await (await fetch(`${panelUrl}/truth`)).json()) as Record<string, unknown>[];
    for (const { name, keys } of tags) {
      const { table, address, type, byteOrder, scale } = truth.find((one) => one.name === name)!;
      const { address: found, type: foundType, byteOrder: foundOrder = 'ABCD', scale: foundScale = 1 } = keys!;
      expect({ found, foundType, foundOrder, foundScale }, name).to.deep.equal({
        found: `${table}:${address}`,
        foundType: type,
        foundOrder: byteOrder,
        foundScale: scale,
      });
    }
  }

  it('takes recorded registers and notes from the panel, and delivers a configuration and a report', async () => {
    const recording = assistProcess([...where(), '--record', file('images.jsonl'), '--for', '4s']);
    await recording.said((text) => text.includes('holding:0..59'));
    const notes = names.map((): string[] => []);
    let unit: Record<string, string> = {};
    for (let round = 0; round < 3; round += 1) {
      await sleep(systemClock, 900);
      const shown = await panel();
      unit = Object.fromEntries(shown.map((one) => [one.name, one.unit]));
      const at = new Date().toISOString();
      for (const [place, name] of names.entries())
        notes[place]!.push(`{ at: "${at}", value: ${shown.find((one) => one.name === name)!.shows} }`);
    }
    expect((await once(recording.child, 'close'))[0], recording.stderr()).to.equal(0);
    const text = names.map(
      (name, i) => `- { name: ${name}, unit: "${unit[name]}", readings: [${notes[i]!.join(', ')}] }\n`,
    );
    writeFileSync(file('panel.yaml'), text.join(''));
    const config = file('edge.yaml');
    const parameters = ['--host', '10.0.0.9', '--images', file('images.jsonl'), '--panel', file('panel.yaml')];
    const done = await runProgram(bin, [
      'assist',
      ...parameters,
      ...['--write', config, '--report', file('acceptance.html'), '--gateway', 'hall-3', '--source', 'press'],
    ]);
    expect(done.code, done.stderr).to.equal(0);
    const acceptance = JSON.parse(readFileSync(file('acceptance.json'), 'utf8')) as Acceptance;
    expect(acceptance.tags.filter(({ verdict }) => verdict !== 'certain' && verdict !== 'equal')).to.deep.equal([]);
    await expectTruth(acceptance);
    const check = await runProgram(bin, ['check', '-c', config]);
    expect(check.code, check.stderr).to.equal(0);
    expect(check.stdout)
      .to.match(/^OK: gateway hall-3, 1 sources, 3 tags/m)
      .and.match(/^press\/pulses {2}unit 1 FC[34] /m);
    const page = readFileSync(file('acceptance.html'), 'utf8');
    for (const said of [...names, 'hall-3', '10.0.0.9:502', '确定', 'certain', 'Ruled out', '安装人员', 'Accepted by'])
      expect(page, said).to.contain(said);
    expect(page).not.to.match(/<script|https?:\/\//);
    const again = await runProgram(bin, ['assist', ...parameters, '--report', file('again.html')]);
    expect(again.stdout).to.match(/^sources:\n {2}- name: machine\n {4}driver: modbus\n {4}host: 10.0.0.9\n {4}tags:/);
  });

  it('asks for each value, again when it has changed, and refuses what it cannot read', async () => {
    const talk = assistProcess([...where(), '--language', 'en', '--report', file('talk.html')]);
    const asked = (question: RegExp) => talk.said((text) => question.test(text.split('\n').at(-1)!));
    const type = (text: string) => talk.child.stdin!.write(`${text}\n`);
    await asked(/Name of a value/);
    type('pulses');
    await asked(/its unit/);
    type('');
    await asked(/shows now/);
    type('about five');
    await talk.said((text) => text.includes('is neither a number nor on or off'));
    await asked(/shows now/);
    type(await shownNow('pulses'));
    await talk.said((text) => /→ .*uint64/.test(text));
    await asked(/Name of a value/);
    type('');
    // One reading of so many digits may do; a second one does.
    for (let round = 0; round < 3; round += 1) {
      await until(() => talk.child.exitCode !== null || /\(last \d+\): $/.test(talk.stderr()));
      if (talk.child.exitCode !== null) break;
      type(await shownNow('pulses'));
    }
    if (talk.child.exitCode === null) await once(talk.child, 'close');
    expect(talk.child.exitCode, talk.stderr()).to.equal(0);
    expect(talk.stdout()).to.match(/- \{ name: pulses, address: (holding|input):\d+, type: uint64/);
    await expectTruth(JSON.parse(readFileSync(file('talk.json'), 'utf8')) as Acceptance);
  });

  it('says all that is wrong, with its place, and writes nothing', async () => {
    writeFileSync(
      file('bad.yaml'),
      '- { name: a, readings: [{ value: much }] }\n- { name: a, unti: bar, readings: [] }\n',
    );
    const bad = await runProgram(bin, [
      'assist',
      ...where(),
      '--panel',
      file('bad.yaml'),
      '--report',
      file('bad.html'),
    ]);
    expect([bad.code, bad.stdout]).to.deep.equal([1, '']);
    expect(bad.stderr)
      .to.contain('[panel-file-invalid]')
      .and.contain('bad.yaml:1:')
      .and.contain('bad.yaml:2:')
      .and.contain('neither a number nor on or off')
      .and.contain('needs at least one reading');
    const lost = await runProgram(bin, ['assist', '--host', '127.0.0.1', '--port', '1', '--report', file('lost.html')]);
    expect([lost.code, lost.stderr]).to.satisfy(
      ([code, text]: [number, string]) => code === 1 && text.includes('[assist-source-silent]'),
    );
    const none = await runProgram(bin, ['assist', '--from', 'holding:-1']);
    expect(none.stderr).to.contain('[assist-option-invalid]');
  });
});

interface AssistProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until it has written this; fails when it ends before. */
  readonly said: (what: (stderr: string) => boolean) => Promise<void>;
}

function assistProcess(parameters: readonly string[]): AssistProcess {
  const child = spawn(process.execPath, [join(checkoutFolder, bin), 'assist', ...parameters], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const heard = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    heard.stderr += text;
  });
  const said = async (what: (stderr: string) => boolean): Promise<void> => {
    await until(() => what(heard.stderr) || child.exitCode !== null);
    if (!what(heard.stderr)) throw new Error(`it ended before: ${heard.stderr}`);
  };
  return { child, stdout: () => heard.stdout, stderr: () => heard.stderr, said };
}
