import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { isBad, StatusCode } from '@gongfu/shared/model/quality';
import type { SourceLoss } from '@gongfu/shared/model/sample';
import { textFault } from '@gongfu/shared/model/text-value';
import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { SampleWriter } from '@gongfu/shared/sdk/driver';
import type { SampleColumns } from './sample-columns.ts';
import type { TagTable } from './tag-table.ts';

export interface SourceWriterOptions {
  readonly source: string;
  readonly table: TagTable;
  readonly columns: SampleColumns;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onLost: (loss: { source: string; fromTime: number; toTime: number; reason: SourceLoss }) => void;
}

/**
 * Takes the samples of one source and lets pass what says something new: the first of a tag, a change of status, a
 * change beyond the deadband or out of a swinging door, and a restatement when the heartbeat is due. Everything else ends here.
 */
export class SourceWriter implements SampleWriter {
  readonly #options: SourceWriterOptions;
  readonly #table: TagTable;
  readonly #columns: SampleColumns;
  #samplesTotal = 0;
  #passedTotal = 0;
  #closed = false;
  #strangers = 0;

  constructor(options: SourceWriterOptions) {
    this.#options = options;
    this.#table = options.table;
    this.#columns = options.columns;
  }

  /** Samples delivered by the driver. */
  get samplesTotal(): number {
    return this.#samplesTotal;
  }

  get passedTotal(): number {
    return this.#passedTotal;
  }

