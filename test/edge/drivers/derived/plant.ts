import { silentLogger } from '@gongfu/shared/base/logger';
import type { Problem } from '@gongfu/shared/base/problem';
import { type Sample, sampleAt } from '@gongfu/shared/model/sample';
import type { Value } from '@gongfu/shared/model/value-type';
import type { Driver, DriverKind, SampleWriter } from '@gongfu/shared/sdk/driver';
import { expect } from 'chai';
import { Collector } from '#edge/collector/collector';
import type { CollectorSource, SourceStats } from '#edge/collector/collector-types';
import { readEdgeConfig } from '#edge/config';
import { collectorSources, declarationsOf } from '#edge/declaration';
import { ManualClock } from '../../collector/manual-clock.ts';

/** Sources `a` and `b` whose samples the test writes itself, and derived tags over them: the real collector, a clock told by hand. */
const inputs = `
  - name: a
    driver: opcua
    endpoint: opc.tcp://127.0.0.1
    interval: 1s
    tags:
      - { name: x, nodeId: i=1, type: float64 }
      - { name: y, nodeId: i=2, type: float64 }
      - { name: z, nodeId: i=3, type: float64 }
      - { name: wide, nodeId: i=4, type: int64 }
      - { name: count, nodeId: i=5, type: uint64 }
      - { name: on, nodeId: i=6, type: bool }
      - { name: state, nodeId: i=7, type: string }
      - { name: small, nodeId: i=8, type: float64, range: { min: 0, max: 10 } }
      - { name: "Temps[2]", nodeId: i=9, type: float64 }
      - { name: Line1.Speed, nodeId: i=10, type: float64 }
  - name: line 1
    driver: opcua
    endpoint: opc.tcp://127.0.0.1
    tags:
      - { name: 温度 1, nodeId: i=1, type: float64 }
`;

function configured(sources: string) {
  return readEdgeConfig('edge.yaml', `gateway: { name: gw }\nbuffer: { path: b }\nsources:${sources}`, {});
}

/** What `check` says of derived tags: each fault as `place what`. */
export function faultsOf(derived: string): string[] {
  try {
    configured(inputs + derived);
    return [];
  } catch (error) {
    return (error as Problem).places.map(({ where, what }) => `${where} ${what}`);
  }
}

export class Plant {
  readonly clock = new ManualClock();
  readonly #collector: Collector;
  readonly #numbers = new Map<string, number>();
  readonly #kinds = new Map<string, DriverKind<unknown, unknown>>();
  #text: string;
  readonly #writers = new Map<string, SampleWriter>();
  readonly #samples: Sample[] = [];

  /** `derived` are whole sources, YAML. */
  constructor(derived: string) {
    this.#text = inputs + derived;
    this.#collector = new Collector({
      sources: this.#sources(this.#text),
      conditionSink: async () => [],
      sink: async (blocks) => {
        for (const block of blocks)
          for (let row = 0; row < block.count; row += 1) this.#samples.push(sampleAt(block, row));
      },
      clock: this.clock,
      random: () => 0,
      log: silentLogger,
      commitIntervalMs: 1,
      dataFolder: '/nowhere',
    });
  }

  /** One derived tag `v` of a source `d`. */
  static of(expression: string, type = 'float64', more = ''): Plant {
    return new Plant(oneTag(expression, type, more));
  }

  async start(): Promise<this> {
    await this.#collector.start();
    return this;
  }

  /** As a reload of the configuration does it, with `from` replaced by `to` in it. */
  async change(from: string, to: string): Promise<void> {
    expect(this.#text).to.include(from);
    this.#text = this.#text.replace(from, to);
    const changed = this.#collector.reconfigure(this.#sources(this.#text));
    await this.clock.advance(0);
    await changed;
  }

  stop(): Promise<void> {
    const stopped = this.#collector.stop();
    return this.clock.advance(0).then(() => stopped);
  }

  /** Writes values of `a` by their names, or `source/tag`, all of one time and in one go. */
  write(values: Readonly<Record<string, Value>>, time: number, status = 0): void {
    for (const [name, value] of Object.entries(values)) {
      const path = name.includes('/') ? name : `a/${name}`;
      const writer = this.#writers.get(path.split('/')[0]!)!;
      const tag = this.#numbers.get(path)!;
      if (value === null) writer.bad(tag, time, status);
      else if (typeof value === 'bigint') writer.wide(tag, time, status, value);
      else if (typeof value === 'boolean') writer.boolean(tag, time, status, value);
      else if (typeof value === 'string') writer.text(tag, time, status, value);
      else writer.number(tag, time, status, value);
    }
  }

  alive(time: number): void {
    this.#writers.get('a')!.alive(time);
  }

  /** What is written settles; then all samples of the tag, `d/v` unless told. */
  async samples(path = 'd/v'): Promise<Sample[]> {
    await this.clock.advance(10);
    return this.#samples.filter(({ tag }) => tag === this.#numbers.get(path));
  }

  /** `[time, value, status]` of each. */
  async rows(path = 'd/v'): Promise<[number, Value, number][]> {
    return (await this.samples(path)).map(({ sourceTime, value, status }) => [sourceTime, value, status]);
  }

  health(): SourceStats {
    return this.#collector.stats().at(-1)!;
  }

  #sources(text: string): CollectorSource[] {
    const { sources } = configured(text);
    const tags = declarationsOf(sources).map((tag, place) => ({ ...tag, number: place + 1 }));
    for (const { source, name, number } of tags) this.#numbers.set(`${source}/${name}`, number);
    return collectorSources(sources, tags).map((source) => {
      if (source.kind.id === 'derived') return source;
      const kind = this.#kinds.get(source.name) ?? this.#byHand(source.kind);
      this.#kinds.set(source.name, kind);
      return { ...source, kind };
    });
  }

  #byHand(kind: DriverKind<unknown, unknown>): DriverKind<unknown, unknown> {
    const load = async () => (context: { sourceName: string; writer: SampleWriter }) => {
      this.#writers.set(context.sourceName, context.writer);
      return new Silent();
    };
    return { ...kind, load };
  }
}

export function oneTag(expression: string, type = 'float64', more = ''): string {
  const quoted = JSON.stringify(expression);
  return `  - { name: d, driver: derived, ${more} tags: [{ name: v, type: ${type}, expression: ${quoted} }] }\n`;
}

class Silent implements Driver {
  readonly groups = [];
  async start(): Promise<void> {}
  async poll(): Promise<void> {}
  async stop(): Promise<void> {}
  health(): ReturnType<Driver['health']> {
    return { state: 'connected', detail: '' };
  }
}
