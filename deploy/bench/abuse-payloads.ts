import { gzipSync } from 'node:zlib';
import { Backoff } from '@gongfu/shared/base/backoff';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { BrokerConnection } from '#cloud/mqtt/broker-connection';
import { DataType } from '#cloud/mqtt/sparkplug/data-type';
import { encodePayload, type OwnMetric } from '#cloud/mqtt/sparkplug/payload';
import type { AbuseLoad, Attack, Count } from './abuse-rows.ts';

type Payloads = (load: AbuseLoad, count: Count) => Attack;

const longText = 'x'.repeat(60_000);
/** What was never said before is different each time. */
let turn = 0;

/** What is thrown at the doors for rows of others, by its row. */
export const payloadAttacks: Record<string, Payloads> = {
  millionLines: (load, count) => {
    const body = lines(1_000_000, (n) => `million f=${n} ${1_700_000_000_000 + n}`);
    return { lanes: 1, once: () => write(load, count, body) };
  },
  // Sixty thousand at first, all refused beyond what a key may make.
  newTags: (load, count) => ({
    lanes: 2,
    once: () => {
      turn += 1;
      return write(
        load,
        count,
        lines(5_000, (n) => `burst f${turn}-${n}=1`),
      );
    },
  }),
  wrongLines: (load, count) => {
    const body = lines(100_000, (n) => `wrong${n} ${'y'.repeat(100)}`);
    return { lanes: 4, once: () => write(load, count, body) };
  },
  longTexts: (load, count) => {
    const text = (n: number) => (n % 2 === 0 ? longText : longText.repeat(16));
    const body = lines(40, (n) => `long t="${text(n)}" ${1_700_000_000_000 + n}`);
    return { lanes: 4, once: () => write(load, count, body) };
  },
  gzipTwice: (load, count) => {
    const packed = gzipSync(gzipSync(Buffer.alloc(64 * 1024 ** 2, 'z')));
    return { lanes: 4, once: () => write(load, count, packed, { 'content-encoding': 'gzip' }) };
  },
  mqttFlood: (load, count) =>
    publishing(load, count, 200, () => ['in/flood', JSON.stringify({ a: turn, b: turn / 3, c: turn % 2 === 0 })]),
  mqttLongTexts: (load, count) => {
    const payload = JSON.stringify(Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`t${n}`, longText])));
    return publishing(load, count, 4, () => ['in/long', payload]);
  },
  mqttManyReadings: (load, count) => {
    const payload = JSON.stringify(Array.from({ length: 400_000 }, (_, n) => ({ a: n % 10 })));
    return publishing(load, count, 4, () => ['in/many', payload]);
  },
  mqttNames: (load, count) => {
    const long = 'n'.repeat(65_536);
    const payload = JSON.stringify(Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${long}${n}`, n])));
    return publishing(load, count, 4, () => ['in/names', payload]);
  },
  // Each time another node with as many metrics as a message may have.
  sparkplugBirths: (load, count) =>
    publishing(load, count, 2, () => [
      `spBv1.0/G/NBIRTH/born${turn}`,
      sparkplug(0, 20_000, (n) => ({ name: `m${turn}-${n}`, alias: n })),
    ]),
  sparkplugMillion: (load, count) => {
    const payload = Buffer.alloc(2_000_000, Uint8Array.of(0x12, 0));
    return publishing(load, count, 4, () => ['spBv1.0/G/NDATA/million', payload]);
  },
  sparkplugJumps: (load, count) =>
    publishing(load, count, 4, () => [
      turn === 1 ? 'spBv1.0/G/NBIRTH/jumps' : 'spBv1.0/G/NDATA/jumps',
      sparkplug((turn * 7) % 256, 5_000, (n) => ({ name: `j${n}`, alias: n })),
    ]),
  sparkplugRubbish: (load, count) =>
    publishing(load, count, 50, () => [
      `spBv1.0/G/NDATA/stranger${turn}`,
      turn % 2 === 0 ? Buffer.from(`rubbish ${turn}`) : sparkplug(turn % 256, 1, () => ({ alias: turn })),
    ]),
};

function lines(count: number, line: (n: number) => string): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, n) => line(n)).join('\n'));
}

async function write(load: AbuseLoad, count: Count, body: Uint8Array, headers = {}): Promise<void> {
  const authorization = `Token ${load.rowsToken}`;
  const response = await fetch(`${load.url}/api/v2/write?precision=ms`, {
    method: 'POST',
    headers: { authorization, ...headers },
    body: body as Uint8Array<ArrayBuffer>,
  });
  const told = await response.text();
  const partly = /partial write: (\d+) stored/.exec(told)?.[1];
  count(partly === undefined ? response.status : `${response.status}, ${partly} of the rows stored`);
}

function sparkplug(
  sequence: number,
  metricCount: number,
  named: (n: number) => Pick<OwnMetric, 'name' | 'alias'>,
): Uint8Array {
  const time = Date.now();
  const rest = { time, datatype: DataType.Double, carrier: 'doubleValue' } as const;
  const metrics = Array.from({ length: metricCount }, (_, n): OwnMetric => ({ ...named(n), ...rest, value: n }));
  return encodePayload({ time, sequence, metrics });
}

/** Messages of QoS 1, each sent when the broker has that before it. */
function publishing(
  { brokerUrl }: AbuseLoad,
  count: Count,
  lanes: number,
  next: () => [topic: string, payload: string | Uint8Array],
): Attack {
  const connection = new BrokerConnection({
    url: brokerUrl,
    client: { clientId: `load-${process.pid}`, protocolVersion: 5 },
    subscriptions: [],
    take: async () => {},
    clock: systemClock,
    backoff: new Backoff({ firstMs: 100, maxMs: 1_000, random: Math.random }),
    log: silentLogger,
  });
  const started = connection.start().then(() => connected(connection));
  return {
    lanes,
    once: async () => {
      await started;
      turn += 1;
      const [topic, payload] = next();
      await connection.publish(topic, Buffer.from(payload as string), { qos: 1, retain: false });
      count('published');
    },
  };
}

async function connected(connection: BrokerConnection): Promise<void> {
  while (!connection.figures.isConnected) await new Promise((resolve) => setTimeout(resolve, 20));
}
