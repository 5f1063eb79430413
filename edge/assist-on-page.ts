import type { Clock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { Problem } from '@gongfu/shared/base/problem';
import type { Driver } from '@gongfu/shared/sdk/driver';
import { AssistDesk, type AssistTarget } from './commissioning/assist-desk.ts';
import { describedSource, type OpenSource, optionInvalid, placeOf } from './commissioning/source-request.ts';
import type { ReloadReport } from './configuration/reload-report.ts';
import { BesideReader, type LineSharer } from './drivers/modbus/beside-reader.ts';
import type { ModbusSource, ModbusTag } from './drivers/modbus/config.ts';
import { JudgeProcess } from './judge-process.ts';
import type { SourceConfig } from './source-config.ts';
import type { TagConfig } from './tag-config.ts';

export interface AssistOnPageOptions {
  readonly gateway: string;
  /** As they run now. */
  readonly sources: () => readonly SourceConfig[];
  readonly driverOf: (source: string) => Driver | undefined;
  readonly reload: () => Promise<ReloadReport>;
  /** Number of the version from the cloud that stands in the place of the gateway's own sources. */
  readonly remoteVersion: () => number | undefined;
  /** How the process that judges is started. */
  readonly judgeCommand: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
}

/** Joins the assistant's page to the sources that run, to those that do not yet, and to the process that judges. */
export function assistOnPage(options: AssistOnPageOptions): AssistDesk {
  const { gateway, sources, reload, remoteVersion, judgeCommand, clock } = options;
  return new AssistDesk({
    gateway,
    sources: () => modbusSources(sources()).map(({ name }) => name),
    takenNames: () => sources().map(({ name }) => name),
    open: async (target) => (target.described === undefined ? polled(target, options) : described(target, options)),
    startJudge: () => new JudgeProcess({ command: judgeCommand }),
    reload,
    refuseWriting: () => {
      const version = remoteVersion();
      return version === undefined ? undefined : remotelyConfigured(version);
    },
    clock,
  });
}

/** Over the agent's own connection, between its polls: a second one would disturb a line, and many machines take one only. */
function polled({ name, unit, windows }: AssistTarget, { sources, driverOf, clock }: AssistOnPageOptions): OpenSource {
  const source = modbusSources(sources()).find((one) => one.name === name);
  if (source === undefined) throw optionInvalid([{ where: 'source', what: `"${name}" is no Modbus source that runs` }]);
  const settings = source.settings as ModbusSource;
  // As this driver's own schema has parsed them.
  const tags = source.tags as readonly (TagConfig & Pick<ModbusTag, 'unitId'>)[];
  const units = new Set([settings.unitId, ...tags.map((tag) => tag.unitId)]);
  const unitId = unit ?? settings.unitId;
  // A unit that is not there would cost the others a time-out each time it is asked.
  if (!units.has(unitId)) {
    const known = [...units].filter((one) => one !== undefined).join(', ');
    throw optionInvalid([{ where: 'unit', what: `${unitId} is not read by ${name}, which reads ${known}` }]);
  }
  // After a reload other addresses may be illegal: what was begun ends with the source it began with.
  const driver = () => (sources().includes(source) ? (driverOf(name) as (Driver & LineSharer) | undefined) : undefined);
  const reader = new BesideReader({ source: { ...settings, unitId }, windows, driver, clock });
  return {
    name,
    isNew: false,
    place: placeOf(settings),
    unitId,
    keys: {},
    byteOrder: settings.byteOrder,
    tagKeys: unitId === settings.unitId ? {} : { unitId },
    start: async () => {},
    take: () => reader.image(),
    stop: async () => {},
  };
}

/** Over a connection of its own, to what the agent does not read. */
async function described(target: AssistTarget, options: AssistOnPageOptions): Promise<OpenSource> {
  const { clock, random, sources } = options;
  const { settings, keys } = describedSource(target.described!);
  const twin = modbusSources(sources()).find((one) => sharesLine(one.settings as ModbusSource, settings));
  if (twin !== undefined) throw lineInUse(twin.name, placeOf(settings));
  // A driver of its own, which a gateway that only polls others has loaded or does not need.
  const { RegisterReader } = await import('./drivers/modbus/register-reader.ts');
  const reader = new RegisterReader({ source: settings, windows: target.windows, clock, log: silentLogger, random });
  return {
    name: target.name,
    isNew: true,
    place: placeOf(settings),
    unitId: settings.unitId,
    keys,
    byteOrder: settings.byteOrder,
    tagKeys: {},
    start: () => reader.start(),
    take: () => reader.image(),
    stop: () => reader.stop(),
  };
}

function modbusSources(sources: readonly SourceConfig[]): readonly SourceConfig[] {
  return sources.filter(({ driver }) => driver === 'modbus');
}

function sharesLine(one: ModbusSource, other: ModbusSource): boolean {
  const places = new Set(placesOf(one));
  return placesOf(other).some((place) => places.has(place));
}

/** By name: that two names are of one machine cannot be seen from here. */
function placesOf({ host, port, serial, listen, backup }: ModbusSource): string[] {
  const at = (name: string, number: number | undefined) => {
    const plain = name.toLowerCase();
    return `${plain === 'localhost' ? '127.0.0.1' : plain}:${number}`;
  };
  return [
    ...(host === undefined ? [] : [at(host, port)]),
    ...(backup === undefined ? [] : [at(backup.host, backup.port)]),
    ...(serial?.path === undefined ? [] : [serial.path]),
    ...(listen === undefined ? [] : [`listen ${listen.port}`]),
  ];
}

function lineInUse(source: string, place: string): Problem {
  return new Problem({
    code: 'assist-line-in-use',
    detail: `the agent reads ${place} already, as the source ${source}`,
    advice: `Choose ${source} in the list: it is then read over the agent's own connection, between its polls.`,
    reaction: 'drop',
  });
}

function remotelyConfigured(version: number): Problem {
  return new Problem({
    code: 'assist-remote-configured',
    detail: `the sources come from the cloud, version ${version}; a change of the own file would end that version`,
    advice: 'Copy the source shown here into the configuration on the cloud.',
    reaction: 'drop',
  });
}
