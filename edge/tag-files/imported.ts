import type { ProblemPlace } from '@gongfu/shared/base/problem';
import type { DriverId } from '../drivers/registry.ts';

/** A tag as its mapping in our configuration would be written; nothing of it has been judged yet. */
export interface ImportedTag {
  readonly keys: Readonly<Record<string, unknown>>;
  /** Where in the file the value of this key came from, as `tags.csv:12 "type"`; of the tag as a whole without a key. */
  readonly placeOf: (key?: string) => string;
}

export interface ImportedSource {
  readonly name: string;
  readonly driver: DriverId;
  /** Keys of the source beside name, driver and tags. */
  readonly keys: Readonly<Record<string, unknown>>;
  readonly tags: readonly ImportedTag[];
}

export interface Imported {
  readonly sources: readonly ImportedSource[];
  /** What stands in the file and is not carried over, or carried over by a guess: a place and a sentence each. */
  readonly warnings: readonly ProblemPlace[];
}
