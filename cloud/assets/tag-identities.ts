import type { Records, TagRecord } from '../records/records.ts';

/** What of a tag never changes: whose it is, what it is called and how its values are stored. */
export type TagIdentity = Readonly<Pick<TagRecord, 'number' | 'kind' | 'tenantId' | 'gatewayId' | 'source' | 'name'>>;

/** Some 50 MB; beyond it begins anew. */
const knownMax = 200_000;

/** Identities that were asked for once stay in memory: of a question about thousands of tags the records hear the new ones only. */
export class TagIdentities {
  readonly #records: Records;
  readonly #known = new Map<string, TagIdentity>();

  constructor(options: { records: Records }) {
    this.#records = options.records;
  }

  /** Of the tags with these ids those of the tenant, by id. */
  async find(tenantId: string, ids: readonly string[]): Promise<Map<string, TagIdentity>> {
    const found = new Map<string, TagIdentity>();
    const unknown: string[] = [];
    for (const id of ids) {
      const tag = this.#known.get(id);
      if (tag === undefined) unknown.push(id);
      else if (tag.tenantId === tenantId) found.set(id, tag);
    }
    if (unknown.length === 0) return found;
    const tags = await this.#records.tags
      .find({ _id: { $in: unknown } })
      .select({ number: 1, kind: 1, tenantId: 1, gatewayId: 1, source: 1, name: 1 })
      .lean<(TagIdentity & { _id: string })[]>();
    if (this.#known.size + tags.length > knownMax) this.#known.clear();
    for (const { _id, ...identity } of tags) {
      this.#known.set(_id, identity);
      if (identity.tenantId === tenantId) found.set(_id, identity);
    }
    return found;
  }
}
