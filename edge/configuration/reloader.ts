import type { Clock } from '@gongfu/shared/base/clock';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { EdgeConfig } from '../config.ts';
import { configurationVersion } from '../configuration-version.ts';
import type { SourceConfig } from '../source-config.ts';
import { fingerprintOf, type ReadConfiguration, unpackSource } from './configuration-reading.ts';
import { requireSameSettings } from './fixed-settings.ts';
import type { ReloadReport } from './reload-report.ts';

export interface ReloaderOptions {
  /** The configuration of the start. */
  readonly config: EdgeConfig;
  /** Reads it anew. @throws Problem with all that is wrong */
  readonly read: () => Promise<ReadConfiguration>;
  /** Lets the agent run it; sources that are as before are the same objects. A failure means that the old one still runs. */
  readonly apply: (sources: readonly SourceConfig[]) => Promise<void>;
  /** Hears every outcome. */
  readonly onReport: (report: ReloadReport) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Takes a new configuration whole or not at all; one at a time. What is refused leaves the old one running, and says why. */
export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #settings: Omit<EdgeConfig, 'sources'>;
  /** What runs now, by fingerprint. */
  #sources: ReadonlyMap<string, SourceConfig>;
  #version: string;
  #report: ReloadReport | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** Not begun yet: what the file says by then counts for everyone who asks meanwhile. */
  #waiting: Promise<ReloadReport> | undefined;
  #stopped = false;

  constructor(options: ReloaderOptions) {
    const { sources, ...settings } = options.config;
    this.#options = options;
    this.#settings = settings;
    this.#sources = new Map(sources.map((source) => [fingerprintOf(source), source]));
    this.#version = configurationVersion(options.config);
  }

  /** What runs now. */
  get sources(): readonly SourceConfig[] {
    return [...this.#sources.values()];
  }

  get version(): string {
    return this.#version;
  }

  get report(): ReloadReport | null {
    return this.#report;
  }

  start(): void {
    this.#stopped = false;
  }

  /** Never rejects. */
  reload(): Promise<ReloadReport> {
    if (this.#waiting !== undefined) return this.#waiting;
    const at = this.#options.clock.now();
    const waiting = this.#last.then(() => {
      this.#waiting = undefined;
      return this.#reload(at);
    });
    this.#waiting = waiting;
    this.#last = waiting;
    return waiting;
  }

  /** Begins with this one instead of the one of the start: nothing runs yet. */
  begin(read: ReadConfiguration): void {
    this.#sources = this.#unpacked(read);
    this.#version = read.version;
  }

  /** Resolves when no reload is under way; every other is refused until `start`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#last;
  }

  #unpacked({ sources }: ReadConfiguration): ReadonlyMap<string, SourceConfig> {
    return new Map(
      sources.map((packed) => [packed.fingerprint, this.#sources.get(packed.fingerprint) ?? unpackSource(packed)]),
    );
  }

  async #reload(at: number): Promise<ReloadReport> {
    const { read, apply, log, onReport } = this.#options;
    let problem: ReloadReport['problem'] = null;
    try {
      if (this.#stopped) throw new Error('the agent is being stopped');
      const next = await read();
      requireSameSettings(this.#settings, next.settings);
      const sources = this.#unpacked(next);
      await apply([...sources.values()]);
      this.#sources = sources;
      this.#version = next.version;
      log.info({ configurationVersion: this.#version }, 'the configuration was reloaded');
    } catch (error) {
      problem = problemOf(error);
      log.error(problem, `the configuration was not reloaded, the old one goes on: ${problem.detail}`);
    }
    const outcome = problem === null ? 'applied' : 'refused';
    this.#report = { outcome, at, configurationVersion: this.#version, problem };
    onReport(this.#report);
    return this.#report;
  }
}

function problemOf(error: unknown): NonNullable<ReloadReport['problem']> {
  if (error instanceof Problem) {
    const { code, message: detail, advice, places } = error;
    return { code, detail, advice, places };
  }
  return {
    code: 'reload-failed',
    detail: messageOf(error),
    advice: 'Report it; a restart reads the file too.',
    places: [],
  };
}
