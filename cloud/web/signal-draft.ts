import type { AssetSignal } from './api-shapes.ts';
import type { Tag } from './signal-catalogue.ts';

/** A role and the tag that plays it, as written: `gateway / source / tag`. */
export interface SignalDraft {
  readonly role: AssetSignal['role'];
  readonly text: string;
  /** Value at which a counter starts at 0 again; '' = it never does. */
  readonly rollover: string;
}

/** A tag with the name of its gateway, which is what an asset names. */
export interface NamedTag extends Tag {
  readonly gateway: string;
}

/** What the API takes. */
export type SignalSent = Pick<AssetSignal, 'role' | 'gateway' | 'source' | 'rolloverAt'> & { readonly tag: string };

/** One of each makes the figures of a machine; any number of plain signals may stand beside them. */
const rolesOnce = ['state', 'total-count', 'good-count', 'scrap-count', 'cycle-time', 'energy'] as const;

export function isCounter(role: AssetSignal['role']): boolean {
  return role.endsWith('-count') || role === 'energy';
}

/** A row for each role, filled or not, then whatever else there is. */
export function draftsOf(signals: readonly AssetSignal[]): SignalDraft[] {
  const first = rolesOnce.map((role) => signals.find((signal) => signal.role === role));
  const blank = { text: '', rollover: '' };
  return [
    ...rolesOnce.map((role, at) => (first[at] === undefined ? { role, ...blank } : draftOf(first[at]))),
    ...signals.filter((signal) => !first.includes(signal)).map(draftOf),
  ];
}

function draftOf({ role, gateway, source, name, rolloverAt }: AssetSignal): SignalDraft {
  return { role, text: textOf({ gateway, source, name }), rollover: rolloverAt === null ? '' : String(rolloverAt) };
}

export function textOf({ gateway, source, name }: Pick<NamedTag, 'gateway' | 'source' | 'name'>): string {
  return `${gateway} / ${source} / ${name}`;
}

/** What is wrong with a row. A tag that was there before is taken though its gateway has not declared it. */
export function faultOf(
  { role, text }: SignalDraft,
  tags: ReadonlyMap<string, NamedTag>,
  before: readonly AssetSignal[],
): 'unknown-tag' | 'not-a-number' | undefined {
  if (text === '') return undefined;
  const tag = tags.get(text);
  if (tag === undefined) return before.some((signal) => textOf(signal) === text) ? undefined : 'unknown-tag';
  const needsNumber = role !== 'state' && role !== 'signal';
  return needsNumber && (tag.type === 'string' || tag.type === 'bool') ? 'not-a-number' : undefined;
}

/** In the order they were in, so that what nobody touched is sent as it was. */
export function signalsOf(
  drafts: readonly SignalDraft[],
  tags: ReadonlyMap<string, NamedTag>,
  before: readonly AssetSignal[],
): SignalSent[] {
  const sent = drafts.flatMap(({ role, text, rollover }): SignalSent[] => {
    const found = tags.get(text) ?? before.find((signal) => textOf(signal) === text);
    if (found === undefined) return [];
    const { gateway, source, name } = found;
    return [{ role, gateway, source, tag: name, rolloverAt: rollover === '' ? null : Number(rollover) }];
  });
  const place = (one: SignalSent): number => {
    const at = before.findIndex(
      (signal) => signal.role === one.role && textOf(signal) === textOf({ ...one, name: one.tag }),
    );
    return at === -1 ? before.length : at;
  };
  return sent.toSorted((a, b) => place(a) - place(b));
}

export function sameSignals(sent: readonly SignalSent[], before: readonly AssetSignal[]): boolean {
  const was = before.map(({ role, gateway, source, name, rolloverAt }) => [role, gateway, source, name, rolloverAt]);
  const now = sent.map(({ role, gateway, source, tag, rolloverAt }) => [role, gateway, source, tag, rolloverAt]);
  return JSON.stringify(was) === JSON.stringify(now);
}
