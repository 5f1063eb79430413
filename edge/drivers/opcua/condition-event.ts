import { isSourceTime } from '@gongfu/shared/model/source-time';
import type { SourceCondition } from '@gongfu/shared/sdk/driver';
import { DataType, LocalizedText, NodeId, ObjectTypeIds, QualifiedName, type Variant } from 'node-opcua-client';
import { epochMs } from './reported-values.ts';

/** What is asked of each event, by its path in the types of Part 9; a server that lacks a field answers null there. */
export const eventFields = [
  'EventType',
  'SourceName',
  'Time',
  'Message',
  'Severity',
  'ConditionId',
  'BranchId',
  'ConditionName',
  'Retain',
  'ActiveState.Id',
  'AckedState.Id',
  'ConfirmedState.Id',
  'ActiveState.TransitionTime',
] as const;
export type EventField = (typeof eventFields)[number];

/** What one event of the server says. */
export type ConditionEvent =
  | { readonly kind: 'condition'; readonly state: Omit<SourceCondition, 'refresh'> }
  | { readonly kind: 'refresh-begins' | 'refresh-ends' | 'refresh-wanted' | 'overflow'; readonly time: number };

const kinds: ReadonlyMap<string, Exclude<ConditionEvent['kind'], 'condition'>> = new Map([
  [`i=${ObjectTypeIds.RefreshStartEventType}`, 'refresh-begins'],
  [`i=${ObjectTypeIds.RefreshEndEventType}`, 'refresh-ends'],
  [`i=${ObjectTypeIds.RefreshRequiredEventType}`, 'refresh-wanted'],
  [`i=${ObjectTypeIds.EventQueueOverflowEventType}`, 'overflow'],
]);

const typeNames = new Map(Object.entries(ObjectTypeIds).map(([name, id]) => [`i=${id}`, name]));

/**
 * Reads the fields of one event; undefined where it is of no condition. Nothing in them is believed: a field of another type
 * than the standard says counts as missing. `now` by the server's clock, for events that have no time.
 */
export function readConditionEvent(
  fields: readonly (Variant | null)[] | null,
  namespaceArray: readonly string[],
  now: number,
): ConditionEvent | undefined {
  const value = (field: EventField): unknown => scalarOf(fields?.[eventFields.indexOf(field)]);
  const time = timeOf(value('Time'), now) ?? now;
  const type = addressOf(value('EventType'), namespaceArray);
  const kind = kinds.get(type);
  if (kind !== undefined) return { kind, time };
  const condition = addressOf(value('ConditionId'), namespaceArray);
  if (condition === '') return undefined;
  return {
    kind: 'condition',
    state: {
      condition,
      branch: addressOf(value('BranchId'), namespaceArray),
      name: textOf(value('ConditionName')),
      origin: textOf(value('SourceName')),
      type: typeNames.get(type) ?? type,
      message: textOf(value('Message')),
      severity: severityOf(value('Severity')),
      active: booleanOf(value('ActiveState.Id')),
      acknowledged: booleanOf(value('AckedState.Id')),
      confirmed: booleanOf(value('ConfirmedState.Id')),
      // Where it is not told the alarm must not vanish.
      retain: booleanOf(value('Retain')) ?? true,
      time,
      activeSince: timeOf(value('ActiveState.TransitionTime'), now) ?? null,
    },
  };
}

function scalarOf(variant: Variant | null | undefined): unknown {
  if (variant === null || variant === undefined || variant.dataType === DataType.Null) return undefined;
  return Array.isArray(variant.value) || ArrayBuffer.isView(variant.value) ? undefined : variant.value;
}

function textOf(value: unknown): string {
  if (value instanceof LocalizedText) return value.text ?? '';
  if (value instanceof QualifiedName) return value.name ?? '';
  return typeof value === 'string' ? value : '';
}

function booleanOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function severityOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff ? value : null;
}

function timeOf(value: unknown, now: number): number | undefined {
  const time = value instanceof Date ? epochMs(value) : undefined;
  return time !== undefined && isSourceTime(time, now) ? time : undefined;
}

/** By the URI of its namespace, so that it stays the same when the server numbers them anew; '' for the null node. */
function addressOf(value: unknown, namespaceArray: readonly string[]): string {
  if (!(value instanceof NodeId) || value.isEmpty()) return '';
  const identifier = value.toString().replace(/^ns=\d+;/, '');
  if (value.namespace === 0) return identifier;
  const uri = value.namespace === 1 ? undefined : namespaceArray[value.namespace];
  if (uri === undefined) return `ns=${value.namespace};${identifier}`;
  return `nsu=${uri.replaceAll('%', '%25').replaceAll(';', '%3B')};${identifier}`;
}
