import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { type GapRecord, type Sample, sampleAt } from '@gongfu/shared/model/sample';
import { Collector } from '#edge/collector/collector';
import type { SourceStats } from '#edge/collector/collector-types';
import { readEdgeConfig } from '#edge/config';
import { collectorSources, declarationsOf } from '#edge/declaration';

/** What a configuration's sources bring, as it would go to the buffer: the whole way from the file to the columns. */
export class Collected {
  readonly gaps: GapRecord[] = [];
  readonly #samples = new Map<number, Sample[]>();
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #collector: Collector;
  readonly #folder: string;

  /** `sources` is that part of the file, YAML. */
  constructor(sources: string) {
    const text = `gateway: { name: gw }\nbuffer: { path: unused }\nsources:\n${sources}`;
    const config = readEdgeConfig('edge.yaml', text, {});
    const tags = declarationsOf(config.sources).map((tag, place) => ({ ...tag, number: place + 1 }));
    this.#numbers = new Map(tags.map(({ source, name, number }) => [`${source}/${name}`, number]));
    this.#folder = mkdtempSync(join(tmpdir(), 'gongfu-collected-'));
    this.#collector = new Collector({
      sources: collectorSources(config.sources, tags),
      conditionSink: async () => [],
      sink: async (blocks, gaps) => {
        this.gaps.push(...gaps);
        for (const block of blocks) for (let row = 0; row < block.count; row += 1) this.#keep(sampleAt(block, row));
      },
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      commitIntervalMs: 20,
      dataFolder: this.#folder,
    });
  }

  start(): Promise<void> {
    return this.#collector.start();
  }

  async stop(): Promise<void> {
    await this.#collector.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  stats(): SourceStats[] {
    return this.#collector.stats();
  }

  /** Samples of `source/tag`, as they were written. */
  of(path: string): readonly Sample[] {
    return this.#samples.get(this.#numbers.get(path)!) ?? [];
  }

  #keep(sample: Sample): void {
    const kept = this.#samples.get(sample.tag);
    if (kept === undefined) this.#samples.set(sample.tag, [sample]);
    else kept.push(sample);
  }
}
