import type { GapRecord } from '@gongfu/shared/model/sample';
import { decodeBatch } from '@gongfu/shared/wire/codec';
import { expect } from 'chai';
import fc from 'fast-check';
import type { BufferedBatch, TelemetryBuffer } from '#edge/buffer/buffer';
import { firstOf, numberBlock } from '#test/kit/batches';
import { temporaryFolder } from '#test/kit/folders';

export type BufferMaker = (folder: string, capacityBytes: number) => TelemetryBuffer;

type Operation =
  | { readonly do: 'append'; readonly samples: number }
  | { readonly do: 'deliver'; readonly batches: number }
  | { readonly do: 'reopen' };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append' as const), samples: fc.integer({ min: 0, max: 3000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver' as const), batches: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);

/** What every telemetry buffer promises; numbers as in edge/buffer/README.md. */
export function bufferContract(name: string, make: BufferMaker): void {
  describe(`telemetry buffer: ${name}`, () => {
    let folder: string;
    let remove: () => void;
    let buffer: TelemetryBuffer;

    beforeEach(async () => {
      ({ folder, remove } = temporaryFolder());
      buffer = make(folder, 64 * 2 ** 20);
      await buffer.start();
    });
    afterEach(async () => {
      await buffer.stop();
      remove();
    });

    it('1. keeps what was appended over a restart, byte for byte and in order', async () => {
      const appended: BufferedBatch[] = [];
      for (let i = 0; i < 20; i += 1) appended.push(await buffer.append([numberBlock(i * 100, 100)], []));
      await buffer.stop();
      buffer = make(folder, 64 * 2 ** 20);
      await buffer.start();
      const read = buffer.read(0, 2 ** 30);
      expect(read.map(({ sequence }) => sequence)).to.deep.equal(appended.map(({ sequence }) => sequence));
      expect(read.map(({ bytes }) => Buffer.compare(bytes, appended.shift()!.bytes))).to.deep.equal(
        new Array(20).fill(0),
      );
      expect(read[3]).to.include({ samples: 100, fromTime: 1_000_300, toTime: 1_000_399 });
      expect(buffer.state()).to.include({ batches: 20, lastSequence: 20, oldestTime: 1_000_000, gapsTotal: 0 });
    });

    it('1. takes appends and forgets made at once', async () => {
      const results = await Promise.all(Array.from({ length: 30 }, (_, i) => buffer.append([numberBlock(i, 1)], [])));
      buffer.forget([1, 2]);
      const last = buffer.append([numberBlock(31, 1)], []);
      buffer.forget([3, 99]);
      await last;
      expect(results.map(({ sequence }) => sequence)).to.deep.equal(Array.from({ length: 30 }, (_, i) => i + 1));
      expect(buffer.read(0, 2 ** 30).map(({ sequence }) => sequence)).to.deep.equal(
        Array.from({ length: 28 }, (_, i) => i + 4),
      );
    });

    it('2. goes on with the next sequence after everything was forgotten and after a restart', async () => {
      await buffer.append([numberBlock(0, 1)], []);
      buffer.forget([1]);
      const { epoch } = buffer.state();
      await buffer.stop();
      await buffer.start();
      expect((await buffer.append([numberBlock(1, 1)], [])).sequence).to.equal(2);
      expect(buffer.state()).to.include({ epoch, batches: 1 });
    });

    it('reads from a sequence on, at least one and up to about the bytes asked for', async () => {
      for (let i = 0; i < 5; i += 1) await buffer.append([numberBlock(i, 1000)], []);
      const { length } = buffer.read(0, 2 ** 30)[0]!.bytes;
      expect(buffer.read(2, 1).map(({ sequence }) => sequence)).to.deep.equal([3]);
      expect(buffer.read(2, length * 2.5).map(({ sequence }) => sequence)).to.deep.equal([3, 4]);
      expect(buffer.read(5, 1)).to.deep.equal([]);
    });

    it('9. gives a tag identity one number for ever, and tells all it has ever declared', async () => {
      const tag = {
        source: 's',
        name: 'a',
        type: 'int16',
        scaled: false,
        unit: '',
        description: '',
        maxSilentMs: 1000,
      } as const;
      const [a, b] = await buffer.declare([tag, { ...tag, name: 'b' }]);
      await buffer.stop();
      await buffer.start();
      const again = await buffer.declare([
        { ...tag, name: 'c' },
        { ...tag, unit: 'mm' },
        { ...tag, scaled: true },
      ]);
      expect([a!.number, b!.number, ...again.map(({ number }) => number)]).to.deep.equal([1, 2, 3, 1, 4]);
      expect(buffer.declarations()).to.have.length(4);
      expect(buffer.declarations().find(({ number }) => number === 1)?.unit).to.equal('mm');
    });

    it('3. 4. 5. loses nothing without naming it, whatever the order of appends, deliveries, overflows and restarts', async function () {
      this.timeout(60_000);
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 60 }), (operations) => obeys(make, operations)),
        { numRuns: 25 },
      );
    });
  });
}

/** Plays the operations, then lets everything through: appended = delivered + named by gap records, none twice. */
async function obeys(make: BufferMaker, operations: readonly Operation[]): Promise<void> {
  const { folder, remove } = temporaryFolder();
  const capacityBytes = 200_000;
  let buffer = make(folder, capacityBytes);
  const appended = new Map<number, { first: number; samples: number }>();
  const delivered = new Map<number, number>();
  const gaps: GapRecord[] = [];
  let first = 0;

  const append = async (samples: number): Promise<void> => {
    const { sequence } = await buffer.append(samples === 0 ? [] : [numberBlock(first, samples)], []);
    expect(appended.has(sequence)).to.equal(false);
    appended.set(sequence, { first, samples });
    first += samples;
    const { batches, usedBytes } = buffer.state();
    if (batches > 1) expect(usedBytes).to.be.at.most(capacityBytes * 0.95);
  };
  const deliver = async (count: number): Promise<void> => {
    const batches = buffer.read(0, 2 ** 30).slice(0, count);
    for (const { sequence, bytes, samples } of batches) {
      expect(delivered.has(sequence)).to.equal(false);
      if (samples > 0) expect(firstOf(bytes)).to.equal(appended.get(sequence)?.first);
      delivered.set(sequence, samples);
      gaps.push(...decodeBatch(bytes).gaps);
    }
    buffer.forget(batches.map(({ sequence }) => sequence));
  };

  try {
    await buffer.start();
    for (const next of operations) {
      if (next.do === 'append') await append(next.samples);
      else if (next.do === 'deliver') await deliver(next.batches);
      else {
        await buffer.stop();
        buffer = make(folder, capacityBytes);
        await buffer.start();
      }
    }
    await deliver(Number.POSITIVE_INFINITY);
    await append(0);
    await append(0);
    await deliver(Number.POSITIVE_INFINITY);
    expect(buffer.state()).to.include({ batches: 0, usedBytes: 0, oldestTime: null });

    const named = gaps.flatMap(({ fromSequence, toSequence }) =>
      Array.from({ length: toSequence - fromSequence + 1 }, (_, i) => fromSequence + i),
    );
    expect([...delivered.keys(), ...named].sort((a, b) => a - b)).to.deep.equal(
      [...appended.keys()].sort((a, b) => a - b),
    );
    const total = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0);
    expect(total(gaps.map(({ samples }) => samples)) + total(delivered.values())).to.equal(first);
  } finally {
    await buffer.stop();
    remove();
  }
}
