import { Problem } from '@gongfu/shared/base/problem';
import { nearestOf } from '@gongfu/shared/config/known-key';
import type { ConfiguredTag, PlanLine } from '@gongfu/shared/sdk/driver';
import type { DerivedSource, DerivedTag } from './config.ts';
import { compileTags, type Lookup } from './derived-tags.ts';
import { Input } from './input.ts';
import { parseExpression } from './syntax.ts';

type Tag = Omit<DerivedTag, 'number'>;

interface TagPlace {
  readonly where: string;
  readonly what: string;
}

/** What each tag is made of, as a person reads it in `gongfu-edge plan`. @throws Problem `tag-unusable` for what is no expression */
export function describePlan({ on }: DerivedSource, tags: readonly DerivedTag[]): PlanLine[] {
  refuse(
    tags.flatMap((tag, place) => {
      const parsed = parseExpression(tag.expression);
      const scaled = tag.scale !== 1 || tag.offset !== 0;
      return [
        ...('what' in parsed ? [placeOf(tag, place, parsed)] : []),
        ...(scaled ? [{ where: `tags[${place}]`, what: 'scale and offset belong into the expression' }] : []),
      ];
    }),
  );
  return groupsOf(tags).map(({ intervalMs, tags: members }) => ({
    intervalMs,
    request: `work out ${members.length} tags ${on === 'change' ? 'whenever an input changes' : `every ${intervalMs} ms`}`,
    tags: members.map(({ name, expression, type }) => ({ name, address: expression, type })),
  }));
}

/** Names, kinds and circles, now that every tag is known. @throws Problem `tag-unusable` */
export function judge(
  source: { readonly name: string; readonly tags: readonly Tag[] },
  all: readonly ConfiguredTag[],
): void {
  const { name, tags } = source;
  const { faults } = compileTags({
    source: name,
    tags,
    lookup: lookupAmong(all),
    ownInput: (tag) => new Input({ name: tag.name, kind: tag.kind, staleAfterMs: 0 }),
  });
  refuse(faults.map((fault) => placeOf(tags[fault.place]!, fault.place, fault)));
}

/** The tags of each interval in use, in their order. */
export function groupsOf<T extends Tag>(
  tags: readonly T[],
): { readonly intervalMs: number; readonly tags: readonly T[] }[] {
  const intervals = [...new Set(tags.map(({ intervalMs }) => intervalMs))];
  return intervals.map((intervalMs) => ({ intervalMs, tags: tags.filter((tag) => tag.intervalMs === intervalMs) }));
}

function lookupAmong(all: readonly ConfiguredTag[]): Lookup {
  const inputs = new Map<ConfiguredTag, Input>();
  const sources = new Map<string, Map<string, ConfiguredTag>>();
  for (const tag of all) {
    const members = sources.get(tag.source) ?? new Map<string, ConfiguredTag>();
    sources.set(tag.source, members.set(tag.name, tag));
  }
  return (source, name) => {
    const members = sources.get(source);
    if (members === undefined) {
      const nearest = nearestOf(source, [...sources.keys()]);
      return `there is no source ${source}${meant(nearest)}; names with other signs are written tag("source", "tag")`;
    }
    const tag = members.get(name);
    if (tag === undefined) return `source ${source} has no tag ${name}${meant(nearestOf(name, [...members.keys()]))}`;
    if (tag.driver === 'derived') return `${source} is derived too; put both tags into one source`;
    const input = inputs.get(tag) ?? new Input({ name, kind: tag.kind, staleAfterMs: 0 });
    inputs.set(tag, input);
    return input;
  };
}

function meant(nearest: string | undefined): string {
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

function placeOf({ expression }: Tag, place: number, { at, what }: { at: number; what: string }): TagPlace {
  const near = expression.slice(at, at + 20);
  const where =
    near === '' ? 'at its end' : `at character ${at + 1}, "${near}${expression.length > at + 20 ? '…' : ''}"`;
  return { where: `tags[${place}].expression`, what: `${what} (${where})` };
}

function refuse(places: readonly TagPlace[]): void {
  const [first] = places;
  if (first === undefined) return;
  throw new Problem({
    code: 'tag-unusable',
    detail: `${first.where}: ${first.what}`,
    advice: 'Correct the named expressions of the configuration.',
    reaction: 'stop',
    places,
  });
}
