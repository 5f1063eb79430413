import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@gongfu/shared/base/clock';
import { expect } from 'chai';
import fc from 'fast-check';
import { AssemblyLine, stationConditions } from '#deploy/demo/simulation/assembly-line';
import { CuringLine, conveyorConditions, pressConditions } from '#deploy/demo/simulation/curing-line';
import type { Condition } from '#deploy/demo/simulation/journal';
import { Ledger, type LedgerLine, type LedgerState } from '#deploy/demo/simulation/ledger';
import type { Line, LineOptions } from '#deploy/demo/simulation/line';
import { PlantRun } from '#deploy/demo/simulation/plant-run';
import { PlantTime } from '#deploy/demo/simulation/plant-time';
import { TotalsFile } from '#deploy/demo/simulation/totals-file';

const startWallMs = 1_700_000_000_000;

/** A clock moved by hand; tasks left to it never run, so the test alone decides when the plant looks. */
class HandClock implements Clock {
  wallMs = startWallMs;
  now(): number {
    return this.wallMs;
  }
  monotonicMs(): number {
    return this.wallMs;
  }
  after(): () => void {
    return () => {};
  }
}

type BuildLine = (options: LineOptions) => Line;
const lines: Record<string, BuildLine> = {
  curing: (options) => new CuringLine(options),
  assembly: (options) => new AssemblyLine(options),
};

