import { Problem } from '@gongfu/shared/base/problem';
import type { Sample } from '@gongfu/shared/model/sample';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { Sight } from '../assets/sight.ts';
import type { LongText } from '../history/history-store.ts';
import type { QueryQueue } from '../history/query-queue.ts';
import {
  columnsOf,
  formParameter,
  historyNumberParameter,
  sampleColumns,
  sampleField,
  sampleFields,
} from './fields.ts';
import { notFound } from './problem-response.ts';
import { guardedRoute, type Route } from './route.ts';

/** Of an address, as far as its line has room for them: Node takes 16 KiB of headers. */
const inAddressMax = 5_000;
const inBodyMax = 10_000;
/** Characters of all texts of an answer; more would be hundreds of megabytes at once. */
const answerCharactersMax = 16 * 1024 ** 2;

const reply = z.union([
  z.object({ items: z.array(sampleField.extend({ tag: z.string() })) }),
  sampleColumns.extend({ tag: z.array(z.string()) }),
]);

type SeenTag = Parameters<Sight['tag']>[0] & { readonly number: number };

const left = 'a tag never sampled is left out; texts of more than 16 Mi characters together are refused';

export function latestRoutes(options: {
  tags: { find(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, SeenTag>> };
  lastValues: {
    newest(number: number): Sample | LongText | undefined;
    read(numbers: readonly number[]): Promise<ReadonlyMap<number, Sample>>;
  };
  queue: QueryQueue;
  sight: (principal: Principal) => Sight;
}): Route[] {
  const { tags, lastValues, queue, sight } = options;

  /** In the order asked. @throws Problem `history-too-much`, and those of the history where it must be asked */
  async function newestOf(tenantId: string, numbers: readonly number[]): Promise<Sample[]> {
    const known = numbers.flatMap((number) => lastValues.newest(number) ?? []);
    const characters = known.reduce((sum, one) => sum + charactersOf(one), 0);
    if (characters > answerCharactersMax) throw tooMuchText(characters);
    const absent = known.flatMap((one) => ('characters' in one ? [one.tag] : []));
    // What is in memory waits for nobody.
    const read = absent.length === 0 ? undefined : await queue.run(tenantId, () => lastValues.read(absent));
    return known.flatMap((one) => ('characters' in one ? (read?.get(one.tag) ?? []) : one));
  }

  async function latest(principal: Principal, asked: { tags: string[]; form: 'rows' | 'columns' }) {
    const seen = sight(principal);
    const known = await tags.find(principal.tenantId, asked.tags);
    const numbers = asked.tags.map((id) => {
      const tag = known.get(id);
      if (tag === undefined || !seen.tag(tag)) throw notFound(`tag ${id}`);
      return tag.number;
    });
    const sampled = await newestOf(principal.tenantId, numbers);
    if (asked.form === 'columns') return { tag: sampled.map(({ tag }) => String(tag)), ...columnsOf(sampled) };
    return { items: sampled.map((sample) => ({ tag: String(sample.tag), ...sampleFields(sample) })) };
  }

  return [
    guardedRoute({
      method: 'get',
      path: '/api/v1/latest',
      permission: 'samples:read',
      summary: `The newest sample of each tag, of as many as an address holds (some 2,000); ${left}`,
      query: z.strictObject({
        tags: z
          .string()
          .transform((list) => list.split(','))
          .pipe(z.array(historyNumberParameter).min(1).max(inAddressMax)),
        form: formParameter,
      }),
      status: 200,
      reply,
      handle: ({ query }, principal) => latest(principal, query),
    }),
    guardedRoute({
      method: 'post',
      path: '/api/v1/latest',
      permission: 'samples:read',
      changesNothing: true,
      summary: `The newest sample of each tag (at most ${inBodyMax}); ${left}`,
      body: z.strictObject({ tags: z.array(historyNumberParameter).min(1).max(inBodyMax), form: formParameter }),
      status: 200,
      reply,
      handle: ({ body }, principal) => latest(principal, body),
    }),
  ];
}

function charactersOf(one: Sample | LongText): number {
  if ('characters' in one) return one.characters;
  return typeof one.value === 'string' ? one.value.length : 0;
}

function tooMuchText(characters: number): Problem {
  return new Problem({
    code: 'history-too-much',
    detail: `the newest texts of these tags have ${characters} characters together, more than ${answerCharactersMax}`,
    advice: 'Ask for fewer tags at once.',
    reaction: 'drop',
    status: 413,
  });
}
