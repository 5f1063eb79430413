import { expect } from 'chai';
import { until } from '../../kit/until.ts';
import { codeOf, door, hiddenFields, LocalWriteStage } from './local-write-stage.ts';

describe('writes from the gateway itself', function () {
  this.timeout(90_000);
  const stage = new LocalWriteStage();
  const { plc, cloud } = stage;
  const write = stage.write.bind(stage);
  const post = stage.post.bind(stage);
  const program = stage.program.bind(stage);

  before(() => stage.begin());
  after(() => stage.end());
  beforeEach(() => {
    plc.writes.length = 0;
    plc.mischief = () => undefined;
    plc.coils[door] = 1;
  });

  it('need a local password: without one nothing is written, and the way to one is told', async () => {
    expect(await codeOf(write())).to.equal('403 local-password-unset');
    const { stderr, code } = await program(['setpoint', '21', '--yes']);
    expect(code).to.equal(1);
    expect(stderr).to.match(/\[local-password-unset\]\n→ Set one with gongfu-edge password/);
    const form = { method: 'POST', headers: { origin: stage.edge.statusUrl, 'accept-language': 'en' } };
    const sent = await fetch(`${stage.edge.statusUrl}/write`, {
      ...form,
      body: new URLSearchParams({ tag: '1', value: '1' }),
    });
    for (const page of [
      sent,
      await fetch(`${stage.edge.statusUrl}/write?tag=1`, { headers: { 'accept-language': 'en' } }),
    ]) {
      expect(await page.text())
        .to.contain('gongfu-edge password -c edge.yaml')
        .and.not.contain('name="value"');
    }
    expect(plc.writes).to.deep.equal([]);
    const set = await stage.setPassword();
    expect(set.code).to.equal(0);
  });

  it('reach the register once, are read back, and stand in the journal with who and why; the cloud is told nothing', async () => {
    const first = stage.asked({ key: 'batch-7' });
    const { status, body } = await post('/api/v1/writes', first);
    expect([status, body]).to.deep.equal([
      200,
      {
        ...{ key: 'batch-7', tag: 'press/setpoint', value: 21.3, outcome: 'written', code: 'written', detail: '' },
        readBack: 21.3,
      },
    ]);
    expect(plc.registers[10]).to.equal(213);
    expect((await post('/api/v1/writes', { ...first, expiresAt: Date.now() + 60_000, by: 'zhao' })).body).to.deep.equal(
      body,
    );
    expect(await codeOf(post('/api/v1/writes', { ...first, value: 21.4 }))).to.equal('409 id-reused');
    const [one, two] = await Promise.all(
      [1, 2].map(() => write({ key: 'race', tag: 'recipe', value: '123456789012' })),
    );
    expect([one!.body.outcome, two!.body]).to.deep.equal(['written', one!.body]);
    expect(one!.body.readBack).to.equal('123456789012');
    expect(plc.writes.map((pdu) => pdu[0])).to.deep.equal([6, 16]);
    expect(await stage.listed()).to.match(
      /^\S+Z {2}written {2}press\/setpoint = 21\.3 {2}read back 21\.3 {2}by li\.wei \(local API, 127\.0\.0\.1\) {2}"test" {2}local:batch-7$/m,
    );
    expect(cloud.results).to.deep.equal([]);
  });

  it('that must not be written put no byte on the wire and are kept as refused', async () => {
    const refused: readonly [string, object, (() => void)?][] = [
      ['expired', { expiresAt: Date.now() - 1 }],
      ['out-of-range', { value: 90.1 }],
      ['out-of-range', { value: '-0.1' }],
      ['value-unfit', { value: '21,3' }],
      ['value-unfit', { value: true }],
      ['value-unfit', { tag: 'pump', value: 1 }],
      ['not-writable', { tag: 'press/fixed', value: 1 }],
      ['interlock', {}, () => plc.coils.fill(0, door, door + 1)],
      [
        'interlock-unknown',
        {},
        () => {
          plc.mischief = (pdu) => (pdu[0] === 1 ? { exception: 4 } : undefined);
        },
      ],
    ];
    for (const [code, fields, prepare] of refused) {
      plc.coils[door] = 1;
      prepare?.();
      const { status, body } = await write(fields);
      expect([status, body.outcome, body.code, body.readBack], String(body.detail)).to.deep.equal([
        200,
        'refused',
        code,
        null,
      ]);
    }
    expect(await stage.listed()).to.match(/refused \(expired\) {2}press\/setpoint/);
    expect(plc.writes).to.deep.equal([]);
  });

  it('are let in with the password only, from no page of another site, and every fault of a request is named', async () => {
    expect(await codeOf(write({}, {}))).to.equal('401 local-password-wrong');
    expect(await codeOf(write({}, stage.basic('four-blue-presses')))).to.equal('401 local-password-wrong');
    expect(await codeOf(write({}, { ...stage.basic(), origin: 'http://evil.example' }))).to.equal(
      '403 request-foreign',
    );
    expect(await codeOf(write({}, { ...stage.basic(), 'content-type': 'text/plain' }))).to.equal(
      '400 request-malformed',
    );
    expect(await codeOf(post('/api/v1/writes', '{"tag"'))).to.equal('400 request-malformed');
    expect(await codeOf(write({ tag: 'nowhere' }))).to.equal('404 write-tag-unknown');
    const ambiguous = await write({ tag: 'fixed' });
    expect(ambiguous.body.places).to.deep.equal([
      { where: 'oven/fixed', what: 'has that name' },
      { where: 'press/fixed', what: 'has that name' },
    ]);
    expect(await codeOf(write({ expiresAt: Date.now() + 3_700_000 }))).to.equal('400 write-expiry-far');
    const faulty = await post('/api/v1/writes', { tag: '', value: null, key: 'a b', by: 'x\ny', more: 1 });
    expect(faulty.body.code).to.equal('write-malformed');
    expect((faulty.body.places as { where: string }[]).map(({ where }) => where)).to.have.members([
      'tag',
      'value',
      'key',
      'expiresAt',
      'by',
      'body',
    ]);
    const read = await fetch(`${stage.edge.statusUrl}/api/v1/writes`, { headers: stage.basic() });
    expect([read.status, read.headers.get('allow')]).to.deep.equal([405, 'POST']);
    expect(plc.writes).to.deep.equal([]);
  });

  it('can be looked at first: what it is, must be and would become', async () => {
    const { body } = await stage.check('setpoint', 90.1);
    expect(body).to.deep.include({
      tag: 'press/setpoint',
      type: 'int16',
      unit: '°C',
      minimum: 0,
      maximum: 90,
      value: 90.1,
    });
    expect(body.now).to.deep.include({ value: 21.3, quality: 'good' });
    expect(body.interlocks).to.deep.equal([
      { tag: 'press/door', must: 'true', now: { value: true, quality: 'good', status: 'Good' }, holds: true },
    ]);
    expect((body.refusal as { code: string }).code).to.equal('out-of-range');
    const fit = await stage.check('setpoint', 90);
    expect(fit.body.refusal).to.equal(null);
    expect(await codeOf(stage.check('press/fixed', 1))).to.equal('409 not-writable');
    expect(plc.writes).to.deep.equal([]);
  });

  it('by gongfu-edge write are shown, asked about, and end with what became of them', async () => {
    const done = await program(['press/setpoint', '33', '--yes', '--key', 'shift-1', '--reason', 'recipe 7']);
    expect([done.code, done.stdout]).to.deep.equal([0, 'written  press/setpoint = 33  read back 33  key shift-1\n']);
    const piped = await program(['pump', 'true'], {});
    expect([piped.code, piped.stderr]).to.match(/no local password was given \[local-password-wrong\]/);
    const unasked = await program(['pump', 'true']);
    expect(unasked.stderr)
      .to.match(/^tag {7}press\/pump \(bool\)$/m)
      .and.match(/\[write-unconfirmed\]/);
    const shut = await program(['setpoint', '91']);
    expect(shut.code).to.equal(1);
    expect(shut.stdout)
      .to.match(/^bounds {4}0 to 90 °C$/m)
      .and.match(/^not written: 91 is outside .*\[out-of-range\]$/m);
    plc.coils[door] = 0;
    const held = await program(['setpoint', '34', '--yes']);
    expect([held.code, held.stdout]).to.match(
      /^1,refused \(interlock\) {2}press\/setpoint = 34 {2}the interlock press\/door/,
    );
    expect((await program(['setpoint', '34', '--yes', '--expires', '2d'])).stderr).to.match(
      /--expires .*\[write-malformed\]/,
    );
    expect(plc.writes).to.have.lengthOf(1);
    expect(await stage.listed()).to.match(/by \S+ \(local API, 127\.0\.0\.1\) {2}"recipe 7" {2}local:shift-1$/m);
  });

  it('by the page are checked, then confirmed, and written once however often the button is pressed', async () => {
    const send = await stage.browser();
    const tags = await send('/tags');
    const [, href] = /setpoint<small>press<\/small><a class="write" href="([^"]+)">Write/.exec(tags.text)!;
    expect(tags.text).to.not.match(/fixed<small>press<\/small><a/);
    expect((await send('/write')).text).to.contain(`href="${href}"`);
    expect((await send(href!)).text)
      .to.match(/Now<dd>33 °C/)
      .and.match(/press\/door: true · must be true · holds/);
    const tag = href!.split('=')[1]!;
    const form = { tag, value: '44.5', by: '李<b>', reason: '', do: 'check' };
    expect((await send('/write', { ...form, by: ' ' })).text).to.contain('Fill in: Your name');
    expect((await send('/write', { ...form, value: '90.1' })).text)
      .to.contain('It cannot be written now')
      .and.not.contain('value="write"');
    const confirm = await send('/write', form);
    expect(confirm.text).to.contain('<strong>44.5</strong>').and.contain('李&#60;b&#62;').and.contain('value="write"');
    expect(plc.writes).to.deep.equal([]);
    const pressed = { ...hiddenFields(confirm.text), do: 'write' };
    expect((await send('/write', pressed, { origin: 'http://evil.example' })).status).to.equal(403);
    expect(plc.writes).to.deep.equal([]);
    const [one, two] = await Promise.all([send('/write', pressed), send('/write', pressed)]);
    expect([one!.status, one!.to]).to.deep.equal([303, two!.to]);
    const text = (await send(one!.to!)).text;
    expect(text)
      .to.match(/Result<dd role="status">.*written/s)
      .and.contain('Read back<dd>44.5');
    expect((await (await stage.browser('zh'))(one!.to!)).text).to.contain('已写入');
    expect(plc.writes).to.have.lengthOf(1);
    expect(plc.registers[10]).to.equal(445);
    expect(await stage.listed()).to.match(/by 李<b> \(local page, 127\.0\.0\.1\) {2}local:/);
  });

  it('under way when the agent is killed are of unknown fate and never written again', async () => {
    plc.mischief = (pdu) => {
      if (pdu[0] !== 6) return undefined;
      stage.edge.process.kill('SIGKILL');
      return 'does it and is silent';
    };
    const cut = await write({ key: 'cut', value: 55 }).catch(() => undefined);
    expect(cut).to.equal(undefined);
    await stage.edge.kill9();
    plc.mischief = () => undefined;
    await stage.start();
    await until(async () => (await write({ key: 'cut', value: 55 })).body.outcome !== null);
    expect((await write({ key: 'cut', value: 55 })).body).to.include({
      ...{ outcome: 'unknown', code: 'crashed-under-way', readBack: 55 },
    });
    expect(plc.writes).to.have.lengthOf(1);
  });

  it('are refused where the cloud wants a second approver, also without the cloud and after a restart', async () => {
    expect(cloud.hellos.at(-1)).to.include({ localWrites: true });
    await stage.sayApproval(true);
    const code = async () => (await write()).body.code;
    await until(async () => (await code()) === 'second-approver');
    expect((await stage.check('setpoint', 1)).body.refusal).to.include({
      code: 'second-approver',
    });
    const send = await stage.browser('zh');
    expect((await send('/write')).text).to.contain('云端要求第二人批准');
    await cloud.stop();
    await stage.edge.stop();
    await stage.startAlone();
    await until(async () => (await code()) !== 'stopping');
    expect(await code()).to.equal('second-approver');
    expect(await stage.listed()).to.match(/refused \(second-approver\) {2}press\/setpoint = 21\.3/);
    await cloud.start();
    await stage.sayApproval(undefined);
    await until(async () => (await code()) === 'second-approver-unknown');
    expect(plc.writes).to.deep.equal([]);
    await stage.sayApproval(false);
    await until(async () => (await code()) === 'written');
  });

  it('are refused where they are not switched on', async () => {
    await stage.edge.stop();
    await stage.start('{ enabled: true }');
    expect(cloud.hellos.at(-1)).to.not.have.property('localWrites');
    expect(await codeOf(write())).to.equal('403 local-writing-off');
    const { stderr } = await program(['setpoint', '21', '--yes']);
    expect(stderr).to.match(/\[local-writing-off\]\n→ Set commands: \{ enabled: true, local: true \}/);
    const send = await stage.browser();
    expect((await send('/write')).status).to.equal(404);
    expect((await send('/tags')).text).to.not.contain('class="write"');
    expect(plc.writes).to.deep.equal([]);
  });
});
