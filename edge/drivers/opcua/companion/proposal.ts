import type { TagRole } from '@gongfu/shared/model/asset';
import type { StateMappingEntry } from '@gongfu/shared/model/machine-state';
import type { WalkedNode } from '../browse-walk.ts';
import type { BrowsedTag } from '../browsed-tag.ts';
import { type ModelType, modelTypes } from './models.ts';
import { evidenceOf, type Nameplate, type RecognisedMachine } from './recognise.ts';
import { type ModeTags, moddedSignal, packmlSignal, type StateSignal, type StateTags } from './state-signal.ts';

export interface ProposedSignal {
  readonly role: TagRole;
  readonly source: string;
  readonly tag: string;
  readonly rolloverAt?: number;
  /** Why it has its role. */
  readonly evidence: string;
}

/** A tag the gateway works out of others, because no variable of the server is it. */
interface ProposedDerived {
  readonly name: string;
  readonly type: 'string' | 'int32';
  readonly expression: string;
}

export interface ProposedMachine extends Nameplate {
  readonly name: string;
  readonly path: string;
  readonly evidence: readonly string[];
  readonly signals: readonly ProposedSignal[];
  readonly derived: readonly ProposedDerived[];
  readonly states: readonly StateMappingEntry[];
  readonly plannedCycleMs: number | undefined;
  readonly components: readonly ({ readonly path: string } & Nameplate)[];
}

/** What a proposal looks at. */
interface Surroundings {
  /** Names of the sources of the tags of the server, and of those worked out of them. */
  readonly sources: { readonly server: string; readonly derived: string };
  childrenOf(node: WalkedNode): readonly WalkedNode[];
  tagsOf(node: WalkedNode): readonly BrowsedTag[];
  statesOf(node: WalkedNode): StateTags | undefined;
  othersOf(node: WalkedNode): readonly string[];
  /** A name for a derived tag that none has yet. */
  unused(name: string): string;
  /** Whether it is a machine, whose signals are none of another one. */
  isMachine(node: WalkedNode): boolean;
  nameplateOf(identification: WalkedNode | undefined): Nameplate;
  /** The value a variable has now. */
  valueOf(node: WalkedNode): unknown;
}

/** Counters of PackML are Int32 that are 0 again after the greatest. */
const packmlRollover = 2 ** 31;
const uint32Rollover = 2 ** 32;

/** What is proposed for one machine. */
export function proposalOf(machine: RecognisedMachine, around: Surroundings): ProposedMachine {
  const plate = around.nameplateOf(machine.identification);
  const name = machine.node.name.replace(/\p{Cc}+/gu, ' ').trim();
  const state = stateOf(machine, around);
  const derived =
    state?.expression === undefined
      ? []
      : [{ name: around.unused(`${machine.node.path}.state`), type: state.type, expression: state.expression }];
  const { server } = around.sources;
  const stateTag = derived[0]?.name ?? state?.tag;
  const signals: ProposedSignal[] = [];
  if (stateTag !== undefined) {
    const source = derived.length === 0 ? server : around.sources.derived;
    signals.push({ role: 'state', source, tag: stateTag, evidence: state!.evidence });
  }
  signals.push(...countsOf(machine, around));
  const taken = new Set(signals.map(({ source, tag }) => `${source} ${tag}`));
  for (const { tag, evidence } of othersOf(machine, around)) {
    if (!taken.has(`${server} ${tag}`)) signals.push({ role: 'signal', source: server, tag, evidence });
  }
  return {
    ...plate,
    name,
    path: machine.node.path,
    evidence: evidenceFor(machine, around),
    signals,
    derived,
    states: state?.entries ?? [],
    plannedCycleMs: plannedCycleOf(machine, around),
    components: machine.components.map(({ node, identification }) => ({
      path: node.path,
      ...around.nameplateOf(identification),
    })),
  };
}

function partOf({ parts }: RecognisedMachine, as: ModelType): WalkedNode | undefined {
  return parts.find((part) => part.as === as)?.node;
}

function childOf(node: WalkedNode | undefined, name: string, around: Surroundings): WalkedNode | undefined {
  return node === undefined ? undefined : around.childrenOf(node).find((child) => child.name === name);
}

function firstTag(node: WalkedNode | undefined, around: Surroundings): BrowsedTag | undefined {
  return node === undefined ? undefined : around.tagsOf(node)[0];
}

