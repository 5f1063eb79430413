import { copyFileSync } from 'node:fs';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { type CommandEntry, lineOf } from './journal-entry.ts';
import { JournalFile, readJournal } from './journal-file.ts';

export interface JournalOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** 10,000 unless told. */
  readonly entriesMax?: number;
}

const entriesMaxDefault = 10_000;
/** How long an id is remembered once its result is known to the cloud. */
const rememberedMs = 30 * 86_400_000;
/** Superseded lines the file may have before it is written anew. */
const staleLinesMax = 2_000;

/** What is known of every command of the last 30 days, on disk before anything is done with it. */
export class CommandJournal implements Part {
  readonly #options: JournalOptions;
  readonly #file: JournalFile;
  #entries = new Map<string, CommandEntry>();
  #lines = 0;
  /** The end of the file may be torn. */
  #doubtful = false;
  /** Entries whose lines wait for the next write to the disk; calls made while one is under way share the next. */
  #waiting: CommandEntry[] = [];
  #tail: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#file = new JournalFile(options.file);
  }

  /** @throws Problem `command-journal-unreadable` */
  async start(): Promise<void> {
    const { file, clock, log } = this.#options;
    try {
      const { entries, lines, damaged, torn } = readJournal(file);
      this.#entries = entries;
      this.#lines = lines;
      if (damaged > 0) {
        const aside = `${file}.damaged-${clock.now()}`;
        copyFileSync(file, aside);
        log.error(
          { aside, damaged },
          'lines of the command journal are damaged; a copy is kept, the other lines count',
        );
      }
      // A torn end must not run into the next line.
      if (torn || damaged > 0) await this.#rewrite();
    } catch (error) {
      throw unreadable(file, error);
    }
  }

  async stop(): Promise<void> {
    await this.#tail.catch(() => undefined);
    await this.#file.close();
  }

  get(id: string): CommandEntry | undefined {
    return this.#entries.get(id);
  }

  /** In the order they came. */
  entries(): readonly CommandEntry[] {
    return [...this.#entries.values()];
  }

  /** False while nothing may be forgotten: then no new command can be taken. */
  hasRoom(): boolean {
    this.#forget();
    return this.#entries.size < (this.#options.entriesMax ?? entriesMaxDefault);
  }

  /** Resolves when the entry is durable. @throws Problem `command-journal-failed`; the entry counts in memory all the same */
  write(entry: CommandEntry): Promise<void> {
    this.#entries.set(entry.id, entry);
    this.#waiting.push(entry);
    this.#next ??= this.#tail.then(() => this.#flush());
    this.#tail = this.#next.catch(() => undefined);
    return this.#next;
  }

  /** Nothing was promised of it: its line may be on disk or not. */
  drop(id: string): void {
    this.#entries.delete(id);
  }

  async #flush(): Promise<void> {
    const entries = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    try {
      if (this.#doubtful || this.#lines > 2 * this.#entries.size + staleLinesMax) await this.#rewrite();
      else await this.#file.append(entries.map(lineOf).join(''));
      this.#lines += entries.length;
    } catch (error) {
      this.#options.log.warn(
        { error: messageOf(error) },
        'the command journal could not be written; it is written anew',
      );
      this.#doubtful = true;
      // After a failed sync the file may look whole and not be: what counts goes to another one.
      await this.#rewrite().catch((cause: unknown) => {
        throw failed(this.#options.file, cause);
      });
    }
  }

  async #rewrite(): Promise<void> {
    this.#forget();
    await this.#file.replace(this.#entries.values());
    this.#doubtful = false;
    this.#lines = this.#entries.size;
  }

  /**
   * The oldest first, and only what the cloud knows or never asked for: ids for 30 days, as long as there is room; one that could
   * still be written, never.
   */
  #forget(): void {
    const { clock, entriesMax = entriesMaxDefault } = this.#options;
    const now = clock.now();
    const before = now - rememberedMs;
    for (const { id, state, told, local, receivedAt, expiresAt } of this.#entries.values()) {
      if (state !== 'done' || !(told || local === true) || expiresAt > now) continue;
      if (receivedAt >= before && this.#entries.size < entriesMax) return;
      this.#entries.delete(id);
    }
  }
}

function unreadable(file: string, cause: unknown): Problem {
  return new Problem({
    code: 'command-journal-unreadable',
    detail: `the command journal ${file} cannot be read or written: ${messageOf(cause)}`,
    advice:
      'Give this user the right to the file and its folder. Without it nobody could tell what was written already.',
    reaction: 'stop',
    cause,
  });
}

function failed(file: string, cause: unknown): Problem {
  return new Problem({
    code: 'command-journal-failed',
    detail: `the command journal ${file} cannot be written: ${messageOf(cause)}`,
    advice: 'Make room on the disk; until then no command is taken.',
    reaction: 'retry',
    cause,
  });
}
