import type { ConfigurationState } from '@gongfu/shared/model/configuration-state';
import { parse } from 'yaml';

export interface Place {
  readonly where: string;
  readonly what: string;
}

/** A version without its text, as the list of them has it. Times are ISO 8601 text. */
export interface ConfigurationVersion {
  readonly number: number;
  readonly state: ConfigurationState;
  readonly note: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly receivedAt: string | null;
  readonly endedAt: string | null;
  readonly result: {
    readonly code: string;
    readonly detail: string;
    readonly places: readonly Place[];
    readonly at: string;
  } | null;
}

export interface ConfigurationText extends ConfigurationVersion {
  readonly text: string;
}

export interface ConfigurationList {
  /** `takes`: null while it is not connected. */
  readonly gateway: { readonly name: string; readonly takes: boolean | null };
  /** Newest first. */
  readonly items: readonly ConfigurationVersion[];
}

/** A fault and where it lies in the text; without a line where it was told otherwise. */
export interface TextFault {
  readonly line: number | undefined;
  readonly column: number;
  readonly what: string;
}

/** Where the cloud and a gateway say it, `configuration:3:7` is line and column of the text. */
export function textFaults(places: readonly Place[]): TextFault[] {
  return places.map(({ where, what }) => {
    const [, line, column] = /^configuration:(\d+):(\d+)$/.exec(where) ?? [];
    return line === undefined
      ? { line: undefined, column: 1, what: `${where} ${what}` }
      : { line: Number(line), column: Number(column), what };
  });
}

/**
 * The version that runs as far as the gateway has told: the newest it accepted, unless its own file has taken its place since.
 * `versions`: newest first.
 */
export function runningVersion(versions: readonly ConfigurationVersion[]): ConfigurationVersion | undefined {
  const last = versions.find(({ state }) => state === 'applied' || state === 'superseded');
  return last?.state === 'applied' ? last : undefined;
}

/** Names of the sources a text holds; undefined where it is no such text. */
export function sourceNames(text: string): string[] | undefined {
  try {
    const { sources } = parse(text) as { sources: { name: unknown }[] };
    return sources.map(({ name }) => String(name));
  } catch {
    return undefined;
  }
}
