import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import type { CollectorTag } from '#edge/collector/collector-types';
import { SampleColumns } from '#edge/collector/sample-columns';
import { SourceWriter } from '#edge/collector/source-writer';
import { TagTable } from '#edge/collector/tag-table';
import { readEdgeConfig } from '#edge/config';
import { compileDecoders } from '#edge/drivers/modbus/decode';
import { modbusKind } from '#edge/drivers/modbus/kind';
import { type PlannedTag, planGroups } from '#edge/drivers/modbus/plan';
import { round } from './process-meter.ts';

const kinds: Readonly<Record<string, string>> = {
  uint16: 'type: uint16',
  swapped: 'type: float32, byteOrder: CDAB',
  scaled: 'type: int32, scale: 0.01, deadband: 0.5',
  ranged:
    'type: uint16, range: { min: 0, max: 10, outside: clamp }, rawRange: { min: 4000, max: 20000, faultBelow: 3600 }',
  decimal: 'type: bcd32',
  float16: 'type: float16',
  wide: 'type: int64',
  bit: 'type: bool',
  text: 'type: string, length: 16, encoding: gb18030',
};

/** From the bytes of replies to columns for the buffer, on one core: Modbus decoding, range, thinning. No network, no disk. */
export function decodeBench(options: { tags: number; samples: number }): object {
  return Object.fromEntries(Object.entries(kinds).map(([name, keys]) => [name, measured(keys, options)]));
}

function measured(keys: string, { tags, samples }: { tags: number; samples: number }): object {
  const poll = pollOf(keys, tags);
  // Until the compiler has seen enough of it; the columns have then grown to their size.
  for (let i = 0; i < 200; i += 1) poll();
  const polls = Math.ceil(samples / tags);
  const growths: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let i = 0; i < polls; i += 1) {
    const heapBefore = process.memoryUsage().heapUsed;
    poll();
    growths.push(process.memoryUsage().heapUsed - heapBefore);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuNs = ((user + system) * 1000) / (polls * tags);
  return {
    cpuNanosecondsPerSample: round(cpuNs, 1),
    /** Of one core, at 100,000 samples a second. */
    corePercentAt100k: round(cpuNs / 100, 2),
    /** Of the middle poll: nearly all end without a collection of garbage. */
    heapBytesPerSample: round(growths.sort((a, b) => a - b)[polls >> 1]! / tags, 2),
  };
}

/** One poll of so many tags, answered from memory, up to the columns. */
function pollOf(keys: string, count: number): () => void {
  const text = `gateway: { name: bench }
buffer: { path: b }
sources: [{ name: plc, driver: modbus, host: h, tags: [{ name: t, address: "holding:0", ${keys}, count: ${count} }] }]`;
  const { settings, tags: configured } = readEdgeConfig('bench', text, {}).sources[0]!;
  const tags = configured.map((tag, number) => ({ ...tag, number }));
  const columns = new SampleColumns({ onFirst() {}, onFull() {}, fullSamples: 1e9 });
  const table = new TagTable({ name: 'plc', kind: modbusKind as never, settings, tags: tags as CollectorTag[] });
  const writer = new SourceWriter({
    source: 'plc',
    table,
    columns,
    clock: systemClock,
    log: silentLogger,
    onLost() {},
  });
  const groups = planGroups(settings as never, tags as unknown as PlannedTag[]);
  const answers = groups.flatMap(({ requests }) =>
    // Digits and nothing else: numbers of every type, and a text.
    requests.map((request) => ({
      reply: Uint8Array.from({ length: request.count * 2 }, (_, i) => 0x30 + (i % 10)),
      decoders: compileDecoders(request, 'ABCD'),
    })),
  );
  let time = 0;
  return () => {
    time += 1000;
    for (const { reply, decoders } of answers) {
      reply[1] = 0x30 + (time % 7);
      for (const decode of decoders) decode(reply, writer, time);
    }
    columns.recycle(columns.take());
  };
}
