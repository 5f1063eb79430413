import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { loadCloudConfig } from '#cloud/config';
import type { AlarmRecord } from '#cloud/records/alarm-record';
import type { CommandRecord } from '#cloud/records/command-record';
import { connectRecords } from '#cloud/records/connect';
import { nextNumber } from '#cloud/records/counter';
import type { Records } from '#cloud/records/records';
import { CloudService } from '#cloud/service';
import { addUser } from './access-fixture.ts';

export const password = 'correct horse';

/**
 * Who asks: `yang` and `li` are of tenant `default`, which has everything, `chen` of it too, with line 2 as the scope;
 * `zhou` is of a tenant that has nothing.
 */
export const userNames = {
  administrator: 'yang',
  viewer: 'li',
  scoped: 'chen',
  stranger: 'zhou',
  powerless: 'none',
} as const;

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
}

/** The real service, over HTTP, on records that were there before it started. */
export class ServiceFixture {
  readonly #more: (records: Records) => Promise<void>;
  readonly #settings: string;
  readonly #env: Readonly<Record<string, string>>;
  #folder = '';
  #service: CloudService | undefined;
  url = '';

  /** `more`: further records, written before the service starts; `settings`: its configuration file; `env`: its stores. */
  constructor(
    more: (records: Records) => Promise<void> = async () => undefined,
    settings = '',
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#more = more;
    this.#settings = settings;
    this.#env = env;
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'permissions-'));
    const env = this.#stores;
    const records = await connectRecords({
      folder: join(this.#folder, 'records'),
      ...(env.MONGODB_URI === undefined ? {} : { uri: env.MONGODB_URI }),
      log: silentLogger,
    });
    await fill(records);
    await this.#more(records);
    await records.close();
    await this.#serve();
  }

  /** The same stores, another process as far as anybody can tell; under another address. */
  async restart(): Promise<void> {
    await this.#service?.stop();
    await this.#serve();
  }

  get #stores(): Record<string, string> {
    return { PORT: '0', HOST: '127.0.0.1', DATA_DIR: this.#folder, ...this.#env };
  }

  async #serve(): Promise<void> {
    const config = loadCloudConfig({ file: 'test', text: this.#settings, env: this.#stores });
    this.#service = new CloudService({
      // Refused thousands of times over by those who test permissions.
      config: { ...config, http: { ...config.http, refusalsPerSecond: 1_000_000 } },
      plant: undefined,
      log: silentLogger,
      clock: systemClock,
      random: Math.random,
      env: this.#env,
      version: '0',
    });
    this.url = (await this.#service.start()).url;
  }

  async stop(): Promise<void> {
    await this.#service?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async ask(
    method: string,
    path: string,
    options: { token?: string | undefined; body?: unknown } = {},
  ): Promise<Answer> {
    const { token, body } = options;
    const response = await fetch(this.url + path, {
      method: method.toUpperCase(),
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, body: type.includes('json') ? JSON.parse(text) : { text } };
  }

  async tokenOf(user: string): Promise<string> {
    const { status, body } = await this.ask('post', '/api/v1/sessions', { body: { user, password } });
    if (status !== 201) throw new Error(`${user} could not sign in: ${JSON.stringify(body)}`);
    return String(body.token);
  }
}

export function openAlarm(
  fields: Pick<AlarmRecord, '_id' | 'tenantId' | 'gatewayId' | 'source'> & Partial<AlarmRecord>,
): AlarmRecord {
  return {
    ...{
      number: 1,
      identity: fields._id,
      condition: fields._id,
      branch: '',
      name: '',
      origin: '',
      type: '',
      message: '',
    },
    ...{
      severity: 500,
      active: true,
      acknowledged: false,
      confirmed: null,
      openedAt: 1,
      activeSince: null,
      changedAt: 1,
    },
    ...{ open: true, endedAt: null, ended: null, unwatchedSince: null, refresh: 1, epoch: 1, report: 1 },
    ...fields,
  };
}

/** One that waits for approval for ever. */
export function waitingCommand(
  fields: Pick<CommandRecord, '_id' | 'tenantId' | 'number' | 'gatewayId' | 'tag' | 'source' | 'name'>,
): CommandRecord {
  const requester = { kind: 'user', id: 'somebody', name: 'somebody', personId: 'somebody' } as const;
  return {
    ...{
      ...fields,
      value: 1,
      valueBefore: null,
      reason: 'test',
      requester,
      approver: null,
      idempotencyKey: fields._id,
    },
    ...{ state: 'waiting-for-approval', requestedAt: 1, expiresAt: 4e12, approvedAt: null, sentAt: null },
    ...{ receivedAt: null, endedAt: null, sentAs: null, result: null },
  };
}

