import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig } from '@gongfu/shared/config/load';
import { CounterTimeline } from '@gongfu/shared/kpi/counts';
import type { KpiResult } from '@gongfu/shared/kpi/kpi-result';
import { StateMapping } from '@gongfu/shared/kpi/state-mapping';
import { StateTimeline } from '@gongfu/shared/kpi/time-model';
import { evaluateWorkUnit } from '@gongfu/shared/kpi/work-unit-kpi';
import type { MachineState } from '@gongfu/shared/model/machine-state';
import { expect } from 'chai';
import { plantModelSchema } from '#cloud/assets/plant-model';
import type { LedgerLine, LedgerPart, LedgerState } from '#deploy/demo/simulation/ledger';
import { Api } from '../kit/api.ts';
import { temporaryFolder } from '../kit/folders.ts';
import { type RunningPlant, startModbusPlant, startOpcuaPlant } from '../kit/plant.ts';
import { type RunningCloud, type RunningEdge, startCloud, startEdge } from '../kit/programs.ts';
import { checkoutFolder } from '../kit/source-tree.ts';

const speed = 10;
/** Ten minutes of plant time. */
const runMs = 60_000;
const cycleMs = { press: 3000, conveyor: 600, station: 1200 };

interface Machine {
  readonly name: string;
  readonly assetId: string;
  readonly plannedCycleMs: number;
  /** Of the gateway's reading; a change can be seen at most this late. */
  readonly periodMs: number;
  /** Polled: request and reply. Subscribed: an unchanged value is restated when the server proves alive, up to a period after its sampling. */
  readonly slackMs: number;
  readonly stateTag: string;
  readonly mapping: StateMapping;
  readonly states: readonly LedgerState[];
  readonly parts: readonly LedgerPart[];
}

interface PluginFigure {
  readonly value: number | null;
  readonly inputs: { readonly good: number; readonly energyKwh: number };
}

