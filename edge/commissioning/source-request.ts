import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { issueWords } from '@gongfu/shared/config/issue-words';
import { parseAddress } from '../drivers/modbus/address.ts';
import { type ModbusSource, modbusSourceSchema } from '../drivers/modbus/config.ts';
import type { RegisterImage, RegisterWindow } from '../drivers/modbus/register-image.ts';
import type { ByteOrder } from '../drivers/modbus/value-layout.ts';

/** Where a person says the machine is, as it was typed. */
export interface SourceRequest {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly unit?: number | undefined;
  readonly serial?: string | undefined;
  readonly baud?: number | undefined;
  readonly parity?: string | undefined;
  readonly framing?: string | undefined;
  readonly timeout?: string | undefined;
  readonly registersMax?: number | undefined;
  readonly illegal?: readonly string[] | undefined;
}

export interface DescribedSource {
  readonly settings: ModbusSource;
  /** As they are to stand in the configuration. */
  readonly keys: Readonly<Record<string, unknown>>;
}

/** A source that can be read for the assistant. */
export interface OpenSource {
  readonly name: string;
  /** Whether the configuration does not have it yet. */
  readonly isNew: boolean;
  readonly place: string;
  readonly unitId: number;
  /** As they are to stand in the configuration. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** Of tags that have none of their own. */
  readonly byteOrder: ByteOrder;
  /** Of each tag, beside its own. */
  readonly tagKeys: Readonly<Record<string, unknown>>;
  start(): Promise<void>;
  /** Reads all windows once. @throws Problem `assist-source-silent` */
  take(): Promise<RegisterImage>;
  stop(): Promise<void>;
}

/** Registers a person can ask for at once; beyond it each answer would be waited for. */
export const registersMax = 1_000;

/** @throws Problem `assist-option-invalid` with all that is wrong */
export function describedSource(request: SourceRequest): DescribedSource {
  const { host, port, unit, serial, baud, parity, framing, timeout, illegal } = request;
  const line = defined({ path: serial, baudRate: baud, parity });
  const keys = defined({
    host,
    port,
    serial: Object.keys(line).length === 0 ? undefined : line,
    unitId: unit,
    framing,
    timeout,
    registersPerRequestMax: request.registersMax,
    illegal,
  });
  const parsed = modbusSourceSchema.safeParse(keys);
  if (parsed.success) return { settings: parsed.data, keys };
  throw optionInvalid(
    parsed.error.issues.map((issue) => ({
      where: issue.path.join('.'),
      what: issueWords(issue, valueAt(keys, issue.path)),
    })),
  );
}

/** @throws Problem `assist-option-invalid` with all that is wrong */
export function windowsFrom({ from, count }: { from: readonly string[]; count: number }): RegisterWindow[] {
  const faults: ProblemPlace[] = [];
  const windows = from.flatMap((text): RegisterWindow[] => {
    const address = parseAddress(text);
    if (typeof address !== 'string')
      return [{ area: address.area, start: address.register, count: Math.min(count, 65_536 - address.register) }];
    faults.push({ where: 'from', what: address });
    return [];
  });
  if (from.length === 0) faults.push({ where: 'from', what: 'needs an address, as holding:0' });
  if (!(Number.isInteger(count) && count >= 1 && count * from.length <= registersMax)) {
    faults.push({ where: 'count', what: `must make 1 to ${registersMax} registers together` });
  }
  if (faults.length > 0) throw optionInvalid(faults);
  return windows;
}

/** What a person knows a source by: `10.0.0.11:502` or `/dev/ttyUSB0`. */
export function placeOf({ host, port, serial, listen }: ModbusSource): string {
  return serial?.path ?? (listen === undefined ? `${host}:${port}` : `${listen.host}:${listen.port}`);
}

export function optionInvalid(places: readonly ProblemPlace[]): Problem {
  return new Problem({
    code: 'assist-option-invalid',
    detail: `the assistant cannot begin: ${places.map(({ where, what }) => `${where} ${what}`).join('; ')}`,
    advice: 'Correct what is named; gongfu-edge assist --help shows all there is.',
    reaction: 'stop',
    places,
  });
}

function defined(keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

function valueAt(keys: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], keys);
}
