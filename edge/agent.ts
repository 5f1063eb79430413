import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { assistOnPage } from './assist-on-page.ts';
import { LmdbBuffer } from './buffer/lmdb-buffer.ts';
import { Collector } from './collector/collector.ts';
import type { CollectorSource } from './collector/collector-types.ts';
import { AllowList } from './commands/allow-list.ts';
import { Commands } from './commands/commands.ts';
import { CommandJournal } from './commands/journal.ts';
import type { AssistDesk } from './commissioning/assist-desk.ts';
import { assistPage } from './commissioning/assist-page.ts';
import { driverFolder, type EdgeConfig, journalFile, type UplinkConfig } from './config.ts';
import { fingerprintOfAll, type ReadConfiguration } from './configuration/configuration-reading.ts';
import type { ReloadReport } from './configuration/reload-report.ts';
import { Reloader } from './configuration/reloader.ts';
import { RemoteConfiguration } from './configuration/remote-configuration.ts';
import { RemoteStore } from './configuration/remote-store.ts';
import { keepReport } from './configuration/report-file.ts';
import { secretsOf } from './configuration-secrets.ts';
import { collectorSources, declarationsOf } from './declaration.ts';
import { refuseUnfinished } from './decommission/record.ts';
import { diskRoom } from './health/disk-room.ts';
import { Health } from './health/health.ts';
import { LocalPassword } from './health/local-password.ts';
import { localStatus } from './health/local-status.ts';
import type { LogMemory } from './health/log-memory.ts';
import type { StatusServer } from './health/status-server.ts';
import type { SourceConfig } from './source-config.ts';
import { CloudTrust } from './uplink/cloud-trust.ts';
import { Uplink } from './uplink/uplink.ts';
import { writeOnPage } from './write-on-page.ts';

export interface AgentOptions {
  readonly config: EdgeConfig;
  /** Reads the configuration anew, with the sources of another file in place of its own where one is given. @throws Problem with all that is wrong */
  readonly read: (sourcesFile?: string) => Promise<ReadConfiguration>;
  /** How the process that judges for the assistant's page is started. */
  readonly judgeCommand: readonly string[];
  readonly uplink: UplinkConfig;
  readonly version: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** What `log` has written, for the page to show. */
  readonly logMemory: LogMemory;
}

/**
 * The edge program, whole: everything is constructed here. Starts from the disk outwards (buffer, status page, uplink,
 * sources) and stops the other way round, so that the last samples still reach the disk.
 */
export class Agent implements Part {
  readonly #options: AgentOptions;
  readonly #buffer: LmdbBuffer;
  readonly #status: StatusServer;
  readonly #health: Health;
  readonly #reloader: Reloader;
  readonly #journal: CommandJournal;
  readonly #assist: AssistDesk;
  #commands: Commands | undefined;
  /** Absent where the gateway takes no configuration from the cloud. */
  readonly #remote: RemoteConfiguration | undefined;
  #uplink: Uplink | undefined;
  #collector: Collector | undefined;
  /** Of the tags that have one, by tag number: only the page needs them. */
  readonly #units = new Map<number, string>();
  /** Each source that is configured, as the collector runs it. */
  #sources: ReadonlyMap<SourceConfig, CollectorSource> = new Map();

