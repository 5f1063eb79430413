import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf } from '@gongfu/shared/base/problem';
import type { Sample } from '@gongfu/shared/model/sample';
import type { LiveKpi, LiveSample } from '@gongfu/shared/wire/live';
import type { LongText } from '../history/history-store.ts';
import type { KpiEngine } from '../kpi/kpi-engine.ts';
import { liveSample } from './live-sample.ts';

export interface LiveLastValues {
  newest(tag: number): Sample | LongText | undefined;
  /** Long texts too. */
  read(tags: readonly number[]): Promise<ReadonlyMap<number, Sample>>;
}

/** The newest of tags and assets as clients are told it. */
export class NewestValues {
  readonly #lastValues: LiveLastValues;
  readonly #kpiEngine: Pick<KpiEngine, 'live'>;
  readonly #log: Logger;

  constructor(options: { lastValues: LiveLastValues; kpiEngine: Pick<KpiEngine, 'live'>; log: Logger }) {
    this.#lastValues = options.lastValues;
    this.#kpiEngine = options.kpiEngine;
    this.#log = options.log;
  }

  sample(tag: number): LiveSample | LongText | undefined {
    const newest = this.#lastValues.newest(tag);
    return newest === undefined || 'characters' in newest ? newest : liveSample(tag, newest);
  }

  /** @throws Problem when the history cannot be asked now */
  async texts(tags: readonly number[]): Promise<LiveSample[]> {
    try {
      return [...(await this.#lastValues.read(tags))].map(([tag, sample]) => liveSample(tag, sample));
    } catch (error) {
      this.#log.warn(
        { error: messageOf(error) },
        'long texts could not be read for a live client, they are tried again',
      );
      throw error;
    }
  }

  kpi(tenantId: string, assetId: string): LiveKpi | undefined {
    const live = this.#kpiEngine.live(tenantId, assetId);
    if (live === undefined) return undefined;
    const { assetId: _, ...state } = live.state;
    return { assetId, kpi: live.kpi, state };
  }
}
