import type { ImportedSource } from './imported.ts';

/** Sources of one name get a number behind it, but for the first. */
export function namedApart(sources: readonly ImportedSource[]): ImportedSource[] {
  const taken = new Set<string>();
  return sources.map((source) => {
    let { name } = source;
    for (let number = 2; taken.has(name); number++) name = `${source.name}-${number}`;
    taken.add(name);
    return { ...source, name };
  });
}
