import { Problem } from '@gongfu/shared/base/problem';
import { nameFault } from '@gongfu/shared/model/name-text';
import type { GapRecord } from '@gongfu/shared/model/sample';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { columnKindOf, type ValueType } from '@gongfu/shared/model/value-type';
import { encodeBatch } from '@gongfu/shared/wire/codec';
import type { BatchReceiver } from '../gateways/batch-receiver.ts';
import type { TagCatalogue } from '../gateways/tag-catalogue.ts';
import type { HistoryStore, HistoryTag } from '../history/history-store.ts';
import type { GatewayRecord, Records, TagRecord } from '../records/records.ts';
import { RepeatedRows } from './repeated-rows.ts';
import { convert, rowFault, typeDiffers } from './row-check.ts';
import { blocksOf, type NumberedRow } from './row-columns.ts';
import type { ForeignRow, RowFault, RowOrigin } from './row-door.ts';

export interface DoorParts {
  readonly records: Records;
  readonly history: Pick<HistoryStore, 'samples' | 'firstPages' | 'latest'>;
  readonly ingest: BatchReceiver;
  readonly tagCatalogue: TagCatalogue;
}

export interface DoorLimits {
  readonly tagsPerOrigin: number;
  readonly tagsPerTenant: number;
}

interface KnownTag extends HistoryTag {
  readonly type: ValueType;
}

/** Its batches are one life of a buffer that never ends: numbers go on where the history's watermark ends. */
const epoch = 1;

const tooManyTags: RowFault = {
  code: 'row-tags-too-many',
  reason: 'no room for another tag; the limit of this credential or tenant is reached',
};

/** The gateway behind which the rows of one origin stand: gives them tags and hands them to ingest, one batch at a time. */
export class DoorGateway {
  readonly #parts: DoorParts;
  readonly #gateway: GatewayRecord;
  readonly #origin: RowOrigin;
  readonly #limits: DoorLimits;
  readonly #repeated: RepeatedRows;
  /** By source, then name; a tag's number within the door is that of the history. */
  readonly #tags = new Map<string, Map<string, KnownTag>>();
  readonly #tagMap = new Map<number, HistoryTag>();
  #sequence: number;

  private constructor(options: { parts: DoorParts; gateway: GatewayRecord; origin: RowOrigin; limits: DoorLimits }) {
    this.#parts = options.parts;
    this.#gateway = options.gateway;
    this.#origin = options.origin;
    this.#limits = options.limits;
    this.#repeated = new RepeatedRows(options.parts.history);
    this.#sequence = (options.parts.ingest.stored(options.gateway._id, epoch).at(-1)?.[1] ?? -1) + 1;
  }

  static async open(options: {
    parts: DoorParts;
    gateway: GatewayRecord;
    origin: RowOrigin;
    limits: DoorLimits;
  }): Promise<DoorGateway> {
    const door = new DoorGateway(options);
    const tags = await options.parts.records.tags.find({ gatewayId: options.gateway._id }).lean<TagRecord[]>();
    for (const tag of tags) door.#know(tag);
    return door;
  }

  get gateway(): GatewayRecord {
    return this.#gateway;
  }

  /** Not to be called again before it has answered. @throws Problem with reaction retry */
  async write(rows: readonly ForeignRow[], gaps: readonly GapRecord[], now: number): Promise<(RowFault | undefined)[]> {
    const faults = rows.map((row) => rowFault(row, now));
    const tagless = rows.filter((row, place) => faults[place] === undefined && this.#tagOf(row) === undefined);
    if (tagless.length > 0) await this.#declare(tagless);
    const numbered = rows.flatMap((row, place) => {
      if (faults[place] !== undefined) return [];
      const one = this.#number(row);
      if ('code' in one) faults[place] = one;
      return 'code' in one ? [] : [one];
    });
    const fresh = await this.#repeated.fresh(numbered, ({ tag }) => this.#tagMap.get(tag)!);
    const named = gaps.filter(({ source }) => nameFault(source) === undefined);
    if (fresh.length + named.length > 0) await this.#store(fresh, named);
    return faults;
  }

  async #store(rows: readonly NumberedRow[], gaps: readonly GapRecord[]): Promise<void> {
    const { _id: gatewayId, tenantId } = this.#gateway;
    // Of a try that failed nobody knows what is stored, or still on its way: other rows under its number could take their place.
    const header = { epoch, sequence: this.#sequence };
    this.#sequence += 1;
    const bytes = encodeBatch({ ...header, blocks: blocksOf(rows), gaps });
    const answer = await this.#parts.ingest.receive({ gatewayId, tenantId }, this.#tagMap, header, bytes);
    if (answer.outcome === 'retry' || answer.outcome === 'refused') {
      throw new Problem({
        code: answer.code,
        detail: answer.detail,
        advice: 'Send the same rows again later; what is stored already is not stored twice.',
        reaction: 'retry',
        status: 503,
        retryAfterMs: answer.outcome === 'retry' ? answer.retryAfterMs : 5_000,
      });
    }
    this.#repeated.keep(rows);
  }

  /** The first sight of a name decides its type. */
  async #declare(rows: readonly ForeignRow[]): Promise<void> {
    const { records, tagCatalogue } = this.#parts;
    const roomOfOrigin = this.#limits.tagsPerOrigin - this.#tagMap.size;
    // First of all: who has reached the limit sends on, and to refuse must cost little.
    if (roomOfOrigin <= 0) return;
    const fresh = new Map<string, ForeignRow>();
    for (const row of rows) {
      const name = JSON.stringify([row.source, row.name]);
      if (!fresh.has(name)) fresh.set(name, row);
    }
    const inTenant = await records.tags.countDocuments({ tenantId: this.#gateway.tenantId });
    const room = Math.min(roomOfOrigin, this.#limits.tagsPerTenant - inTenant);
    const admitted = [...fresh.values()].slice(0, Math.max(0, room));
    if (admitted.length === 0) return;
    const declarations = admitted.map((row, number): TagDeclaration => {
      const { source, name, type, unit } = row;
      return {
        number,
        source,
        name,
        type,
        unit,
        scaled: false,
        description: '',
        maxSilentMs: this.#origin.maxSilentMs,
      };
    });
    const numbers = await tagCatalogue.declareNew(this.#gateway, declarations);
    for (const { number, source, name, type } of declarations)
      this.#know({ source, name, type, ...numbers.get(number)! });
  }

  #number(row: ForeignRow): NumberedRow | RowFault {
    const tag = this.#tagOf(row);
    if (tag === undefined) return tooManyTags;
    const { number, kind } = tag;
    const { sourceTime, status } = row;
    if (row.value === null) return { tag: number, kind, sourceTime, status, value: null };
    const value = convert(row.value, columnKindOf(tag.type));
    return value === undefined ? typeDiffers(row, tag.type) : { tag: number, kind, sourceTime, status, value };
  }

  #tagOf({ source, name }: Pick<ForeignRow, 'source' | 'name'>): KnownTag | undefined {
    return this.#tags.get(source)?.get(name);
  }

  #know({ source, name, number, kind, type }: Pick<TagRecord, 'source' | 'name'> & KnownTag): void {
    const tag = { number, kind, type };
    const ofSource = this.#tags.get(source) ?? new Map<string, KnownTag>();
    this.#tags.set(source, ofSource.set(name, tag));
    this.#tagMap.set(number, tag);
  }
}