  constructor(options: AgentOptions) {
    const { config, clock, log } = options;
    this.#options = options;
    this.#reloader = new Reloader({
      config,
      read: () => this.#read(),
      apply: (next) => this.#apply(next),
      onReport: (report) => this.#told(report),
      clock,
      log: log.child({ room: 'configuration' }),
    });
    this.#remote = config.remote?.configuration === true ? this.#makeRemote(config.remote.probation) : undefined;
    this.#buffer = new LmdbBuffer({
      folder: config.buffer.path,
      capacityBytes: config.buffer.maxBytes,
      clock,
      log: log.child({ room: 'buffer' }),
    });
    this.#journal = new CommandJournal({ file: journalFile(config), clock, log: log.child({ room: 'commands' }) });
    this.#health = new Health({
      gatewayName: config.gateway.name,
      configurationVersion: () => this.#reloader.version,
      reload: () => this.#reloader.report,
      program: options.version,
      clock,
      buffer: () => this.#buffer.state(),
      sources: () => this.#collector?.stats() ?? [],
      tags: (query) => this.#collector?.findTags(query) ?? { total: 0, tags: [] },
      unitOf: (tag) => this.#units.get(tag) ?? '',
      gaps: () => this.#buffer.recentGaps(),
      disk: () => diskRoom(config.buffer.path),
      uplink: () => ({
        ...(this.#uplink?.state ?? { state: 'stopped', detail: '' }),
        acknowledgementMs: this.#uplink?.acknowledgementMs ?? null,
      }),
    });
    this.#assist = this.#makeAssist();
    this.#status = this.#makeStatus();
    options.logMemory.hide(secretsOf(config.sources, options.uplink));
  }

  /** @throws Problem when folder or port cannot be had; an absent PLC or cloud is no reason not to start. */
  async start(): Promise<void> {
    try {
      refuseUnfinished(this.#options.config.buffer.path);
      this.#reloader.start();
      await this.#buffer.start();
      mkdirSync(driverFolder(this.#options.config), { recursive: true });
      await this.#status.start();
      await this.#beginRemote();
      const tags = await this.#declare(this.#reloader.sources);
      await this.#journal.start();
      this.#commands = this.#makeCommands();
      await this.#commands.start();
      this.#uplink = this.#makeUplink(tags, this.#commands);
      await this.#uplink.start();
      this.#collector = this.#makeCollector(this.#uplink);
      await this.#collector.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#remote?.stop();
    await this.#reloader.stop();
    await this.#assist.stop();
    await this.#commands?.stop();
    await this.#collector?.stop();
    await this.#uplink?.stop();
    await this.#status.stop();
    await this.#journal.stop();
    await this.#buffer.stop();
    this.#collector = undefined;
    this.#uplink = undefined;
    this.#commands = undefined;
  }

  /**
   * Reads the configuration anew. Sources that are as before lose no poll; the others stop and start. What is wrong, or
   * needs a restart, is refused whole. To be called between `start` and `stop`.
   */
  reload(): Promise<ReloadReport> {
    return this.#reloader.reload();
  }

  get statusUrl(): string | undefined {
    return this.#status.url;
  }

  async #read(): Promise<ReadConfiguration> {
    const { read } = this.#options;
    const own = await read();
    const file = this.#remote?.fileFor(fingerprintOfAll(own.sources));
    return file === undefined ? own : read(file);
  }

  /** With the version from the cloud that has proved itself, where there is one; where it cannot be read, with our own file. */
  async #beginRemote(): Promise<void> {
    await this.#remote?.start();
    if (this.#remote?.inUse === undefined) return;
    const { uplink, log, logMemory } = this.#options;
    try {
      this.#reloader.begin(await this.#read());
      logMemory.hide(secretsOf(this.#reloader.sources, uplink));
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'the configuration from the cloud cannot be read; our own file runs');
    }
  }

  /** What may fail comes first: once the tags are declared, sources follow whatever happens to them. */
  async #apply(sources: readonly SourceConfig[]): Promise<void> {
    const { uplink, logMemory } = this.#options;
    logMemory.hide(secretsOf(sources, uplink));
    const changed = sources.filter((source) => !this.#sources.has(source));
    await this.#uplink?.declare(await this.#declare(changed));
    this.#sources = new Map(sources.map((source) => [source, this.#sources.get(source)!]));
    // Between the old drivers and the new ones a number could mean another address.
    this.#commands?.suspend();
    const runs = [...this.#sources.values()];
    try {
      await this.#collector?.reconfigure(runs);
    } catch (error) {
      // Of those that changed nobody knows now to which address a number leads; the others run as before.
      this.#commands?.resume(new AllowList(runs, new Set(changed.map(({ name }) => name))));
      throw error;
    }
    this.#commands?.resume(new AllowList(runs));
  }

  /** Numbers the tags of sources that are new, durably. */
  async #declare(sources: readonly SourceConfig[]): Promise<TagDeclaration[]> {
    const tags = await this.#buffer.declare(declarationsOf(sources));
    for (const { number, unit } of tags) {
      if (unit !== '') this.#units.set(number, unit);
      else this.#units.delete(number);
    }
    const runs = collectorSources(sources, tags);
    this.#sources = new Map([...this.#sources, ...sources.map((source, i) => [source, runs[i]!] as const)]);
    return tags;
  }

  #told(report: ReloadReport): void {
    this.#uplink?.tellHealth();
    keepReport(this.#options.config.buffer.path, report, this.#options.log);
  }

  #makeStatus(): StatusServer {
    const { config, clock, log, logMemory } = this.#options;
    const { pages, ...writing } = writeOnPage({
      settings: config.commands,
      // Only the uplink knows who must approve.
      commands: () => (this.#uplink === undefined ? undefined : this.#commands),
      journal: this.#journal,
      driverOf: (source) => this.#collector?.driverOf(source),
      unitOf: (tag) => this.#units.get(tag) ?? '',
      clock,
      log: log.child({ room: 'commands' }),
    });
    return localStatus({
      ...config.status,
      password: new LocalPassword({ folder: config.buffer.path }),
      health: this.#health,
      logMemory,
      pages: [assistPage({ desk: this.#assist }), ...pages],
      ...writing,
      clock,
      log: log.child({ room: 'health' }),
      random: randomBytes,
    });
  }

  #makeAssist(): AssistDesk {
    const { config, judgeCommand, clock, random } = this.#options;
    return assistOnPage({
      gateway: config.gateway.name,
      sources: () => [...this.#sources.keys()],
      driverOf: (source) => this.#collector?.driverOf(source),
      reload: () => this.reload(),
      remoteVersion: () => this.#remote?.inUse,
      judgeCommand,
      clock,
      random,
    });
  }

  #makeCommands(): Commands {
    const { config, clock, log } = this.#options;
    return new Commands({
      enabled: config.commands?.enabled ?? false,
      allowList: new AllowList([...this.#sources.values()]),
      journal: this.#journal,
      driverOf: (source) => this.#collector?.driverOf(source),
      secondApprover: () => this.#uplink?.secondApprover,
      clock,
      log: log.child({ room: 'commands' }),
    });
  }

  #makeRemote(probationMs: number): RemoteConfiguration {
    const { config, clock, log } = this.#options;
    return new RemoteConfiguration({
      store: new RemoteStore({ bufferFolder: config.buffer.path }),
      reload: () => this.reload(),
      sources: () => this.#collector?.stats() ?? [],
      isCloudConnected: () => this.#uplink?.state.state === 'connected',
      probationMs,
      clock,
      log: log.child({ room: 'configuration' }),
    });
  }

  #makeUplink(tags: readonly TagDeclaration[], commands: Commands): Uplink {
    const { config, uplink, version, clock, random, log } = this.#options;
    return new Uplink({
      url: uplink.url,
      trust: new CloudTrust({
        url: uplink.url,
        caFile: uplink.ca,
        cloudKeys: uplink.cloudKeys,
        pinCloudKey: uplink.pinCloudKey,
      }),
      code: uplink.code,
      gatewayName: config.gateway.name,
      agentVersion: version,
      configurationVersion: () => this.#reloader.version,
      folder: config.buffer.path,
      buffer: this.#buffer,
      tags,
      heartbeat: () => this.#health.heartbeat(),
      commands,
      localWrites: config.commands?.local === true,
      configurations: this.#remote,
      clock,
      random,
      log: log.child({ room: 'uplink' }),
    });
  }

  #makeCollector(uplink: Uplink): Collector {
    const { config, clock, random, log } = this.#options;
    return new Collector({
      sources: [...this.#sources.values()],
      sink: async (blocks, gaps) => uplink.offer(await this.#buffer.append(blocks, gaps)),
      conditionSink: async (reports) => {
        const lost = await this.#buffer.conditions.append(reports);
        uplink.offerConditions();
        return lost;
      },
      clock,
      random,
      log: log.child({ room: 'collector' }),
      commitIntervalMs: config.buffer.commitInterval,
      dataFolder: driverFolder(config),
    });
  }
}