  /** Whatever a driver still writes while it is being stopped is not a statement about the source; what was held back is. */
  close(): void {
    if (this.#closed) return;
    for (let index = 0; index < this.#table.count; index += 1) this.#passHeld(index);
    this.#closed = true;
  }

  number(tag: number, sourceTime: number, status: number, value: number): void {
    const index = this.#admit(tag, sourceTime, status, 'number');
    if (index < 0) return;
    if (!Number.isFinite(value)) {
      this.#bad(index, sourceTime, StatusCode.BadOutOfRange);
      return;
    }
    const { ranges } = this.#table;
    if (!ranges.isOutside(index, value)) {
      this.#number(index, sourceTime, status, value);
      return;
    }
    const judged = ranges.statusOf(index, value);
    if (isBad(judged)) this.#bad(index, sourceTime, judged);
    else this.#number(index, sourceTime, judged, ranges.valueFor(index, value));
  }

  #number(index: number, sourceTime: number, status: number, value: number): void {
    const table = this.#table;
    if (table.isFollowed(index)) table.tell(index, sourceTime, status, value);
    if (table.doors[index]! >= 0) {
      this.#throughDoor(index, this.#wholeTime(sourceTime), status, value);
      return;
    }
    const last = table.lastNumbers[index]!;
    const near = Math.abs(value - last) <= table.limitOf(index, last);
    if (near && this.#isQuiet(index, sourceTime, status)) return;
    table.lastNumbers[index] = value;
    this.#pass(index, sourceTime, status);
  }

  wide(tag: number, sourceTime: number, status: number, value: bigint): void {
    const table = this.#table;
    const signed = table.kinds[table.indexOf(tag)] === 'integer64';
    const index = this.#admit(tag, sourceTime, status, signed ? 'integer64' : 'unsigned64');
    if (index < 0) return;
    const held = signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
    if (held !== value) {
      this.#bad(index, sourceTime, StatusCode.BadOutOfRange);
      return;
    }
    if (!table.ranges.isOutside(index, value)) {
      this.#wide(index, sourceTime, status, value);
      return;
    }
    const judged = table.ranges.statusOf(index, value);
    if (isBad(judged)) this.#bad(index, sourceTime, judged);
    else this.#wide(index, sourceTime, judged, BigInt(table.ranges.valueFor(index, value)));
  }

  #wide(index: number, sourceTime: number, status: number, value: bigint): void {
    const table = this.#table;
    if (table.isFollowed(index)) table.tell(index, sourceTime, status, value);
    const signed = table.kinds[index] === 'integer64';
    const last = signed ? table.lastIntegers[index]! : table.lastUnsigned[index]!;
    const near = Math.abs(Number(value - last)) <= table.limitOf(index, Number(last));
    if (near && this.#isQuiet(index, sourceTime, status)) return;
    if (signed) table.lastIntegers[index] = value;
    else table.lastUnsigned[index] = value;
    this.#pass(index, sourceTime, status);
  }

  boolean(tag: number, sourceTime: number, status: number, value: boolean): void {
    const index = this.#admit(tag, sourceTime, status, 'boolean');
    if (index < 0) return;
    const table = this.#table;
    if (table.isFollowed(index)) table.tell(index, sourceTime, status, value);
    const bit = value ? 1 : 0;
    const same = table.deadbands[index]! >= 0 && bit === table.lastNumbers[index];
    if (same && this.#isQuiet(index, sourceTime, status)) return;
    table.lastNumbers[index] = bit;
    this.#pass(index, sourceTime, status);
  }

  text(tag: number, sourceTime: number, status: number, value: string): void {
    const index = this.#admit(tag, sourceTime, status, 'text');
    if (index < 0) return;
    if (textFault(value) !== undefined) {
      this.#bad(index, sourceTime, StatusCode.BadOutOfRange);
      return;
    }
    const table = this.#table;
    if (table.isFollowed(index)) table.tell(index, sourceTime, status, value);
    const same = table.deadbands[index]! >= 0 && value === table.lastTexts[index];
    if (same && this.#isQuiet(index, sourceTime, status)) return;
    table.lastTexts[index] = value;
    this.#pass(index, sourceTime, status);
  }

  bad(tag: number, sourceTime: number, status: number): void {
    const index = this.#admitAny(tag);
    if (index >= 0) this.#bad(index, sourceTime, status);
  }

  alive(sourceTime: number, tag?: number): void {
    if (this.#closed) return;
    const table = this.#table;
    if (tag !== undefined) {
      const index = table.indexOf(tag);
      if (index >= 0) this.#restate(index, sourceTime);
      return;
    }
    table.tellAlive(sourceTime);
    for (let index = 0; index < table.count; index += 1) this.#restate(index, sourceTime);
  }

  #restate(index: number, sourceTime: number): void {
    const table = this.#table;
    const status = table.lastStatuses[index]!;
    // A sign of life may lie before the newest change, as it reaches back by what is still on its way; the newest value was not there yet.
    const known = sourceTime >= table.lastTimes[index]! && !isBad(status);
    if (!known || !table.isDue(index, sourceTime)) return;
    const door = table.doors[index]!;
    if (door >= 0 && sourceTime < table.swingingDoors.heldTime(door)) return;
    if (door < 0) this.#pass(index, sourceTime, status);
    else this.#throughDoor(index, this.#wholeTime(sourceTime), status, table.newestNumber(index));
  }

  /** Also after `close`: what a source never got to say is lost by the stop itself. */
  lost(fromTime: number, toTime: number, reason: SourceLoss = 'source-queue-overflow'): void {
    const { source, onLost } = this.#options;
    onLost({ source, fromTime: this.#wholeTime(fromTime), toTime: this.#wholeTime(toTime), reason });
  }

  /** Holds the sample back where a straight line will do; what was held back passes first where it will not. */
  #throughDoor(index: number, time: number, status: number, value: number): void {
    const table = this.#table;
    const doors = table.swingingDoors;
    const door = table.doors[index]!;
    const same = !Number.isNaN(table.lastTimes[index]!) && table.lastStatuses[index] === status;
    if (!same || !doors.reaches(door, time, value)) this.#passHeld(index);
    // A line begins anew where the last one ended, so that after a bend the sample is tried once more.
    if (same && doors.reaches(door, time, value) && !table.isDue(index, time)) {
      doors.hold(door, time, value);
      return;
    }
    table.lastNumbers[index] = value;
    this.#pass(index, time, status);
    doors.anchor(door, time, value);
  }

  /** What a door holds back, if it does. */
  #passHeld(index: number): void {
    const door = this.#table.doors[index]!;
    if (door < 0) return;
    const doors = this.#table.swingingDoors;
    const time = doors.heldTime(door);
    if (Number.isNaN(time)) return;
    const value = doors.heldValue(door);
    this.#table.lastNumbers[index] = value;
    this.#pass(index, time, this.#table.lastStatuses[index]!);
    doors.anchor(door, time, value);
  }

  /** The index when the sample has a value of this kind; negative when it has been dealt with. */
  #admit(tag: number, sourceTime: number, status: number, kind: ColumnKind): number {
    const index = this.#admitAny(tag);
    if (index < 0) return index;
    const fits = this.#table.kinds[index] === kind;
    if (fits && !isBad(status)) return index;
    this.#bad(index, sourceTime, fits ? status : StatusCode.BadTypeMismatch);
    return -1;
  }

  #admitAny(tag: number): number {
    if (this.#closed) return -1;
    this.#samplesTotal += 1;
    const index = this.#table.indexOf(tag);
    if (index < 0) {
      this.#strangers += 1;
      if (this.#strangers === 1) this.#options.log.error({ tag }, 'a driver writes a tag that is not configured');
    }
    return index;
  }

  #bad(index: number, sourceTime: number, given: number): void {
    const status = isBad(given) ? given : StatusCode.BadCommunicationError;
    const table = this.#table;
    if (table.isFollowed(index)) table.tell(index, sourceTime, status, null);
    if (table.deadbands[index]! >= 0 && this.#isQuiet(index, sourceTime, status)) return;
    this.#passHeld(index);
    this.#pass(index, sourceTime, status);
  }

  #isQuiet(index: number, sourceTime: number, status: number): boolean {
    return this.#table.lastStatuses[index] === status && !this.#table.isDue(index, sourceTime);
  }

  /** Stores the tag's last value, as it stands in the table, as one row; without it where the status is bad. */
  #pass(index: number, sourceTime: number, status: number): void {
    const table = this.#table;
    const columns = this.#columns;
    const time = this.#wholeTime(sourceTime);
    const bad = isBad(status);
    const tag = table.numbers[index]!;
    table.lastTimes[index] = time;
    table.lastStatuses[index] = status;
    this.#passedTotal += 1;
    switch (table.kinds[index]!) {
      case 'number':
        columns.number.add(tag, time, status, bad ? 0 : table.lastNumbers[index]!);
        break;
      case 'boolean':
        columns.boolean.add(tag, time, status, bad ? 0 : table.lastNumbers[index]!);
        break;
      case 'integer64':
        columns.integer64.add(tag, time, status, bad ? 0n : table.lastIntegers[index]!);
        break;
      case 'unsigned64':
        columns.unsigned64.add(tag, time, status, bad ? 0n : table.lastUnsigned[index]!);
        break;
      case 'text':
        columns.text.add(tag, time, status, bad ? '' : table.lastTexts[index]!);
        columns.added(bad ? 0 : table.lastTexts[index]!.length);
        return;
    }
    columns.added();
  }

  #wholeTime(sourceTime: number): number {
    const whole = Math.round(sourceTime);
    return Number.isSafeInteger(whole) ? whole : this.#options.clock.now();
  }
}
