import type { Clock } from '@gongfu/shared/base/clock';
import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { assetLevels } from '@gongfu/shared/model/asset';
import type { AssetRecord, Records, TargetChange } from '../records/records.ts';
import type { AssetChangeRequest, AssetCreateRequest } from './asset-schema.ts';

type EditorRecords = Pick<Records, 'assets' | 'calendars' | 'stateMappings'>;

/** A request is on its way for a while, and clocks differ. */
const clockToleranceMs = 5 * 60_000;

/**
 * Changes the asset tree of a tenant. The id is the path at birth and stays, so that addresses, scopes and figures go on
 * meaning the same; an asset is moved among its siblings only. New targets hold from a moment on; what else would change
 * figures already shown is done only for somebody who says so.
 */
export class AssetEditor {
  readonly #records: EditorRecords;
  readonly #refresh: () => Promise<void>;
  readonly #clock: Clock;
  /** Edits wait for each other: each judges by what the one before has left. */
  #edits: Promise<unknown> = Promise.resolve();

  /** `refresh` is called after every change, before it is answered. */
  constructor(options: { records: EditorRecords; refresh: () => Promise<void>; clock: Clock }) {
    this.#records = options.records;
    this.#refresh = options.refresh;
    this.#clock = options.clock;
  }

  /** Gives the whole id. @throws Problem `asset-invalid`, `asset-exists` */
  create(tenantId: string, request: AssetCreateRequest): Promise<string> {
    return this.#alone(async () => {
      const all = await this.#assetsOf(tenantId);
      const parent = all.find(({ assetId }) => assetId === request.parent);
      await this.#refuse([...placeFaults(request, parent), ...(await this.#linkFaults(tenantId, request))]);
      const record = newRecord(tenantId, request, parent, all);
      if (all.some(({ assetId }) => assetId === record.assetId)) throw exists(record.assetId);
      await this.#records.assets.create(record);
      return record.assetId;
    });
  }

  /** @throws Problem `asset-unknown`, `asset-invalid`, `asset-past-change` */
  change(tenantId: string, assetId: string, request: AssetChangeRequest): Promise<void> {
    return this.#alone(async () => {
      const all = await this.#assetsOf(tenantId);
      const before = known(all, assetId);
      await this.#refuse([...kpiFromFaults(request, before, all), ...(await this.#linkFaults(tenantId, request))]);
      if (!request.changesPast) refuseOtherPast(before, request, this.#clock.now());
      const set = { ...plainChange(request), ...targetChange(before, request, this.#clock.now()) };
      await this.#records.assets.updateOne({ _id: before._id }, { $set: set });
    });
  }

  /** With everything under it. History stays, and so do the figures of the time before. @throws Problem `asset-unknown` */
  retire(tenantId: string, assetId: string): Promise<void> {
    return this.#alone(async () => {
      known(await this.#assetsOf(tenantId), assetId);
      const at = this.#clock.now();
      const ids = under(await this.#assetsOf(tenantId), assetId).filter(
        ({ retiredAt }) => (retiredAt ?? null) === null,
      );
      await this.#records.assets.updateMany({ _id: { $in: ids.map(({ _id }) => _id) } }, { $set: { retiredAt: at } });
    });
  }

  /** Takes a retirement back, of everything under it too. @throws Problem `asset-unknown`, `asset-invalid` */
  restore(tenantId: string, assetId: string): Promise<void> {
    return this.#alone(async () => {
      const all = await this.#assetsOf(tenantId);
      const parent = all.find((asset) => asset.assetId === known(all, assetId).parentId);
      if ((parent?.retiredAt ?? null) !== null) {
        await this.#refuse([{ where: 'path.id', what: `stands under ${parent?.assetId}, which is retired` }]);
      }
      const ids = under(all, assetId).map(({ _id }) => _id);
      await this.#records.assets.updateMany({ _id: { $in: ids } }, { $set: { retiredAt: null } });
    });
  }

  #alone<T>(edit: () => Promise<T>): Promise<T> {
    const done = this.#edits.then(async () => {
      const result = await edit();
      await this.#refresh();
      return result;
    });
    this.#edits = done.catch(() => undefined);
    return done;
  }

  #assetsOf(tenantId: string): Promise<AssetRecord[]> {
    return this.#records.assets.find({ tenantId }).lean<AssetRecord[]>();
  }

  async #linkFaults(
    tenantId: string,
    { calendar, stateMapping }: Pick<AssetChangeRequest, 'calendar' | 'stateMapping'>,
  ): Promise<ProblemPlace[]> {
    const places: ProblemPlace[] = [];
    if (typeof calendar === 'string' && !(await this.#records.calendars.exists({ tenantId, calendarId: calendar })))
      places.push({ where: 'body.calendar', what: `no calendar ${calendar}` });
    if (typeof stateMapping !== 'string') return places;
    if (!(await this.#records.stateMappings.exists({ tenantId, stateMappingId: stateMapping })))
      places.push({ where: 'body.stateMapping', what: `no state mapping ${stateMapping}` });
    return places;
  }

  async #refuse(places: readonly ProblemPlace[]): Promise<void> {
    if (places.length === 0) return;
    throw new Problem({
      code: 'asset-invalid',
      detail: places.map(({ where, what }) => `${where}: ${what}`).join('; '),
      advice: 'Correct the places named; nothing was changed.',
      reaction: 'drop',
      status: 422,
      places,
    });
  }
}

function placeFaults(request: AssetCreateRequest, parent: AssetRecord | undefined): ProblemPlace[] {
  if (request.parent === null) return [];
  if (parent === undefined) return [{ where: 'body.parent', what: `no asset ${request.parent}` }];
  const places: ProblemPlace[] = [];
  if ((parent.retiredAt ?? null) !== null) places.push({ where: 'body.parent', what: `${request.parent} is retired` });
  if (assetLevels.indexOf(request.level) <= assetLevels.indexOf(parent.level))
    places.push({ where: 'body.level', what: `${request.level} cannot stand under ${parent.level}` });
  return places;
}

function kpiFromFaults(
  { kpiFrom = [] }: AssetChangeRequest,
  { assetId }: AssetRecord,
  all: readonly AssetRecord[],
): ProblemPlace[] {
  return kpiFrom.flatMap((child, at) =>
    all.some((asset) => asset.assetId === child && asset.parentId === assetId)
      ? []
      : [{ where: `body.kpiFrom.${at}`, what: `${child} is no child of ${assetId}` }],
  );
}

function newRecord(
  tenantId: string,
  request: AssetCreateRequest,
  parent: AssetRecord | undefined,
  all: readonly AssetRecord[],
): AssetRecord {
  const { id, level, name, calendar, stateMapping, plannedCycleMs, targetOee, signals } = request;
  const parentId = parent?.assetId ?? null;
  const assetId = parentId === null ? id : `${parentId}.${id}`;
  const siblings = all.filter((asset) => asset.parentId === parentId);
  return {
    _id: `${tenantId}/${assetId}`,
    ...{ tenantId, assetId, parentId, level, name, plannedCycleMs, targetOee, signals },
    order: Math.max(-1, ...siblings.map(({ order }) => order)) + 1,
    calendarId: calendar === undefined ? (parent?.calendarId ?? null) : calendar,
    stateMappingId: stateMapping === undefined ? (parent?.stateMappingId ?? null) : stateMapping,
    kpiFrom: [],
    targetChanges: [],
    retiredAt: null,
    importedPrint: '',
  };
}

function plainChange({ name, order, calendar, stateMapping, kpiFrom, signals }: AssetChangeRequest) {
  const given = { name, order, calendarId: calendar, stateMappingId: stateMapping, kpiFrom, signals };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Targets where there were none are no change of the past; others hold from a moment on. */
function targetChange(
  before: AssetRecord,
  request: AssetChangeRequest,
  now: number,
): Partial<Pick<AssetRecord, 'plannedCycleMs' | 'targetOee' | 'targetChanges'>> {
  if (request.plannedCycleMs === undefined && request.targetOee === undefined) return {};
  const { plannedCycleMs = null, targetOee = null } = before;
  const changes = before.targetChanges ?? [];
  const last = changes.at(-1) ?? { plannedCycleMs, targetOee };
  const wanted = {
    plannedCycleMs: request.plannedCycleMs === undefined ? last.plannedCycleMs : request.plannedCycleMs,
    targetOee: request.targetOee === undefined ? last.targetOee : request.targetOee,
  };
  const first = plannedCycleMs === null && targetOee === null && changes.length === 0;
  if (first || (request.changesPast && request.validFrom === undefined)) return { ...wanted, targetChanges: [] };
  const from = request.validFrom === undefined ? now : Date.parse(request.validFrom);
  const others: TargetChange[] = changes.filter((change) => change.from < from);
  return { targetChanges: [...others, { from, ...wanted }] };
}

/** What a machine was connected to and worked by decides its figures of the past. */
function refuseOtherPast(before: AssetRecord, request: AssetChangeRequest, now: number): void {
  const { calendarId, stateMappingId, kpiFrom, signals } = before;
  const was = { calendar: calendarId, stateMapping: stateMappingId, kpiFrom, signals };
  const places = Object.entries(was).flatMap(([part, value]) => {
    const wanted = request[part as keyof typeof was];
    const empty = value === null || (Array.isArray(value) && value.length === 0);
    const same = wanted === undefined || JSON.stringify(wanted) === JSON.stringify(value);
    return empty || same ? [] : [{ where: `body.${part}`, what: 'decides figures already shown' }];
  });
  if (request.validFrom !== undefined && Date.parse(request.validFrom) < now - clockToleranceMs)
    places.push({ where: 'body.validFrom', what: 'lies in the past' });
  if (places.length === 0) return;
  throw new Problem({
    code: 'asset-past-change',
    detail: `${places.map(({ where }) => where).join(', ')} would change figures of ${before.assetId} already shown`,
    advice: 'To have the past computed anew, send "changesPast": true.',
    reaction: 'drop',
    status: 409,
    places,
  });
}

function under(all: readonly AssetRecord[], assetId: string): AssetRecord[] {
  return all.filter((asset) => asset.assetId === assetId || asset.assetId.startsWith(`${assetId}.`));
}

function known(all: readonly AssetRecord[], assetId: string): AssetRecord {
  const found = all.find((asset) => asset.assetId === assetId);
  if (found !== undefined) return found;
  throw new Problem({
    code: 'asset-unknown',
    detail: `There is no asset ${assetId}.`,
    advice: 'Take the asset id from the list of assets.',
    reaction: 'drop',
    status: 404,
  });
}

function exists(assetId: string): Problem {
  return new Problem({
    code: 'asset-exists',
    detail: `there is an asset ${assetId} already, or there was one that is retired`,
    advice: 'Choose another id, or restore that asset.',
    reaction: 'drop',
    status: 409,
  });
}
