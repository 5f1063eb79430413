import type { LocalText } from '@gongfu/shared/model/asset';
import type { MachineState } from '@gongfu/shared/model/machine-state';

/**
 * What the companion models say, as far as proposals are made from it: their namespaces, types and states, taken from the
 * NodeSets of OPC 30050 (PackML 1.01), OPC 40001-1 (Machinery 1.04) and OPC 40501-1 (Machine Tools 1.02).
 */

export const modelUris = {
  devices: 'http://opcfoundation.org/UA/DI/',
  machinery: 'http://opcfoundation.org/UA/Machinery/',
  packml: 'http://opcfoundation.org/UA/PackML/',
  machineTool: 'http://opcfoundation.org/UA/MachineTool/',
} as const;

export const companionModels: readonly (readonly [uri: string, name: string])[] = [
  [modelUris.packml, 'PackML'],
  [modelUris.machinery, 'Machinery (40001-1)'],
  [modelUris.machineTool, 'MachineTool (40501-1)'],
];

/** A node of a model: the same on every server, whatever index its namespace has there. */
export function modelNode(uri: string, identifier: string): string {
  return `${uri} ${identifier}`;
}

const { machinery, packml, machineTool } = modelUris;

/** Types of the models that are looked for: namespace, number in it, browse name. */
export const modelTypes = {
  itemIdentification: [machinery, 1004, 'MachineryItemIdentificationType'],
  machineIdentification: [machinery, 1012, 'MachineIdentificationType'],
  itemState: [machinery, 1002, 'MachineryItemState_StateMachineType'],
  operationMode: [machinery, 1008, 'MachineryOperationModeStateMachineType'],
  operationCounter: [machinery, 1009, 'MachineryOperationCounterType'],
  packmlObject: [packml, 6, 'PackMLBaseObjectType'],
  packmlStatus: [packml, 4, 'PackMLStatusObjectType'],
  packmlAdmin: [packml, 5, 'PackMLAdminObjectType'],
  packmlBase: [packml, 3, 'PackMLBaseStateMachineType'],
  packmlMachine: [packml, 2, 'PackMLMachineStateMachineType'],
  packmlExecute: [packml, 1, 'PackMLExecuteStateMachineType'],
  machineTool: [machineTool, 13, 'MachineToolType'],
  toolOperation: [machineTool, 26, 'MachineOperationMonitoringType'],
  toolProduction: [machineTool, 21, 'ProductionType'],
  toolStatistics: [machineTool, 20, 'ProductionStatisticsType'],
  toolProgram: [machineTool, 32, 'ProductionActiveProgramType'],
  toolJob: [machineTool, 29, 'ProductionJobType'],
  toolNotification: [machineTool, 7, 'NotificationType'],
  toolProductionState: [machineTool, 24, 'ProductionStateMachineType'],
} as const satisfies Record<string, readonly [uri: string, number: number, name: string]>;
export type ModelType = keyof typeof modelTypes;

/** The type that is this node of a model. */
export const typeOfModelNode: ReadonlyMap<string, ModelType> = new Map(
  Object.entries(modelTypes).map(([type, [uri, number]]) => [modelNode(uri, `i=${number}`), type as ModelType]),
);

/** Folders between a machine and what is told of it. */
export const foldersOfModels: readonly string[] = [modelNode('', 'i=61'), modelNode(machinery, 'i=1014')];

/** Where a type is from, as people know it. */
export const modelNameOf: Readonly<Record<string, string>> = {
  [packml]: 'PackML OPC 30050',
  [machinery]: 'Machinery OPC 40001-1',
  [machineTool]: 'MachineTool OPC 40501-1',
};

/** One state of a machine of states, with what it means for a work unit. */
export interface ModelState {
  /** Browse name in the namespace of the model. */
  readonly name: string;
  /** `StateNumber` in the NodeSet. */
  readonly number: number;
  readonly state: MachineState;
  readonly cause: LocalText;
}

export interface StateModel {
  readonly uri: string;
  readonly states: readonly ModelState[];
}

type StateRow = readonly [name: string, number: number, state: MachineState, zh: string, en: string];

function statesOf(uri: string, rows: readonly StateRow[]): StateModel {
  return { uri, states: rows.map(([name, number, state, zh, en]) => ({ name, number, state, cause: { zh, en } })) };
}

/** A state with states of its own below it is `unknown` where those cannot be read: nothing is guessed. */
export const stateModels = {
  packmlBase: statesOf(packml, [
    ['Aborting', 8, 'down', '正在急停', 'aborting'],
    ['Aborted', 9, 'down', '急停', 'aborted'],
    ['Cleared', 19, 'unknown', '', ''],
  ]),
  packmlMachine: statesOf(packml, [
    ['Clearing', 1, 'down', '正在清除故障', 'clearing'],
    ['Stopped', 2, 'down', '已停止', 'stopped'],
    ['Stopping', 7, 'down', '正在停止', 'stopping'],
    ['Running', 18, 'unknown', '', ''],
  ]),
  packmlExecute: statesOf(packml, [
    ['Starting', 3, 'setup', '正在启动', 'starting'],
    ['Idle', 4, 'idle', '', ''],
    ['Suspended', 5, 'starved', '因上下游暂停', 'suspended by its neighbours'],
    ['Execute', 6, 'running', '', ''],
    ['Holding', 10, 'down', '正在保持', 'holding'],
    ['Held', 11, 'down', '因本机原因保持', 'held by a cause of its own'],
    ['Unholding', 12, 'down', '正在解除保持', 'unholding'],
    ['Suspending', 13, 'starved', '因上下游正在暂停', 'suspending'],
    ['Unsuspending', 14, 'starved', '正在解除暂停', 'unsuspending'],
    ['Resetting', 15, 'setup', '正在复位', 'resetting'],
    ['Completing', 16, 'setup', '正在完成', 'completing'],
    ['Complete', 17, 'idle', '已完成', 'complete'],
  ]),
  itemState: statesOf(machinery, [
    ['NotAvailable', 0, 'down', '不可用', 'not available'],
    ['OutOfService', 1, 'down', '退出服务', 'out of service'],
    ['NotExecuting', 2, 'idle', '', ''],
    ['Executing', 3, 'running', '', ''],
  ]),
  operationMode: statesOf(machinery, [
    ['None', 0, 'unknown', '', ''],
    ['Maintenance', 1, 'planned-stop', '维护模式', 'maintenance mode'],
    ['Setup', 2, 'setup', '调整模式', 'set-up mode'],
    ['Processing', 3, 'unknown', '', ''],
  ]),
  toolProductionState: statesOf(machineTool, [
    ['Initializing', 0, 'setup', '程序初始化', 'program initializing'],
    ['Running', 1, 'running', '', ''],
    ['Ended', 2, 'idle', '程序结束', 'program ended'],
    ['Interrupted', 3, 'down', '程序中断', 'program interrupted'],
    ['Aborted', 4, 'down', '程序中止', 'program aborted'],
  ]),
} as const satisfies Partial<Record<ModelType, StateModel>>;
export type StateModelName = keyof typeof stateModels;

/** Values of the enumeration MachineOperationMode of OPC 40501-1 that say more than the state does. */
export const toolModes = { setup: 2, service: 4 } as const;
