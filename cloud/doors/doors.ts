import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { GapRecord } from '@gongfu/shared/model/sample';
import type { GatewayRecord } from '../records/records.ts';
import { DoorGateway, type DoorLimits, type DoorParts } from './door-gateway.ts';
import { type ForeignRow, type RowDoor, type RowFault, type RowOrigin, weightOf } from './row-door.ts';

export interface DoorsLimits extends DoorLimits {
  /** Rows that wait for the commit before theirs, long texts weighed; beyond it a write is answered `door-busy`. */
  readonly waitingRowsMax: number;
  /** Rows of one batch, long texts weighed: writes that wait together are stored together. */
  readonly batchRowsMax: number;
}

const defaultLimits: DoorsLimits = {
  tagsPerOrigin: 50_000,
  tagsPerTenant: 500_000,
  waitingRowsMax: 200_000,
  batchRowsMax: 20_000,
};

interface Waiting {
  readonly rows: readonly ForeignRow[];
  readonly weight: number;
  readonly gaps: readonly GapRecord[];
  readonly resolve: (faults: readonly (RowFault | undefined)[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Door {
  readonly gateway: Promise<DoorGateway>;
  readonly waiting: Waiting[];
  waitingWeight: number;
  runs: boolean;
}

/** The way in for data of others: each origin one door, its writes in order, those that wait together in one commit. */
export class Doors implements RowDoor {
  readonly #parts: DoorParts;
  readonly #clock: Clock;
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #limits: DoorsLimits;
  readonly #doors = new Map<string, Door>();

  constructor(
    options: DoorParts & { clock: Clock; randomBytes: (length: number) => Uint8Array; limits?: Partial<DoorsLimits> },
  ) {
    const { clock, randomBytes, limits, ...parts } = options;
    this.#parts = parts;
    this.#clock = clock;
    this.#randomBytes = randomBytes;
    this.#limits = { ...defaultLimits, ...limits };
  }

  async write(
    origin: RowOrigin,
    rows: readonly ForeignRow[],
    gaps: readonly GapRecord[] = [],
  ): Promise<readonly (RowFault | undefined)[]> {
    if (rows.length + gaps.length === 0) return [];
    const door = this.#door(origin);
    await door.gateway;
    const weight = rows.reduce((sum, row) => sum + weightOf(row), 0);
    // One that waits for nothing is taken, whatever it weighs: it would never weigh less.
    const isBusy = door.waitingWeight > 0 && door.waitingWeight + weight > this.#limits.waitingRowsMax;
    if (isBusy) throw busy(origin.name);
    return new Promise((resolve, reject) => {
      door.waiting.push({ rows, weight, gaps, resolve, reject });
      door.waitingWeight += weight;
      if (!door.runs) void this.#run(door);
    });
  }

  /** The gateway an origin stands behind. */
  async gatewayOf(origin: RowOrigin): Promise<GatewayRecord> {
    return (await this.#door(origin).gateway).gateway;
  }

  async #run(door: Door): Promise<void> {
    door.runs = true;
    const gateway = await door.gateway;
    while (door.waiting.length > 0) {
      const group = this.#take(door);
      try {
        const faults = await gateway.write(
          group.flatMap(({ rows }) => rows),
          group.flatMap(({ gaps }) => gaps),
          Math.trunc(this.#clock.now()),
        );
        let place = 0;
        for (const { rows, resolve } of group) {
          resolve(faults.slice(place, place + rows.length));
          place += rows.length;
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    door.runs = false;
  }

  #take(door: Door): Waiting[] {
    let count = 0;
    let weight = 0;
    while (count < door.waiting.length && (count === 0 || weight < this.#limits.batchRowsMax)) {
      weight += door.waiting[count]!.weight;
      count += 1;
    }
    door.waitingWeight -= weight;
    return door.waiting.splice(0, count);
  }

  #door(origin: RowOrigin): Door {
    const name = JSON.stringify([origin.tenantId, origin.name]);
    const known = this.#doors.get(name);
    if (known !== undefined) return known;
    const door: Door = { gateway: this.#open(origin), waiting: [], waitingWeight: 0, runs: false };
    this.#doors.set(name, door);
    // One that could not be opened is tried anew by the next write.
    door.gateway.catch(() => this.#doors.delete(name));
    return door;
  }

  async #open(origin: RowOrigin): Promise<DoorGateway> {
    const gateway = await this.#register(origin);
    return DoorGateway.open({ parts: this.#parts, gateway, origin, limits: this.#limits });
  }

  /** A gateway nobody can connect as: its key is random and its name none a gateway may enrol with. */
  async #register({ tenantId, name }: RowOrigin): Promise<GatewayRecord> {
    const [id, x] = [Buffer.from(this.#randomBytes(12)).toString('hex'), Buffer.from(this.#randomBytes(32))];
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') };
    const fresh = { _id: id, status: 'enrolled', publicKey, enrolledAt: this.#clock.now(), lastSeenAt: null } as const;
    const gateway = await this.#parts.records.gateways
      .findOneAndUpdate({ tenantId, name }, { $setOnInsert: fresh }, { upsert: true, returnDocument: 'after' })
      .lean<GatewayRecord>();
    return gateway ?? { ...fresh, tenantId, name };
  }
}

function busy(name: string): Problem {
  return new Problem({
    code: 'door-busy',
    detail: `more rows of ${name} are waiting for the disk than the service may hold`,
    advice: 'Send the same rows again a little later.',
    reaction: 'retry',
    status: 503,
    retryAfterMs: 1_000,
  });
}
