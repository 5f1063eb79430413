import type { DriverId } from '../drivers/registry.ts';
import { invalidFile } from './csv-table.ts';
import type { ForeignSection } from './foreign-section.ts';
import type { ImportedSource } from './imported.ts';
import { faultsOf } from './judged-source.ts';

export interface FoundTag {
  /** What it may be called: the first one no other tag of the source has. */
  readonly names: readonly string[];
  /** Beside the name, as our configuration writes them; undefined is not set. */
  readonly keys: Readonly<Record<string, unknown>>;
  readonly from: ForeignSection;
  /** Their key for ours, where it is called otherwise. */
  readonly keyNames?: Readonly<Record<string, string>>;
}

/** Without these a tag still reads the same values. */
const dispensable = [
  'interval',
  'heartbeat',
  'unit',
  'description',
  'samplingInterval',
  'queueSize',
  'discardOldest',
  'trigger',
  'serverDeadband',
];

export interface FoundSource {
  readonly name: string;
  readonly driver: DriverId;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly tags: readonly FoundTag[];
  readonly from: ForeignSection;
  readonly keyNames?: Readonly<Record<string, string>>;
}

/**
 * A source of another program as one of ours. What our schemas refuse is left out with a warning, tag by tag: of five
 * hundred tags two odd ones must not keep the others out. Undefined when no tag is left.
 * @throws Problem `tag-file-invalid` when the source itself is refused, as by its name
 */
export function foreignSource({
  name,
  driver,
  keys,
  tags,
  from,
  keyNames = {},
}: FoundSource): ImportedSource | undefined {
  const names = uniqueNames(tags);
  const known = defined(keys);
  let kept = tags.map((tag, place) => ({
    found: tag,
    keys: defined({ name: names[place], ...tag.keys }),
    placeOf: (key?: string) => tag.from.placeOf(theirKey(tag, key)),
  }));
  while (kept.length > 0) {
    const source = { name, driver, keys: known, tags: kept };
    const faults = faultsOf(source);
    if (faults.length === 0) return { ...source, tags: kept.map(({ found: _, ...tag }) => tag) };
    const refused = new Set<number>();
    for (const { tag: place, key, what } of faults) {
      if (place !== undefined) {
        const { found, keys: own } = kept[place]!;
        const droppable = key !== undefined && dispensable.includes(key);
        found.from.warn(
          theirKey(found, key),
          `${droppable ? `${key} is not carried over` : 'the tag is left out'}: ${what}`,
        );
        if (droppable) delete own[key];
        else refused.add(place);
      } else if (key !== undefined && key in known) {
        from.warn(keyNames[key] ?? key, `is not carried over: ${what}`);
        delete known[key];
      } else
        throw invalidFile(from.file, [
          { where: from.placeOf(key), what: key === undefined ? what : `${key}: ${what}` },
        ]);
    }
    kept = kept.filter((_, place) => !refused.has(place));
  }
  from.warn(undefined, 'has no tag that can be carried over');
  return undefined;
}

function theirKey({ keyNames = {}, from }: FoundTag, key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  const their = keyNames[key] ?? key;
  return from.has(their) ? their : undefined;
}

function uniqueNames(tags: readonly FoundTag[]): string[] {
  const levels = tags.map(() => 0);
  const namesNow = () => tags.map(({ names }, place) => names[levels[place]!]!);
  for (;;) {
    const names = namesNow();
    const taken = countsOf(names);
    let raised = false;
    for (const [place, name] of names.entries()) {
      if (taken.get(name)! < 2 || levels[place]! + 1 >= tags[place]!.names.length) continue;
      levels[place]! += 1;
      raised = true;
    }
    if (!raised) return numbered(names);
  }
}

function numbered(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let number = 2; taken.has(free) || (free !== name && names.includes(free)); number++)
      free = `${name}-${number}`;
    taken.add(free);
    return free;
  });
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function defined(keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}
