import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutFolder } from './source-tree.ts';

/** What the last stage of an image says of itself, and every file its stages take from the checkout. */
export interface Dockerfile {
  readonly user: string | undefined;
  readonly port: string | undefined;
  readonly volume: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Entry point and command together. */
  readonly command: readonly string[];
  readonly healthcheck: readonly string[] | undefined;
  /** Sources of COPY from the checkout. */
  readonly copied: readonly string[];
  /** Sources of COPY from what the stage `build` has made, by their path in the checkout. */
  readonly built: readonly string[];
}

/** Reads the few instructions ours use; `file` is its path in the checkout. */
export function dockerfileOf(file: string): Dockerfile {
  const lines = readFileSync(join(checkoutFolder, file), 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const instruction = (name: string) => last.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const list = (json: string | undefined) => (json === undefined ? [] : (JSON.parse(json) as string[]));
  const check = instruction('HEALTHCHECK');
  const copies = lines.filter((line) => line.startsWith('COPY ')).map((line) => line.split(' ').slice(1));
  return {
    user: instruction('USER'),
    port: instruction('EXPOSE'),
    volume: list(instruction('VOLUME'))[0],
    env: Object.fromEntries((instruction('ENV') ?? '').split(' ').map((one) => one.split('=') as [string, string])),
    command: [...list(instruction('ENTRYPOINT')), ...list(instruction('CMD'))],
    healthcheck: check === undefined ? undefined : list(check.slice(check.indexOf('CMD ') + 4)),
    copied: copies.filter(([first]) => !first!.startsWith('--from')).flatMap((words) => words.slice(0, -1)),
    built: copies.filter(([first]) => first === '--from=build').map(([, source]) => source!.replace(/^\/src\//, '')),
  };
}