describe('demonstration plant: the course of events', () => {
  let folder: string;
  let files = 0;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gongfu-plant-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs a line over the given spans of wall time and returns its ledger and the line. */
  async function play(
    build: BuildLine,
    seed: string,
    spansMs: readonly number[],
    speed = 10,
    totals?: TotalsFile,
  ): Promise<{ ledger: LedgerLine[]; line: Line }> {
    const clock = new HandClock();
    const time = new PlantTime({ clock, speed });
    files += 1;
    const path = join(folder, `ledger-${files}.jsonl`);
    const ledger = new Ledger({ path, wallOf: (plantMs) => time.wallOf(plantMs) });
    const line = build({ seed, journal: ledger, totals: totals?.read() });
    const run = new PlantRun({ clock, time, line, ledger, totals });
    await run.start();
    run.run();
    for (const spanMs of spansMs) {
      clock.wallMs += spanMs;
      run.advance();
    }
    await run.stop();
    const text = await readFile(path, 'utf8');
    const rows = text.trimEnd().split('\n');
    return { ledger: rows.map((row) => JSON.parse(row) as LedgerLine), line };
  }

  for (const [name, build] of Object.entries(lines)) {
    it(`${name}: the same however often it is looked at`, async () => {
      const once = await play(build, 'cadence', [60_000]);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 40 }), async (spans) => {
          const cut: number[] = [];
          let leftMs = 60_000;
          for (const span of spans) {
            const spanMs = Math.min(span, leftMs);
            cut.push(spanMs);
            leftMs -= spanMs;
          }
          const often = await play(build, 'cadence', [...cut, leftMs]);
          expect(often.ledger).to.deep.equal(once.ledger);
        }),
        { numRuns: 15 },
      );
    });

    it(`${name}: another seed takes another course`, async () => {
      const [one, other] = [await play(build, 'one', [60_000]), await play(build, 'two', [60_000])];
      expect(one.ledger).not.to.deep.equal(other.ledger);
    });

    it(`${name}: ten plant minutes show several stops and scrap on every machine, for any seed`, async () => {
      for (let seed = 0; seed < 25; seed += 1) {
        const { ledger, line } = await play(build, `seed-${seed}`, [60_000]);
        for (const id of line.machines.keys()) {
          const states = statesOf(ledger, id);
          const stops = states.filter(({ state }) => state !== 'running' && state !== 'idle').length;
          const parts = ledger.filter((row) => row.kind === 'part' && row.machine === id);
          const scrap = parts.filter((row) => row.kind === 'part' && !row.good).length;
          expect(stops, `stops of ${id}, seed ${seed}`).to.be.at.least(2);
          expect(states.filter(({ state }) => state === 'down').length, `faults of ${id}, seed ${seed}`).to.be.at.least(
            1,
          );
          expect(scrap, `scrap of ${id}, seed ${seed}`).to.be.at.least(1);
          expect(parts.length, `parts of ${id}, seed ${seed}`).to.be.greaterThan(scrap);
        }
      }
    });

    it(`${name}: intervals join without hole, sums equal counters, energy equals power times time`, async () => {
      const speed = 10;
      const { ledger, line } = await play(build, 'sums', [600_000], speed);
      const fresh = build({ seed: 'sums', journal: { state() {}, part() {}, energy() {} } });
      for (const [id, machine] of line.machines) {
        const states = statesOf(ledger, id);
        expect(states[0]?.from).to.equal(startWallMs);
        expect(states.at(-1)?.to).to.equal(startWallMs + 600_000);
        states.slice(1).forEach((state, index) => {
          expect(state.from).to.equal(states[index]?.to);
        });
        const parts = ledger.filter((row) => row.kind === 'part').filter((row) => row.machine === id);
        const before = fresh.machines.get(id)?.counts;
        expect(parts.length).to.equal(machine.counts.total - (before?.total ?? Number.NaN));
        expect(parts.filter(({ good }) => good).length).to.equal(machine.counts.good - (before?.good ?? Number.NaN));
        expect(parts.at(-1)?.counts).to.deep.equal(machine.counts);
        expect(machine.counts.good + machine.counts.scrap).to.equal(machine.counts.total);
      }
      const readings = ledger.filter((row) => row.kind === 'energy').map(({ kWh }) => kWh);
      expect(readings.length).to.equal(600);
      expect(readings).to.deep.equal([...readings].sort((a, b) => a - b));
      expect(readings.at(-1)).to.equal(line.meter.kWh);
      const plantWattMs = ledger
        .filter((row) => row.kind === 'state')
        .reduce((sum, { machine, value, from, to }) => sum + wattsOf(machine, value) * (to - from) * speed, 0);
      // The ledger's whole milliseconds of wall time are `speed` ms of plant time wide.
      expect(line.meter.wattMs - fresh.meter.wattMs).to.be.closeTo(plantWattMs, plantWattMs * 1e-3);
    });

    it(`${name}: a freeze cuts intervals, loses no time and adds no part`, async () => {
      const clock = new HandClock();
      const time = new PlantTime({ clock, speed: 10 });
      const path = join(folder, 'freeze.jsonl');
      const ledger = new Ledger({ path, wallOf: (plantMs) => time.wallOf(plantMs) });
      const line = build({ seed: 'freeze', journal: ledger });
      const run = new PlantRun({ clock, time, line, ledger });
      await run.start();
      clock.wallMs += 7_000;
      expect(run.advance(), 'paused until run').to.equal(0);
      run.run();
      clock.wallMs += 20_000;
      run.freeze();
      const frozen = await readFile(path, 'utf8');
      const frozenMs = run.advance();
      clock.wallMs += 5_000;
      expect(run.advance()).to.equal(frozenMs);
      expect(await readFile(path, 'utf8')).to.equal(frozen);
      run.run();
      clock.wallMs += 20_000;
      await run.stop();
      const rows = (await readFile(path, 'utf8'))
        .trimEnd()
        .split('\n')
        .map((row) => JSON.parse(row) as LedgerLine);
      for (const id of line.machines.keys()) {
        const states = statesOf(rows, id);
        const coveredMs = states.reduce((sum, { from, to }) => sum + to - from, 0);
        expect(coveredMs).to.equal(52_000);
        states.slice(1).forEach((state, index) => {
          expect(state.from).to.equal(states[index]?.to);
        });
      }
      const straight = await play(build, 'freeze', [40_000]);
      const countParts = (all: LedgerLine[]): number => all.filter(({ kind }) => kind === 'part').length;
      expect(countParts(rows)).to.equal(countParts(straight.ledger));
    });
  }

  it('counters go on after a restart', async () => {
    const totals = new TotalsFile({ path: join(folder, 'totals.json') });
    const first = await play(lines.curing!, 'again', [60_000], 10, totals);
    const second = await play(lines.curing!, 'again', [1], 10, totals);
    for (const [id, machine] of first.line.machines) {
      expect(second.line.machines.get(id)?.counts).to.deep.equal(machine.counts);
    }
    expect(second.line.meter.wattMs).to.equal(first.line.meter.wattMs);
  });
});

function wattsOf(machine: string, value: number): number {
  const table: Readonly<Record<string, Condition>> = machine.startsWith('press')
    ? pressConditions
    : machine === 'conveyor'
      ? conveyorConditions
      : stationConditions;
  return Object.values(table).find((condition) => condition.value === value)?.watts ?? Number.NaN;
}

function statesOf(ledger: readonly LedgerLine[], machine: string): LedgerState[] {
  return ledger.filter((row) => row.kind === 'state').filter((row) => row.machine === machine);
}
