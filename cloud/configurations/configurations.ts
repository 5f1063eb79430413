import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { ConfigurationResult } from '@gongfu/shared/wire/configuration';
import type { AuditTrail } from '../access/audit-trail.ts';
import type { Principal } from '../access/principal.ts';
import type { ConfigurationLedger, ConfigurationLine } from '../gateways/configuration-line.ts';
import type { ConfigurationRecord } from '../records/configuration-record.ts';
import { nextNumber } from '../records/counter.ts';
import type { GatewayRecord, Records } from '../records/records.ts';
import { requireSourcesText } from './configuration-text.ts';

export interface ConfigurationsOptions {
  readonly records: Pick<Records, 'configurations' | 'counters' | 'gateways'>;
  readonly audit: Pick<AuditTrail, 'note'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly newId: () => string;
}

export interface VersionsOfGateway {
  readonly gatewayName: string;
  /** Whether it said that it takes them; null while it is not connected. */
  readonly takes: boolean | null;
  readonly versions: readonly ConfigurationRecord[];
}

/** A gateway that has not acknowledged a version is offered it again after so long. */
const againMs = 10_000;

/**
 * Versions of what gateways read: kept for ever, offered to a connected gateway that takes them until it has acknowledged, and
 * again after every hello until there is a result. The gateway decides; here it is written down.
 */
export class Configurations implements Part, ConfigurationLedger {
  readonly #options: ConfigurationsOptions;
  readonly #lines = new Map<string, ConfigurationLine>();
  readonly #waits = new Set<() => void>();

  constructor(options: ConfigurationsOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    for (const cancel of this.#waits) cancel();
    this.#waits.clear();
    this.#lines.clear();
  }

  /** Keeps a version and offers it; undefined: no such gateway. @throws Problem `configuration-invalid`, `configuration-not-taken` */
  async upload(
    principal: Principal,
    gatewayId: string,
    { text, note }: { readonly text: string; readonly note: string },
  ): Promise<ConfigurationRecord | undefined> {
    const { records, clock, newId } = this.#options;
    if ((await this.#gateway(principal, gatewayId)) === undefined) return undefined;
    const line = this.#lines.get(gatewayId);
    if (line?.takes === false) throw notTaken(line.gateway.name);
    requireSourcesText(text);
    const { tenantId, kind, userId, userName } = principal;
    const now = clock.now();
    const version: ConfigurationRecord = {
      _id: newId(),
      tenantId,
      gatewayId,
      number: await nextNumber(records, `configuration/${gatewayId}`),
      text,
      note,
      author: { kind, id: userId, name: userName },
      state: 'waiting',
      createdAt: now,
      receivedAt: null,
      endedAt: null,
      result: null,
    };
    await records.configurations.create(version);
    await records.configurations.updateMany(
      { gatewayId, state: 'waiting', number: { $lt: version.number } },
      { $set: { state: 'replaced', endedAt: now } },
    );
    if (line !== undefined) this.#offerAll(line);
    return version;
  }

  /** Newest first; undefined: no such gateway. */
  async list(principal: Principal, gatewayId: string, limit: number): Promise<VersionsOfGateway | undefined> {
    const gateway = await this.#gateway(principal, gatewayId);
    if (gateway === undefined) return undefined;
    const versions = await this.#options.records.configurations
      .find({ tenantId: principal.tenantId, gatewayId })
      .sort({ number: -1 })
      .limit(limit)
      .lean<ConfigurationRecord[]>();
    return { gatewayName: gateway.name, takes: this.#lines.get(gatewayId)?.takes ?? null, versions };
  }

  async find(principal: Principal, gatewayId: string, number: number): Promise<ConfigurationRecord | undefined> {
    const { tenantId } = principal;
    const found = await this.#options.records.configurations
      .findOne({ tenantId, gatewayId, number })
      .lean<ConfigurationRecord>();
    return found ?? undefined;
  }

  opened(line: ConfigurationLine): void {
    this.#lines.set(line.gateway._id, line);
    this.#offerAll(line);
  }

  closed(line: ConfigurationLine): void {
    if (this.#isOpen(line)) this.#lines.delete(line.gateway._id);
  }

  async settle(gateway: GatewayRecord, { id, outcome, ...told }: ConfigurationResult): Promise<void> {
    const { records, audit, clock, log } = this.#options;
    const before = await records.configurations
      .findOneAndUpdate(
        { _id: id, gatewayId: gateway._id },
        { $set: { state: outcome, result: told, endedAt: clock.now() } },
      )
      .lean<ConfigurationRecord>();
    if (before === null) {
      log.warn({ gatewayId: gateway._id, id, outcome }, 'a gateway tells of a configuration that is not here');
    } else if (before.state !== outcome) {
      await audit.note({
        tenantId: gateway.tenantId,
        actor: { kind: 'gateway', id: gateway._id, name: gateway.name },
        action: 'configuration-result',
        outcome: outcome === 'applied' ? 'done' : outcome === 'refused' ? 'refused' : 'failed',
        object: gateway._id,
        address: '',
        detail: `version ${before.number}: ${outcome}${told.code === '' ? '' : ` (${told.code})`}`,
      });
    }
    const line = this.#lines.get(gateway._id);
    // One that came while another was on probation.
    if (line !== undefined) this.#offerAll(line, ['waiting']);
  }

  async #gateway({ tenantId }: Principal, _id: string): Promise<GatewayRecord | undefined> {
    const found = await this.#options.records.gateways.findOne({ _id, tenantId }).lean<GatewayRecord>();
    return found?.status === 'enrolled' ? found : undefined;
  }

  #isOpen(line: ConfigurationLine): boolean {
    return this.#lines.get(line.gateway._id) === line;
  }

  #offerAll(line: ConfigurationLine, states: readonly ('waiting' | 'trying')[] = ['trying', 'waiting']): void {
    if (!line.takes || !this.#isOpen(line)) return;
    this.#offerEach(line, states).catch((error: unknown) => {
      if (!this.#isOpen(line)) return;
      const { log, clock } = this.#options;
      log.warn({ gatewayId: line.gateway._id, error: messageOf(error) }, 'a configuration is offered again');
      const cancel = clock.after(againMs, () => {
        this.#waits.delete(cancel);
        this.#offerAll(line, states);
      });
      this.#waits.add(cancel);
    });
  }

  async #offerEach(line: ConfigurationLine, states: readonly ('waiting' | 'trying')[]): Promise<void> {
    const { records, clock } = this.#options;
    const open = await records.configurations
      .find({ gatewayId: line.gateway._id, state: { $in: [...states] } })
      .sort({ number: 1 })
      .lean<ConfigurationRecord[]>();
    for (const { _id: id, number, text } of open) {
      const receipt = await line.offer({ id, number, text });
      const now = clock.now();
      if (receipt?.received === true) {
        await records.configurations.updateOne(
          { _id: id, state: 'waiting' },
          { $set: { state: 'trying', receivedAt: now } },
        );
      } else if (receipt?.code !== 'configuration-busy') {
        const { code = 'payload-invalid', detail = '' } = receipt ?? {};
        await this.settle(line.gateway, { id, outcome: 'refused', code, detail, places: [], at: now });
      }
    }
  }
}

function notTaken(name: string): Problem {
  return new Problem({
    code: 'configuration-not-taken',
    detail: `gateway ${name} does not take its configuration from the cloud`,
    advice: 'Set remote: { configuration: true } in its own file and restart it.',
    reaction: 'drop',
    status: 409,
  });
}
