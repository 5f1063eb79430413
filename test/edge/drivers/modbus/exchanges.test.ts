import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { requirePeers } from '../../../kit/python.ts';
import { checkoutFolder } from '../../../kit/source-tree.ts';
import { DriverBench } from './driver-bench.ts';
import { type TagText, tagOf } from './fixtures.ts';

// Captured by test/kit/modbus-exchanges.py between a client and a server of pymodbus; none of our code had a hand in it.
const lines = readFileSync(join(checkoutFolder, 'test/golden/modbus/exchanges.txt'), 'utf8').trim().split('\n');
const exchanges = new Map(
  lines.map((line) => {
    const [name, request, reply] = line.split(' ') as [string, string, string];
    return [name, { request: Buffer.from(request, 'hex'), reply: Buffer.from(reply, 'hex') }];
  }),
);

/** The tags whose poll is one exchange, and what must come of it. */
interface Case {
  readonly at: string;
  readonly type: TagText['type'];
  readonly values: readonly (number | boolean)[] | number;
}

const bitsOf = (text: string) => [...text].map((digit) => digit === '1');
const everyThird = Array.from({ length: 2000 }, (_, i) => (1000 + i) % 3 === 0);
const words = Array.from({ length: 125 }, (_, i) => (i + 1) * 257);

// The first four are the examples of the specification (6.1 to 6.4), read off its tables.
const cases: Record<string, Case> = {
  coils: { at: 'coil:19', type: 'bool', values: bitsOf('1011001111010110101') },
  'discrete-inputs': { at: 'discrete:196', type: 'bool', values: bitsOf('0011010111011011101011') },
  'holding-registers': { at: 'holding:107', type: 'uint16', values: [555, 0, 100] },
  'input-registers': { at: 'input:8', type: 'uint16', values: [10] },
  'coils-longest': { at: 'coil:1000', type: 'bool', values: everyThird },
  'discrete-inputs-longest': { at: 'discrete:1000', type: 'bool', values: everyThird },
  'holding-registers-longest': { at: 'holding:1000', type: 'uint16', values: words },
  'input-registers-longest': { at: 'input:1000', type: 'uint16', values: words },
  'coils-refused': { at: 'coil:9000', type: 'bool', values: StatusCode.BadNotFound },
  'discrete-inputs-refused': { at: 'discrete:9000', type: 'bool', values: StatusCode.BadNotFound },
  'holding-registers-refused': { at: 'holding:9000', type: 'uint16', values: StatusCode.BadNotFound },
  'input-registers-refused': { at: 'input:9000', type: 'uint16', values: StatusCode.BadNotFound },
};

/** Polls once against a server that plays the reply; returns what was asked and what came of it. */
async function replayed({ at, values }: Case, type: TagText['type'], reply: Buffer) {
  const asked: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      asked.push(chunk);
      // Only the number of the transaction is the asker's own.
      socket.write(Buffer.concat([chunk.subarray(0, 2), reply.subarray(2)]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [area, first] = at.split(':') as [string, string];
  const count = typeof values === 'number' ? 1 : values.length;
  const tags = Array.from({ length: count }, (_, i) =>
    tagOf({ address: `${area}:${Number(first) + i}`, type, number: i, unitId: 17 }),
  );
  const bench = new DriverBench((server.address() as AddressInfo).port, tags);
  await bench.driver.start();
  const samples = await bench.poll();
  await bench.driver.stop();
  server.close();
  return { asked: Buffer.concat(asked), samples };
}

describe('Modbus exchanges as captured', () => {
  for (const [name, one] of Object.entries(cases)) {
    it(`${name}: asks what another client asks, byte for byte, and makes the right samples of the answer`, async () => {
      const { request, reply } = exchanges.get(name)!;
      const { asked, samples } = await replayed(one, one.type, reply);
      expect(asked.subarray(2).toString('hex')).to.equal(request.subarray(2).toString('hex'));
      const { values } = one;
      if (typeof values === 'number') {
        expect(samples.map(({ call, status }) => [call, status])).to.deep.equal([['bad', values]]);
        return;
      }
      expect(samples.map(({ tag, status, value }) => [tag, status, value])).to.deep.equal(
        values.map((value, i) => [i, StatusCode.Good, value]),
      );
    });
  }

  it('are all looked at, and are what pymodbus says today', async function () {
    this.timeout(60_000);
    expect([...exchanges.keys()]).to.deep.equal(Object.keys(cases));
    const python = await requirePeers(this);
    const answer = (await python.ask('modbus-exchanges.py', null)) as { lines: string[] };
    expect(answer.lines).to.deep.equal(lines);
  });
});
