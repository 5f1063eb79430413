import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { loadConfig } from '@gongfu/shared/config/load';
import type { Environment } from '@gongfu/shared/config/substitution';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { EdgeConfig } from '../config.ts';
import { drivers } from '../drivers/registry.ts';
import { type SourceConfig, sourcesSchema } from '../source-config.ts';

const remoteSchema = z.strictObject({ sources: sourcesSchema });

/** What the text is called in the places of its faults: who wrote it knows of no file. */
const textName = 'configuration';

/**
 * The gateway's own configuration with sources that came from the cloud in place of its own. They may use no variable but
 * those the gateway's own file lists, hold no secret themselves, and change nothing that may be written: a source that is
 * written to, or that a write asks for leave, is either as in the gateway's own file or not there.
 * @throws Problem `config-invalid` with all that is wrong
 */
export function withRemoteSources(own: EdgeConfig, text: string, env: Environment): EdgeConfig {
  const lent = Object.fromEntries((own.remote?.variables ?? []).map((name) => [name, env[name]]));
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const whereOf: WhereOf = (...path) => {
    const node = document.getIn(path, true);
    const { line, col } = lines.linePos((isNode(node) ? node.range?.[0] : undefined) ?? 0);
    return `${textName}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const places = openSecrets(document, whereOf);
  let sources: readonly SourceConfig[] = [];
  try {
    ({ sources } = loadConfig({ file: textName, text, schema: remoteSchema, env: lent }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    places.unshift(...error.places);
  }
  places.push(...changedWrites(own.sources, sources, whereOf));
  if (places.length === 0) return { ...own, sources };
  throw new Problem({
    code: 'config-invalid',
    detail: `the configuration has ${places.length === 1 ? 'one fault' : `${places.length} faults`}`,
    advice: "Correct the places named. Variables must be listed under remote.variables in the gateway's own file.",
    reaction: 'drop',
    places,
  });
}

/** Line and column of what lies there in the text, as all other faults are told. */
type WhereOf = (...path: (string | number)[]) => string;

/** Secrets never travel: what stands in their place is a variable, whole. */
function openSecrets(document: Document, whereOf: WhereOf): ProblemPlace[] {
  if (document.errors.length > 0) return [];
  const { sources } = (document.toJS() ?? {}) as { sources?: unknown };
  if (!Array.isArray(sources)) return [];
  return (sources as unknown[]).flatMap((source, place) => {
    if (typeof source !== 'object' || source === null) return [];
    const { driver } = source as { driver?: unknown };
    const kind = Object.hasOwn(drivers, String(driver)) ? drivers[driver as keyof typeof drivers] : undefined;
    return Object.entries(source).flatMap(([key, value]) =>
      kind?.secrets?.includes(key) === true && !/^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(String(value))
        ? [
            {
              where: whereOf('sources', place, key),
              what: `sources[${place}].${key}: is a secret: write a variable in braces after a dollar sign, which the gateway resolves`,
            },
          ]
        : [],
    );
  });
}

/** The installer on the spot alone decides what may be written, through which source, and what is asked before. */
function changedWrites(
  own: readonly SourceConfig[],
  sources: readonly SourceConfig[],
  whereOf: WhereOf,
): ProblemPlace[] {
  const local = new Map(own.map((source) => [source.name, JSON.stringify(source)]));
  const guarded = new Set(
    sources.flatMap(({ name, tags }) =>
      tags.flatMap(({ write }) =>
        write === undefined ? [] : [name, ...write.interlocks.map(({ source }) => source ?? name)],
      ),
    ),
  );
  // What a derived tag is worked out of may be anything.
  const all = sources.some(({ name, driver }) => driver === 'derived' && guarded.has(name));
  return sources.flatMap((source, place) =>
    (all || guarded.has(source.name)) && local.get(source.name) !== JSON.stringify(source)
      ? [
          {
            where: whereOf('sources', place),
            what: `sources[${place}] has a tag with write, or one a write asks for leave: it can only be as in the gateway's own file`,
          },
        ]
      : [],
  );
}
