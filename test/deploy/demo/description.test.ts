import { readFileSync } from 'node:fs';
import { loadConfig } from '@gongfu/shared/config/load';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type PlantAsset, plantModelSchema } from '#cloud/assets/plant-model';
import { assemblyNamespace, assemblySignals } from '#deploy/demo/assembly-signals';
import { curingSignals } from '#deploy/demo/curing-signals';
import { AssemblyLine, stationConditions } from '#deploy/demo/simulation/assembly-line';
import { CuringLine, conveyorConditions, pressConditions } from '#deploy/demo/simulation/curing-line';
import type { Condition } from '#deploy/demo/simulation/journal';
import { readEdgeConfig } from '#edge/config';

const journal = { state() {}, part() {}, energy() {} };
const curing = new CuringLine({ seed: 'x', journal });
const assembly = new AssemblyLine({ seed: 'x', journal });
const read = (file: string): string =>
  readFileSync(new URL(`../../../../deploy/demo/${file}`, import.meta.url), 'utf8');

interface TagText {
  readonly name: string;
  readonly type: string;
  readonly address?: string;
  readonly nodeId?: string;
  readonly unitId?: number;
  readonly byteOrder?: string;
  readonly bit?: number;
  readonly length?: number;
}

const environment = {
  GONGFU_CLOUD_URL: 'http://127.0.0.1:8080',
  GONGFU_EDGE_DATA: '/nowhere',
  DEMO_MODBUS_PORT: '502',
  DEMO_OPCUA_PORT: '4840',
};

describe('demonstration plant: its descriptions', () => {
  const edgeText = read('edge.yaml');
  const sources = (parse(edgeText) as { sources: { name: string; tags: TagText[] }[] }).sources;
  const tagsOf = (source: string): TagText[] => sources.find(({ name }) => name === source)?.tags ?? [];

  it('edge.yaml is accepted by the edge', () => {
    expect(readEdgeConfig('edge.yaml', edgeText, environment).sources.map(({ name }) => name)).to.deep.equal([
      'curing',
      'assembly',
    ]);
  });

  it('edge.yaml reads every Modbus signal where the plant has it', () => {
    const expected = curingSignals(curing, { seed: 'x', speed: 1 }).map(
      ({ name, unitId, table, address, type, byteOrder, bit, length }) => ({
        name,
        type,
        address: `${table}:${address}`,
        unitId,
        byteOrder,
        bit,
        length,
      }),
    );
    const found = tagsOf('curing').map(({ name, type, address, unitId, byteOrder, bit, length }) => ({
      name,
      type,
      address,
      unitId: unitId ?? 1,
      byteOrder: byteOrder ?? 'ABCD',
      bit,
      length,
    }));
    expect(found).to.deep.equal(expected);
    const orders = new Set(found.filter(({ type }) => /32|64/.test(type)).map(({ byteOrder }) => byteOrder));
    expect([...orders].sort()).to.deep.equal(['ABCD', 'BADC', 'CDAB', 'DCBA']);
    const types = ['bool', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64', 'string'];
    expect(new Set(found.map(({ type }) => type))).to.have.all.keys(...types);
  });

  it('edge.yaml reads every OPC UA signal under its identifier', () => {
    const expected = assemblySignals(assembly, { speed: 1 }).map(({ name, identifier, type }) => ({
      name,
      nodeId: `nsu=${assemblyNamespace};s=${identifier}`,
      type,
    }));
    expect(tagsOf('assembly').map(({ name, nodeId, type }) => ({ name, nodeId, type }))).to.deep.equal(expected);
  });

  const plant = loadConfig({ file: 'plant.yaml', text: read('plant.yaml'), schema: plantModelSchema, env: {} });

  it('plant.yaml maps every value a machine can show to the state the ledger writes', () => {
    const tables: Record<string, Record<string, Condition>> = {
      'press-states': pressConditions,
      'conveyor-states': conveyorConditions,
      'station-states': stationConditions,
    };
    expect(plant.stateMappings.map(({ id }) => id)).to.have.members(Object.keys(tables));
    for (const { id, states } of plant.stateMappings) {
      const expected = Object.values(tables[id] ?? {}).map(({ value, state, cause }) => ({ value, state, cause }));
      expect(
        states.map(({ value, state, cause }) => ({ value, state, cause: cause.en })),
        id,
      ).to.have.deep.members(expected);
      for (const { cause } of states) expect(cause.zh).to.match(cause.en === '' ? /^$/ : /^[\u4e00-\u9fff]+$/);
    }
  });

  it('plant.yaml names tags that exist, and every machine of both lines', () => {
    const units: PlantAsset[] = [];
    const visit = (asset: PlantAsset): void => {
      if (asset.level === 'work-unit') units.push(asset);
      for (const { source, tag } of asset.signals) {
        expect(
          tagsOf(source).some(({ name }) => name === tag),
          `${source} ${tag}`,
        ).to.equal(true);
      }
      asset.children.forEach(visit);
    };
    plant.assets.forEach(visit);
    expect(units.map(({ id }) => id)).to.have.members([...curing.machines.keys(), ...assembly.machines.keys()]);
    for (const { id, signals, plannedCycle } of units) {
      const roles = signals.map(({ role }) => role);
      expect(roles, id).to.include.members(['state', 'total-count', 'scrap-count']);
      expect(plannedCycle, id).to.be.greaterThan(0);
    }
  });

  it('plant.yaml has a shift at every hour of the day', () => {
    const [calendar] = plant.calendars;
    const hours = (calendar?.shifts ?? []).map(({ start, end }) => [
      Number(start.slice(0, 2)),
      Number(end.slice(0, 2)) || 24,
    ]);
    const covered = Array.from({ length: 24 }, (_, hour) =>
      hours.filter(([from = 0, to = 0]) => from <= hour && hour < to),
    );
    expect(covered.map((shifts) => shifts.length)).to.deep.equal(new Array(24).fill(1));
  });
});
