import { z } from 'zod';
import { historyNumberParameter, limitParameter } from './fields.ts';

/** How what is numbered within a tenant is listed, as alarms and commands: newest first, a page at a time. */

/** Of the query; what narrows it further stands beside. */
export const numberedPageQuery = {
  gateway: z.string().min(1).max(100).optional(),
  limit: limitParameter(100, 1_000),
  cursor: historyNumberParameter.optional(),
} as const;

export interface AskedPage {
  readonly limit: number;
  /** Numbers smaller than this. */
  readonly before?: number | undefined;
  readonly gateway?: string | undefined;
}

export interface NumberedPage<T> {
  readonly items: readonly T[];
  /** `before` of the following page; undefined at the end. */
  readonly next: number | undefined;
}

/** The query as a room is asked; what else it holds stays as it is. */
export function askedPage<Q extends { readonly cursor?: string | undefined }>({ cursor, ...asked }: Q) {
  return { ...asked, before: cursor === undefined ? undefined : Number(cursor) };
}

export function numberedPageReply<F extends z.ZodType>(field: F) {
  return z.object({ items: z.array(field), cursor: z.string().optional() });
}

export function pageJson<T, J>({ items, next }: NumberedPage<T>, json: (item: T) => J) {
  return { items: items.map(json), ...(next === undefined ? {} : { cursor: String(next) }) };
}
