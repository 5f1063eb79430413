import { readFileSync } from 'node:fs';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { durationSchema } from '@gongfu/shared/config/duration';
import type { Environment } from '@gongfu/shared/config/substitution';
import { gatewayNamePattern } from '@gongfu/shared/model/gateway-name';
import type { AssistFlags } from './assist-options.ts';
import { type DescribedSource, describedSource, optionInvalid, placeOf } from './commissioning/source-request.ts';
import { readEdgeConfig } from './config.ts';
import type { ModbusSource } from './drivers/modbus/config.ts';
import { rawSourceOf } from './tag-files/raw-source.ts';

export interface AssistedSource extends DescribedSource {
  readonly name: string;
  readonly gateway: string;
  /** What a person knows it by. */
  readonly place: string;
  readonly unitId: number;
}

/** The source the flags describe, or the one they name in a configuration. @throws Problem `assist-option-invalid`, and those of a configuration */
export function assistedSource(flags: AssistFlags, env: Environment): AssistedSource {
  const source =
    flags.config === undefined
      ? { name: flags.source ?? 'machine', gateway: 'gateway', ...describedSource(flags) }
      : configuredSource(flags.config, flags.source, env);
  const gateway = flags.gateway ?? source.gateway;
  if (!gatewayNamePattern.test(gateway))
    throw optionInvalid([{ where: '--gateway', what: `"${gateway}" cannot be the name of a gateway` }]);
  return { ...source, gateway, place: placeOf(source.settings), unitId: source.settings.unitId };
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

/** Milliseconds. @throws Problem `assist-option-invalid` */
export function durationOf(text: string): number {
  const parsed = durationSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw optionInvalid([{ where: '--for', what: parsed.error.issues[0]!.message }]);
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
