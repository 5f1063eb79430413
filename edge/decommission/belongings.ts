import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A file this program keeps in its folder. */
export interface Belonging {
  /** Relative to the folder. */
  readonly path: string;
  readonly bytes: number;
  /** Whether it is overwritten before it is removed; the store of the samples may be gigabytes and holds no key. */
  readonly overwrite: boolean;
}

export interface Belongings {
  readonly files: readonly Belonging[];
  /** Folders, those inside before those around them. */
  readonly folders: readonly string[];
  /** What is there and nobody here has made. */
  readonly foreign: readonly string[];
  readonly isEmpty: boolean;
}

/** Of the decommissioning itself: removed last. */
export const recordName = 'decommission.json';
const lockName = 'buffer.lock';

/**
 * Everything the agent keeps below `buffer.path`. Whoever lets it keep something more writes it here: what is not known
 * is never erased, and a folder that holds such a thing is not decommissioned.
 */
const known: readonly { readonly name: RegExp; readonly overwrite: boolean }[] = [
  { name: /^identity\.json(\.draft)?$/, overwrite: true },
  { name: /^local-password\.json(\.draft)?$/, overwrite: true },
  // Certificates and keys of drivers, and whatever else belongs to this installation.
  { name: /^drivers$/, overwrite: true },
  // Versions from the cloud, and outcomes of reloads.
  { name: /^configuration$/, overwrite: true },
  // Who asked for what is nobody's business afterwards.
  { name: /^commands\.journal(\.draft|\.damaged-\d+)?$/, overwrite: true },
  { name: /^epoch(\.draft)?$/, overwrite: true },
  { name: /^buffer\.mdb(-lock)?$/, overwrite: false },
  // Of a process that was killed while it took the lock.
  { name: /^buffer\.lock\.[a-z\d.-]+$/, overwrite: false },
  { name: /^buffer\.mdb\.damaged-\d+(-lock)?$/, overwrite: false },
];
const bookkeeping = new Set([lockName, recordName, `${recordName}.draft`]);

/** All of the folder but lock and record of the decommissioning; nothing where there is no folder. */
export function belongingsOf(folder: string): Belongings {
  const found = { files: [] as Belonging[], folders: [] as string[], foreign: [] as string[] };
  for (const name of namesIn(folder)) {
    if (bookkeeping.has(name)) continue;
    const kind = known.find((one) => one.name.test(name));
    if (kind === undefined) found.foreign.push(name);
    else collect(folder, name, kind.overwrite, found);
  }
  return { ...found, isEmpty: found.files.length + found.folders.length + found.foreign.length === 0 };
}

function collect(
  folder: string,
  path: string,
  overwrite: boolean,
  found: { files: Belonging[]; folders: string[]; foreign: string[] },
): void {
  const file = join(folder, path);
  const status = lstatSync(file);
  if (status.isDirectory()) {
    for (const name of readdirSync(file).sort()) collect(folder, join(path, name), overwrite, found);
    found.folders.push(path);
  } else if (status.isFile()) found.files.push({ path, bytes: status.size, overwrite });
  // What a link leads to lies elsewhere and may belong to others.
  else found.foreign.push(status.isSymbolicLink() ? `${path} → ${readlinkSync(file)}` : path);
}

/** Names in the folder, sorted; none where there is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
