import type { Socket } from 'node:net';
import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { seededRandom } from '../../../kit/seeded-random.ts';
import { DriverBench, tags } from './driver-bench.ts';
import { exceptionOf, type FrameLies, frameOf, RawServer, type Wire, type WireRequest } from './raw-server.ts';

/** `GONGFU_HOSTILE_POLLS=1000000` for the long form. */
const pollsTotal = Number(process.env.GONGFU_HOSTILE_POLLS ?? 4000);
const waitMs = 60;
const lieShare = 0.05;

type Random = () => number;
type Lie = (request: WireRequest, socket: Socket, truth: Buffer, random: Random) => void;

const pick = <T>(random: Random, among: readonly T[]): T => among[Math.floor(random() * among.length)]!;
const written =
  (bytesOf: (request: WireRequest, truth: Buffer, random: Random) => Buffer): Lie =>
  (request, socket, truth, random) =>
    void socket.write(bytesOf(request, truth, random));
const lied = (lies: (request: WireRequest, random: Random) => FrameLies): Lie =>
  written((request, truth, random) => frameOf(request, truth, lies(request, random)));

const lengths = [0, 2, 255, 4000, 65_535];
const headerLies: Record<string, Lie> = {
  'protocol 7': lied(() => ({ protocol: 7 })),
  'another transaction': lied((r, random) => ({
    transaction: (r.transaction + pick(random, [1, -1, 256, 40_000])) & 0xffff,
  })),
  'another length': lied((_, random) => ({ length: pick(random, lengths) })),
  // Transaction numbers tell it from the answer to the next request; without them nothing could.
  'the answer twice, a moment apart': (request, socket, truth, random) => {
    const frame = frameOf(request, truth);
    socket.write(frame);
    systemClock.after(random() * 5, () => socket.writable && socket.write(frame));
  },
};
const checkLies: Record<string, Lie> = {
  'a wrong checksum': lied((_, random) => ({ check: 1 << Math.floor(random() * 8) })),
};
const lies: Record<string, Lie> = {
  'another unit': lied((r) => ({ unitId: r.unitId + 1 })),
  'another function': lied(() => ({ functionCode: 4 })),
  'a byte count that lies': lied((_, random) => ({ byteCount: pick(random, [0, 19, 21, 200, 255]) })),
  'another number of bytes': written((r, truth, random) =>
    frameOf(r, Buffer.concat([truth, truth]).subarray(0, pick(random, [0, 18, 19, 21, 22, 40]))),
  ),
  'an exception': written((r, _, random) => exceptionOf(r, pick(random, [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255]))),
  'an exception of another function': written((r) => exceptionOf({ ...r, functionCode: 4 }, 2)),
  'half a frame, then silence': written((r, truth, random) => {
    const frame = frameOf(r, truth);
    return frame.subarray(0, 1 + Math.floor(random() * (frame.length - 1)));
  }),
  'two frames in one segment': written((r, truth) => Buffer.concat([frameOf(r, truth), frameOf(r, truth)])),
  'an answer after the deadline': (request, socket, truth, random) =>
    void systemClock.after(waitMs * (1 + random()), () => socket.writable && socket.write(frameOf(request, truth))),
  'no answer': () => {},
  reset: (_, socket) => void socket.resetAndDestroy(),
  'an end in the middle of a frame': (request, socket, truth) =>
    void socket.end(frameOf(request, truth).subarray(0, 12)),
  noise: written((_, __, random) =>
    Buffer.from(Array.from({ length: 1 + Math.floor(random() * 2000) }, () => random() * 256)),
  ),
};

const residentMB = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);

describe('Modbus driver in a long run against a hostile server', function () {
  this.timeout(Math.max(120_000, pollsTotal * 20));

  for (const wire of ['tcp', 'rtu', 'ascii'] as const satisfies readonly Wire[]) {
    it(`in framing ${wire}: ${pollsTotal} polls, no wrong value, good again within two polls`, async () => {
      const seed = Date.now() >>> 0;
      console.log(`      seed ${seed}`);
      const random = seededRandom(seed);
      const all = Object.entries({ ...(wire === 'tcp' ? headerLies : checkLies), ...lies });
      const server = new RawServer(wire);
      const keys = wire === 'tcp' ? {} : { silence: '0ms' };
      const bench = new DriverBench(await server.start(), tags, { framing: wire, timeout: `${waitMs}ms`, ...keys });
      let poll = 0;
      let lie: [string, Lie] | undefined;
      // The value of a register changes from poll to poll, so that an answer to an earlier poll is a wrong value too.
      const heldIn = (register: number) => (register * 7 + poll) & 0xffff;
      server.answer = (request, socket) => {
        const truth = Buffer.alloc(2 * request.count);
        for (let i = 0; i < request.count; i += 1) truth.writeUInt16BE(heldIn(request.start + i), i * 2);
        const told = lie;
        lie = undefined;
        if (told === undefined) socket.write(frameOf(request, truth));
        else told[1](request, socket, truth, random);
      };
      const counts = { good: 0, lies: 0, slow: 0 };
      const rssMB = { early: 0, late: 0 };
      let badInARow = 0;
      let last = '';
      try {
        await bench.driver.start();
        for (; poll < pollsTotal; poll += 1) {
          if (badInARow === 0 && random() < lieShare) {
            lie = pick(random, all);
            last = lie[0];
            counts.lies += 1;
          }
          const samples = await bench.poll();
          expect(samples, `samples of poll ${poll} after ${last}`).to.have.lengthOf(tags.length);
          for (const { tag, status, value } of samples) {
            if (status === StatusCode.Good)
              expect(value, `register ${tag} in poll ${poll} after ${last}`).to.equal(heldIn(tag));
          }
          const isGood = samples.every(({ status }) => status === StatusCode.Good);
          if (isGood) counts.good += 1;
          badInARow = isGood ? 0 : badInARow + 1;
          if (badInARow === 3) counts.slow += 1;
          if (badInARow > 0) await sleep(systemClock, 20);
          // Else what the test remembers is what grows.
          server.requests.length = 0;
          bench.logs.lines.length = 0;
          if (poll === Math.floor(pollsTotal / 5)) rssMB.early = residentMB();
        }
        rssMB.late = residentMB();
      } finally {
        await bench.driver.stop();
        await server.stop();
      }
      console.log(`      ${counts.lies} lies, ${counts.good} good polls, ${counts.slow} times more than two bad ones`);
      console.log(`      RSS ${rssMB.early} MB after a fifth of the polls, ${rssMB.late} MB after all`);
      expect(rssMB.late - rssMB.early, 'growth of RSS in MB').to.be.below(30);
      expect(counts.good).to.be.above(pollsTotal * (1 - 3 * lieShare));
      // A machine that stands still for longer than the time-out, just then, looks like a second lie.
      expect(counts.slow).to.be.at.most(Math.ceil(counts.lies * 0.01));
    });
  }
});
