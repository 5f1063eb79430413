import { Signal } from '@gongfu/shared/base/signal';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { columnKindOf } from '@gongfu/shared/model/value-type';
import type { HistoryTag } from '../history/history-store.ts';
import { nextNumber } from '../records/counter.ts';
import type { GatewayRecord, Records, TagRecord } from '../records/records.ts';

/** From the gateway's tag numbers to the cloud's. */
export type TagMap = ReadonlyMap<number, HistoryTag>;

/** Tags stored in one step: others have their turn between two. */
const insertedAtOnce = 500;
/** Code of a document whose place in a unique index is taken. */
const duplicateKey = 11000;

/** Gives every declared tag its history number, once per (gateway, source, name, type, scaled). */
export class TagCatalogue {
  /** Told when tags are new or described anew: assets may now find their signals. */
  readonly changed: Signal<{ tenantId: string; gatewayId: string }>;
  readonly #records: Records;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: { records: Records; onListenerError: (error: unknown) => void }) {
    this.#records = options.records;
    this.changed = new Signal(options.onListenerError);
  }

  /** One declaration at a time, so that two hellos of one gateway cannot number a tag twice. */
  declare(gateway: GatewayRecord, declarations: readonly TagDeclaration[]): Promise<TagMap> {
    return this.#inTurn(async () => this.#declare(gateway, declarations, await this.#known(gateway)));
  }

  /** The same of tags the caller has never seen: those of the gateway are read only if one is there after all. */
  declareNew(gateway: GatewayRecord, declarations: readonly TagDeclaration[]): Promise<TagMap> {
    return this.#inTurn(async () => {
      try {
        return await this.#declare(gateway, declarations, new Map());
      } catch (error) {
        if ((error as { code?: unknown }).code !== duplicateKey) throw error;
        return this.#declare(gateway, declarations, await this.#known(gateway));
      }
    });
  }

  #inTurn(declare: () => Promise<TagMap>): Promise<TagMap> {
    const next = this.#turn.then(declare);
    this.#turn = next.catch(() => {});
    return next;
  }

  async #known({ _id: gatewayId }: GatewayRecord): Promise<Map<string, TagRecord>> {
    const tags = await this.#records.tags.find({ gatewayId }).lean<TagRecord[]>();
    return new Map(tags.map((tag) => [identityOf(tag), tag]));
  }

  async #declare(
    { tenantId, _id: gatewayId }: GatewayRecord,
    declarations: readonly TagDeclaration[],
    known: Map<string, TagRecord>,
  ): Promise<TagMap> {
    const unknown = new Map<string, TagDeclaration>();
    for (const one of declarations) if (!known.has(identityOf(one))) unknown.set(identityOf(one), one);
    if (unknown.size > 0) {
      const first = await nextNumber(this.#records, 'history-number', unknown.size);
      const fresh = [...unknown.values()].map((one, index) => tagRecord(one, tenantId, gatewayId, first + index));
      for (let from = 0; from < fresh.length; from += insertedAtOnce) {
        // They are of our own making: what the model would check and copy of each takes longer than all the rest.
        await this.#records.tags.insertMany(fresh.slice(from, from + insertedAtOnce), { lean: true });
      }
      for (const tag of fresh) known.set(identityOf(tag), tag);
    }
    const described = await this.#describe(declarations, known);
    if (unknown.size > 0 || described > 0) this.changed.emit({ tenantId, gatewayId });
    return new Map(declarations.map((one) => [one.number, historyTagOf(known.get(identityOf(one)))]));
  }

  /** Unit, description and silence may change without the tag becoming another. */
  async #describe(declarations: readonly TagDeclaration[], known: ReadonlyMap<string, TagRecord>): Promise<number> {
    const updates = declarations.flatMap((one) => {
      const tag = known.get(identityOf(one));
      if (tag === undefined || same(one, tag)) return [];
      const { unit, description, maxSilentMs } = one;
      return [{ updateOne: { filter: { _id: tag._id }, update: { $set: { unit, description, maxSilentMs } } } }];
    });
    if (updates.length > 0) await this.#records.tags.bulkWrite(updates);
    return updates.length;
  }
}

function identityOf(tag: Pick<TagDeclaration, 'source' | 'name' | 'type' | 'scaled'>): string {
  return JSON.stringify([tag.source, tag.name, tag.type, tag.scaled]);
}

function same(declared: TagDeclaration, tag: TagRecord): boolean {
  return (
    declared.unit === tag.unit && declared.description === tag.description && declared.maxSilentMs === tag.maxSilentMs
  );
}

function tagRecord(declared: TagDeclaration, tenantId: string, gatewayId: string, number: number): TagRecord {
  const { source, name, type, scaled, unit, description, maxSilentMs } = declared;
  const kind = columnKindOf(type, scaled);
  return {
    _id: String(number),
    number,
    tenantId,
    gatewayId,
    source,
    name,
    type,
    scaled,
    kind,
    unit,
    description,
    maxSilentMs,
  };
}

function historyTagOf(tag: TagRecord | undefined): HistoryTag {
  if (tag === undefined) throw new Error('a declared tag was not numbered');
  return { number: tag.number, kind: tag.kind };
}
