import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { CloudTrust } from '#edge/uplink/cloud-trust';
import { Uplink, type UplinkOptions } from '#edge/uplink/uplink';
import { EdgeCloud } from '#test/kit/edge-cloud';
import { temporaryFolder } from '#test/kit/folders';
import { until } from '#test/kit/until';

export function declared(number: number, keys: Partial<TagDeclaration> = {}): TagDeclaration {
  const identity = { number, source: 's', name: `t${number}`, type: 'float64', scaled: false } as const;
  return { ...identity, unit: '', description: '', maxSilentMs: 1000, ...keys };
}

/** An uplink with a real buffer before it and the kit's end of the wire behind it. */
export class UplinkStage {
  #place: ReturnType<typeof temporaryFolder> | undefined;
  #buffer: LmdbBuffer | undefined;
  cloud = new EdgeCloud();
  uplink!: Uplink;

  get folder(): string {
    return this.#place!.folder;
  }

  get buffer(): LmdbBuffer {
    return this.#buffer!;
  }

  /** All but the uplink is started. */
  async start(options: Partial<UplinkOptions> = {}): Promise<void> {
    this.#place = temporaryFolder();
    const { folder } = this;
    this.#buffer = new LmdbBuffer({ folder, capacityBytes: 64 * 2 ** 20, clock: systemClock, log: silentLogger });
    await this.#buffer.start();
    this.cloud = new EdgeCloud();
    await this.cloud.start();
    this.uplink = this.make(options);
  }

  /** One more, in place of the one before, which is to be stopped by then. */
  make(options: Partial<UplinkOptions> = {}): Uplink {
    const { cloud, folder, buffer } = this;
    return new Uplink({
      url: cloud.url,
      trust: new CloudTrust({ url: cloud.url, caFile: undefined, cloudKeys: [], pinCloudKey: true }),
      code: 'ABCD-EFGH',
      gatewayName: 'gw-1',
      agentVersion: '0.1.0',
      configurationVersion: () => '3f2a',
      folder,
      buffer,
      tags: [declared(1)],
      heartbeat: () => ({
        ...{
          backlogBatches: 0,
          backlogBytes: 0,
          capacityBytes: 1,
          oldestTime: null,
          samplesPerSecond: 0,
          gapsTotal: 0,
        },
        sources: [],
      }),
      clock: systemClock,
      random: () => 0.1,
      log: silentLogger,
      answerTimeoutMs: 300,
      refusedRetryMs: 50,
      ...options,
    });
  }

  connected(): Promise<void> {
    return until(() => this.uplink.state.state === 'connected');
  }

  async stop(): Promise<void> {
    await this.uplink.stop();
    await this.cloud.stop();
    await this.buffer.stop();
    this.#place!.remove();
  }
}
