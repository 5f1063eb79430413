import type { DriverId } from '../drivers/registry.ts';
import type { ForeignSection } from './foreign-section.ts';
import type { ImportedSource, ImportedTag } from './imported.ts';
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
  let kept = tags.map((tag, place): ImportedTag & { readonly found: FoundTag } => ({
    found: tag,
    keys: { name: names[place], ...defined(tag.keys) },
    placeOf: (key) => tag.from.placeOf(theirKey(tag, key)),
  }));
  while (kept.length > 0) {
    const source = { name, driver, keys: known, tags: kept };
    const faults = faultsOf(source);
    if (faults.length === 0) return { ...source, tags: kept.map(({ found: _, ...tag }) => tag) };
    const refused = new Set<number>();
    for (const { tag: place, key, what } of faults) {
      if (place !== undefined) {
        const { found } = kept[place]!;
        found.from.warn(theirKey(found, key), `the tag is left out: ${what}`);
        refused.add(place);
      } else if (key !== undefined && key in known) {
        from.warn(keyNames[key] ?? key, `is not carried over: ${what}`);
        delete known[key];
      } else throw new Error(`a source read from a file is refused: ${key} ${what}`);
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
