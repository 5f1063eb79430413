import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@gongfu/shared/base/clock';
import { silentLogger } from '@gongfu/shared/base/logger';
import { loadConfig } from '@gongfu/shared/config/load';
import { shiftsOf } from '@gongfu/shared/kpi/calendar';
import type { TagDeclaration } from '@gongfu/shared/model/tag';
import { Command, Option } from 'commander';
import { type PlantAsset, type PlantModel, plantModelSchema } from '#cloud/assets/plant-model';
import { LmdbBuffer } from '#edge/buffer/lmdb-buffer';
import { readEdgeConfig } from '#edge/config';
import { declarationsOf } from '#edge/declaration';
import { assemblySignals } from './assembly-signals.ts';
import { curingSignals } from './curing-signals.ts';
import { PastLine } from './past-line.ts';
import { AssemblyLine } from './simulation/assembly-line.ts';
import { CuringLine } from './simulation/curing-line.ts';
import { Ledger } from './simulation/ledger.ts';
import type { LineOptions } from './simulation/line.ts';
import { nightIncidents } from './simulation/night.ts';
import { TotalsFile } from './simulation/totals-file.ts';

/**
 * Gives the demonstration a past: both lines live through the shift before the present one, with its stops, and through the
 * present one up to now. What the gateway would have read lies in its buffer afterwards, as if the network had been away all
 * night: it delivers it over its uplink, and the cloud takes it in like every backlog.
 */
interface PastSettings {
  readonly seed: string;
  readonly speed: number;
  readonly edge: string;
  readonly plant: string;
  readonly folder: string;
}

/** The lines go on together in steps of this length; short enough that no tag falls silent. */
const stepMs = 500;
const batchMs = 30_000;
const dayMs = 86_400_000;

const settings = new Command('past')
  .addOption(new Option('--seed <text>').default('gongfu'))
  .addOption(new Option('--speed <factor>', 'plant time per wall time').default(10).argParser(Number))
  .requiredOption('--edge <file>', 'configuration of the gateway whose buffer is filled')
  .requiredOption('--plant <file>', 'model of the plant: its shifts, and the tags it names')
  .requiredOption('--folder <path>', 'where ledgers and totals of the plant lie')
  .parse()
  .opts<PastSettings>();

const config = readEdgeConfig(settings.edge, readFileSync(settings.edge, 'utf8'), process.env);
const plant = loadConfig({
  file: settings.plant,
  text: readFileSync(settings.plant, 'utf8'),
  schema: plantModelSchema,
  env: process.env,
});
const buffer = new LmdbBuffer({
  folder: config.buffer.path,
  capacityBytes: config.buffer.maxBytes,
  clock: systemClock,
  log: silentLogger,
});
await buffer.start();
const declared = await buffer.declare(declarationsOf(config.sources));
const samples = await live(declared);
await buffer.stop();
console.log(JSON.stringify({ past: true, samples }));

async function live(tags: readonly TagDeclaration[]): Promise<number> {
  const begunMs = systemClock.now();
  const fromMs = lastShiftStart(plant, begunMs);
  const { seed, speed } = settings;
  const incidents = nightIncidents(speed);
  const named = namedTags(plant.assets);
  const declarations = (source: string) =>
    tags.filter((tag) => tag.source === source && named.has(JSON.stringify([source, tag.name])));
  const part = (name: string) => {
    const ledger = new Ledger({
      path: join(settings.folder, `${name}.ledger.jsonl`),
      wallOf: (plantMs) => Math.round(fromMs + plantMs / speed),
    });
    const totals = new TotalsFile({ path: join(settings.folder, `${name}.totals.json`) });
    const options: LineOptions = { seed: `${seed}/night`, journal: ledger, incidents };
    return { ledger, totals, options, speed, fromMs };
  };
  const [one, two] = [part('line-1'), part('line-2')];
  const curing = new CuringLine(one.options);
  const assembly = new AssemblyLine(two.options);
  const lines = [
    new PastLine({
      ...one,
      line: curing,
      signals: curingSignals(curing, settings),
      declarations: declarations('curing'),
    }),
    new PastLine({
      ...two,
      line: assembly,
      signals: assemblySignals(assembly, settings),
      declarations: declarations('assembly'),
    }),
  ];
  for (const line of lines) line.begin();
  let written = 0;
  let wallMs = fromMs;
  for (;;) {
    const endMs = Math.min(wallMs + batchMs, systemClock.now());
    while (wallMs < endMs) {
      wallMs = Math.min(wallMs + stepMs, endMs);
      for (const line of lines) line.advance(wallMs);
    }
    const blocks = lines.flatMap(({ recorder }) => recorder.take());
    if (blocks.length > 0) written += (await buffer.append(blocks, [])).samples;
    // The present is reached: what passes from here until the plant itself runs nobody lives through.
    if (systemClock.now() - wallMs < batchMs / 2) break;
  }
  for (const line of lines) line.end(wallMs);
  return written;
}

/** When the shift before the present one began; a day ago where the plant has no shifts. */
function lastShiftStart({ calendars }: PlantModel, now: number): number {
  const [calendar] = calendars;
  if (calendar === undefined) return now - dayMs;
  const { id: calendarId, ...rest } = calendar;
  const begun = shiftsOf({ calendarId, ...rest }, now - 2 * dayMs, now).filter(({ from }) => from <= now);
  return begun.at(-2)?.from ?? now - dayMs;
}

/** The tags the plant model names, as `["source","tag"]`: what pages and figures are made from. */
function namedTags(assets: readonly PlantAsset[]): Set<string> {
  return new Set(
    assets.flatMap(({ signals, children }) => [
      ...signals.map(({ source, tag }) => JSON.stringify([source, tag])),
      ...namedTags(children),
    ]),
  );
}
