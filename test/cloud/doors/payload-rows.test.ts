import { expect } from 'chai';
import { Mosquitto, requireMosquitto } from '../../kit/mosquitto.ts';
import { until } from '../../kit/until.ts';
import { ServiceFixture, userNames } from '../access/service-fixture.ts';
import { type DoorName, doorNames, payloadCases, type SentRow, start } from './payload-cases.ts';
import { jsonOf, linesOf, sparkplugOf } from './payload-encodings.ts';

interface Connection {
  readonly use: string;
  readonly connected: boolean;
  readonly since: string;
  readonly messages: number;
  readonly waiting: number;
  readonly refused: number;
  readonly refusal: string;
  readonly dropped: number;
}

interface Door {
  /** Of its tags. */
  readonly source: string;
  /** Sends rows in one message; gives what was told to be wrong with them. */
  readonly send: (rows: readonly SentRow[]) => Promise<string>;
}

/** Every door of the running service, the MQTT ones through a real broker, with the same list of payloads. */
describe('doors: one list of payloads through all of them', function () {
  this.timeout(60_000);
  const broker = new Mosquitto();
  let service: ServiceFixture;
  let administrator: string;
  let connectedSince: Record<string, string>;
  let sequence = 0;
  const doors = {} as Record<DoorName, Door>;

  before(async function () {
    await requireMosquitto(this);
    await broker.start();
    const topics = '[{ topic: "plant/{machine}", source: "{machine}", time: ts }]';
    const plant = `{ name: plant, url: "${broker.url}", thingsBoard: { source: me }, sparkplug: {}, topics: ${topics} }`;
    service = new ServiceFixture(undefined, `mqtt: { brokers: [${plant}] }`);
    await service.start();
    administrator = await service.tokenOf(userNames.administrator);
    await until(async () => (await connections()).every(({ connected }) => connected));
    connectedSince = Object.fromEntries((await connections()).map(({ use, since }) => [use, since]));
    const key = await makeKey('http-device');
    doors['line protocol'] = {
      source: 'lines',
      send: (rows) => post('/api/v2/write?precision=ms', key, linesOf('lines', rows)),
    };
    doors['ThingsBoard HTTP'] = {
      source: 'http-device',
      send: (rows) => post(`/api/v1/${key}/telemetry`, key, jsonOf(rows, timed)),
    };
    const flat = (name: string, value: string, time: string) => `{"ts":${time},${name}:${value}}`;
    doors['MQTT JSON'] = { source: 'json', send: (rows) => publish('topics', 'plant/json', jsonOf(rows, flat)) };
    doors['ThingsBoard MQTT'] = {
      source: 'tb',
      send: (rows) => publish('topics', 'v1/gateway/telemetry', wrapped(jsonOf(rows, timed))),
    };
    doors.Sparkplug = {
      source: 'G/N',
      send: (rows) => {
        sequence = (sequence + 1) & 255;
        return publish('sparkplug-host', 'spBv1.0/G/NDATA/N', sparkplugOf(sequence, start, rows));
      },
    };
    await publish('sparkplug-host', 'spBv1.0/G/NBIRTH/N', sparkplugOf(0, start, []));
  });
  after(async () => {
    await service?.stop();
    await broker.remove();
  });

  const timed = (name: string, value: string, time: string) => `{"ts":${time},"values":{${name}:${value}}}`;
  const wrapped = (list: Buffer) => Buffer.concat([Buffer.from('{"tb":'), list, Buffer.from('}')]);

  async function makeKey(name: string): Promise<string> {
    const body = { name, permissions: ['samples:write'] };
    return String((await service.ask('post', '/api/v1/api-keys', { token: administrator, body })).body.key);
  }

  async function connections(): Promise<Connection[]> {
    const { body } = await service.ask('get', '/api/v1/brokers', { token: administrator });
    return body.items as Connection[];
  }

  async function post(path: string, key: string, body: Buffer<ArrayBuffer>): Promise<string> {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(service.url + path, { method: 'POST', headers, body });
    const text = await response.text();
    expect(response.status, text.slice(0, 500)).to.be.oneOf([200, 204, 400]);
    if (response.status !== 400) return '';
    const told = JSON.parse(text);
    const { places, detail } = (told.problem ?? told) as { places?: { what: string }[]; detail: string };
    expect(text.length, 'what is told of few rows').to.be.lessThan(4_000);
    return places?.map(({ what }) => what).join('; ') ?? detail;
  }

  async function publish(use: string, topic: string, payload: Uint8Array): Promise<string> {
    const now = async () => (await connections()).find((one) => one.use === use)!;
    const before = await now();
    await broker.send(topic, payload);
    let after = before;
    await until(async () => {
      after = await now();
      return after.messages > before.messages && after.waiting === 0;
    });
    return after.refused > before.refused ? after.refusal : '';
  }

  async function stored(source: string, name: string): Promise<unknown[]> {
    const { body } = await service.ask('get', '/api/v1/tags?limit=10000', { token: administrator });
    const tag = (body.items as { id: string; source: string; name: string }[]).find(
      (item) => item.source === source && item.name === name,
    );
    if (tag === undefined) return [];
    const path = `/api/v1/tags/${tag.id}/samples?from=0&to=4000000000000`;
    const { items } = (await service.ask('get', path, { token: administrator })).body;
    return (items as { value: unknown }[]).map(({ value }) => value);
  }

  for (const doorName of doorNames) {
    for (const { what, rows, outcome } of payloadCases) {
      const expected = outcome(doorName);
      if (expected === undefined) continue;
      it(`${doorName}: ${what}`, async () => {
        const { source, send } = doors[doorName];
        const [first, last] = [`${what}: before`, `${what}: after`];
        const told = await send([
          { name: first, value: 1, time: start },
          ...rows,
          { name: last, value: 2, time: start },
        ]);
        const beside = [...(await stored(source, first)), ...(await stored(source, last))];
        if ('whole' in expected) {
          expect(told).to.match(expected.whole);
          expect(beside).to.deep.equal([]);
          return;
        }
        expect(beside, told).to.deep.equal([1, 2]);
        if ('refused' in expected) {
          expect(told).to.match(expected.refused);
          return;
        }
        expect(told).to.equal('');
        expect(await stored(source, String(rows[0]!.name))).to.deep.equal(expected.stored);
      });
    }
  }

  it('no connection to the broker was lost over any of them, and nothing given up', async () => {
    for (const { use, connected, since, waiting, dropped } of await connections()) {
      expect({ use, connected, since, waiting, dropped }).to.deep.equal({
        use,
        connected: true,
        since: connectedSince[use],
        waiting: 0,
        dropped: 0,
      });
    }
  });
});
