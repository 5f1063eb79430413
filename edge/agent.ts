import { mkdirSync } from 'node:fs';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { LmdbBuffer } from './buffer/lmdb-buffer.ts';
import { Collector } from './collector/collector.ts';
import { driverFolder, type EdgeConfig, type UplinkConfig } from './config.ts';
import { configurationVersion } from './configuration-version.ts';
import { collectorSources, declarationsOf } from './declaration.ts';
import { refuseUnfinished } from './decommission/record.ts';
import { Health } from './health/health.ts';
import { StatusPage } from './health/status-page.ts';
import { CloudTrust } from './uplink/cloud-trust.ts';
import { Uplink } from './uplink/uplink.ts';

export interface AgentOptions {
  readonly config: EdgeConfig;
  readonly uplink: UplinkConfig;
  readonly version: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * The edge program, whole: everything is constructed here. Starts from the disk outwards (buffer, status page, uplink,
 * sources) and stops the other way round, so that the last samples still reach the disk.
 */
export class Agent implements Part {
  readonly #options: AgentOptions;
  readonly #buffer: LmdbBuffer;
  readonly #status: StatusPage;
  readonly #health: Health;
  #uplink: Uplink | undefined;
  #collector: Collector | undefined;

  constructor(options: AgentOptions) {
    const { config, clock, log } = options;
    this.#options = options;
    this.#buffer = new LmdbBuffer({
      folder: config.buffer.path,
      capacityBytes: config.buffer.maxBytes,
      clock,
      log: log.child({ room: 'buffer' }),
    });
    this.#health = new Health({
      gatewayName: config.gateway.name,
      configurationVersion: configurationVersion(config),
      clock,
      buffer: () => this.#buffer.state(),
      sources: () => this.#collector?.stats() ?? [],
      lastValues: () => this.#collector?.lastValues() ?? [],
      uplink: () => ({
        ...(this.#uplink?.state ?? { state: 'stopped', detail: '' }),
        acknowledgementMs: this.#uplink?.acknowledgementMs ?? null,
      }),
    });
    this.#status = new StatusPage({ ...config.status, health: this.#health });
  }

  /** @throws Problem when folder or port cannot be had; an absent PLC or cloud is no reason not to start. */
  async start(): Promise<void> {
    try {
      refuseUnfinished(this.#options.config.buffer.path);
      await this.#buffer.start();
      mkdirSync(driverFolder(this.#options.config), { recursive: true });
      await this.#status.start();
      const tags = await this.#buffer.declare(declarationsOf(this.#options.config.sources));
      this.#uplink = this.#makeUplink(tags);
      await this.#uplink.start();
      this.#collector = this.#makeCollector(tags, this.#uplink);
      await this.#collector.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#collector?.stop();
    await this.#uplink?.stop();
    await this.#status.stop();
    await this.#buffer.stop();
    this.#collector = undefined;
    this.#uplink = undefined;
  }

  get statusUrl(): string | undefined {
    return this.#status.url;
  }

  #makeUplink(tags: Awaited<ReturnType<LmdbBuffer['declare']>>): Uplink {
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
      configurationVersion: configurationVersion(config),
      folder: config.buffer.path,
      buffer: this.#buffer,
      tags,
      heartbeat: () => this.#health.heartbeat(),
      clock,
      random,
      log: log.child({ room: 'uplink' }),
    });
  }

  #makeCollector(tags: Awaited<ReturnType<LmdbBuffer['declare']>>, uplink: Uplink): Collector {
    const { config, clock, random, log } = this.#options;
    return new Collector({
      sources: collectorSources(config.sources, tags),
      sink: async (blocks, gaps) => uplink.offer(await this.#buffer.append(blocks, gaps)),
      clock,
      random,
      log: log.child({ room: 'collector' }),
      commitIntervalMs: config.buffer.commitInterval,
      dataFolder: driverFolder(config),
    });
  }
}
