import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { Refusal } from '@gongfu/shared/wire/acknowledgement';
import type { Hello } from '@gongfu/shared/wire/handshake';
import type { Namespace, Server, Socket } from 'socket.io';
import type { GatewayRecord, Records } from '../records/records.ts';
import type { BatchReceiver } from './batch-receiver.ts';
import type { CommandLedger } from './command-line.ts';
import type { ConditionReceiver } from './condition-receiver.ts';
import type { ConfigurationLedger } from './configuration-line.ts';
import type { GatewayCredential } from './credential.ts';
import { EdgeConnection } from './edge-connection.ts';
import type { Presence } from './presence.ts';
import type { TagCatalogue } from './tag-catalogue.ts';
import { keepWritable } from './writable-tags.ts';

export interface EdgeNamespaceOptions {
  readonly io: Server;
  readonly records: Records;
  readonly credential: GatewayCredential;
  readonly tagCatalogue: TagCatalogue;
  readonly presence: Presence;
  readonly ingest: BatchReceiver;
  readonly log: Logger;
  /** Pins the gateways shall accept; none unless told. */
  readonly keys?: () => readonly string[];
  /** Batches a gateway may have on the way. */
  readonly batchesInFlightMax?: number;
  /** Without it gateways are sent no commands. */
  readonly commands?: CommandLedger;
  /** Without it gateways are offered no configuration. */
  readonly configurations?: ConfigurationLedger;
  /** Without it gateways keep what their sources say of alarms. */
  readonly conditions?: ConditionReceiver;
  /** Whether a second person must approve what is written through the gateway. Without it gateways hear nothing of that. */
  readonly needsApproval?: (gateway: GatewayRecord) => Promise<boolean>;
}

/** The gateways' door: Socket.IO namespace `/edge`. A token gets in, `hello` opens, then batches. */
export class EdgeNamespace implements Part {
  readonly #options: EdgeNamespaceOptions;
  readonly #connections = new Map<string, EdgeConnection>();
  #namespace: Namespace | undefined;

  constructor(options: EdgeNamespaceOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#namespace !== undefined) return;
    const namespace = this.#options.io.of('/edge');
    namespace.use((socket, next) => {
      this.#options.credential.verify(socket.handshake.auth.token).then(
        (gateway) => {
          socket.data.gateway = gateway;
          next();
        },
        (error: unknown) => next(connectionError(error)),
      );
    });
    namespace.on('connection', (socket) => this.#welcome(socket));
    this.#namespace = namespace;
  }

  async stop(): Promise<void> {
    this.#namespace?.disconnectSockets(true);
    this.#namespace?.removeAllListeners();
    this.#namespace = undefined;
  }

  /** The key is refused from now on and the live connection cut; what was delivered stays. */
  async revoke(tenantId: string, gatewayId: string): Promise<void> {
    const { records, presence, log } = this.#options;
    const gateway = await records.gateways
      .findOneAndUpdate({ _id: gatewayId, tenantId }, { $set: { status: 'revoked' } }, { returnDocument: 'after' })
      .lean<GatewayRecord>();
    if (gateway === null) {
      throw new Problem({
        code: 'gateway-unknown',
        detail: `gateway ${gatewayId} does not exist`,
        advice: 'Look the id up with GET /api/v1/gateways.',
        reaction: 'drop',
        status: 404,
      });
    }
    log.info({ gatewayId, tenantId }, 'gateway revoked');
    presence.revoked(gateway);
    this.cut(gatewayId);
  }

  /** Tells every gateway connected which keys it shall accept from now on. */
  announce(keys: readonly string[]): void {
    this.#namespace?.emit('cloud-keys', keys);
  }

  /** Ends the live connections of a gateway: its key was revoked or replaced. */
  cut(gatewayId: string): void {
    for (const socket of this.#namespace?.sockets.values() ?? []) {
      if ((socket.data.gateway as GatewayRecord)._id === gatewayId) socket.disconnect(true);
    }
  }

