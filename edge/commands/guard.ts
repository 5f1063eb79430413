import { qualityOf, statusName } from '@gongfu/shared/model/quality';
import { textFault } from '@gongfu/shared/model/text-value';
import type { Value } from '@gongfu/shared/model/value-type';
import type { Reading } from '@gongfu/shared/sdk/driver';
import type { Command, CommandCode, CommandValue } from '@gongfu/shared/wire/command';
import type { AllowedTag, Guard } from './allow-list.ts';

/** Why nothing is sent. */
export interface Refusal {
  readonly code: CommandCode;
  readonly detail: string;
}

/** Both clocks at one moment. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** The configuration is not, or no longer, the one a command was judged by. */
export const reloading: Refusal = {
  code: 'interrupted',
  detail: 'the configuration of the gateway was reloaded before it was sent',
};

/** A command that may be written, as long as nothing has changed. */
export interface Order {
  readonly command: Command;
  readonly allowed: AllowedTag;
  readonly value: NonNullable<Value>;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  /** False when the configuration has changed since. */
  readonly isCurrent: () => boolean;
}

/** Longer texts are no set points. */
const textLengthMax = 4_096;
const textShownMax = 40;

/** When a command that comes now must no longer be sent, on the monotonic clock: the earlier of what both clocks say. */
export function deadlineOf({ expiresAt, expiresInMs }: Command, now: Moment): number {
  return now.monotonicMs + Math.min(expiresInMs, expiresAt - now.wallMs);
}

/** Of one who asks on the gateway itself: nobody there can approve, as all of them share one password. */
export function approvalRefusal(secondApprover: boolean | undefined): Refusal | undefined {
  if (secondApprover === false) return undefined;
  return secondApprover === true
    ? { code: 'second-approver', detail: 'the cloud wants a second person to approve it: ask for it there' }
    : { code: 'second-approver-unknown', detail: 'the cloud has not said yet whether a second person must approve it' };
}

/** Undefined while it may be sent. The wall clock is asked again: it may have been set right meanwhile. */
export function expiryRefusal(
  { command, deadlineMs }: Pick<Order, 'command' | 'deadlineMs'>,
  now: Moment,
): Refusal | undefined {
  if (now.monotonicMs < deadlineMs && now.wallMs < command.expiresAt) return undefined;
  const lateMs = Math.round(Math.max(now.monotonicMs - deadlineMs, now.wallMs - command.expiresAt));
  return {
    code: 'expired',
    detail: `it expired ${lateMs} ms ago, by the clock of the gateway or the time it was given`,
  };
}

/** The value as the tag's kind has it, within its bounds; otherwise why not. */
export function requestedValue(allowed: AllowedTag, value: CommandValue): NonNullable<Value> | Refusal {
  const { tag, minimum, maximum } = allowed;
  const taken = ofKind(allowed, value);
  if (taken === undefined)
    return { code: 'value-unfit', detail: `${tag.name} is a ${tag.type}; ${shown(value)} is none` };
  if (typeof taken === 'boolean' || typeof taken === 'string') return taken;
  if (minimum === null || maximum === null || !(taken >= minimum && taken <= maximum)) {
    return {
      code: 'out-of-range',
      detail: `${taken} is outside of ${minimum} to ${maximum}, which ${tag.name} may be set to`,
    };
  }
  return taken;
}

function ofKind({ tag }: AllowedTag, value: CommandValue): NonNullable<Value> | undefined {
  switch (tag.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'text':
      return typeof value === 'string' && value.length <= textLengthMax && textFault(value) === undefined
        ? value
        : undefined;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'integer64':
    case 'unsigned64':
      return wideOf(value, tag.kind === 'unsigned64');
  }
}

function wideOf(value: CommandValue, unsigned: boolean): bigint | undefined {
  const whole = typeof value === 'number' ? Number.isSafeInteger(value) : /^-?\d{1,20}$/.test(String(value));
  if (!whole || typeof value === 'boolean') return undefined;
  const wide = BigInt(value);
  return wide === (unsigned ? BigInt.asUintN(64, wide) : BigInt.asIntN(64, wide)) ? wide : undefined;
}

/** Whether a fresh reading of an interlock lets a write pass; a value that is not good never does. */
export function guardRefusal(guard: Guard, { status, value }: Reading): Refusal | undefined {
  const name = `${guard.source}/${guard.guard.name}`;
  if (qualityOf(status) !== 'good' || value === null) {
    return { code: 'interlock-unknown', detail: `the interlock ${name} is ${statusName(status)}` };
  }
  const { min = -Infinity, max = Infinity } = guard.guard.range ?? {};
  if ((typeof value === 'number' || typeof value === 'bigint') && !(value >= min && value <= max)) {
    return { code: 'interlock-unknown', detail: `the interlock ${name} is ${value}, outside of its range` };
  }
  if (holds(guard, value)) return undefined;
  return { code: 'interlock', detail: `the interlock ${name} is ${value}, but must be ${conditionText(guard)}` };
}

function holds({ equals, above, below }: Guard, value: NonNullable<Value>): boolean {
  if (equals !== undefined) return typeof value === 'bigint' ? String(value) === String(equals) : value === equals;
  if (typeof value !== 'number' && typeof value !== 'bigint') return false;
  return value > (above ?? -Infinity) && value < (below ?? Infinity);
}

/** What an interlock must be, for people. */
export function conditionText({ equals, above, below }: Guard): string {
  if (equals !== undefined) return String(equals);
  return [above === undefined ? [] : [`above ${above}`], below === undefined ? [] : [`below ${below}`]]
    .flat()
    .join(' and ');
}

function shown(value: CommandValue): string {
  if (typeof value !== 'string') return String(value);
  return value.length <= textShownMax ? JSON.stringify(value) : `a text of ${value.length} characters`;
}
