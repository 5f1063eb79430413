import { readFileSync } from 'node:fs';
import { messageOf, Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { durationSchema } from '@gongfu/shared/config/duration';
import { issueWords } from '@gongfu/shared/config/issue-words';
import type { Environment } from '@gongfu/shared/config/substitution';
import { gatewayNamePattern } from '@gongfu/shared/model/gateway-name';
import type { AssistFlags } from './assist-options.ts';
import { readEdgeConfig } from './config.ts';
import { parseAddress } from './drivers/modbus/address.ts';
import { type ModbusSource, modbusSourceSchema } from './drivers/modbus/config.ts';
import type { RegisterWindow } from './drivers/modbus/register-image.ts';
import { rawSourceOf } from './tag-files/raw-source.ts';

export interface AssistedSource {
  readonly name: string;
  readonly gateway: string;
  readonly settings: ModbusSource;
  /** As they are to stand in the configuration. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** What a person knows it by. */
  readonly place: string;
  readonly unitId: number;
}

/** Registers a person can ask for at once; beyond it each answer would be waited for. */
const registersMax = 1_000;

/** The source the flags describe, or the one they name in a configuration. @throws Problem `assist-option-invalid`, and those of a configuration */
export function assistedSource(flags: AssistFlags, env: Environment): AssistedSource {
  const source =
    flags.config === undefined ? describedSource(flags) : configuredSource(flags.config, flags.source, env);
  const gateway = flags.gateway ?? source.gateway;
  if (!gatewayNamePattern.test(gateway))
    throw invalid([{ where: '--gateway', what: `"${gateway}" cannot be the name of a gateway` }]);
  const { host, port, serial, listen, unitId } = source.settings;
  const place = serial?.path ?? (listen === undefined ? `${host}:${port}` : `${listen.host}:${listen.port}`);
  return { ...source, gateway, place, unitId };
}

function describedSource(flags: AssistFlags): Omit<AssistedSource, 'place' | 'unitId'> {
  const { host, port, unit, serial, baud, parity, framing, timeout, illegal } = flags;
  const line = defined({ path: serial, baudRate: baud, parity });
  const keys = defined({
    host,
    port,
    serial: Object.keys(line).length === 0 ? undefined : line,
    unitId: unit,
    framing,
    timeout,
    registersPerRequestMax: flags.registersMax,
    illegal,
  });
  const parsed = modbusSourceSchema.safeParse(keys);
  if (parsed.success) return { name: flags.source ?? 'machine', gateway: 'gateway', settings: parsed.data, keys };
  throw invalid(
    parsed.error.issues.map((issue) => ({
      where: issue.path.join('.'),
      what: issueWords(issue, valueAt(keys, issue.path)),
    })),
  );
}

function configuredSource(
  file: string,
  name: string | undefined,
  env: Environment,
): Omit<AssistedSource, 'place' | 'unitId'> {
  const text = configText(file);
  const config = readEdgeConfig(file, text, env);
  const candidates = config.sources.filter(({ driver }) => driver === 'modbus');
  const source =
    candidates.find((one) => one.name === name) ??
    (name === undefined && candidates.length === 1 ? candidates[0] : undefined);
  if (source === undefined) {
    throw new Problem({
      code: 'source-unknown',
      detail: `${file} has ${candidates.length} Modbus sources${name === undefined ? '' : ` and none named "${name}"`}`,
      advice: `Name one with --source: ${candidates.map((one) => one.name).join(', ')}`,
      reaction: 'stop',
    });
  }
  const { keys } = rawSourceOf(text, source.name)!;
  return { name: source.name, gateway: config.gateway.name, settings: source.settings as ModbusSource, keys };
}

/** @throws Problem `assist-option-invalid` */
export function windowsFrom({ from, count }: AssistFlags): RegisterWindow[] {
  const faults: ProblemPlace[] = [];
  const windows = from.flatMap((text): RegisterWindow[] => {
    const address = parseAddress(text);
    if (typeof address !== 'string')
      return [{ area: address.area, start: address.register, count: Math.min(count, 65_536 - address.register) }];
    faults.push({ where: '--from', what: address });
    return [];
  });
  if (count < 1 || count * from.length > registersMax) {
    faults.push({ where: '--count', what: `must make 1 to ${registersMax} registers with --from together` });
  }
  if (faults.length > 0) throw invalid(faults);
  return windows;
}

/** Milliseconds. @throws Problem `assist-option-invalid` */
export function durationOf(text: string): number {
  const parsed = durationSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw invalid([{ where: '--for', what: parsed.error.issues[0]!.message }]);
}

function configText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Problem({
      code: 'config-unreadable',
      detail: `the configuration file ${file} cannot be read: ${messageOf(error)}`,
      advice: 'Check the path given with -c.',
      reaction: 'stop',
      cause: error,
    });
  }
}

function defined(keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

function valueAt(keys: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], keys);
}

function invalid(places: readonly ProblemPlace[]): Problem {
  return new Problem({
    code: 'assist-option-invalid',
    detail: `the assistant cannot begin: ${places.map(({ where, what }) => `${where} ${what}`).join('; ')}`,
    advice: 'gongfu-edge assist --help shows all options.',
    reaction: 'stop',
    places,
  });
}