/** PackML tells most, then the state of the item, then the program of a machine tool. */
function stateOf(
  machine: RecognisedMachine,
  around: Surroundings,
): (StateSignal & { readonly evidence: string }) | undefined {
  const { server } = around.sources;
  const read = (as: ModelType): StateTags | undefined => {
    for (const part of machine.parts) {
      const found = part.as === as ? around.statesOf(part.node) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const [base, unit, execute] = [read('packmlBase'), read('packmlMachine'), read('packmlExecute')];
  const blocked = firstTag(childOf(partOf(machine, 'packmlStatus'), 'EquipmentBlocked', around), around)?.name;
  const packml = packmlSignal({ base, machine: unit, execute, blocked }, server);
  if (packml !== undefined) return { ...packml, evidence: 'PackML state machines' };
  const enumeration = firstTag(childOf(partOf(machine, 'toolOperation'), 'OperationMode', around), around)?.name;
  const machineryMode = read('operationMode');
  const mode: ModeTags | undefined = machineryMode ?? (enumeration === undefined ? undefined : { enumeration });
  const withMode = mode === undefined ? '' : ', and its operation mode';
  const item = read('itemState');
  if (item !== undefined) return { ...moddedSignal(item, mode, server), evidence: `MachineryItemState${withMode}` };
  const programs = machine.parts.filter(({ as }) => as === 'toolProgram').map(({ node }) => node);
  const ofProgram = machine.parts.find(
    ({ node, as }) => as === 'toolProductionState' && node.parent !== undefined && programs.includes(node.parent),
  );
  const program = ofProgram && around.statesOf(ofProgram.node);
  return program && { ...moddedSignal(program, mode, server), evidence: `state of the active program${withMode}` };
}

function countsOf(machine: RecognisedMachine, around: Surroundings): ProposedSignal[] {
  const counts: ProposedSignal[] = [];
  const add = (role: TagRole, tag: BrowsedTag | undefined, evidence: string, rolloverAt?: number): void => {
    if (tag === undefined || counts.some((count) => count.role === role)) return;
    counts.push({ role, source: around.sources.server, tag: tag.name, evidence, ...(rolloverAt && { rolloverAt }) });
  };
  const admin = partOf(machine, 'packmlAdmin');
  for (const [name, role] of [
    ['ProdProcessedCount', 'total-count'],
    ['ProdDefectiveCount', 'scrap-count'],
  ] as const) {
    const tags = childOf(admin, name, around);
    const accumulated = tags === undefined ? [] : around.tagsOf(tags).filter(({ field }) => field === 'AccCount');
    const others =
      accumulated.length > 1 ? `; the first of ${accumulated.length}: see which of them counts this product` : '';
    add(role, accumulated[0], `${name} of PackML Admin, never set back${others}`, packmlRollover);
  }
  const jobs = machine.parts.filter(({ as }) => as === 'toolJob').map(({ node }) => node);
  const job = jobs.length === 1 ? jobs[0] : undefined;
  const ofJob = `of ${job?.path ?? ''}, the only job in the production plan`;
  for (const as of ['toolStatistics', 'operationCounter'] as const) {
    const lifetime = firstTag(childOf(partOf(machine, as), 'PartsProducedInLifetime', around), around);
    add(
      'total-count',
      lifetime,
      `PartsProducedInLifetime of ${modelTypes[as][2]}`,
      lifetime?.type === 'uint32' ? uint32Rollover : undefined,
    );
  }
  add('total-count', firstTag(childOf(job, 'PartsCompleted', around), around), `PartsCompleted ${ofJob}`);
  add('good-count', firstTag(childOf(job, 'PartsGood', around), around), `PartsGood ${ofJob}`);
  return counts;
}

/** Everything else below the machine. */
function othersOf(machine: RecognisedMachine, around: Surroundings): { tag: string; evidence: string }[] {
  const found: { tag: string; evidence: string }[] = [];
  const parts = new Map(machine.parts.map((part) => [part.node, part]));
  const visit = (node: WalkedNode, evidence: string): void => {
    for (const child of around.childrenOf(node)) {
      if (around.isMachine(child)) continue;
      const part = parts.get(child);
      const known = part === undefined ? evidence : modelTypes[part.as][2];
      for (const { name } of around.tagsOf(child)) found.push({ tag: name, evidence: known });
      visit(child, known);
    }
  };
  visit(machine.node, parts.has(machine.node) ? modelTypes[parts.get(machine.node)!.as][2] : '');
  return found;
}

/** PackML tells its design speed in primary packages a minute. */
function plannedCycleOf(machine: RecognisedMachine, around: Surroundings): number | undefined {
  const speed = childOf(partOf(machine, 'packmlAdmin'), 'MachDesignSpeed', around);
  const value = speed === undefined ? undefined : around.valueOf(speed);
  if (typeof value !== 'number' || !(value > 0)) return undefined;
  const cycleMs = Math.round(60_000 / value);
  return cycleMs >= 1 && cycleMs <= 86_400_000 ? cycleMs : undefined;
}

function evidenceFor(machine: RecognisedMachine, around: Surroundings): string[] {
  const jobs = machine.parts.filter(({ as }) => as === 'toolJob').length;
  return [
    ...(machine.identification === undefined ? [] : [`${machine.identification.path}: identification of the machine`]),
    ...machine.parts.map(evidenceOf),
    ...machine.parts.flatMap(({ node }) =>
      around.othersOf(node).map((name) => `${node.path}: its state ${name} is none of the model, so it is not mapped`),
    ),
    ...(partOf(machine, 'toolNotification') === undefined ? [] : ['notifications are events, which are not read']),
    ...(jobs > 1
      ? [`${jobs} jobs in the production plan: which of them counts is not told, so none of them does`]
      : []),
  ];
}
