import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import { AssistDesk } from '#edge/commissioning/assist-desk';
import { assistPage } from '#edge/commissioning/assist-page';
import { Judge, type JudgeLine, type WrittenSource } from '#edge/commissioning/judge';
import type { OpenSource } from '#edge/commissioning/source-request';
import type { ReloadReport } from '#edge/configuration/reload-report';
import type { RegisterImage } from '#edge/drivers/modbus/register-image';
import type { LocalPage } from '#edge/health/pages/page';
import { temporaryFolder } from '#test/kit/folders';
import { until } from '#test/kit/until';
import { LocalPageStage } from '../health/local-page-stage.ts';

/** The judge in this process; what it would write is kept. */
class JudgeHere extends Judge implements JudgeLine {
  written: WrittenSource[] = [];
  stops = 0;

  async write(source: WrittenSource): Promise<void> {
    this.written.push(source);
  }

  async yaml({ name }: WrittenSource): Promise<string> {
    return `- name: ${name}`;
  }

  async stop(): Promise<void> {
    this.stops += 1;
  }
}

describe('the assistant on the local page', function () {
  this.timeout(60_000);
  const { folder, remove } = temporaryFolder();
  let judge = new JudgeHere();
  let opened: OpenSource[] = [];
  let stopped = 0;
  let silent = false;
  let remote: Problem | undefined;
  let reloaded: ReloadReport = { outcome: 'applied', at: 0, configurationVersion: 'v', problem: null };
  /** Of ten holding registers the fourth moves, every twenty seconds; the panel shows a tenth of it. */
  const rawAt = (ms: number) => (Math.floor(ms / 20_000) * 37) % 1_000;
  const take = async (): Promise<RegisterImage> => {
    if (silent)
      throw new Problem({ code: 'assist-source-silent', detail: 'nobody there', advice: '', reaction: 'stop' });
    const words = Array.from({ length: 10 }, (_, place) => (place === 4 ? rawAt(stage.clock.now()) : 7 * place));
    return { atMs: stage.clock.now(), windows: [{ area: 'holding', start: 0, words }] };
  };
  const clock: Clock = {
    now: () => stage.clock.now(),
    monotonicMs: () => stage.clock.monotonicMs(),
    after: (ms, task) => stage.clock.after(ms, task),
  };
  const desk = new AssistDesk({
    gateway: 'gw-1',
    sources: () => ['press-1'],
    takenNames: () => ['press-1', 'oven'],
    open: async ({ name, described }) => {
      const source: OpenSource = {
        name,
        isNew: described !== undefined,
        place: '10.0.0.9:502',
        unitId: 1,
        keys: { host: '10.0.0.9' },
        byteOrder: 'ABCD',
        tagKeys: {},
        start: async () => {},
        take,
        stop: async () => {
          stopped += 1;
        },
      };
      opened.push(source);
      return source;
    },
    startJudge: () => {
      judge = new JudgeHere();
      return judge;
    },
    reload: async () => reloaded,
    refuseWriting: () => remote,
    clock,
  });
  const made = assistPage({ desk });
  let arrived = 0;
  const submit: LocalPage['submit'] = (view, form) => {
    arrived += 1;
    return made.submit!(view, form);
  };
  const stage = new LocalPageStage({ folder, more: [{ ...made, submit }] });
  const begin = { do: 'begin', name: 'oven-2', host: '10.0.0.9', from: 'holding:0', count: '10' };

  before(() => stage.server.start());
  after(async () => {
    await stage.server.stop();
    remove();
  });
  beforeEach(() => {
    opened = [];
    stopped = 0;
    silent = false;
    remote = undefined;
    reloaded = { outcome: 'applied', at: 0, configurationVersion: 'v', problem: null };
  });
  afterEach(() => going(desk.stop()));

  /** Time goes by in steps in which images are taken. */
  async function pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 2; step += 1) {
      stage.clock.advance(500);
      for (let turn = 0; turn < 8; turn += 1) await new Promise(setImmediate);
    }
  }

  /** Time goes on until that has come to its end. */
  async function going<T>(step: Promise<T>): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    step.then(end, end);
    while (!done) await pass(0.5);
    return step;
  }

  async function send(form: Record<string, string>) {
    const before = arrived;
    const sent = stage.ask('/assist', { form, headers: { 'accept-language': 'en' } });
    await until(() => arrived > before);
    return going(sent);
  }
  const page = async (path = '/assist', language = 'en') =>
    (await stage.ask(path, { headers: { 'accept-language': language } })).text;

  /** Looks, types at once, and sends it as a browser with script does. */
  async function read(name: string, text: string, known?: number): Promise<string> {
    const row = known === undefined ? 'new' : String(known);
    const typed = { [`name-${row}`]: name, [`value-${row}`]: text, [`ago-${row}`]: '0', [`unit-${row}`]: 'Cel' };
    return (await send({ do: 'note', ...typed })).text;
  }
  const shown = () => (rawAt(stage.clock.now()) / 10).toFixed(1);

  it('finds out what lies there, in either language, lets it be written, and the agent read it', async () => {
    expect((await send(begin)).headers.location).to.equal('/assist');
    for (let round = 0; round < 6; round += 1) {
      await pass(20);
      await read('temperature', shown(), round === 0 ? undefined : 0);
    }
    const english = await page();
    expect(english).to.contain('Recording 10.0.0.9:502, unit 1').and.contain('holding:0..9: 10 of 10 can be read');
    expect(english).to.contain('<code>int16 holding:4 × 0.1</code>');
    expect(await page('/assist', 'zh'))
      .to.contain('正在记录 10.0.0.9:502')
      .and.contain('10 个中读到 10 个');
    expect(['certain', 'equal']).to.include(desk.look()!.judged!.acceptance.tags[0]!.verdict);
    const detail = await page('/assist?tag=temperature');
    expect(detail).to.contain('On the wire it is holding:4').and.contain('400005').and.contain('Accept or correct');
    const report = await stage.ask('/assist/report');
    expect(report.headers['content-security-policy']).to.match(/^default-src 'none'; style-src 'sha256-[\w+/]+=+'/);
    expect(report.text).to.contain('测点验收报告');
    expect(JSON.parse((await stage.ask('/assist/report.json')).text)).to.have.property('format', 'gongfu-acceptance-1');
    expect((await send({ do: 'write' })).headers.location).to.equal('/assist#written');
    expect(stopped).to.equal(1);
    expect(judge.written).to.have.length(1);
    expect(judge.written[0]).to.deep.include({ name: 'oven-2', keys: { host: '10.0.0.9' } });
    expect(judge.written[0]!.tags[0]).to.include({
      name: 'temperature',
      address: 'holding:4',
      scale: 0.1,
      unit: 'Cel',
    });
    expect(await page()).to.contain('One tag was written into the source oven-2');
  });

  it('is one recording for the whole gateway, until it ends', async () => {
    await send(begin);
    const second = await send(begin);
    expect(second.status).to.equal(200);
    expect(second.text).to.contain('A recording is under way on this gateway already');
    expect(opened).to.have.length(1);
    await send({ do: 'discard' });
    expect([stopped, judge.stops]).to.deep.equal([1, 1]);
    expect((await send(begin)).headers.location).to.equal('/assist');
  });

  it('says all that is wrong at once, keeps what was typed, and takes nothing of it', async () => {
    const bad = await send({ ...begin, from: 'holding:0 nowhere', count: '5000' });
    expect(bad.text).to.contain('nowhere').and.contain('must make 1 to 1000 registers').and.contain('value="oven-2"');
    expect((await send({ ...begin, name: 'oven' })).text).to.contain('A source of this name is configured already');
    await send(begin);
    const typed = { 'name-new': 'a', 'value-new': 'much', 'manual-new': 'x' };
    const refused = await send({ do: 'note', ...typed });
    expect(refused.text)
      .to.contain('neither a number nor on or off')
      .and.contain('value="much"')
      .and.contain('role="alert"');
    expect((await send({ do: 'write' })).text).to.contain('No tag is settled or chosen');
    expect(judge.written).to.deep.equal([]);
    expect(desk.look()!.tags).to.deep.equal([]);
    expect((await send({ do: 'note' })).text).to.contain('nothing was typed');
  });

  it('takes no reading of a time in which no register was read', async () => {
    await send(begin);
    silent = true;
    await pass(10);
    const text = await read('temperature', '3.5');
    expect(text).to.contain('The panel was read off when no registers were read').and.contain('nobody there');
    expect(desk.look()!.tags).to.deep.equal([]);
    expect(await page()).to.contain('Nothing was read just now');
  });

  it('begins with nothing when the source is silent, and says why', async () => {
    silent = true;
    expect((await send(begin)).text)
      .to.contain('No register of the source could be read')
      .and.contain('nobody there');
    expect([desk.look(), stopped, judge.stops]).to.deep.equal([undefined, 1, 1]);
  });

  it('ends after an hour and keeps what was found; forgets it when nobody looks for half an hour', async () => {
    await send(begin);
    for (let minute = 0; minute < 60; minute += 20) {
      stage.clock.advance(20 * 60_000);
      await page();
      await pass(1);
    }
    expect(await page()).to.contain('ended by itself after an hour');
    expect(stopped).to.equal(1);
    stage.clock.advance(31 * 60_000);
    await pass(1);
    expect(judge.stops).to.equal(1);
    expect(await page()).to.contain('Begin to record');
  });

  it('says when the cloud configures the sources, and when the agent does not take what was written', async () => {
    await send(begin);
    for (const text of ['1.1', '2.2']) await pass(2).then(() => read('t', text, text === '1.1' ? undefined : 0));
    await send({ do: 'choose', tag: 't', choice: 'verdict' });
    const all = desk.look()!.judged!.candidates[0]!;
    if (all.length > 0) await send({ do: 'choose', tag: 't', choice: all[0]! });
    remote = new Problem({ code: 'assist-remote-configured', detail: 'version 7', advice: '', reaction: 'drop' });
    expect((await send({ do: 'write' })).text).to.contain('come from the cloud');
    expect(judge.written).to.deep.equal([]);
  });

  it('is for forms of its own only', async () => {
    const foreign = await stage.ask('/assist', { form: begin, headers: { origin: 'http://elsewhere.example' } });
    expect(foreign.status).to.equal(403);
    expect(opened).to.deep.equal([]);
    expect((await stage.ask('/assist/report')).status).to.equal(404);
  });
});
