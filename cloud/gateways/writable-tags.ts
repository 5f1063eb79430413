import type { WritableTag } from '@gongfu/shared/wire/command';
import type { GatewayRecord, Records, TagRecord } from '../records/records.ts';
import type { TagMap } from './tag-catalogue.ts';

/**
 * Keeps which tags a gateway offers to write, so that it is known while the gateway is away. What it names and has not
 * declared is left out: nobody could ask for it. Written where something is new: a reconnect writes nothing.
 */
export async function keepWritable(
  records: Pick<Records, 'tags'>,
  { _id: gatewayId, tenantId }: GatewayRecord,
  declared: TagMap,
  offered: readonly WritableTag[],
): Promise<void> {
  const bounds = new Map(
    offered.flatMap(({ number, minimum, maximum }) => {
      const tag = declared.get(number);
      return tag === undefined ? [] : [[tag.number, { minimum, maximum }] as const];
    }),
  );
  const ids = [...bounds.keys()].map(String);
  const known = await records.tags
    .find({ tenantId, gatewayId, $or: [{ _id: { $in: ids } }, { writable: { $ne: null } }] })
    .select({ number: 1, writable: 1 })
    .lean<Pick<TagRecord, '_id' | 'number' | 'writable'>[]>();
  const updates = known.flatMap(({ _id, number, writable: before }) => {
    const writable = bounds.get(number) ?? null;
    const isSame = before?.minimum === writable?.minimum && before?.maximum === writable?.maximum;
    if (isSame && (before == null) === (writable === null)) return [];
    return [{ updateOne: { filter: { _id }, update: { $set: { writable } } } }];
  });
  if (updates.length > 0) await records.tags.bulkWrite(updates);
}
