import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CommandEntry, entryIn, lineOf } from './journal-entry.ts';

/** What the file says of each command, in the order they came; the last line of a command counts. */
export interface JournalContent {
  readonly entries: Map<string, CommandEntry>;
  readonly lines: number;
  /** Lines that are not what was written, the torn one at the end left out. */
  readonly damaged: number;
  /** The end is torn: what was being written when the power went, and was promised to nobody. */
  readonly torn: boolean;
}

/** Reads the whole file; also while an agent writes it. An absent one is empty. @throws the system's error */
export function readJournal(file: string): JournalContent {
  const entries = new Map<string, CommandEntry>();
  const texts = textOf(file).split('\n');
  const rest = texts.pop()!;
  let damaged = 0;
  for (const text of texts) {
    const entry = entryIn(text);
    if (entry !== undefined) entries.set(entry.id, entry);
    else {
      damaged += 1;
      // The damaged line may have said of any of these that bytes leave now: nobody may call it not sent.
      for (const open of entries.values())
        if (open.state === 'received') entries.set(open.id, { ...open, state: 'sending' });
    }
  }
  return { entries, lines: texts.length, damaged, torn: rest !== '' };
}

/** Lines that only grow; each call is durable when it resolves. */
export class JournalFile {
  readonly #file: string;
  #handle: FileHandle | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  async append(lines: string): Promise<void> {
    this.#handle ??= await this.#open();
    await this.#handle.appendFile(lines);
    await this.#handle.datasync();
  }

  /** Everything anew beside the old file, then in its place. */
  async replace(entries: Iterable<CommandEntry>): Promise<void> {
    await this.close();
    const draft = `${this.#file}.draft`;
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(Array.from(entries, lineOf).join(''));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, this.#file);
    syncFolder(this.#file);
  }

  /** Never throws: what was promised is on disk already. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#file, 'a', 0o600);
    syncFolder(this.#file);
    return handle;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function syncFolder(file: string): void {
  const handle = openSync(dirname(file), 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
