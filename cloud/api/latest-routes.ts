import type { Sample } from '@gongfu/shared/model/sample';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { Sight } from '../assets/sight.ts';
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

const reply = z.union([
  z.object({ items: z.array(sampleField.extend({ tag: z.string() })) }),
  sampleColumns.extend({ tag: z.array(z.string()) }),
]);

type SeenTag = Parameters<Sight['tag']>[0] & { readonly number: number };

const left = 'a tag never sampled is left out';

export function latestRoutes(options: {
  tags: { find(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, SeenTag>> };
  lastValues: { get(number: number): Sample | undefined };
  sight: (principal: Principal) => Sight;
}): Route[] {
  const { tags, lastValues, sight } = options;

  async function latest(principal: Principal, asked: { tags: string[]; form: 'rows' | 'columns' }) {
    const seen = sight(principal);
    const known = await tags.find(principal.tenantId, asked.tags);
    const sampled: Sample[] = [];
    for (const id of asked.tags) {
      const tag = known.get(id);
      if (tag === undefined || !seen.tag(tag)) throw notFound(`tag ${id}`);
      const sample = lastValues.get(tag.number);
      if (sample !== undefined) sampled.push(sample);
    }
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
