import type { Clock } from '@gongfu/shared/base/clock';
import { Problem } from '@gongfu/shared/base/problem';
import type { Json, PluginRecord } from '@gongfu/shared/sdk/plugin-context';
import type { PluginRecordRecord, PluginStateRecord, Records } from '../../records/records.ts';

const valueCharactersMax = 64 * 1024;
const keyCharactersMax = 200;
const recordsMax = 10_000;

export interface PluginState {
  readonly on: boolean;
  /** As they were entered; undefined while nobody has entered any. */
  readonly settings: unknown;
}

/** What is kept of plugins: per tenant whether one is on and how it is set, and what it keeps for itself. */
export class PluginStore {
  readonly #records: Records;
  readonly #clock: Clock;

  constructor(options: { records: Records; clock: Clock }) {
    this.#records = options.records;
    this.#clock = options.clock;
  }

  /** On, with no settings, while nobody has said anything. */
  async state(tenantId: string, pluginId: string): Promise<PluginState> {
    const kept = await this.#records.pluginStates
      .findOne({ _id: stateId(tenantId, pluginId) })
      .lean<PluginStateRecord>();
    return { on: kept?.on ?? true, settings: kept?.settings ? JSON.parse(kept.settings) : undefined };
  }

  async keepState(tenantId: string, pluginId: string, change: { on?: boolean; settings?: unknown }): Promise<void> {
    const { on, settings } = change;
    await this.#records.pluginStates.updateOne(
      { _id: stateId(tenantId, pluginId) },
      {
        $set: {
          changedAt: this.#clock.now(),
          ...(on === undefined ? {} : { on }),
          ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
        },
        $setOnInsert: {
          tenantId,
          pluginId,
          ...(on === undefined ? { on: true } : {}),
          ...(settings === undefined ? { settings: '' } : {}),
        },
      },
      { upsert: true },
    );
  }

  tenants(): Promise<string[]> {
    return this.#records.tenants
      .find()
      .lean<{ _id: string }[]>()
      .then((tenants) => tenants.map(({ _id }) => _id));
  }

  async record(tenantId: string, pluginId: string, key: string): Promise<PluginRecord | null> {
    const kept = await this.#records.pluginRecords.findOne({ tenantId, pluginId, key }).lean<PluginRecordRecord>();
    return kept === null ? null : shown(kept);
  }

  async records(tenantId: string, pluginId: string, prefix: string): Promise<PluginRecord[]> {
    const kept = await this.#records.pluginRecords
      // No key holds the last character there is.
      .find({ tenantId, pluginId, key: { $gte: prefix, $lt: `${prefix}\uffff` } })
      .sort({ key: 1 })
      .lean<PluginRecordRecord[]>();
    return kept.map(shown);
  }

  /** @throws Problem `plugin-record-unfit`, `plugin-records-full` */
  async putRecord(tenantId: string, pluginId: string, key: string, value: Json): Promise<void> {
    const text = JSON.stringify(value);
    if (key === '' || key.length > keyCharactersMax || text === undefined || text.length > valueCharactersMax) {
      throw new Problem({
        code: 'plugin-record-unfit',
        detail: `the plugin ${pluginId} wanted to keep a record with a key of ${key.length} and ${text?.length ?? 0} characters`,
        advice: `A key has 1 to ${keyCharactersMax} characters, a record at most ${valueCharactersMax} as JSON.`,
        reaction: 'drop',
        status: 422,
      });
    }
    const _id = JSON.stringify([tenantId, pluginId, key]);
    const isNew = (await this.#records.pluginRecords.findOne({ _id }).select({ _id: 1 }).lean()) === null;
    if (isNew && (await this.#records.pluginRecords.countDocuments({ tenantId, pluginId })) >= recordsMax) {
      throw new Problem({
        code: 'plugin-records-full',
        detail: `the plugin ${pluginId} keeps ${recordsMax} records already`,
        advice: 'The plugin must delete what it no longer needs.',
        reaction: 'drop',
        status: 422,
      });
    }
    await this.#records.pluginRecords.updateOne(
      { _id },
      { $set: { json: text, updatedAt: this.#clock.now() }, $setOnInsert: { tenantId, pluginId, key } },
      { upsert: true },
    );
  }

  async deleteRecord(tenantId: string, pluginId: string, key: string): Promise<void> {
    await this.#records.pluginRecords.deleteOne({ _id: JSON.stringify([tenantId, pluginId, key]) });
  }
}

function stateId(tenantId: string, pluginId: string): string {
  return `${tenantId}/${pluginId}`;
}

function shown({ key, json, updatedAt }: PluginRecordRecord): PluginRecord {
  return { key, value: JSON.parse(json) as Json, updatedAt };
}
