import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { buffer as bytesOf, text as textOf } from 'node:stream/consumers';
import { deserialize, serialize } from 'node:v8';
import { Problem } from '@gongfu/shared/base/problem';
import type { EdgeConfig } from '../config.ts';
import { configurationVersion } from '../configuration-version.ts';
import type { SourceConfig } from '../source-config.ts';

/** A source that was read, still packed: most are as before and need not be unpacked. */
interface PackedSource {
  /** Equal for sources that say the same. */
  readonly fingerprint: string;
  readonly bytes: Uint8Array;
}

/** A configuration read by another process. */
export interface ReadConfiguration {
  readonly version: string;
  readonly settings: Omit<EdgeConfig, 'sources'>;
  readonly sources: readonly PackedSource[];
}

type Reading = { readonly read: ReadConfiguration } | { readonly refused: RefusalFields };
type RefusalFields = Pick<Problem, 'code' | 'message' | 'advice' | 'places'>;

export function fingerprintOf(source: SourceConfig): string {
  return createHash('sha256').update(JSON.stringify(source)).digest('base64');
}

/** Equal for configurations whose sources say the same, in the same order. */
export function fingerprintOfAll(sources: readonly { readonly fingerprint: string }[]): string {
  return createHash('sha256')
    .update(sources.map(({ fingerprint }) => fingerprint).join())
    .digest('base64');
}

export function unpackSource({ bytes }: PackedSource): SourceConfig {
  return deserialize(bytes) as SourceConfig;
}

/** What the reading process writes to its standard output. `read` may throw a Problem: that is packed as well. */
export function packReading(read: () => EdgeConfig): Uint8Array {
  return serialize(readingOf(read));
}

/** Ten times what a hundred thousand tags take: a file on a share that hangs must not keep the agent from stopping. */
const readWithinMs = 120_000;

/**
 * Lets another process of this program read and judge a configuration: of ten thousand tags that takes a second, in which
 * here every poll would wait. Its secrets come back through the pipe. @throws Problem with all that is wrong
 */
export async function readApart(command: readonly string[], withinMs = readWithinMs): Promise<ReadConfiguration> {
  const [program, ...parameters] = command;
  const late = AbortSignal.timeout(withinMs);
  const child = spawn(program!, parameters, { stdio: ['ignore', 'pipe', 'pipe'], signal: late, killSignal: 'SIGKILL' });
  const failed = new Promise<never>((_, reject) => {
    child.on('error', (error) => {
      reject(late.aborted ? new Error(`the configuration could not be read within ${withinMs / 1000} s`) : error);
    });
  });
  const [bytes, errors] = await Promise.race([Promise.all([bytesOf(child.stdout), textOf(child.stderr)]), failed]);
  if (bytes.length === 0) throw new Error(`the configuration could not be read: ${errors.trim().slice(0, 500)}`);
  const reading = deserialize(bytes) as Reading;
  if ('read' in reading) return reading.read;
  const { message: detail, ...fields } = reading.refused;
  throw new Problem({ ...fields, detail, reaction: 'drop' });
}

function readingOf(read: () => EdgeConfig): Reading {
  try {
    const config = read();
    const { sources, ...settings } = config;
    const packed = sources.map((source) => ({ fingerprint: fingerprintOf(source), bytes: serialize(source) }));
    return { read: { version: configurationVersion(config), settings, sources: packed } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, message, advice, places } = error;
    return { refused: { code, message, advice, places } };
  }
}