/** What the plant did, whole: every interval and every piece, as the plant itself wrote it. */
describe('flow: ten plant minutes with stops and scrap against the ledger', function () {
  this.timeout(240_000);
  const data = temporaryFolder();
  const stops: (() => Promise<unknown>)[] = [];
  let api: Api;
  let machines: Machine[] = [];
  let from = 0;
  let to = 0;

  before(async () => {
    const curing = await startModbusPlant({
      seed: 'ledger',
      speed,
      paused: true,
      ledger: join(data.folder, 'curing.jsonl'),
    });
    stops.push(() => curing.stop());
    const assembly = await startOpcuaPlant({
      seed: 'ledger',
      speed,
      paused: true,
      ledger: join(data.folder, 'assembly.jsonl'),
      pki: join(data.folder, 'pki'),
    });
    stops.push(() => assembly.stop());
    const { cloud, edge } = await startPrograms(curing, assembly);
    stops.push(
      () => cloud.stop(),
      () => edge.stop(),
    );
    await everyTagGood();
    await Promise.all([curing.control('/run'), assembly.control('/run')]);
    await wait(runMs);
    await Promise.all([curing.control('/freeze'), assembly.control('/freeze')]);
    await wait(2500);
    machines = readMachines();
    from = Math.min(...machines.map(({ states }) => states[0]!.from));
    to = Math.max(...machines.map(({ states }) => states.at(-1)!.to));
  });

  after(async () => {
    for (const stop of stops.reverse()) await stop();
    data.remove();
  });

  async function startPrograms(
    curing: RunningPlant,
    assembly: RunningPlant,
  ): Promise<{ cloud: RunningCloud; edge: RunningEdge }> {
    const cloud = await startCloud({
      dataDir: join(data.folder, 'cloud'),
      plantFile: join(checkoutFolder, 'deploy/demo/plant.yaml'),
      env: {
        DEMO_PRESS_CYCLE_MS: String(cycleMs.press),
        DEMO_CONVEYOR_CYCLE_MS: String(cycleMs.conveyor),
        DEMO_STATION_CYCLE_MS: String(cycleMs.station),
      },
    });
    api = new Api(cloud.url);
    await api.signIn(cloud);
    const edge = await startEdge({
      config: readFileSync(join(checkoutFolder, 'deploy/demo/edge.yaml'), 'utf8'),
      env: {
        GONGFU_CLOUD_URL: cloud.url,
        GONGFU_CODE: await api.code('demo-gateway'),
        GONGFU_EDGE_DATA: join(data.folder, 'edge'),
        DEMO_MODBUS_PORT: String(curing.port),
        DEMO_OPCUA_PORT: String(assembly.port),
      },
    });
    return { cloud, edge };
  }

  async function everyTagGood(): Promise<void> {
    for (;;) {
      const { items: tags } = await api.get<{ items: { id: string }[] }>('/api/v1/tags');
      if (tags.length > 0) {
        const path = `/api/v1/latest?tags=${tags.map(({ id }) => id).join()}`;
        const { items } = await api.get<{ items: { quality: string }[] }>(path);
        if (items.filter(({ quality }) => quality === 'good').length === tags.length) return;
      }
      await wait(200);
    }
  }

  function readMachines(): Machine[] {
    const lines = ['curing.jsonl', 'assembly.jsonl'].flatMap(readLedger);
    const text = readFileSync(join(checkoutFolder, 'deploy/demo/plant.yaml'), 'utf8');
    const plant = loadConfig({ file: 'plant.yaml', text, schema: plantModelSchema, env: {} });
    const names = [...new Set(lines.flatMap((line) => (line.kind === 'state' ? [line.machine] : [])))];
    return names.map((name) => {
      const kind = name.split('-')[0] as keyof typeof cycleMs;
      const isStation = kind === 'station';
      const definition = plant.stateMappings.find(({ id }) => id === `${kind}-states`)!;
      return {
        name,
        assetId: `qingdao.plant-1.${isStation ? 'assembly.line-2' : 'curing.line-1'}.${name}`,
        plannedCycleMs: cycleMs[kind],
        periodMs: isStation ? 250 : 500,
        slackMs: isStation ? 300 : 60,
        stateTag: isStation ? `${name}.state-detail` : `${name}.state`,
        mapping: new StateMapping({ stateMappingId: definition.id, version: 'test', states: definition.states }),
        states: lines.filter((line) => line.kind === 'state').filter(({ machine }) => machine === name),
        parts: lines.filter((line) => line.kind === 'part').filter(({ machine }) => machine === name),
      };
    });
  }

  function readLedger(file: string): LedgerLine[] {
    const lines = readFileSync(join(data.folder, file), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerLine);
  }

  const kpiOf = async ({ assetId }: Machine, end = to): Promise<KpiResult> => {
    const path = `/api/v1/kpis?asset=${assetId}&window=custom&from=${from}&to=${end}`;
    return (await api.get<{ items: KpiResult[] }>(path)).items[0]!;
  };

  it('the plant had stops and scrap', () => {
    expect(machines).to.have.length(8);
    const stopped = machines.filter(({ states }) => states.some(({ state }) => state === 'down' || state === 'setup'));
    const scrapped = machines.filter(({ parts }) => parts.some(({ good }) => !good));
    expect(stopped.length).to.be.greaterThan(3);
    expect(scrapped.length).to.be.greaterThan(3);
  });

  it('counts equal the ledger exactly', async () => {
    for (const machine of machines) {
      const good = machine.parts.filter((part) => part.good).length;
      // A piece is seen at the first poll after it: up to one period after the freeze.
      const { counts } = await kpiOf(machine, to + 2000);
      expect(
        { produced: counts.produced, good: counts.good, scrap: counts.scrap, resets: counts.resets },
        machine.name,
      ).to.deep.equal({
        produced: machine.parts.length,
        good,
        scrap: machine.parts.length - good,
        resets: 0,
      });
    }
  });

  it('energy per good piece of both lines is what the meters showed over what was made', async () => {
    const lines = [
      { file: 'curing.jsonl', assetId: 'qingdao.plant-1.curing.line-1', counted: /^press-/, factoryKwh: 184_511 },
      {
        file: 'assembly.jsonl',
        assetId: 'qingdao.plant-1.assembly.line-2',
        counted: /^station-3$/,
        factoryKwh: 42_118,
      },
    ];
    // Before and after nothing is read that changes, and how much of the range that is depends on this machine.
    await api.put('/api/v1/portal/plugins/energy/settings', { value: { minimumCoverage: 0 } });
    for (const { file, assetId, counted, factoryKwh } of lines) {
      const readings = readLedger(file).filter((line) => line.kind === 'energy');
      const used = readings.at(-1)!.kWh - factoryKwh;
      const good = machines
        .filter(({ name }) => counted.test(name))
        .reduce((sum, { parts }) => sum + parts.filter((part) => part.good).length, 0);
      // The plant stood still before and after, its meters at 0 and at the last reading.
      const range = `from=${from - 500}&to=${to + 2000}`;
      const path = `/api/v1/plugins/energy/kpis/energy-per-good-piece?asset=${assetId}&window=custom&${range}`;
      const { items } = await api.get<{ items: PluginFigure[] }>(path);
      expect(used, assetId).to.be.greaterThan(0);
      expect(items[0]!.inputs, assetId).to.deep.include({ good });
      expect(items[0]!.inputs.energyKwh, assetId).to.be.closeTo(used, 1e-9);
      expect(items[0]!.value, assetId).to.be.closeTo(used / good, 1e-9);
    }
  });

  /** By how much a busy machine held up the slowest poll: the power differs in every one, so its samples tell them all. */
  async function latestPollMs(): Promise<number> {
    const samples = await api.samples(await api.tag('meter.power'), from, to);
    const times = samples.map(({ sourceTime }) => Date.parse(sourceTime));
    const pauses = times.slice(1).map((time, index) => time - times[index]!);
    pauses.sort((a, b) => a - b);
    expect(pauses[pauses.length >> 1], 'the usual pause between two polls').to.be.closeTo(500, 25);
    return Math.max(0, pauses.at(-1)! - 500);
  }

  it('every state interval begins and ends within one poll period of the truth, and no sample contradicts it', async () => {
    let compared = 0;
    const lateMs = await latestPollMs();
    for (const machine of machines) {
      const samples = (await api.samples(await api.tag(machine.stateTag), from, to)).map(({ sourceTime, value }) => ({
        time: Date.parse(sourceTime),
        value: Number(value),
      }));
      const truth = joined(machine.states);
      for (const { time, value } of samples) {
        const slackMs = machine.slackMs + lateMs;
        const near = truth.filter((one) => one.from - slackMs <= time && time <= one.to + slackMs);
        const where = `${machine.name} at +${time - from} ms`;
        expect(
          near.map((one) => one.value),
          where,
        ).to.include(value);
      }
      // A state shorter than the period may pass unseen: that is what a poll period means.
      const lasting = joined(truth.filter((one) => one.to - one.from > machine.periodMs * 1.3));
      for (const interval of lasting.slice(1)) {
        const first = samples.find(
          ({ time, value }) => time >= interval.from - 20 - lateMs && value === interval.value,
        );
        const where = `${machine.name} ${interval.state} at +${interval.from - from} ms`;
        // One period, and what a sweep of the bus itself takes.
        const withinMs = machine.periodMs + 100 + lateMs;
        expect((first?.time ?? Number.POSITIVE_INFINITY) - interval.from, where).to.be.lessThan(withinMs);
        compared += 1;
      }
    }
    expect(compared).to.be.greaterThan(30);
  });

  it('time elements differ from the truth by at most one period for each change of state', async () => {
    for (const machine of machines) {
      const { elements } = await kpiOf(machine);
      const changes = joined(machine.states).length;
      const running = machine.states.reduce((sum, one) => sum + (one.state === 'running' ? one.to - one.from : 0), 0);
      expect(Math.abs(elements.apt - running), machine.name).to.be.lessThan(changes * (machine.periodMs + 150));
      const { apt, aust, adet, adot, unknown, notPlanned } = elements;
      expect(apt + aust + adet + adot + unknown + notPlanned).to.equal(to - from);
    }
  });

  it("OEE equals the ledger's own formula to 1e-9 when fed the same intervals", () => {
    for (const machine of machines) {
      const states = new StateTimeline({ mapping: machine.mapping, holdMs: to - from });
      for (const interval of machine.states) states.add(interval.from, 0, interval.value);
      const counter = (count: (part: LedgerPart) => boolean): CounterTimeline => {
        const timeline = new CounterTimeline({ rolloverAt: null });
        let value = 0;
        timeline.add(machine.states[0]!.from, 0, 0);
        for (const part of machine.parts) if (count(part)) timeline.add(part.at, 0, ++value);
        return timeline;
      };
      const end = machine.states.at(-1)!.to;
      const result = evaluateWorkUnit({
        from: machine.states[0]!.from,
        to: end,
        planned: [[from, to]],
        mappingVersion: 'test',
        states,
        counters: [
          { role: 'total-count', timeline: counter(() => true) },
          { role: 'good-count', timeline: counter((part) => part.good) },
        ],
        plannedCycleMs: machine.plannedCycleMs,
      });
      const time = (...wanted: MachineState[]) =>
        machine.states.reduce((sum, one) => sum + (wanted.includes(one.state) ? one.to - one.from : 0), 0);
      const planned = end - machine.states[0]!.from - time('planned-stop');
      const pieces = machine.parts.filter((part) => part.at < end);
      const good = pieces.filter((part) => part.good).length;
      // ISO 22400-2: availability × effectiveness × quality ratio, written out from the ledger alone.
      const truth =
        (time('running') / planned) *
        ((machine.plannedCycleMs * pieces.length) / time('running')) *
        (good / pieces.length);
      expect(Math.abs(result.oee! - truth), `${machine.name}: ${result.oee} and ${truth}`).to.be.lessThan(1e-9);
    }
  });
});

/** Neighbouring intervals with the same value are one to whoever only reads the value. */
function joined(states: readonly LedgerState[]): LedgerState[] {
  const result: LedgerState[] = [];
  for (const one of states) {
    const last = result.at(-1);
    if (last?.value === one.value) result[result.length - 1] = { ...last, to: one.to };
    else result.push(one);
  }
  return result;
}
