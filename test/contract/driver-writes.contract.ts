import { setTimeout as wait } from 'node:timers/promises';
import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import type { Value } from '@gongfu/shared/model/value-type';
import type { Driver, Reading } from '@gongfu/shared/sdk/driver';
import { expect } from 'chai';
import type { Relay } from '#test/kit/relay';
import { until } from '#test/kit/until';

/** The tags every stage has, by number: bool, int16 scaled by 0.1, uint64, float32, string of 8 bytes. */
export const stageTags = { flag: 1, level: 2, count: 3, speed: 4, text: 5 } as const;

export interface WriteStage {
  readonly driver: Driver;
  /** Between driver and source. */
  readonly relay: Relay;
  /** Whether a piece of the wire asks the source to write. */
  readonly isWrite: (bytes: Buffer) => boolean;
  stop(): Promise<void>;
}

/** What every driver that can write promises; shared/sdk/driver.ts says it. */
export function driverWritesContract(name: string, start: () => Promise<WriteStage>): void {
  describe(`writes of the driver: ${name}`, function () {
    this.timeout(60_000);
    let stage: WriteStage;
    let writes = 0;

    const read = (tag: number): Promise<Reading> => stage.driver.readOne!(tag);
    const write = (
      tag: number,
      value: NonNullable<Value>,
      guards: readonly number[] = [],
      permit: (readings: readonly Reading[]) => string | undefined = () => undefined,
    ) => stage.driver.write!({ tag, value, guards, permit });

    before(async () => {
      stage = await start();
      stage.relay.onSent = (bytes) => {
        if (stage.isWrite(bytes)) writes += 1;
      };
      await until(async () => !isBad((await read(stageTags.flag)).status));
    });

    after(() => stage.stop());

    beforeEach(() => {
      writes = 0;
    });

    it('each value once, confirmed with what is read afterwards', async () => {
      const values: [number, NonNullable<Value>][] = [
        [stageTags.flag, true],
        [stageTags.level, -12.3],
        [stageTags.count, 18_446_744_073_709_551_615n],
        [stageTags.speed, 0.1],
        [stageTags.text, '配方'],
      ];
      for (const [tag, value] of values) {
        const held = tag === stageTags.speed ? Math.fround(0.1) : value;
        expect(await write(tag, value)).to.deep.equal({ outcome: 'confirmed', held });
        expect(await read(tag)).to.deep.equal({ status: StatusCode.Good, value: held });
      }
      expect(writes).to.equal(values.length);
    });

    it('nothing that does not fit', async () => {
      const misfits: [number, NonNullable<Value>][] = [
        [stageTags.flag, 1],
        [stageTags.level, 0.15],
        [stageTags.level, 3276.8],
        [stageTags.count, -1n],
        [stageTags.speed, 1e39],
        [stageTags.speed, 'fast'],
        [stageTags.text, 7],
      ];
      for (const [tag, value] of misfits) {
        expect(await write(tag, value), `${tag} ${value}`).to.include({ outcome: 'unsent', reason: 'value-unfit' });
      }
      expect(writes).to.equal(0);
    });

    it('only what is permitted, with the guards as they are right then', async () => {
      await write(stageTags.flag, true);
      await write(stageTags.level, 4.5);
      writes = 0;
      let seen: readonly Reading[] = [];
      const answer = await write(stageTags.count, 5n, [stageTags.flag, stageTags.level], (readings) => {
        seen = readings;
        return 'not now';
      });
      expect(answer).to.deep.equal({ outcome: 'unsent', reason: 'withheld', detail: 'not now' });
      expect(seen.map(({ value }) => value)).to.deep.equal([true, 4.5]);
      expect(writes).to.equal(0);
    });

    it('once where no answer comes, and not again when the line is back', async () => {
      const pending = write(stageTags.count, 6n, [], () => {
        stage.relay.silence();
        return undefined;
      });
      expect(await pending).to.include({ outcome: 'unanswered' });
      stage.relay.restore();
      await until(async () => !isBad((await read(stageTags.flag)).status));
      await wait(1_000);
      expect(writes).to.be.lessThan(2);
    });

    it('nothing while the source is away', async () => {
      stage.relay.refuse();
      await until(async () => isBad((await read(stageTags.flag)).status));
      expect(await write(stageTags.count, 7n)).to.include({ outcome: 'unsent', reason: 'source-down' });
      stage.relay.restore();
      await until(async () => !isBad((await read(stageTags.flag)).status));
      await wait(500);
      expect(writes).to.equal(0);
      expect((await read(stageTags.count)).value).to.not.equal(7n);
    });
  });
}
