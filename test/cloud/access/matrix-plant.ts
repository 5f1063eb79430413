import { encodeBatch } from '@gongfu/shared/wire/codec';
import { SignJWT } from 'jose';
import { io, type Socket } from 'socket.io-client';
import { nextNumber } from '#cloud/records/counter';
import type { Records } from '#cloud/records/records';
import { ed25519Pair } from '../../kit/ed25519-pair.ts';
import { addUser } from './access-fixture.ts';
import { openAlarm, waitingCommand } from './service-fixture.ts';

/**
 * A plant for the question who sees what. Everything a person could read is marked: `mark-in` is inside the scope that is
 * tried, `mark-out` beside it, `mark-above` over it, `mark-none` belongs to no asset, `mark-wide` to the tenant as a whole,
 * `mark-far` to another tenant. Ids carry no mark: whoever asks for one hears it again in the refusal.
 */
export const marks = ['mark-in', 'mark-out', 'mark-above', 'mark-none', 'mark-wide', 'mark-far'] as const;
export type Mark = (typeof marks)[number];

export const scopeTried = ['hall.i'];

/** Ids of all tenants by the segment of an address, or the key of a question, they stand behind. */
export const idsOf: Readonly<Record<string, readonly string[]>> = {
  assets: ['hall', 'hall.i', 'hall.o', 'abroad'],
  asset: ['hall', 'hall.i', 'hall.o', 'abroad'],
  line: ['hall', 'hall.i', 'hall.o', 'abroad'],
  tags: ['11', '12', '13', '14'],
  gateway: ['gateway-shared', 'gateway-abroad'],
  gateways: ['gateway-shared', 'gateway-abroad'],
  configurations: ['1'],
  users: ['user-here', 'user-abroad'],
  commands: ['command-in', 'command-out', 'command-none', 'command-far'],
  tag: ['11', '12', '13', '14'],
  plugins: ['energy'],
};

const home = 'default';
const abroad = 'elsewhere';
const text = (mark: Mark, what: string) => ({ zh: `${mark}-${what}`, en: `${mark}-${what}` });
const tagType = { type: 'float64', scaled: false, kind: 'number', maxSilentMs: 1_000 } as const;
const publicKey = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };
const { publicKey: sharedPublic, privateKey: sharedPrivate } = ed25519Pair();

export const sources = { in: 'mark-in-source', out: 'mark-out-source', none: 'mark-none-source' } as const;

export async function fillMatrixPlant(records: Records): Promise<void> {
  const enrolled = { status: 'enrolled', publicKey, enrolledAt: 1 } as const;
  const sharedKey = sharedPublic.export({ format: 'jwk' }) as { kty: string; crv: string; x: string };
  await records.gateways.create([
    { ...enrolled, _id: 'gateway-shared', tenantId: home, name: 'mark-in-gateway', publicKey: sharedKey },
    { ...enrolled, _id: 'gateway-out', tenantId: home, name: 'mark-out-gateway' },
    { ...enrolled, _id: 'gateway-abroad', tenantId: abroad, name: 'mark-far-gateway' },
  ]);
  const tag = { ...tagType, tenantId: home, gatewayId: 'gateway-shared' };
  await records.tags.create([
    { ...tag, _id: '11', number: 11, source: sources.in, name: 'mark-in-tag' },
    { ...tag, _id: '12', number: 12, source: sources.out, name: 'mark-out-tag' },
    { ...tag, _id: '13', number: 13, source: sources.none, name: 'mark-none-tag' },
    {
      ...tag,
      _id: '14',
      number: 14,
      tenantId: abroad,
      gatewayId: 'gateway-abroad',
      source: 'mark-far-source',
      name: 'mark-far-tag',
    },
  ]);
  const near = { tenantId: home, gatewayId: 'gateway-shared' };
  const far = { tenantId: abroad, gatewayId: 'gateway-abroad' };
  const author = { kind: 'user', id: 'x', name: 'x' } as const;
  const version = { number: 1, text: 'sources: []', author, state: 'waiting', createdAt: 1 } as const;
  const open = { receivedAt: null, endedAt: null, result: null } as const;
  await records.configurations.create([
    { ...version, ...open, ...near, _id: 'configuration-shared', note: '' },
    { ...version, ...open, ...far, _id: 'configuration-far', note: 'mark-far-note' },
  ]);
  await records.commands.create([
    waitingCommand({ ...near, _id: 'command-in', number: 11, tag: 11, source: sources.in, name: 'mark-in-tag' }),
    waitingCommand({ ...near, _id: 'command-out', number: 12, tag: 12, source: sources.out, name: 'mark-out-tag' }),
    waitingCommand({ ...near, _id: 'command-none', number: 13, tag: 13, source: sources.none, name: 'mark-none-tag' }),
    waitingCommand({ ...far, _id: 'command-far', number: 1, tag: 14, source: 'mark-far-source', name: 'mark-far-tag' }),
  ]);
  await records.alarms.create([
    openAlarm({ ...near, _id: 'alarm-in', number: 11, source: sources.in, message: 'mark-in-alarm' }),
    openAlarm({ ...near, _id: 'alarm-out', number: 12, source: sources.out, message: 'mark-out-alarm' }),
    openAlarm({ ...near, _id: 'alarm-none', number: 13, source: sources.none, message: 'mark-none-alarm' }),
    openAlarm({ ...far, _id: 'alarm-far', number: 1, source: 'mark-far-source', message: 'mark-far-alarm' }),
  ]);
  await nextNumber(records, `alarm/${home}`, 20);
  const calendar = { timeZone: 'UTC', holidays: [] };
  const shifts = (mark: Mark) => [
    { id: 'all', name: text(mark, 'shift'), start: '00:00', end: '00:00', days: [1, 2, 3, 4, 5, 6, 7], breaks: [] },
  ];
  const mapping = { version: '1', states: [{ value: 1, state: 'running' as const, cause: { zh: '', en: '' } }] };
  for (const [tenantId, mark] of [
    [home, 'mark-wide'],
    [abroad, 'mark-far'],
  ] as const) {
    await records.calendars.create({
      ...calendar,
      _id: `${tenantId}/marked`,
      tenantId,
      calendarId: 'marked',
      shifts: shifts(mark),
    });
    await records.stateMappings.create({ ...mapping, _id: `${tenantId}/marked`, tenantId, stateMappingId: 'marked' });
    await records.portalItems.create({
      _id: `item-${tenantId}`,
      tenantId,
      kind: 'notice',
      title: text(mark, 'title'),
      text: text(mark, 'text'),
      createdAt: 1,
      createdBy: 'somebody',
    });
  }
  const base = { order: 0, calendarId: 'marked', stateMappingId: 'marked' };
  const unit = (tenantId: string, assetId: string, parentId: string | null, mark: Mark, gateway: string) => ({
    ...base,
    _id: `${tenantId}/${assetId}`,
    tenantId,
    assetId,
    parentId,
    level: 'work-unit' as const,
    name: text(mark, 'machine'),
    signals: [{ role: 'state' as const, gateway, source: `${mark}-source`, tag: `${mark}-tag` }],
  });
  await records.assets.create([
    { ...base, _id: `${home}/hall`, tenantId: home, assetId: 'hall', level: 'line', name: text('mark-above', 'hall') },
    unit(home, 'hall.i', 'hall', 'mark-in', 'mark-in-gateway'),
    unit(home, 'hall.o', 'hall', 'mark-out', 'mark-in-gateway'),
    unit(abroad, 'abroad', null, 'mark-far', 'mark-far-gateway'),
  ]);
  const key = { permissions: [], scope: null, makerName: 'somebody', makerId: 'nobody', createdAt: 1, expiresAt: 4e12 };
  await records.apiKeys.create([
    { ...key, _id: 'key-home', tenantId: home, name: 'mark-wide-key', hash: '1' },
    { ...key, _id: 'key-abroad', tenantId: abroad, name: 'mark-far-key', hash: '2' },
  ]);
  await addUser(records, { name: 'user-here', _id: 'mark-wide-user', tenantId: home, role: 'viewer' });
  await addUser(records, { name: 'user-abroad', _id: 'mark-far-user', tenantId: abroad, role: 'viewer' });
}

