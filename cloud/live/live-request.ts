import { Problem } from '@gongfu/shared/base/problem';
import { liveRequestSchema } from './live-events.ts';
import type { Heard } from './position.ts';

export interface ParsedRequest {
  readonly tags: readonly number[];
  readonly assets: readonly string[];
  readonly pages: readonly string[];
  readonly every: boolean;
  /** By gateway. */
  readonly since: ReadonlyMap<string, Heard> | undefined;
}

/** Reads the argument of `subscribe` or `unsubscribe`. @throws Problem naming every place that is wrong. */
export function readRequest(payload: unknown): ParsedRequest {
  const parsed = liveRequestSchema.safeParse(payload);
  if (parsed.success) {
    const { tags = [], assets = [], pages = [], every = false, since } = parsed.data;
    return {
      tags: [...new Set(tags.map(Number))],
      assets: [...new Set(assets)],
      pages: [...new Set(pages)],
      every,
      since: since === undefined ? undefined : new Map(Object.entries(since)),
    };
  }
  const places = parsed.error.issues.map((issue) => ({
    where: issue.path.join('.') || '(request)',
    what: issue.message,
  }));
  throw new Problem({
    code: 'live-request-invalid',
    detail: `The live request is not understood: ${places
      .map(({ where, what }) => `${where}: ${what}`)
      .join('; ')
      .slice(0, 500)}`,
    advice:
      'Send {tags?: string[], assets?: string[], pages?: string[], every?: true, since?: position} within the documented limits.',
    reaction: 'drop',
    status: 400,
    places,
  });
}
