import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { PortalItemRecord, Records } from '../records/records.ts';

const itemsMax = 500;

/** Kinds of services, after the national rules for public service to small enterprises (2025). */
export const serviceCategories = [
  'policy',
  'finance',
  'talent',
  'market',
  'management',
  'digital',
  'green',
  'testing',
  'standards',
  'property',
  'equipment',
] as const;

export type PortalItem = Omit<PortalItemRecord, '_id' | 'tenantId'> & { readonly id: string };
export type NewPortalItem = Omit<PortalItem, 'id' | 'createdAt' | 'createdBy'>;

/** Notices and services of a tenant's portal: what an administrator has put up for all to read. */
export class PortalBoard {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #randomBytes: (size: number) => Buffer;

  constructor(options: { records: Records; clock: Clock; randomBytes: (size: number) => Buffer }) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.#randomBytes = options.randomBytes;
  }

  /** Newest first, without notices whose time is over. */
  async items(tenantId: string): Promise<PortalItem[]> {
    const now = this.#clock.now();
    const kept = await this.#records.portalItems.find({ tenantId }).sort({ createdAt: -1 }).lean<PortalItemRecord[]>();
    return kept.filter(({ until }) => until === null || until > now).map(shown);
  }

  /** @throws Problem `portal-full` */
  async add(tenantId: string, createdBy: string, item: NewPortalItem): Promise<PortalItem> {
    // Nobody sees them any more, so nobody could make room by taking them down.
    await this.#records.portalItems.deleteMany({ tenantId, until: { $ne: null, $lte: this.#clock.now() } });
    if ((await this.#records.portalItems.countDocuments({ tenantId })) >= itemsMax) {
      throw new Problem({
        code: 'portal-full',
        detail: `the portal holds ${itemsMax} notices and services already`,
        advice: 'Remove what is no longer needed.',
        reaction: 'drop',
        status: 409,
      });
    }
    const id = this.#randomBytes(12).toString('hex');
    const record = { ...item, _id: id, tenantId, createdAt: this.#clock.now(), createdBy };
    await this.#records.portalItems.create(record);
    return shown(record);
  }

  /** False where the tenant has no such item. */
  async remove(tenantId: string, id: string): Promise<boolean> {
    return (await this.#records.portalItems.deleteOne({ _id: id, tenantId })).deletedCount === 1;
  }
}

function shown({ _id, tenantId: _, ...item }: PortalItemRecord): PortalItem {
  return { id: _id, ...item };
}