/** The shared gateway as a real connection: says how it is, and delivers a sample of each tag and a gap of each source. */
export class MarkedGateway {
  #socket: Socket | undefined;

  async connect(url: string): Promise<void> {
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer('gateway-shared')
      .setAudience('gongfu-cloud')
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(sharedPrivate);
    const socket = io(`${url}/edge`, { transports: ['websocket'], auth: { token }, reconnection: false });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    const tags = Object.entries(sources).map(([mark, source], place) => ({
      number: place + 1,
      source,
      name: `mark-${mark}-tag`,
      type: 'float64',
      scaled: false,
      unit: '',
      description: '',
      maxSilentMs: 1_000,
    }));
    await socket.emitWithAck('hello', { protocol: 1, epoch: 1, agentVersion: 'test', tags });
  }

  async deliver(sequence: number, time: number): Promise<void> {
    const bytes = encodeBatch({
      epoch: 1,
      sequence,
      blocks: [
        {
          kind: 'number',
          count: 3,
          tags: Uint32Array.of(1, 2, 3),
          sourceTimes: new Float64Array(3).fill(time),
          statuses: new Uint32Array(3),
          values: new Float64Array(3).fill(1),
        },
      ],
      gaps: Object.values(sources).map((source) => ({
        fromSequence: -1,
        toSequence: -1,
        fromTime: time - 1_000,
        toTime: time,
        samples: -1,
        reason: 'source-queue-overflow' as const,
        source,
      })),
    });
    await this.#socket?.emitWithAck('batch', { epoch: 1, sequence }, bytes);
  }

  async alarm(time: number): Promise<void> {
    const reports = Object.entries(sources).map(([mark, source], place) => ({
      number: place + 1,
      report: {
        ...{ kind: 'condition', source, condition: `mark-${mark}-condition`, branch: '', name: `mark-${mark}-name` },
        ...{ origin: '', type: '', message: `mark-${mark}-message`, severity: 1, active: true, acknowledged: false },
        ...{ confirmed: null, retain: true, time, activeSince: null, refresh: 1 },
      },
    }));
    await this.#socket?.emitWithAck('conditions', { version: 1, epoch: 1, reports });
  }

  beat(): void {
    this.#socket?.emit('heartbeat', {
      backlogBatches: 0,
      backlogBytes: 0,
      capacityBytes: 1,
      oldestTime: null,
      samplesPerSecond: 1,
      gapsTotal: 0,
      sources: Object.values(sources).map((name) => ({ name, driver: 'modbus', state: 'connected', detail: '' })),
    });
  }

  disconnect(): void {
    this.#socket?.disconnect();
  }
}