  /** Ends the live connections of all gateways of a tenant; they are judged anew when they come back. */
  cutTenant(tenantId: string): void {
    for (const socket of this.#namespace?.sockets.values() ?? []) {
      if ((socket.data.gateway as GatewayRecord).tenantId === tenantId) socket.disconnect(true);
    }
  }

  #welcome(socket: Socket): void {
    const gateway = socket.data.gateway as GatewayRecord;
    const connection = new EdgeConnection({
      ...this.#options,
      socket,
      gateway,
      approval: async () => {
        const { records, needsApproval } = this.#options;
        const now = await records.gateways.findOne({ _id: gateway._id }).lean<GatewayRecord>();
        return needsApproval?.(now ?? gateway);
      },
      admit: (hello) => this.#admit(socket, connection, hello),
      offer: (tags, writable) => keepWritable(this.#options.records, gateway, tags, writable),
    });
    socket.on('disconnect', () => {
      connection.closed();
      if (this.#connections.get(gateway._id) !== connection) return;
      this.#connections.delete(gateway._id);
      this.#options.presence.disconnected(gateway).catch((error: unknown) => {
        this.#options.log.warn({ gatewayId: gateway._id, error: messageOf(error) }, 'time last seen was not kept');
      });
    });
    connection.listen();
  }

  /** One live connection a gateway: the newest one wins, unless it is an older life of the buffer (a cloned disk). */
  async #admit(socket: Socket, connection: EdgeConnection, hello: Hello): Promise<Refusal | undefined> {
    const gateway = socket.data.gateway as GatewayRecord;
    const { epoch } = hello;
    // The token was checked a moment ago; the key may have been revoked or replaced since.
    const now = await this.#options.records.gateways.findOne({ _id: gateway._id }).lean<GatewayRecord>();
    if (now?.status !== 'enrolled' || now.publicKey.x !== gateway.publicKey.x) {
      return {
        accepted: false,
        code: 'gateway-revoked',
        detail: `the key of gateway ${gateway.name} was revoked or replaced`,
        advice: 'Enrol it again with a new one-time code if it is to deliver again; its buffer is kept.',
      };
    }
    // It went while its hello was looked at: nobody would ever say of this connection that it has ended.
    if (!socket.connected) {
      const detail = `gateway ${gateway.name} went away before its hello was answered`;
      return { accepted: false, code: 'hello-missing', detail, advice: 'Connect again.' };
    }
    const other = this.#connections.get(gateway._id);
    if (other !== undefined && other !== connection) {
      this.#options.log.warn({ gatewayId: gateway._id, epoch, other: other.epoch }, 'gateway connected twice');
      if (other.epoch > epoch) {
        return {
          accepted: false,
          code: 'epoch-fenced',
          detail: `gateway ${gateway.name} is connected with a newer buffer (epoch ${other.epoch}, this one ${epoch})`,
          advice: 'Two installations use one identity: stop the older one, or enrol it under a name of its own.',
        };
      }
      this.#connections.set(gateway._id, connection);
      other.cut();
    } else {
      this.#connections.set(gateway._id, connection);
    }
    this.#options.presence.connected(now);
    await this.#keepConfiguration(now, hello);
    return undefined;
  }

  /** A gateway delivers, whether or not it can be kept what it is configured as. */
  async #keepConfiguration(gateway: GatewayRecord, { configurationVersion }: Hello): Promise<void> {
    const { presence, log } = this.#options;
    try {
      await presence.configured(gateway, configurationVersion);
    } catch (error) {
      log.warn({ gatewayId: gateway._id, error: messageOf(error) }, 'the version of its configuration was not kept');
    }
  }
}

function connectionError(error: unknown): Error {
  const known = error instanceof Problem;
  const refusal: Refusal = {
    accepted: false,
    code: known ? error.code : 'internal',
    detail: known ? error.message : 'the service could not check the token',
    advice: known ? error.advice : 'Try again.',
  };
  return Object.assign(new Error(refusal.detail), { data: refusal });
}
