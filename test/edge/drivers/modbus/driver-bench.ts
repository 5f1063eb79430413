import { sleep, systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { StatusCode } from '@gongfu/shared/model/quality';
import { expect } from 'chai';
import { ModbusDriver } from '#edge/drivers/modbus/driver';
import type { PlannedTag } from '#edge/drivers/modbus/plan';
import { RecordingWriter, sourceOf, tagOf, type WrittenSample } from './fixtures.ts';

export const timeoutMs = 80;

/** Registers 100, 101 … 109: each tag's number is its register, and so is the only right value. */
export const tags = Array.from({ length: 10 }, (_, i) =>
  tagOf({ address: `holding:${100 + i}`, type: 'uint16', number: 100 + i }),
);

class Logs {
  readonly lines: string[] = [];
  readonly logger = {
    ...silentLogger,
    info: (_: object, message: string) => void this.lines.push(message),
    warn: (_: object, message: string) => void this.lines.push(message),
  };
}

/** A driver on a server of the test, and what it wrote. */
export class DriverBench {
  readonly writer = new RecordingWriter();
  readonly logs = new Logs();
  readonly driver: ModbusDriver;

  constructor(port: number, plan: readonly PlannedTag[] = tags, keys: object = {}) {
    const context = {
      sourceName: 'press',
      clock: systemClock,
      log: this.logs.logger,
      random: () => 0.5,
      writer: this.writer,
      conditions: { condition: () => {}, unwatched: () => {}, refreshed: () => {} },
      dataFolder: '/nowhere',
      midpoint: (sent: number, received: number) =>
        systemClock.now() - (systemClock.monotonicMs() - (sent + received) / 2),
      follow: () => expect.fail('no tag of another source'),
    };
    this.driver = new ModbusDriver(context, sourceOf({ port, timeout: `${timeoutMs}ms`, ...keys }), plan);
  }

  async poll(): Promise<WrittenSample[]> {
    for (const group of this.driver.groups) await this.driver.poll(group);
    return this.writer.take();
  }

  /** Polls until all is good again; returns how many polls it took, at the pace of a quick plant. */
  async pollsUntilGood(pollsMax = 20): Promise<number> {
    for (let polls = 1; polls <= pollsMax; polls += 1) {
      await sleep(systemClock, 60);
      const samples = await this.poll();
      requireTruth(samples);
      if (samples.every(({ status }) => status === StatusCode.Good)) return polls;
    }
    return Number.POSITIVE_INFINITY;
  }
}

/** One sample for each tag, and each good one has the one right value: the register's own number. */
export function requireTruth(samples: readonly WrittenSample[]): void {
  expect(samples.map(({ tag }) => tag).sort((a, b) => a - b)).to.deep.equal(tags.map(({ number }) => number));
  for (const { call, tag, status, value } of samples) {
    if (call === 'bad') expect(status >>> 31, `status of ${tag}`).to.equal(1);
    else expect({ tag, status, value }).to.deep.equal({ tag, status: StatusCode.Good, value: tag });
  }
}
