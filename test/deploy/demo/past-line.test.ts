import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@gongfu/shared/config/load';
import { addColumns } from '@gongfu/shared/kpi/sample-columns';
import { StateMapping } from '@gongfu/shared/kpi/state-mapping';
import { holdMsOf, StateTimeline } from '@gongfu/shared/kpi/time-model';
import type { SampleBlock } from '@gongfu/shared/model/sample';
import { expect } from 'chai';
import { plantModelSchema } from '#cloud/assets/plant-model';
import { curingSignals } from '#deploy/demo/curing-signals';
import { PastLine } from '#deploy/demo/past-line';
import { CuringLine, pressConditions } from '#deploy/demo/simulation/curing-line';
import { Ledger, type LedgerLine } from '#deploy/demo/simulation/ledger';
import { TotalsFile } from '#deploy/demo/simulation/totals-file';
import { readEdgeConfig } from '#edge/config';
import { declarationsOf } from '#edge/declaration';
import { temporaryFolder } from '../../kit/folders.ts';

const speed = 10;
const fromMs = 1_790_000_000_123;
const endMs = fromMs + 20 * 60_000;
const file = (name: string): string =>
  readFileSync(new URL(`../../../../deploy/demo/${name}`, import.meta.url), 'utf8');
const edgeVariables = {
  GONGFU_CLOUD_URL: 'http://127.0.0.1',
  GONGFU_EDGE_DATA: '/nowhere',
  DEMO_MODBUS_PORT: '1',
  DEMO_OPCUA_PORT: '1',
};

describe('demonstration plant: a past lived through in one go', () => {
  const { folder, remove } = temporaryFolder();
  const config = readEdgeConfig('edge.yaml', file('edge.yaml'), edgeVariables);
  const plant = loadConfig({ file: 'plant.yaml', text: file('plant.yaml'), schema: plantModelSchema, env: {} });
  const declarations = declarationsOf(config.sources)
    .map((tag, index) => ({ ...tag, number: index + 1 }))
    .filter(({ name }) => /^press-\d\.(state|total|temperature)$/.test(name));
  const tagOf = (name: string) => declarations.find((tag) => tag.name === name)!;
  const blocks: SampleBlock[] = [];
  let ledger: LedgerLine[];
  let totals: TotalsFile;

  before(() => {
    const path = join(folder, 'ledger.jsonl');
    const journal = new Ledger({ path, wallOf: (plantMs) => Math.round(fromMs + plantMs / speed) });
    totals = new TotalsFile({ path: join(folder, 'totals.json') });
    const incident = { condition: pressConditions.bladderLeak, atMs: 3 * 60_000 * speed, forMs: 10 * 60_000 * speed };
    const line = new CuringLine({ seed: 'past', journal, incidents: { 'press-2': [incident] } });
    const signals = curingSignals(line, { seed: 'past', speed });
    const past = new PastLine({ line, signals, declarations, ledger: journal, totals, speed, fromMs });
    past.begin();
    for (let wallMs = fromMs; wallMs < endMs; ) {
      wallMs = Math.min(wallMs + 500, endMs);
      past.advance(wallMs);
      if ((wallMs - fromMs) % 60_000 === 0) blocks.push(...past.recorder.take());
    }
    past.end(endMs);
    blocks.push(...past.recorder.take());
    const rows = readFileSync(path, 'utf8').trimEnd().split('\n');
    ledger = rows.map((row) => JSON.parse(row) as LedgerLine);
  });
  after(remove);

  const columnsOf = (name: string) => {
    const { number } = tagOf(name);
    const rows = blocks.flatMap(({ count, tags, sourceTimes, statuses, values }) =>
      Array.from({ length: count }, (_, row) => row)
        .filter((row) => tags[row] === number)
        .map((row) => ({ time: sourceTimes[row]!, status: statuses[row]!, value: Number(values[row]) })),
    );
    return {
      sourceTimes: rows.map(({ time }) => time),
      statuses: rows.map(({ status }) => status),
      values: rows.map(({ value }) => value),
    };
  };

  it('is read back as what the ledger says, state by state, with nothing unobserved', () => {
    const states = plant.stateMappings.find(({ id }) => id === 'press-states')!.states;
    const mapping = new StateMapping({
      stateMappingId: 'press-states',
      version: '1',
      // Every value has to be told from every other, causes or not.
      states: states.map((state) => ({ ...state, cause: { zh: '', en: String(state.value) } })),
    });
    for (const press of ['press-1', 'press-2', 'press-3', 'press-4']) {
      const name = `${press}.state`;
      const timeline = new StateTimeline({ mapping, holdMs: holdMsOf(tagOf(name).maxSilentMs) });
      addColumns(timeline, columnsOf(name));
      const read = timeline.intervals(fromMs, endMs).map(({ from, to, cause }) => [cause.en, from, to]);
      const truth: [string, number, number][] = [];
      for (const line of ledger) {
        if (line.kind !== 'state' || line.machine !== press || line.to === line.from) continue;
        const last = truth.at(-1);
        // A state too short for the ledger's millisecond parts two lines of the same one.
        if (last?.[0] === String(line.value)) last[2] = line.to;
        else truth.push([String(line.value), line.from, line.to]);
      }
      expect(read, press).to.deep.equal(truth);
    }
  });

  it('has the incident at its time and in its length', () => {
    const leaks = ledger.flatMap((line) =>
      line.kind === 'state' && line.machine === 'press-2' && line.cause === 'bladder leak' ? [line] : [],
    );
    const longest = leaks.sort((a, b) => b.to - b.from - (a.to - a.from))[0]!;
    expect(longest.to - longest.from).to.equal(10 * 60_000);
    expect(longest.from).to.be.at.least(fromMs + 3 * 60_000);
    expect(longest.from).to.be.below(fromMs + 5 * 60_000);
  });

  it('counts each piece at its own time and hands the counters on', () => {
    const made = ledger.flatMap((line) => (line.kind === 'part' && line.machine === 'press-3' ? [line] : []));
    const { sourceTimes, values } = columnsOf('press-3.total');
    const steps = values.flatMap((value, row) =>
      row > 0 && value !== values[row - 1] ? [[sourceTimes[row], value]] : [],
    );
    expect(steps).to.deep.equal(made.map(({ at, counts }) => [at, counts.total % 65_536]));
    expect(made.length).to.be.greaterThan(50);
    expect(totals.read()?.counts['press-3']).to.deep.equal(made.at(-1)!.counts);
  });
});
