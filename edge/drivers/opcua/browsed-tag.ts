import type { ValueType } from '@gongfu/shared/model/value-type';

/** A tag as browsing proposes it. */
export interface BrowsedTag {
  readonly name: string;
  readonly nodeId: string;
  readonly type: ValueType;
  readonly unit: string;
  readonly description: string;
  /** Of an array. */
  readonly element: number | undefined;
  /** Of a structure. */
  readonly field?: string;
  /** What the server says is usual; told only where its companion models are known. */
  readonly range?: { readonly min: number; readonly max: number };
}

/** A name no tag has yet, at most 200 characters: of a deep path the end says more than the beginning. */
export function unused(path: string, names: Set<string>): string {
  const base = path.slice(-190);
  let name = base;
  for (let count = 2; names.has(name); count += 1) name = `${base}-${count}`;
  names.add(name);
  return name;
}
