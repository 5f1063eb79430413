import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '@gongfu/shared/base/durable-file';
import { makeFolders } from '@gongfu/shared/base/folder';
import type { ConfigurationOffer, ConfigurationResult } from '@gongfu/shared/wire/configuration';

/** A version that came from the cloud. */
export interface RemoteVersion {
  readonly id: string;
  readonly number: number;
  /** What the gateway's own file said when this version took the place of its sources; null before it was read beside it. */
  readonly replaces: string | null;
}

export interface ToldResult extends ConfigurationResult {
  /** The cloud has it. */
  readonly told: boolean;
}

export interface RemoteState {
  /** Proved, and so what the next start begins with; null: the sources of the gateway's own file. */
  readonly inUse: RemoteVersion | null;
  /** Under trial. Found at a start, it was never proved. */
  readonly trial: RemoteVersion | null;
  /** Newest last. */
  readonly results: readonly ToldResult[];
}

const resultsKept = 20;
const nothing: RemoteState = { inUse: null, trial: null, results: [] };

/** Versions from the cloud on disk, in `configuration` beside the buffer. What a method was told is durable when it returns. */
export class RemoteStore {
  readonly #folder: string;
  #state = nothing;

  constructor(options: { bufferFolder: string }) {
    this.#folder = join(options.bufferFolder, 'configuration');
  }

  get state(): RemoteState {
    return this.#state;
  }

  /**
   * A damaged file is put aside and begun anew, as if no version had ever come; the answer is where it lies then, undefined
   * where nothing is wrong. @throws the system's error
   */
  open(nowMs: number): string | undefined {
    makeFolders(this.#folder);
    this.#state = nothing;
    if (!existsSync(this.#stateFile)) return undefined;
    const text = readFileSync(this.#stateFile, 'utf8');
    try {
      this.#state = { ...nothing, ...(JSON.parse(text) as Partial<RemoteState>) };
      return undefined;
    } catch {
      const aside = `${this.#stateFile}.damaged-${nowMs}`;
      renameSync(this.#stateFile, aside);
      return aside;
    }
  }

  /** The text first: a state never names a version that is not there. @throws the system's error; then nothing changed */
  begin({ id, number, text }: ConfigurationOffer): void {
    writeDurably(this.fileOf(id), text);
    this.#keep({ ...this.#state, trial: { id, number, replaces: null } });
  }

  /** @throws the system's error; then nothing changed */
  change(change: Partial<Pick<RemoteState, 'inUse' | 'trial'>>, result?: ConfigurationResult): void {
    const results = this.#state.results.filter(({ id }) => id !== result?.id);
    if (result !== undefined) results.push({ ...result, told: false });
    const before = this.#state;
    this.#keep({ ...before, ...change, results: results.slice(-resultsKept) });
    for (const version of [before.inUse, before.trial]) if (version !== null) this.#forget(version.id);
  }

  /** The cloud has this result, or shall hear it once more. */
  tell(id: string, told: boolean): void {
    const results = this.#state.results.map((result) => (result.id === id ? { ...result, told } : result));
    this.#keep({ ...this.#state, results });
  }

  fileOf(id: string): string {
    return join(this.#folder, `version-${id}.yaml`);
  }

  #keep(state: RemoteState): void {
    writeDurably(this.#stateFile, JSON.stringify(state));
    this.#state = state;
  }

  #forget(id: string): void {
    if (this.#state.inUse?.id !== id && this.#state.trial?.id !== id) rmSync(this.fileOf(id), { force: true });
  }

  get #stateFile(): string {
    return join(this.#folder, 'remote.json');
  }
}