async function fill(records: Records): Promise<void> {
  const name = { zh: '名称', en: 'name' };
  await records.tenants.create([
    { _id: 'default', name },
    { _id: 'elsewhere', name },
  ]);
  await addUser(records, { name: userNames.administrator, tenantId: 'default', password });
  await addUser(records, { name: userNames.viewer, tenantId: 'default', role: 'viewer', password });
  const scope = ['site.line-2'];
  await addUser(records, { name: userNames.scoped, tenantId: 'default', role: 'plant-manager', scope, password });
  await addUser(records, { name: userNames.stranger, tenantId: 'elsewhere', role: 'tenant-admin', password });
  await addUser(records, { name: userNames.powerless, tenantId: 'default', role: 'of-a-newer-version', password });
  await records.gateways.create({
    _id: 'gateway-1',
    tenantId: 'default',
    name: 'line-1',
    status: 'enrolled',
    publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) },
    enrolledAt: 1,
  });
  const tag = { tenantId: 'default', gatewayId: 'gateway-1', type: 'float64', scaled: false, kind: 'number' } as const;
  await records.tags.create([
    {
      ...tag,
      _id: '1',
      number: 1,
      source: 'plc',
      name: 'speed',
      maxSilentMs: 1_000,
      writable: { minimum: 0, maximum: 100 },
    },
    { ...tag, _id: '2', number: 2, source: 'plc-2', name: 'torque', maxSilentMs: 1_000 },
    { ...tag, _id: '3', number: 3, source: 'plc-2', name: 'of-no-asset', maxSilentMs: 1_000 },
  ]);
  await nextNumber(records, 'history-number', 3);
  await records.calendars.create({
    _id: 'default/day',
    tenantId: 'default',
    calendarId: 'day',
    timeZone: 'Asia/Shanghai',
    shifts: [{ id: 'day', name, start: '00:00', end: '00:00', days: [1, 2, 3, 4, 5, 6, 7], breaks: [] }],
    holidays: [],
  });
  await records.calendars.create({
    _id: 'default/spare',
    tenantId: 'default',
    calendarId: 'spare',
    timeZone: 'UTC',
    shifts: [{ id: 'day', name, start: '00:00', end: '00:00', days: [1], breaks: [] }],
    holidays: [],
  });
  await records.stateMappings.create({
    _id: 'default/simple',
    tenantId: 'default',
    stateMappingId: 'simple',
    version: '1',
    states: [{ value: 1, state: 'running', cause: { zh: '', en: '' } }],
  });
  await records.portalItems.create({
    _id: 'item-1',
    tenantId: 'default',
    kind: 'notice',
    title: name,
    text: name,
    createdAt: 1,
    createdBy: userNames.administrator,
  });
  await records.webhookDeliveries.create({
    _id: 'delivery-1',
    tenantId: 'default',
    hook: 'mes',
    event: 'gateway.offline',
    body: '{}',
    state: 'dead',
    attempts: 30,
    createdAt: 1,
  });
  const wanted = { tenantId: 'default', gatewayId: 'gateway-1', tag: 1, source: 'plc', name: 'speed' } as const;
  await records.commands.create(waitingCommand({ ...wanted, _id: 'command-1', number: 1 }));
  await nextNumber(records, 'command/default');
  await nextNumber(records, 'alarm/default');
  await records.alarms.create(
    openAlarm({ tenantId: 'default', gatewayId: 'gateway-1', source: 'plc', _id: 'alarm-1' }),
  );
  const author = { kind: 'user', id: 'somebody', name: 'somebody' } as const;
  const version = { tenantId: 'default', gatewayId: 'gateway-1', text: 'sources: []', note: '', author } as const;
  const open = { state: 'waiting', createdAt: 1, receivedAt: null, endedAt: null, result: null } as const;
  await records.configurations.create({ ...version, ...open, _id: 'configuration-1', number: 1 });
  await nextNumber(records, 'configuration/gateway-1');
  const asset = { tenantId: 'default', name, order: 0, calendarId: 'day', stateMappingId: 'simple' };
  const unit = { ...asset, level: 'work-unit', parentId: 'site' } as const;
  const signal = { role: 'state', gateway: 'line-1', source: 'plc', tag: 'speed' } as const;
  await records.assets.create([
    { ...asset, _id: 'default/site', assetId: 'site', level: 'site' },
    { ...unit, _id: 'default/site.line-1', assetId: 'site.line-1', signals: [signal] },
    {
      ...unit,
      _id: 'default/site.line-2',
      assetId: 'site.line-2',
      signals: [{ ...signal, source: 'plc-2', tag: 'torque' }],
    },
  ]);
}
