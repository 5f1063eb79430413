import { basename, extname } from 'node:path';
import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import type { Environment } from '@gongfu/shared/config/substitution';
import { createTwoFilesPatch } from 'diff';
import { readEdgeConfig } from '../config.ts';
import type { DriverId } from '../drivers/registry.ts';
import { mergedConfig, sourcesText } from './config-merge.ts';
import { importCsv } from './csv-import.ts';
import { fileText } from './file-text.ts';
import { fittedTo, otherDriver } from './fitted-source.ts';
import type { Imported, ImportedSource } from './imported.ts';
import { importKepware, isKepware } from './kepware-import.ts';
import { rawSourceOf } from './raw-source.ts';
import { withReach } from './source-reach.ts';
import { importTelegraf, isTelegraf } from './telegraf-import.ts';
import { importThingsboard, isThingsboard } from './thingsboard-import.ts';

export interface ImportRequest {
  /** As the user wrote it, for messages. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly driver: DriverId | undefined;
  /** Name of the source the tags of a table go into; the name of the file where it is not given. */
  readonly source: string | undefined;
  /** The configuration the tags are put into; without it the sources are written alone. */
  readonly config: { readonly file: string; readonly text: string; readonly env: Environment } | undefined;
}

export interface ImportResult {
  /** The sources as YAML; into a configuration, what changes there as a unified diff, '' where nothing does. */
  readonly shown: string;
  /** The whole configuration afterwards; undefined when there is none. */
  readonly merged: string | undefined;
  readonly warnings: readonly ProblemPlace[];
}

/** What stands in a new source for what a file of tags does not say: `check` asks for it. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the configuration
const open = { host: '${HOST}', endpoint: '${ENDPOINT}' } as const;

/** Whose tags stand in the file is told by the file itself. */
const foreignReaders = [
  { knows: isTelegraf, read: importTelegraf },
  { knows: isThingsboard, read: importThingsboard },
  { knows: isKepware, read: importKepware },
] as const;

/**
 * A file of tags as sources of our configuration.
 * @throws Problem `tag-file-unreadable`, `tag-file-invalid` with every place, `config-invalid` when the two do not fit together
 */
export function importTags(request: ImportRequest): ImportResult {
  const { config } = request;
  const { sources, warnings } = imported(request);
  if (config === undefined) return { shown: sourcesText(sources.map(reachable)), merged: undefined, warnings };
  const known = new Set(readEdgeConfig(config.file, config.text, config.env).sources.map(({ name }) => name));
  const merged = mergedConfig(
    config.text,
    sources.map((source) => (known.has(source.name) ? source : reachable(source))),
  );
  const { HOST = 'host', ENDPOINT = 'opc.tcp://host:4840' } = config.env;
  readEdgeConfig(`${config.file} with ${request.file}`, merged, { ...config.env, HOST, ENDPOINT });
  return { shown: diffOf(config.file, config.text, merged), merged, warnings };
}

function imported({ file, bytes, driver, source, config }: ImportRequest): Imported {
  const name = source ?? basename(file, extname(file));
  const text = fileText(file, bytes);
  const reader = foreignReaders.find(({ knows }) => knows(text));
  if (reader !== undefined) return fittedTo(config, chosen(reader.read({ file, text, name }), file, source));
  const there = config === undefined ? undefined : rawSourceOf(config.text, name);
  if (there !== undefined && driver !== undefined && there.driver !== driver) {
    throw otherDriver(name, there.driver, driver);
  }
  return importCsv({ file, text, driver: there?.driver ?? driver, source: name, keys: there?.keys ?? {} });
}

/** @throws Problem `source-unknown` when the file has several sources and none of this name */
function chosen({ sources, warnings }: Imported, file: string, name: string | undefined): Imported {
  if (name === undefined) return { sources, warnings };
  if (sources.length === 1) return { sources: [{ ...sources[0]!, name }], warnings };
  const names = sources.map((source) => source.name);
  const place = names.indexOf(name);
  if (place >= 0) return { sources: [sources[place]!], warnings };
  throw new Problem({
    code: 'source-unknown',
    detail: `${file} has ${names.length} sources and none named "${name}"`,
    advice: `Take all without --source, or name one of them: ${names.join(', ')}`,
    reaction: 'stop',
  });
}

function reachable(source: ImportedSource): ImportedSource {
  return { ...source, keys: withReach(source.driver, source.keys, open) };
}

function diffOf(file: string, before: string, after: string): string {
  return before === after ? '' : createTwoFilesPatch(file, file, before, after, 'as it is', 'as it will be');
}
