import type { ValueType } from '@gongfu/shared/model/value-type';
import type { DataType } from 'node-opcua-client';
import type { PlantValue } from './register-image.ts';
import { type AssemblyLine, stationIds } from './simulation/assembly-line.ts';
import { machineOf } from './simulation/line.ts';
import type { Machine } from './simulation/machine.ts';

export const assemblyNamespace = 'http://gongfu.example/demo/assembly';

/** PackTags v3: an Int32 counter goes from 2,147,483,647 to 0. */
const counterRollover = 2 ** 31;

/** A value of the plant and the variable in which an OPC UA client finds it. */
export interface AssemblySignal {
  /** Name of the tag, as `station-1.state`. */
  readonly name: string;
  /** String identifier in the line's namespace, as `Station1.StateCurrent`. */
  readonly identifier: string;
  readonly dataType: keyof typeof DataType;
  readonly type: ValueType;
  readonly read: () => PlantValue;
}

const dataTypes = {
  bool: 'Boolean',
  int8: 'SByte',
  uint8: 'Byte',
  int16: 'Int16',
  uint16: 'UInt16',
  int32: 'Int32',
  uint32: 'UInt32',
  int64: 'Int64',
  uint64: 'UInt64',
  float32: 'Float',
  float64: 'Double',
  string: 'String',
} as const satisfies Record<ValueType, keyof typeof DataType>;

type Row = readonly [name: string, variable: string, type: ValueType, read: () => PlantValue];

/** Every value line 2 shows; they change with the line's events only. */
export function assemblySignals(line: AssemblyLine, { speed }: { speed: number }): AssemblySignal[] {
  const stations = stationIds.flatMap((id, index) =>
    signalsOf(id, `Station${index + 1}`, stationRows(line, machineOf(line, id), index, speed)),
  );
  const { meter } = line;
  const lineRows: Row[] = [
    ['energy', 'Energy', 'float64', () => meter.kWh],
    ['power', 'Power', 'float32', () => Math.fround(meter.watts / 1_000)],
    ['energy-watt-seconds', 'EnergyWattSeconds', 'uint64', () => 2n ** 63n + BigInt(meter.wattMs) / 1_000n],
  ];
  return [...stations, ...signalsOf('assembly', 'Line', lineRows)];
}

function signalsOf(tagFolder: string, object: string, rows: readonly Row[]): AssemblySignal[] {
  return rows.map(([name, variable, type, read]) => ({
    name: `${tagFolder}.${name}`,
    identifier: `${object}.${variable}`,
    dataType: dataTypes[type],
    type,
    read,
  }));
}

function stationRows(line: AssemblyLine, station: Machine, index: number, speed: number): Row[] {
  const { counts } = station;
  const measured = (): ReturnType<AssemblyLine['measurementOf']> => line.measurementOf(station.id);
  const total = (): bigint => BigInt(counts.total);
  return [
    ['state', 'StateCurrent', 'int32', () => station.condition.value % 100],
    ['state-detail', 'StateDetail', 'int32', () => station.condition.value],
    ['mode', 'UnitModeCurrent', 'int32', () => 1],
    ['processed', 'ProdProcessedCount', 'int32', () => counts.total % counterRollover],
    ['defective', 'ProdDefectiveCount', 'int32', () => counts.scrap % counterRollover],
    ['blocked', 'EquipmentBlocked', 'bool', () => station.condition.state === 'blocked'],
    ['starved', 'EquipmentStarved', 'bool', () => station.condition.state === 'starved'],
    ['cycle-time', 'CycleTime', 'uint32', () => Math.round(station.lastCycleMs / speed)],
    ['speed', 'CurMachSpeed', 'float32', () => speedPerMinute(station, speed)],
    ['alarm', 'AlarmText', 'string', () => (station.condition.state === 'down' ? station.condition.cause : '')],
    ['torque', 'Torque', 'float64', () => measured().torqueNm],
    ['air-pressure', 'AirPressure', 'float32', () => measured().airBar],
    ['offset', 'Offset', 'int16', () => measured().offsetUm],
    ['unbalance', 'Unbalance', 'int8', () => measured().unbalanceG],
    ['tool-wear', 'ToolWear', 'uint8', () => Math.floor(counts.total / 7) % 256],
    ['programme', 'ProgramNumber', 'uint16', () => 40_000 + index],
    ['serial-number', 'SerialNumber', 'uint64', () => 2n ** 53n + 2n * total() + 1n],
    ['spindle-position', 'SpindlePosition', 'int64', () => -(2n ** 60n) - 3n * total() - BigInt(index)],
  ];
}

/** Wheels per minute at the pace of the latest cycle; 0 while not running. */
function speedPerMinute(station: Machine, speed: number): number {
  if (station.condition.state !== 'running' || station.lastCycleMs === 0) return 0;
  return Math.fround((60_000 * speed) / station.lastCycleMs);
}
