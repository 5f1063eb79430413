import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import {
  type ConfigurationReceipt,
  type ConfigurationResult,
  configurationOfferSchema,
  configurationPlacesMax,
} from '@gongfu/shared/wire/configuration';
import type { ConfigurationDesk, ResultTeller } from './configuration-desk.ts';
import type { ReloadReport } from './reload-report.ts';
import type { RemoteStore, RemoteVersion } from './remote-store.ts';

export interface RemoteConfigurationOptions {
  readonly store: RemoteStore;
  /** Reads and applies what `fileFor` names by then. */
  readonly reload: () => Promise<ReloadReport>;
  /** Sources as they are now. */
  readonly sources: () => readonly { readonly name: string; readonly state: string }[];
  readonly isCloudConnected: () => boolean;
  /** Time a new version has to bring every source back. */
  readonly probationMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** After the disk has refused what came of a trial. */
const judgeAgainMs = 5_000;

/**
 * Versions from the cloud: each is durable, tried by a reload, and judged when its probation is over; one that does not bring
 * back what was connected before is rolled back. At every moment the disk names the version a start begins with, and that
 * is a proved one.
 */
export class RemoteConfiguration implements Part, ConfigurationDesk {
  readonly #options: RemoteConfigurationOptions;
  readonly #store: RemoteStore;
  #cancelJudgement: () => void = () => {};
  #tell: ResultTeller | undefined;
  #telling: Promise<void> = Promise.resolve();
  #running = false;

  constructor(options: RemoteConfigurationOptions) {
    this.#options = options;
    this.#store = options.store;
  }

  /** Number of the version that has proved itself and takes the place of the gateway's own sources. */
  get inUse(): number | undefined {
    return this.#store.state.inUse?.number;
  }

  /** To be called when the buffer's folder is this process's. @throws the system's error */
  async start(): Promise<void> {
    const { clock, log } = this.#options;
    const aside = this.#store.open(clock.now());
    if (aside !== undefined)
      log.error({ aside }, 'what is known of configurations from the cloud is damaged; our own file runs');
    this.#running = true;
    const { trial } = this.#store.state;
    if (trial === null) return;
    const detail = 'the agent ended before the version had proved itself; it began with the last one that had';
    this.#end(trial, { outcome: 'rolled-back', code: 'configuration-unproved', detail });
  }

  /** A version under trial stays one: the next start goes back to the one before. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelJudgement();
    this.closed();
  }

  /**
   * File with the sources to run in place of the gateway's own, of which `own` is the fingerprint; undefined: its own. Who
   * changed something last is right: a version stands back when the gateway's own file has changed since.
   */
  fileFor(own: string): string | undefined {
    const { trial, inUse } = this.#store.state;
    if (trial !== null && trial.replaces === null) this.#store.change({ trial: { ...trial, replaces: own } });
    else if (trial !== null && trial.replaces !== own) this.#stepBack(trial);
    else if (trial === null && inUse !== null && inUse.replaces !== own) this.#stepBack(inUse);
    const chosen = this.#store.state.trial ?? this.#store.state.inUse;
    return chosen === null ? undefined : this.#store.fileOf(chosen.id);
  }

