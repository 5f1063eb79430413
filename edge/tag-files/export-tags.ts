import { Problem } from '@gongfu/shared/base/problem';
import { nearestOf } from '@gongfu/shared/config/known-key';
import type { Environment } from '@gongfu/shared/config/substitution';
import { readEdgeConfig } from '../config.ts';
import { exportCsv } from './csv-export.ts';
import { rawSourceOf } from './raw-source.ts';

export interface ExportRequest {
  readonly file: string;
  readonly text: string;
  readonly env: Environment;
  /** May be left out where there is one source only. */
  readonly source: string | undefined;
}

/** @throws Problem `config-invalid`; `source-unknown` when the configuration has no such source, or several and none is named */
export function exportTags({ file, text, env, source }: ExportRequest): string {
  const names = readEdgeConfig(file, text, env).sources.map(({ name }) => name);
  const wanted = source ?? (names.length === 1 ? names[0] : undefined);
  const raw = wanted === undefined ? undefined : rawSourceOf(text, wanted);
  if (raw !== undefined) return exportCsv(raw);
  const nearest = source === undefined ? undefined : nearestOf(source, names);
  throw new Problem({
    code: 'source-unknown',
    detail: source === undefined ? `${file} has ${names.length} sources` : `${file} has no source named "${source}"`,
    advice: `Name one with --source: ${nearest ?? names.join(', ')}`,
    reaction: 'stop',
  });
}
