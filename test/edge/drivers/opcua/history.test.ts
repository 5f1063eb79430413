import { expect } from 'chai';
import {
  type ClientSession,
  HistoryData,
  type HistoryReadRequest,
  type ReadRawModifiedDetails,
  StatusCodes,
} from 'node-opcua-client';
import { readRaw } from '#edge/drivers/opcua/history';
import { seededRandom } from '../../../kit/seeded-random.ts';

interface Kept {
  readonly value: number;
  readonly time: number;
}

/** A server's answers out of what it keeps: pages of its own size, with a continuation point or cut short without one. */
function serverOf(kept: readonly Kept[], pageSize: number, isCurt: boolean) {
  let requests = 0;
  const historyRead = (request: HistoryReadRequest) => {
    requests += 1;
    const { startTime, endTime } = request.historyReadDetails as ReadRawModifiedDetails;
    const [from, to] = [startTime!.getTime(), endTime!.getTime()];
    const { continuationPoint } = request.nodesToRead![0]!;
    const skipped = continuationPoint?.length > 0 ? continuationPoint.readUInt32LE(0) : 0;
    const all = kept.filter(({ time }) => time >= from && time < to);
    const page = all.slice(skipped, skipped + pageSize);
    const next = skipped + page.length;
    const point = Buffer.alloc(4);
    point.writeUInt32LE(next);
    const dataValues = page.map(({ value, time }) => ({
      value: { dataType: 'Int32' as never, value },
      sourceTimestamp: new Date(time),
    }));
    const result = {
      statusCode: StatusCodes.Good,
      historyData: new HistoryData({ dataValues }),
      continuationPoint: next < all.length && !isCurt ? point : undefined,
    };
    return Promise.resolve({ results: [result] });
  };
  return { session: { historyRead } as unknown as ClientSession, requests: () => requests };
}

async function taken(session: ClientSession, from: number, to: number): Promise<{ whole: boolean; values: number[] }> {
  const values: number[] = [];
  const take = ({ value }: { value: { value: unknown } }) => values.push(Number(value.value));
  const whole = await readRaw(session, { nodeId: 'ns=1;s=a', from, to }, { wanted: () => true, take });
  return { whole, values };
}

describe('OPC UA history', () => {
  it('is read whole, in order and once, whatever the pages are, and several values of one millisecond too', async () => {
    const seed = Date.now() >>> 0;
    console.log(`      seed ${seed}`);
    const random = seededRandom(seed);
    const whole = (most: number) => Math.floor(random() * (most + 1));
    for (let run = 0; run < 200; run += 1) {
      const [from, to] = [1_000_000, 1_000_040];
      let time = from - 3;
      const kept = Array.from({ length: whole(60) }, (_, value) => {
        // At most four within a millisecond: fewer than the smallest page.
        time += value % 4 === 0 ? 1 + whole(2) : whole(1);
        return { value, time };
      });
      const wanted = kept.filter((one) => one.time > from && one.time < to).map(({ value }) => value);
      const { session, requests } = serverOf(kept, 5 + whole(10), random() < 0.5);
      const read = await taken(session, from, to);
      expect(read, JSON.stringify(kept)).to.deep.equal({ whole: true, values: wanted });
      expect(requests()).to.be.lessThan(70);
    }
  });
});
