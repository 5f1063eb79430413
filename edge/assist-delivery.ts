import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { Environment } from '@gongfu/shared/config/substitution';
import { readEdgeConfig } from './config.ts';
import { mergedConfig, sourcesText } from './tag-files/config-merge.ts';
import type { ImportedSource } from './tag-files/imported.ts';
import { replaceFile } from './tag-files/tag-file.ts';

export interface Delivery {
  /** Configuration the source goes into; made where it is not there. */
  readonly file: string;
  /** Of a new configuration. */
  readonly gateway: string;
  readonly source: ImportedSource;
  readonly env: Environment;
}

/** Puts a source into a configuration that is found good before and after. @throws Problem `config-invalid`, `config-unwritable` */
export function deliverSource({ file, gateway, source, env }: Delivery): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (before !== undefined) readEdgeConfig(file, before, env);
  const fresh = `gateway: { name: ${JSON.stringify(gateway)} }\nbuffer: { path: ./${gateway}-data }\n\n`;
  const after = before === undefined ? `${fresh}${sourcesText([source])}` : mergedConfig(before, [source]);
  readEdgeConfig(file, after, env);
  try {
    if (before === undefined) writeFileSync(file, after, { mode: 0o600 });
    else if (before !== after) replaceFile(file, before, after);
  } catch (error) {
    throw new Problem({
      code: 'config-unwritable',
      detail: `${file} cannot be written: ${messageOf(error)}`,
      advice: 'Put the source into the file yourself, or let this user write the file and its folder.',
      reaction: 'stop',
      cause: error,
    });
  }
}