  async receive(payload: unknown): Promise<ConfigurationReceipt> {
    const parsed = configurationOfferSchema.safeParse(payload);
    if (!parsed.success) return notReceived('payload-invalid', 'the configuration does not fit its schema');
    // Offered again at the next connection.
    if (!this.#running) return notReceived('configuration-busy', 'the gateway is being stopped');
    const { id, number } = parsed.data;
    const { trial, results } = this.#store.state;
    try {
      if (results.some((result) => result.id === id)) {
        this.#store.tell(id, false);
        this.#tellAll();
      } else if (trial !== null && trial.id !== id) {
        return notReceived('configuration-busy', `version ${trial.number} is still under trial`);
      } else if (trial === null) {
        this.#store.begin(parsed.data);
        this.#options.log.info({ number }, 'a configuration came from the cloud');
        this.#try(id).catch((error: unknown) => this.#unsettled(error));
      }
      return { received: true };
    } catch (error) {
      return notReceived('configuration-unkept', `the version could not be kept: ${messageOf(error)}`);
    }
  }

  opened(tell: ResultTeller): void {
    this.#tell = tell;
    this.#tellAll();
  }

  closed(): void {
    this.#tell = undefined;
  }

  async #try(id: string): Promise<void> {
    const { reload, sources, probationMs, log } = this.#options;
    const before = connectedOf(sources());
    const { problem } = await reload();
    const { trial } = this.#store.state;
    // Stopped meanwhile, the version was neither refused nor proved.
    if (trial?.id !== id || !this.#running) return;
    if (problem !== null) {
      const { code, detail, places } = problem;
      this.#end(trial, { outcome: 'refused', code, detail, places: [...places] });
      return;
    }
    log.info({ number: trial.number, probationMs }, 'a configuration from the cloud is under trial');
    this.#cancelJudgement();
    this.#judgeAfter(probationMs, id, before);
  }

  #judgeAfter(delayMs: number, id: string, before: ReadonlySet<string>): void {
    this.#cancelJudgement = this.#options.clock.after(delayMs, () => {
      this.#judge(id, before).catch((error: unknown) => {
        this.#unsettled(error);
        this.#judgeAfter(judgeAgainMs, id, before);
      });
    });
  }

  async #judge(id: string, before: ReadonlySet<string>): Promise<void> {
    const current = this.#store.state.trial;
    if (current?.id !== id) return;
    const missing = this.#missing(before);
    if (missing === undefined) {
      this.#end(current, { outcome: 'applied', code: '', detail: '' }, current);
      return;
    }
    // On disk first: a start in between begins with the good one too.
    this.#end(current, { outcome: 'rolled-back', code: 'configuration-unproved', detail: missing });
    const { problem } = await this.#options.reload();
    if (problem !== null) this.#options.log.error(problem, 'the configuration before could not be brought back');
  }

  /** What the version has not brought back; undefined when it has everything. */
  #missing(before: ReadonlySet<string>): string | undefined {
    const { sources, isCloudConnected, probationMs } = this.#options;
    const lost = sources().filter(({ name, state }) => before.has(name) && state !== 'connected');
    const faults = [
      ...lost.map(({ name, state }) => `source ${name} was connected before and is ${state}`),
      ...(isCloudConnected() ? [] : ['the cloud is not connected']),
    ];
    if (faults.length === 0) return undefined;
    return `after ${probationMs / 1000} s ${faults.join(', ')}`.slice(0, 2_000);
  }

  /** The disk refuses: the version stays under trial, and the next start goes back. */
  #unsettled(error: unknown): void {
    this.#options.log.error({ reason: messageOf(error) }, 'what became of a configuration could not be kept');
  }

  #stepBack(version: RemoteVersion): void {
    this.#cancelJudgement();
    const detail = "the sources in the gateway's own file were changed after this version came; that file runs";
    this.#end(version, { outcome: 'superseded', code: 'configuration-superseded', detail });
  }

  /** The version is settled: it is what runs from now on, or it is gone. */
  #end(
    version: RemoteVersion,
    result: Pick<ConfigurationResult, 'outcome' | 'code' | 'detail'> & Partial<Pick<ConfigurationResult, 'places'>>,
    inUse?: RemoteVersion,
  ): void {
    const { clock, log } = this.#options;
    const superseded = result.outcome === 'superseded' ? { inUse: null } : {};
    const places = (result.places ?? []).slice(0, configurationPlacesMax).map(({ where, what }) => ({
      where: where.slice(0, 500),
      what: what.slice(0, 2_000),
    }));
    this.#store.change(
      { ...superseded, ...(inUse === undefined ? {} : { inUse }), trial: null },
      { ...result, detail: result.detail.slice(0, 2_000), id: version.id, places, at: clock.now() },
    );
    const { outcome, code, detail } = result;
    const level = outcome === 'applied' ? 'info' : 'warn';
    log[level]({ number: version.number, outcome, code, detail }, `a configuration from the cloud: ${outcome}`);
    this.#tellAll();
  }

  /** One after the other; what finds no answer is told at the next connection. */
  #tellAll(): void {
    this.#telling = this.#telling
      .then(async () => {
        for (const { told, ...result } of this.#store.state.results) {
          if (told) continue;
          const receipt = await this.#tell?.(result);
          if (receipt === undefined) return;
          if (!receipt.received) this.#options.log.warn({ ...receipt, id: result.id }, 'the cloud takes no result');
          this.#store.tell(result.id, true);
        }
      })
      .catch((error: unknown) => {
        this.#options.log.warn({ error: messageOf(error) }, 'what became of a configuration could not be told yet');
      });
  }
}

function connectedOf(sources: readonly { readonly name: string; readonly state: string }[]): ReadonlySet<string> {
  return new Set(sources.filter(({ state }) => state === 'connected').map(({ name }) => name));
}

function notReceived(code: string, detail: string): ConfigurationReceipt {
  return { received: false, code, detail };
}
