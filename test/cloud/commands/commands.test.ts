import { expect } from 'chai';
import { until } from '../../kit/until.ts';
import { userNames } from '../access/service-fixture.ts';
import { bounds, CommandStage, codeOf, type Told } from './command-stage.ts';

describe('commands: from HTTP to the gateway and back', function () {
  this.timeout(60_000);
  const stage = new CommandStage();
  const { gateway, service, tags } = stage;
  const ask = stage.ask.bind(stage);
  const request = stage.request.bind(stage);
  const requested = stage.requested.bind(stage);
  const read = stage.read.bind(stage);
  const untilState = stage.untilState.bind(stage);
  const approvalsNeeded = (secondApprover: boolean, of: string | null = null) =>
    ask('put', '/command-settings', { gateway: of, secondApprover }, userNames.administrator);

  before(() => stage.start());
  beforeEach(() => stage.settle());
  after(() => stage.stop());

  it('says of each tag whether and within what it may be written', async () => {
    const { body } = await ask('get', '/tags?gateway=writer');
    const items = body.items as { name: string; writable: unknown }[];
    expect(Object.fromEntries(items.map(({ name, writable }) => [name, writable]))).to.deep.equal({
      setpoint: { minimum: 0, maximum: 100 },
      total: { minimum: null, maximum: null },
      pump: { minimum: null, maximum: null },
      recipe: { minimum: null, maximum: null },
      speed: { minimum: 10, maximum: 60_000 },
      fixed: null,
    });
    expect((await ask('get', '/tags?gateway=writer&writable=true')).body.items).to.have.length(5);
    await gateway.say('writable', [bounds(906, 1, 2)]);
    const only = (await ask('get', '/tags?gateway=writer&writable=true')).body.items as { name: string }[];
    expect(only.map(({ name }) => name)).to.deep.equal(['fixed']);
    await gateway.say('writable', gateway.writable);
    expect((await ask('get', '/tags?gateway=writer&writable=true')).body.items).to.have.length(5);
  });

  it('brings a value as soon as the gateway declares the tag, though that is after its hello', async () => {
    gateway.disconnect();
    const { id } = await requested({ expiresInMs: 20_000 });
    const later = await requested({ tag: tags.total, value: '1' });
    await gateway.connect(service.url, { without: 901 });
    await gateway.heard(later.id);
    expect(gateway.commands.some((command) => command.id === id)).to.equal(false);
    await gateway.say('tags', gateway.declarations);
    expect(await gateway.heard(id)).to.include({ number: 901, value: 42.5 });
    for (const one of [id, later.id]) await gateway.tell(one);
    await gateway.say('writable', gateway.writable);
  });

  it('brings a value to the gateway under its own number and keeps what it answers, every step in the audit', async () => {
    const { id, state, valueBefore } = await requested({ expiresInMs: 20_000 });
    expect([state, valueBefore]).to.deep.equal(['queued', null]);
    const command = await gateway.heard(id);
    expect(command).to.deep.include({ number: 901, value: 42.5, requestedBy: 'wang', approvedBy: null });
    expect(command.reason).to.equal('new recipe');
    expect(command.expiresAt - command.requestedAt).to.equal(20_000);
    expect(command.expiresInMs).to.be.within(15_000, 20_000);
    await until(async () => (await read(id)).receivedAt !== null);
    expect((await read(id)).state).to.equal('sent');
    expect(await gateway.tell(id, { readBack: 42.5 })).to.deep.equal({ received: true });
    const after = await read(id);
    expect(after.state).to.equal('written');
    expect(after.result).to.deep.include({ outcome: 'written', readBack: 42.5, at: '1970-01-01T00:00:01.000Z' });
    const audit = (await ask('get', `/audit?object=${id}`, undefined, userNames.administrator)).body.items as {
      action: string;
      outcome: string;
      actor: { kind: string; name: string };
    }[];
    expect(audit.map(({ action, outcome, actor }) => `${action} ${outcome} ${actor.name}`).reverse()).to.deep.equal([
      'command-open done wang',
      'command-send begun commands',
      'command-result done writer',
    ]);
  });

  it('the same key is the same command, sent once; another wish under it is refused', async () => {
    const first = await requested({ key: 'again' });
    const others = await Promise.all([1, 2, 3].map(() => requested({ key: 'again' })));
    expect(others.map(({ id }) => id)).to.deep.equal([first.id, first.id, first.id]);
    expect(await codeOf(request({ key: 'again', value: 43 }))).to.equal('409 command-key-reused');
    const elses = await requested({ key: 'again' }, 'zhao');
    expect(elses.id).to.not.equal(first.id);
    await gateway.heard(elses.id);
    expect(gateway.commands.filter(({ id }) => id === first.id)).to.have.length(1);
    const race = await Promise.all([1, 2, 3, 4].map(() => requested({ key: 'race' })));
    expect(new Set(race.map(({ id }) => id)).size).to.equal(1);
  });

  it('takes the key as a header too, and none at all for an answer', async () => {
    const send = async (headers: Record<string, string>, more: object = {}) => {
      const response = await fetch(`${service.url}/api/v1/commands`, {
        method: 'POST',
        headers: { authorization: `Bearer ${stage.tokenOf('wang')}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ tag: tags.setpoint, value: 1, reason: 'test', ...more }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const first = await send({ 'idempotency-key': 'in-header' });
    expect(first.status).to.equal(201);
    expect((await send({}, { key: 'in-header' })).body.id).to.equal(first.body.id);
    expect(await codeOf(send({}))).to.equal('400 command-key-unfit');
    expect(await codeOf(send({ 'idempotency-key': 'a' }, { key: 'b' }))).to.equal('400 command-key-unfit');
  });

  it('refuses what cannot be meant before anything is sent', async () => {
    const before = gateway.commands.length;
    const cases: readonly [object, string][] = [
      [{ tag: tags.fixed }, '422 command-tag-not-writable'],
      [{ tag: '2' }, '422 command-tag-not-writable'],
      [{ tag: '999999' }, '404 not-found'],
      [{ value: 100.001 }, '422 command-out-of-range'],
      [{ value: -0.5 }, '422 command-out-of-range'],
      [{ value: '42' }, '422 command-value-unfit'],
      [{ value: true }, '422 command-value-unfit'],
      [{ tag: tags.speed, value: 9 }, '422 command-out-of-range'],
      [{ tag: tags.speed, value: 65_536 }, '422 command-out-of-range'],
      [{ tag: tags.speed, value: 20.5 }, '422 command-value-unfit'],
      [{ tag: tags.pump, value: 1 }, '422 command-value-unfit'],
      [{ tag: tags.recipe, value: 7 }, '422 command-value-unfit'],
      [{ tag: tags.total, value: 7 }, '422 command-value-unfit'],
      [{ tag: tags.total, value: '7.0' }, '422 command-value-unfit'],
      [{ tag: tags.total, value: '007' }, '422 command-value-unfit'],
      [{ tag: tags.total, value: '-0' }, '422 command-value-unfit'],
      [{ tag: tags.total, value: '9223372036854775808' }, '422 command-out-of-range'],
      [{ value: { $gt: 0 } }, '400 request-invalid'],
      [{ reason: ' ' }, '400 request-invalid'],
      [{ expiresInMs: 600_001 }, '400 request-invalid'],
      [{ expiresInMs: 0 }, '400 request-invalid'],
    ];
    for (const [fields, expected] of cases) {
      expect(await codeOf(request(fields)), JSON.stringify(fields)).to.equal(expected);
    }
    const stranger = { tag: tags.setpoint, value: 1 };
    expect(await codeOf(request(stranger, userNames.stranger))).to.equal('404 not-found');
    expect(await codeOf(request(stranger, 'operator'))).to.equal('403 not-permitted');
    expect(await codeOf(request(stranger, userNames.viewer))).to.equal('403 not-permitted');
    expect(gateway.commands).to.have.length(before);
  });

  it('carries 64-bit integers, texts and booleans exactly', async () => {
    for (const [name, value] of [
      ['total', '-9223372036854775808'],
      ['total', '9007199254740993'],
      ['recipe', ''],
      ['recipe', '配方 7'],
      ['pump', false],
      ['speed', 60_000],
    ] as const) {
      const { id } = await requested({ tag: tags[name], value });
      expect((await gateway.heard(id)).value, name).to.equal(value);
      await gateway.tell(id, { readBack: value });
      const told = await read(id);
      expect([told.value, told.result?.readBack], name).to.deep.equal([value, value]);
    }
  });

  it('keeps what the gateway refused, failed or does not know, and the first word counts', async () => {
    for (const [outcome, code] of [
      ['refused', 'interlock'],
      ['failed', 'read-back-differs'],
      ['unknown', 'no-answer'],
    ] as const) {
      const { id } = await requested();
      await gateway.heard(id);
      await gateway.tell(id, { outcome, code, readBack: outcome === 'refused' ? null : 3 });
      expect(await gateway.tell(id, { outcome: 'written' })).to.deep.equal({ received: true });
      const told = await read(id);
      expect([told.state, told.result?.code]).to.deep.equal([outcome, code]);
    }
    gateway.receipt = () => ({ received: false, code: 'disk-full', detail: 'no room' });
    const { id } = await requested();
    await untilState(id, 'refused');
    expect((await read(id)).result?.code).to.equal('disk-full');
  });

  it('refuses a malformed result with a name, and listens on', async () => {
    const { id } = await requested();
    await gateway.heard(id);
    for (const rubbish of [null, 7, {}, { id }, { id: '../..', outcome: 'written' }, [], { id, outcome: 'perhaps' }]) {
      const answer = (await gateway.say('command-result', rubbish)) as { received: boolean; code: string };
      expect([answer.received, answer.code], JSON.stringify(rubbish)).to.deep.equal([false, 'payload-invalid']);
    }
    expect((await gateway.say('writable', 'all')) as object).to.include({ accepted: false, code: 'payload-invalid' });
    expect(await gateway.tell('nobody-knows-this')).to.deep.equal({ received: true });
    expect(await gateway.tell(id)).to.deep.equal({ received: true });
    expect((await read(id)).state).to.equal('written');
  });

  it('waits for a gateway that is away, until it expires or is withdrawn', async () => {
    gateway.disconnect();
    const [late, gone, kept] = [
      await requested({ expiresInMs: 1_000 }),
      await requested(),
      await requested({ value: 7 }),
    ];
    expect((await ask('delete', `/commands/${gone.id}`)).status).to.equal(204);
    await untilState(late.id, 'expired');
    await gateway.connect(service.url);
    await gateway.heard(kept.id);
    expect(gateway.commands.some(({ id }) => id === late.id || id === gone.id)).to.equal(false);
    expect((await read(gone.id)).state).to.equal('withdrawn');
    expect(await codeOf(ask('delete', `/commands/${kept.id}`))).to.equal('409 command-already-sent');
    expect(await codeOf(ask('delete', `/commands/${late.id}`))).to.equal('409 command-already-sent');
    await gateway.tell(kept.id);
  });

  it('sends again after a reconnect and a restart of the cloud what has no result, even when it has expired', async () => {
    gateway.receipt = () => undefined;
    const { id } = await requested({ expiresInMs: 1_000 });
    const first = await gateway.heard(id);
    gateway.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    gateway.receipt = () => ({ received: true });
    await gateway.connect(service.url);
    const second = await gateway.heard(id, 2);
    expect(second).to.deep.equal({ ...first, expiresInMs: 0 });
    await service.restart();
    await gateway.connect(service.url);
    expect(await gateway.heard(id, 3)).to.deep.equal(second);
    await gateway.tell(id, { outcome: 'refused', code: 'expired' });
    gateway.disconnect();
    await gateway.connect(service.url);
    const after = await requested();
    await gateway.heard(after.id);
    expect(gateway.commands.filter((command) => command.id === id)).to.have.length(3);
    await gateway.tell(after.id);
  });

  it('never sends to a gateway that began anew what its former life may have written', async () => {
    const { id } = await requested();
    await gateway.heard(id);
    gateway.disconnect();
    gateway.epoch += 1;
    await gateway.connect(service.url);
    await untilState(id, 'unknown');
    expect((await read(id)).result?.code).to.equal('gateway-renewed');
    expect(gateway.commands.filter((command) => command.id === id)).to.have.length(1);
    await gateway.tell(id, { readBack: 42.5 });
    expect((await read(id)).state).to.equal('written');
  });

  it('lets nobody approve what they, or a key of theirs, asked for', async () => {
    const made = { name: 'mes', permissions: ['commands:request', 'commands:approve', 'commands:read'] };
    const keyOf = async (who: string) =>
      String((await ask('post', '/api-keys', { ...made, name: `mes of ${who}` }, who)).body.key);
    const machine = await keyOf(userNames.administrator);
    expect((await approvalsNeeded(true)).status).to.equal(204);
    const own = await requested();
    const byKey = await requested({}, machine);
    expect([own.state, byKey.state]).to.deep.equal(['waiting-for-approval', 'waiting-for-approval']);
    const approve = (id: string, who: string) => ask('post', `/commands/${id}/approval`, {}, who);
    expect(await codeOf(approve(own.id, 'wang'))).to.equal('403 command-own-approval');
    expect(await codeOf(approve(byKey.id, machine))).to.equal('403 command-own-approval');
    expect(await codeOf(approve(byKey.id, userNames.administrator))).to.equal('403 command-own-approval');
    expect(await codeOf(approve(own.id, 'operator'))).to.equal('403 not-permitted');
    expect(await codeOf(approve(own.id, userNames.stranger))).to.equal('404 not-found');
    expect(gateway.commands.some(({ id }) => id === own.id || id === byKey.id)).to.equal(false);
    const approved = await approve(own.id, 'zhao');
    expect([approved.status, approved.body.approvedBy]).to.deep.equal([201, 'zhao']);
    expect(await gateway.heard(own.id)).to.include({ requestedBy: 'wang', approvedBy: 'zhao' });
    expect(await codeOf(approve(own.id, 'zhao'))).to.equal('409 command-not-waiting');
    expect((await ask('delete', `/commands/${byKey.id}`)).status).to.equal(204);
    expect(await codeOf(approve(byKey.id, 'zhao'))).to.equal('409 command-not-waiting');
    await approvalsNeeded(false);
    await approvalsNeeded(true, 'writer');
    expect((await requested()).state).to.equal('waiting-for-approval');
    expect((await ask('get', '/command-settings')).body).to.deep.equal({
      secondApprover: false,
      gateways: [
        { id: 'gateway-1', name: 'line-1', secondApprover: false },
        { id: 'writer', name: 'writer', secondApprover: true },
      ],
    });
    await approvalsNeeded(false, 'writer');
    expect(await codeOf(approvalsNeeded(true, 'nobody'))).to.equal('404 not-found');
  });

  it('says to gateways that may be written on the spot whether somebody must approve, and again when that changes', async () => {
    expect(gateway.helloAnswer).to.not.have.property('secondApprover');
    const saysHello = async () => {
      await gateway.connect(service.url);
      return gateway.helloAnswer.secondApprover;
    };
    const idle = { backlogBatches: 0, backlogBytes: 0, capacityBytes: 1, oldestTime: null, samplesPerSecond: 0 };
    const beat = () => gateway.say('heartbeat', { ...idle, gapsTotal: 0, sources: [] });
    gateway.disconnect();
    gateway.localWrites = true;
    const heard = [await saysHello()];
    for (const [needed, of] of [
      [true, null],
      [false, null],
      [true, 'writer'],
      [false, 'writer'],
    ] as const) {
      expect(await beat()).to.deep.equal({ accepted: true });
      await approvalsNeeded(needed, of);
      beat().catch(() => undefined);
      await until(() => !gateway.connected);
      heard.push(await saysHello());
    }
    expect(heard).to.deep.equal([false, true, false, true, false]);
    await approvalsNeeded(true, 'gateway-1');
    expect(await beat(), 'another gateway is meant').to.deep.equal({ accepted: true });
    await approvalsNeeded(false, 'gateway-1');
    gateway.localWrites = false;
    gateway.disconnect();
    await gateway.connect(service.url);
  });

  it('shows and takes only what is within the scope, and keys only what they were given', async () => {
    expect(await codeOf(request({ tag: tags.pump, value: true }, 'sun'))).to.equal('404 not-found');
    const seen = await requested({}, 'sun');
    const beside = await requested({ tag: tags.pump, value: true });
    const list = async (who: string, query = '') =>
      ((await ask('get', `/commands?limit=1000${query}`, undefined, who)).body.items as Told[]).map(({ id }) => id);
    expect(await list('sun'))
      .to.include(seen.id)
      .and.not.include(beside.id);
    expect(await list('wang')).to.include.members([seen.id, beside.id]);
    expect(await list('wang', `&tag=${tags.pump}`))
      .to.include(beside.id)
      .and.not.include(seen.id);
    expect(await list(userNames.stranger)).to.deep.equal([]);
    expect(await codeOf(ask('get', `/commands/${beside.id}`, undefined, 'sun'))).to.equal('404 not-found');
    const key = String(
      (await ask('post', '/api-keys', { name: 'bi', permissions: ['tags:read'] }, userNames.administrator)).body.key,
    );
    expect(await codeOf(request({}, key))).to.equal('403 not-permitted');
  });

  it('pages without a hole', async () => {
    const all = (await ask('get', '/commands?limit=1000')).body.items as Told[];
    const paged: Told[] = [];
    let cursor = '';
    do {
      const { body } = await ask('get', `/commands?limit=7${cursor}`);
      paged.push(...(body.items as Told[]));
      cursor = body.cursor === undefined ? '' : `&cursor=${body.cursor}`;
    } while (cursor !== '');
    expect(paged.map(({ id }) => id)).to.deep.equal(all.map(({ id }) => id));
    expect(all.length).to.be.greaterThan(20);
    const written = (await ask('get', '/commands?state=written')).body.items as Told[];
    expect(new Set(written.map(({ state }) => state))).to.deep.equal(new Set(['written']));
  });
});
