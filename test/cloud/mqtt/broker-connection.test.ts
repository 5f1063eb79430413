import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import { expect } from 'chai';
import type { ForeignRow, RowDoor } from '#cloud/doors/row-door';
import { MqttBrokers } from '#cloud/mqtt/mqtt-brokers';
import { mqttConfigSchema } from '#cloud/mqtt/mqtt-config';
import { Authority } from '../../kit/certificates.js';
import { Mosquitto, requireMosquitto } from '../../kit/mosquitto.js';
import { until } from '../../kit/until.js';

async function problemOf(started: Promise<void>): Promise<Problem> {
  const problem = await started.catch((error: unknown) => error);
  if (problem instanceof Problem) return problem;
  throw new Error('it has started');
}

describe('MQTT brokers with TLS and passwords', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'mqtt-tls-'));
  const file = (name: string) => join(folder, name);
  const running: MqttBrokers[] = [];
  let broker: Mosquitto;
  let rows: ForeignRow[];

  before(async function () {
    await requireMosquitto(this);
    const authority = await Authority.make();
    const { certificate, key } = await authority.issue();
    writeFileSync(file('ca.pem'), authority.pem);
    writeFileSync(file('other-ca.pem'), (await Authority.make('CN=Another')).pem);
    writeFileSync(file('broker.pem'), certificate);
    writeFileSync(file('broker.key'), key);
    writeFileSync(file('secret'), 'correct horse\n');
    execFileSync('mosquitto_passwd', ['-b', '-c', file('users'), 'gongfu', 'correct horse'], { stdio: 'ignore' });
    broker = new Mosquitto([
      'allow_anonymous false',
      `password_file ${file('users')}`,
      `cafile ${file('ca.pem')}`,
      `certfile ${file('broker.pem')}`,
      `keyfile ${file('broker.key')}`,
    ]);
    await broker.start();
  });
  beforeEach(() => {
    rows = [];
  });
  afterEach(() => Promise.all(running.splice(0).map((brokers) => brokers.stop())));
  after(async () => {
    await broker?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function brokers(more: object, parts: { clock?: Clock; door?: RowDoor; random?: () => number } = {}): MqttBrokers {
    const config = mqttConfigSchema.parse({
      brokers: [
        {
          name: 'plant',
          url: `mqtts://localhost:${broker.port}`,
          username: 'gongfu',
          passwordFile: file('secret'),
          tls: { ca: file('ca.pem') },
          topics: [{ topic: 'in/{tag}', payload: 'value', source: 's', tag: '{tag}' }],
          ...more,
        },
      ],
    });
    const door: RowDoor = {
      write: async (_origin, written) => {
        rows.push(...written);
        return written.map(() => undefined);
      },
    };
    const never = () => () => {};
    const plant = { signals: () => [], latest: async () => new Map(), onChanged: never, onCommitted: never };
    const made = new MqttBrokers({
      config,
      homeTenantId: 'default',
      tenantExists: async () => false,
      door,
      plant,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      ...parts,
    });
    running.push(made);
    return made;
  }
  const say = (tag: string) =>
    broker.publish(
      `in/${tag}`,
      ['1'],
      ['--cafile', file('ca.pem'), '-h', 'localhost', '-u', 'gongfu', '-P', 'correct horse'],
    );

  for (const version of [4, 5]) {
    it(`protocol ${version}: hears what is published`, async () => {
      await brokers({ version, clientId: `v${version}` }).start();
      await until(async () => {
        await say(`v${version}`);
        return rows.some(({ name }) => name === `v${version}`);
      });
    });
  }

  it('hears nothing from a broker whose certificate another authority has signed, or that does not know us', async () => {
    await brokers({ tls: { ca: file('other-ca.pem') }, clientId: 'a' }).start();
    await brokers({ username: 'stranger', clientId: 'b' }).start();
    await brokers({ clientId: 'c' }).start();
    await until(async () => {
      await say('probe');
      return rows.length > 0;
    });
    await say('last');
    await until(() => rows.some(({ name }) => name === 'last'));
    expect(rows.filter(({ name }) => name === 'last')).to.have.length(1);
  });

  it('says how each connection is: connected, or why not, without the password', async () => {
    const standing = brokers({ clientId: 'd' });
    const wrongPassword = brokers({ username: 'stranger', clientId: 'e' });
    const wrongAuthority = brokers({ tls: { ca: file('other-ca.pem') }, clientId: 'f' });
    const away = brokers({ url: 'mqtts://user:hidden@127.0.0.1:1', clientId: 'g' });
    for (const one of [standing, wrongPassword, wrongAuthority, away]) await one.start();
    const state = (one: MqttBrokers) => one.connections()[0]!;
    await until(() => state(standing).isConnected);
    await until(() => [wrongPassword, wrongAuthority, away].every((one) => state(one).fault !== ''));
    expect(state(wrongPassword).fault).to.match(/not authori[sz]ed/i);
    expect(state(wrongAuthority).fault).to.match(/certificate/i);
    expect(state(away)).to.include({ isConnected: false, url: 'mqtts://127.0.0.1:1', samples: 0 });
    expect(state(away).fault).to.contain('ECONNREFUSED');
    await say('counted');
    await until(() => state(standing).samples === 1);
    expect(state(standing)).to.include({
      fault: '',
      broker: 'plant',
      use: 'topics',
      waiting: 0,
      refused: 0,
      dropped: 0,
    });
    expect(state(standing)).to.include({ messages: 1, bytes: 1, messagesLastMinute: 1 });
  });

  it('does not hurry back to a broker that brings again what is refused for good, says why, and is itself again once it is not', async () => {
    const waits: number[] = [];
    let isRevoked = true;
    // A hundred times as fast, for waits that are told to be long.
    const clock = {
      ...systemClock,
      after: (delayMs: number, task: () => void) => {
        if (delayMs >= 250) waits.push(delayMs);
        return systemClock.after(delayMs / 100, task);
      },
    };
    const door: RowDoor = {
      write: async (_origin, written) => {
        if (isRevoked) {
          const detail = 'what comes from it was revoked';
          throw new Problem({ code: 'gateway-revoked', detail, advice: '-', reaction: 'stop', status: 403 });
        }
        rows.push(...written);
        return written.map(() => undefined);
      },
    };
    const refusing = brokers({ clientId: 'h' }, { clock, door, random: () => 1 });
    await refusing.start();
    await until(() => refusing.connections()[0]!.isConnected);
    await say('refused');
    await until(() => waits.length >= 5);
    expect(waits.slice(0, 5)).to.deep.equal([500, 1_000, 2_000, 4_000, 8_000]);
    expect(refusing.connections()[0]!.fault).to.equal('what comes from it was revoked');
    isRevoked = false;
    await until(() => rows.some(({ name }) => name === 'refused') && refusing.connections()[0]!.fault === '');
    waits.length = 0;
    await broker.stop();
    await until(() => waits.length > 0);
    expect(waits[0]).to.equal(500);
    await broker.start();
  });

  it('names every file and every tenant that is not there, before it connects', async () => {
    const files = { tls: { ca: file('none.pem') }, passwordFile: file('none') };
    const unreadable = await problemOf(brokers(files).start());
    expect(unreadable).to.include({ code: 'mqtt-file-unreadable' });
    expect(unreadable.places.map(({ where }) => where)).to.have.members([
      'mqtt.brokers plant tls.ca',
      'mqtt.brokers plant passwordFile',
    ]);
    expect(await problemOf(brokers({ tenant: 'nobody' }).start())).to.include({ code: 'mqtt-tenant-unknown' });
  });
});
