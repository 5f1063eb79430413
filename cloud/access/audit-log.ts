import type { AuditRecord, Records } from '../records/records.ts';

/** Records of one tenant in one write: those that came while the one before ran. */
const togetherMax = 100;
const attemptsMax = 3;
/** Code of a document whose place in a unique index is taken. */
const duplicateKey = 11000;

type Unnumbered = Omit<AuditRecord, '_id' | 'number'>;

interface Waiting {
  readonly record: Unnumbered;
  readonly resolve: (number: number) => void;
  readonly reject: (error: unknown) => void;
}

interface Ledger {
  readonly tenantId: string;
  readonly waiting: Waiting[];
  isWriting: boolean;
  /** The newest number; undefined while nobody knows, as at first and after a failure. */
  last: number | undefined;
}

/** Appends to the audit of every tenant. A number is taken by the record that is written with it and by nothing else: so there are no holes. */
export class AuditLog {
  readonly #records: Pick<Records, 'audit' | 'counters'>;
  readonly #ledgers = new Map<string, Ledger>();

  constructor(options: { records: Pick<Records, 'audit' | 'counters'> }) {
    this.#records = options.records;
  }

  /** Resolves with its number when it is durable. */
  append(record: Unnumbered): Promise<number> {
    const { tenantId } = record;
    const ledger = this.#ledgers.get(tenantId) ?? { tenantId, waiting: [], isWriting: false, last: undefined };
    this.#ledgers.set(tenantId, ledger);
    return new Promise((resolve, reject) => {
      ledger.waiting.push({ record, resolve, reject });
      if (!ledger.isWriting) void this.#write(ledger);
    });
  }

  async #write(ledger: Ledger): Promise<void> {
    ledger.isWriting = true;
    while (ledger.waiting.length > 0) await this.#writeTogether(ledger, ledger.waiting.splice(0, togetherMax));
    ledger.isWriting = false;
  }

  async #writeTogether(ledger: Ledger, group: readonly Waiting[]): Promise<void> {
    try {
      const first = await this.#insert(
        ledger,
        group.map(({ record }) => record),
      );
      for (const [place, { resolve }] of group.entries()) resolve(first + place);
    } catch (error) {
      // One that cannot be a record keeps the others from being written; nothing else is tried again, as it may have been written.
      if (group.length > 1 && (error as Error).name === 'ValidationError') {
        for (const one of group) await this.#writeTogether(ledger, [one]);
      } else for (const { reject } of group) reject(error);
    }
  }

  /** The number of the first. */
  async #insert(ledger: Ledger, records: readonly Unnumbered[]): Promise<number> {
    const { tenantId } = ledger;
    for (let attempt = 1; ; attempt += 1) {
      ledger.last ??= await this.#newest(tenantId);
      const first = ledger.last + 1;
      try {
        await this.#records.audit.insertMany(
          records.map((record, place) => ({ _id: `${tenantId}/${first + place}`, number: first + place, ...record })),
        );
        ledger.last += records.length;
        this.#keep(tenantId, ledger.last);
        return first;
      } catch (error) {
        ledger.last = undefined;
        // One that was given up has been written after all, late.
        const isTaken = (error as { code?: unknown }).code === duplicateKey;
        if (!isTaken || attempt === attemptsMax) throw error;
      }
    }
  }

  /** The counter is what versions before this one number by, and may be ahead of what they wrote. */
  async #newest(tenantId: string): Promise<number> {
    const [newest, counter] = await Promise.all([
      this.#records.audit.findOne({ tenantId }).sort({ number: -1 }).lean<AuditRecord>(),
      this.#records.counters.findOne({ _id: `audit/${tenantId}` }).lean<{ next: number }>(),
    ]);
    return Math.max(newest?.number ?? 0, counter?.next ?? 0);
  }

  /** So that an older version could go on. Not waited for, and not missed: the newest record tells as well. */
  #keep(tenantId: string, last: number): void {
    this.#records.counters.updateOne({ _id: `audit/${tenantId}` }, { $max: { next: last } }, { upsert: true }).then(
      () => undefined,
      () => undefined,
    );
  }
}
