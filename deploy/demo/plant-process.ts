import { systemClock } from '@gongfu/shared/base/clock';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Ledger } from './simulation/ledger.ts';
import type { Line, LineOptions } from './simulation/line.ts';
import { PlantRun } from './simulation/plant-run.ts';
import { PlantTime } from './simulation/plant-time.ts';
import { TotalsFile } from './simulation/totals-file.ts';

/** What both plant processes are started with. */
export interface PlantSettings {
  readonly seed: string;
  readonly speed: number;
  readonly port: number;
  readonly controlPort: number;
  readonly ledger: string;
  /** File that keeps the counters over a restart; '' = factory new at every start. */
  readonly totals: string;
  /** Folder for certificates. */
  readonly pki: string;
  readonly paused: boolean;
}

/** Reads flags, then the environment, then defaults. Ends the process with a clear sentence on a wrong one. */
export function readPlantSettings(name: string): PlantSettings {
  const program = new Command(name)
    .addOption(new Option('--seed <text>', 'another seed, another course of events').env('DEMO_SEED').default('gongfu'))
    .addOption(
      new Option('--speed <factor>', 'plant time per wall time').env('DEMO_SPEED').default(10).argParser(positive),
    )
    .addOption(new Option('--port <number>', 'protocol port on the loopback, 0 = any').default(0).argParser(port))
    .addOption(new Option('--control-port <number>', 'control port, 0 = any').default(0).argParser(port))
    .option('--ledger <file>', 'where the truth is written, JSON lines', `./${name}.ledger.jsonl`)
    .option('--totals <file>', 'keeps the counters over a restart', '')
    .option('--pki <folder>', 'folder for certificates', './pki')
    .option('--paused', 'stand still until POST /run', false);
  return program.parse().opts<PlantSettings>();
}

/** The simulated side of a plant process: a line, its time, its ledger. */
export interface SimulatedLine<L extends Line> {
  readonly line: L;
  readonly time: PlantTime;
  readonly run: PlantRun;
}

export function simulate<L extends Line>(
  settings: PlantSettings,
  build: (options: LineOptions) => L,
  onEvent?: (wallMs: number) => void,
): SimulatedLine<L> {
  const clock = systemClock;
  const time = new PlantTime({ clock, speed: settings.speed });
  const ledger = new Ledger({ path: settings.ledger, wallOf: (plantMs) => time.wallOf(plantMs) });
  const totals = settings.totals === '' ? undefined : new TotalsFile({ path: settings.totals });
  const line = build({ seed: settings.seed, journal: ledger, totals: totals?.read() });
  const run = new PlantRun({ clock, time, line, ledger, totals, onEvent });
  return { line, time, run };
}

/** Ends the process in order: on SIGINT, on SIGTERM, and when the parent that started it is gone. */
export function stopOnRequest(stop: () => Promise<void>): void {
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  if (process.send !== undefined) process.on('disconnect', end);
}

/** 64-bit integers lose digits as JSON numbers: they travel as strings. */
export function jsonValue(value: number | bigint | boolean | string): number | boolean | string {
  return typeof value === 'bigint' ? value.toString() : value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || value > 100_000) throw new InvalidArgumentError('It is a number above 0, at most 100000.');
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('A port is 0 to 65535.');
  return value;
}
