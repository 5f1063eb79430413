import type { ColumnKind } from '@gongfu/shared/model/value-type';
import type { WritableTag } from '@gongfu/shared/wire/command';
import type { CollectorSource, CollectorTag } from '../collector/collector-types.ts';
import type { Interlock, WriteRule } from './write-rule.ts';

/** An interlock with the tag it looks at. */
export interface Guard extends Interlock {
  readonly source: string;
  readonly guard: CollectorTag;
}

/** A tag that may be written, and what must hold for it. */
export interface AllowedTag {
  readonly source: string;
  readonly tag: CollectorTag;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly guards: readonly Guard[];
}

/** The tags of a configuration that may be written, by their numbers. All others never are. */
export class AllowList {
  readonly #tags: ReadonlyMap<number, AllowedTag>;
  readonly #sources: readonly CollectorSource[];

  /** `closed`: sources of which neither a tag is written nor an interlock believed. */
  constructor(sources: readonly CollectorSource[], closed: ReadonlySet<string> = new Set()) {
    this.#tags = new Map(
      sources.flatMap((source) =>
        source.tags.flatMap((tag) => {
          const rule = tag.write as WriteRule | undefined;
          if (rule === undefined) return [];
          const allowed = allowedTag(source.name, tag, rule, sources);
          const looksAt = [allowed.source, ...allowed.guards.map((guard) => guard.source)];
          return looksAt.some((name) => closed.has(name)) ? [] : [[tag.number, allowed] as const];
        }),
      ),
    );
    this.#sources = sources;
  }

  get(number: number): AllowedTag | undefined {
    return this.#tags.get(number);
  }

  /** Names of any configured tag, for people; empty where there is none. */
  nameOf(number: number): { source: string; tag: string } {
    for (const { name, tags } of this.#sources) {
      const tag = tags.find((one) => one.number === number);
      if (tag !== undefined) return { source: name, tag: tag.name };
    }
    return { source: '', tag: '' };
  }

  /** Of all configured tags those a person means by `source/tag`, or by the name of the tag alone. */
  named(text: string): { readonly number: number; readonly name: string; readonly kind: ColumnKind }[] {
    return this.#sources.flatMap(({ name: source, tags }) =>
      tags
        .filter(({ name }) => name === text || `${source}/${name}` === text)
        .map(({ number, name, kind }) => ({ number, name: `${source}/${name}`, kind })),
    );
  }

  /** In the order of the configuration. */
  all(): readonly AllowedTag[] {
    return [...this.#tags.values()];
  }

  writable(): WritableTag[] {
    return Array.from(this.#tags, ([number, { minimum, maximum }]) => ({ number, minimum, maximum }));
  }
}

function allowedTag(
  source: string,
  tag: CollectorTag,
  { minimum, maximum, interlocks }: WriteRule,
  sources: readonly CollectorSource[],
): AllowedTag {
  const guards = interlocks.map((interlock): Guard => {
    const place = interlock.source ?? source;
    const guard = sources.find(({ name }) => name === place)?.tags.find(({ name }) => name === interlock.tag);
    if (guard === undefined) throw new Error(`the interlock of ${source}/${tag.name} looks at no tag`);
    return { ...interlock, source: place, guard };
  });
  return { source, tag, minimum, maximum, guards };
}
