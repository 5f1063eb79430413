import type { Clock } from '@gongfu/shared/base/clock';
import { Signal } from '@gongfu/shared/base/signal';
import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import type { GatewayRecord, Records } from '../records/records.ts';

/** A gateway with how it is right now. */
export interface GatewayPresence {
  readonly gatewayId: string;
  readonly name: string;
  readonly status: 'enrolled' | 'revoked';
  readonly online: boolean;
  readonly connectedAt: number | null;
  readonly lastSeenAt: number | null;
  readonly heartbeat: Heartbeat | null;
  /** What it runs, and since when; null: it does not tell. */
  readonly configuration: { readonly version: string; readonly since: number } | null;
}

interface Connection {
  gateway: GatewayRecord;
  readonly connectedAt: number;
  lastSeenAt: number;
  heartbeat: Heartbeat | null;
}

/** Who is connected, since when and how it is; memory only but for the time last seen. */
export class Presence {
  readonly changed: Signal<{ tenantId: string; gateway: GatewayPresence }>;
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #connections = new Map<string, Connection>();

  constructor(options: { records: Records; clock: Clock; onListenerError: (error: unknown) => void }) {
    this.#records = options.records;
    this.#clock = options.clock;
    this.changed = new Signal(options.onListenerError);
  }

  get onlineCount(): number {
    return this.#connections.size;
  }

  connected(gateway: GatewayRecord): void {
    const now = this.#clock.now();
    this.#connections.set(gateway._id, { gateway, connectedAt: now, lastSeenAt: now, heartbeat: null });
    this.#tell(gateway);
  }

  heard(gatewayId: string, heartbeat: Heartbeat | null): void {
    const connection = this.#connections.get(gatewayId);
    if (connection === undefined) return;
    connection.lastSeenAt = this.#clock.now();
    if (heartbeat === null) return;
    connection.heartbeat = heartbeat;
    this.#tell(connection.gateway);
  }

  /** The gateway said what it is configured as. Kept when that is new: a reconnect or a heartbeat writes nothing. */
  async configured(gateway: GatewayRecord, version: string | undefined): Promise<void> {
    const known = this.#connections.get(gateway._id)?.gateway ?? gateway;
    if (known.configuration?.version === version) return;
    const configuration = version === undefined ? null : { version, since: this.#clock.now() };
    const now = await this.#records.gateways
      .findOneAndUpdate({ _id: gateway._id }, { $set: { configuration } }, { returnDocument: 'after' })
      .lean<GatewayRecord>();
    if (now !== null) this.#renew(now);
  }

  async disconnected(gateway: GatewayRecord): Promise<void> {
    const lastSeenAt = this.#connections.get(gateway._id)?.lastSeenAt ?? this.#clock.now();
    this.#connections.delete(gateway._id);
    // It may be cut because it was revoked: what the connection knew of it is older than that.
    const now = await this.#records.gateways
      .findOneAndUpdate({ _id: gateway._id }, { $set: { lastSeenAt } }, { returnDocument: 'after' })
      .lean<GatewayRecord>();
    this.#tell(now ?? { ...gateway, lastSeenAt });
  }

  revoked(gateway: GatewayRecord): void {
    this.#renew(gateway);
  }

  async list(tenantId: string): Promise<GatewayPresence[]> {
    const gateways = await this.#records.gateways.find({ tenantId }).sort({ name: 1 }).lean<GatewayRecord[]>();
    return gateways.map((gateway) => this.#view(gateway));
  }

  /** Its record is another now; a heartbeat must not bring the old one back. */
  #renew(gateway: GatewayRecord): void {
    const connection = this.#connections.get(gateway._id);
    if (connection !== undefined) connection.gateway = gateway;
    this.#tell(gateway);
  }

  #tell(gateway: GatewayRecord): void {
    this.changed.emit({ tenantId: gateway.tenantId, gateway: this.#view(gateway) });
  }

  #view(gateway: GatewayRecord): GatewayPresence {
    const connection = this.#connections.get(gateway._id);
    return {
      gatewayId: gateway._id,
      name: gateway.name,
      status: gateway.status,
      online: connection !== undefined,
      connectedAt: connection?.connectedAt ?? null,
      lastSeenAt: connection?.lastSeenAt ?? gateway.lastSeenAt,
      heartbeat: connection?.heartbeat ?? null,
      configuration: gateway.configuration ?? null,
    };
  }
}
