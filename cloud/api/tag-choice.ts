import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import type { Sight } from '../assets/sight.ts';
import type { Records, TagRecord } from '../records/records.ts';
import { notFound } from './problem-response.ts';

export const tagsPerQuestionMax = 50;

export const tagIds = z
  .array(z.string().regex(/^\d{1,10}$/, 'expected the number of a tag, as `17`'))
  .min(1)
  .max(tagsPerQuestionMax, `expected at most ${tagsPerQuestionMax} tags`)
  .refine((ids) => new Set(ids).size === ids.length, 'names a tag twice');

/** `17,18,21` */
export const tagListParameter = z
  .string()
  .transform((text) => text.split(',', tagsPerQuestionMax + 1))
  .pipe(tagIds);

/** The tags in the order of their ids. @throws Problem `not-found` for the first that is not of the tenant or not seen */
export type FindTags = (principal: Principal, ids: readonly string[]) => Promise<TagRecord[]>;

export function tagFinder(records: Records, sight: (principal: Principal) => Sight): FindTags {
  return async (principal, ids) => {
    const found = await records.tags.find({ tenantId: principal.tenantId, _id: { $in: [...ids] } }).lean<TagRecord[]>();
    const seen = sight(principal);
    const byId = new Map(found.filter((tag) => seen.tag(tag)).map((tag) => [tag._id, tag]));
    return ids.map((id) => {
      const tag = byId.get(id);
      if (tag === undefined) throw notFound(`tag ${id}`);
      return tag;
    });
  };
}
