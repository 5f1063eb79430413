import type { ValueType } from '@gongfu/shared/model/value-type';
import type { ClientSession } from 'node-opcua-client';
import { valuesOf, type Walked, type WalkedNode, type WalkedProperty } from '../browse-walk.ts';
import { type BrowsedTag, unused } from '../browsed-tag.ts';
import type { CallSize } from '../call-size.ts';
import { type ModelType, type StateModelName, stateModels } from './models.ts';
import { type ProposedMachine, proposalOf } from './proposal.ts';
import { machinesOf, nameplateOf, nameplateProperties, type RecognisedMachine, recognise } from './recognise.ts';
import type { StateTags } from './state-signal.ts';
import { type ShownState, TypeTree } from './type-tree.ts';

interface Options {
  readonly session: ClientSession;
  readonly calls: { readonly browses: CallSize; readonly reads: CallSize };
  readonly namespaces: readonly string[];
  readonly walked: Walked;
}

interface Learned {
  readonly recognised: ReadonlyMap<WalkedNode, ModelType>;
  readonly machines: readonly RecognisedMachine[];
  readonly states: ReadonlyMap<
    WalkedNode,
    { readonly states: readonly ShownState[]; readonly others: readonly string[] }
  >;
  readonly plates: ReadonlyMap<WalkedProperty, unknown>;
  /** Values of variables a proposal looks at, by node id. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** Counts of PackML are structures, of which these fields are numbers. */
const countFields = ['Count', 'AccCount'];
const countNames = ['ProdConsumedCount', 'ProdProcessedCount', 'ProdDefectiveCount'];

/** What the companion models tell of a server that has some. */
export class Companion {
  /** Properties the walk must bring for it. */
  static readonly properties: readonly string[] = ['Number', ...nameplateProperties];

  /** Numbers of present states, which a walk passes over as properties. */
  readonly numbers: readonly WalkedProperty[];
  readonly #namespaces: readonly string[];
  readonly #learned: Learned;
  readonly #children = new Map<WalkedNode | undefined, WalkedNode[]>();

  private constructor({ namespaces, walked }: Options, learned: Learned) {
    this.#namespaces = namespaces;
    this.#learned = learned;
    for (const node of walked.nodes) {
      const siblings = this.#children.get(node.parent);
      if (siblings === undefined) this.#children.set(node.parent, [node]);
      else siblings.push(node);
    }
    this.numbers = walked.properties.filter(({ name, of }) => name === 'Number' && this.#isCurrentState(of));
  }

  /** @throws what the client throws */
  static async read(options: Options): Promise<Companion> {
    const { session, calls, walked } = options;
    const types = new TypeTree(options);
    await types.learn(walked.nodes.filter(({ isVariable }) => !isVariable).map(({ typeId }) => typeId));
    const recognised = recognise(walked.nodes, types);
    const states: Map<WalkedNode, { states: readonly ShownState[]; others: readonly string[] }> = new Map();
    const known = new Map<string, { states: ShownState[]; others: string[] }>();
    for (const [node, as] of recognised) {
      if (!isStateModel(as)) continue;
      const shown = known.get(node.typeId) ?? (await types.statesOf(node.typeId, stateModels[as]));
      known.set(node.typeId, shown);
      states.set(node, shown);
    }
    const plates = walked.properties.filter(
      ({ name, of }) => recognised.has(of) && (nameplateProperties as readonly string[]).includes(name),
    );
    const speeds = walked.nodes.filter(
      ({ name, parent }) =>
        name === 'MachDesignSpeed' && parent !== undefined && recognised.get(parent) === 'packmlAdmin',
    );
    const plateValues = await valuesOf(session, calls.reads, plates);
    const speedValues = await valuesOf(session, calls.reads, speeds);
    return new Companion(options, {
      recognised,
      machines: machinesOf(recognised, types),
      states,
      plates: new Map(plates.map((property, place) => [property, plateValues[place]])),
      values: new Map(speeds.map(({ nodeId }, place) => [nodeId, speedValues[place]])),
    });
  }

  /** What a model knows of a variable that its value may not show. */
  shapeOf(node: WalkedNode): { readonly type?: ValueType; readonly fields?: readonly string[] } {
    if (this.#isCurrentState(node)) return { type: 'string' };
    const parent = node.parent && this.#learned.recognised.get(node.parent);
    return parent === 'packmlAdmin' && countNames.includes(node.name) ? { fields: countFields } : {};
  }

  /** `tags` are those of each variable, by its node id. */
  propose(tags: ReadonlyMap<string, readonly BrowsedTag[]>): ProposedMachine[] {
    const { machines, states, plates, values } = this.#learned;
    const nodes = new Set(machines.map(({ node }) => node));
    const numberOf = new Map(this.numbers.map(({ of, nodeId }) => [of, nodeId]));
    const names = new Set<string>();
    const tagsOf = (node: WalkedNode): BrowsedTag[] => [
      ...(tags.get(node.nodeId) ?? []),
      ...(tags.get(numberOf.get(node) ?? '') ?? []),
    ];
    return machines.map((machine) =>
      proposalOf(machine, {
        sources: { server: 'server', derived: 'machines' },
        childrenOf: (node) => this.#children.get(node) ?? [],
        tagsOf,
        statesOf: (node) => this.#stateTags(node, tags),
        othersOf: (node) => states.get(node)?.others ?? [],
        unused: (name) => unused(name, names),
        isMachine: (node) => nodes.has(node),
        nameplateOf: (identification) => nameplateOf(identification, plates, this.#namespaces),
        valueOf: ({ nodeId }) => values.get(nodeId),
      }),
    );
  }

  #stateTags(node: WalkedNode, tags: ReadonlyMap<string, readonly BrowsedTag[]>): StateTags | undefined {
    const shown = this.#learned.states.get(node);
    const current = this.#children.get(node)?.find((child) => this.#isCurrentState(child));
    const text = current && tags.get(current.nodeId)?.[0]?.name;
    if (shown === undefined || text === undefined) return undefined;
    const number = this.numbers.find(({ of }) => of === current);
    return { text, number: number && tags.get(number.nodeId)?.[0]?.name, states: shown.states };
  }

  #isCurrentState({ name, namespace, isVariable, parent }: WalkedNode): boolean {
    if (name !== 'CurrentState' || namespace !== 0 || !isVariable || parent === undefined) return false;
    const as = this.#learned.recognised.get(parent);
    return as !== undefined && isStateModel(as);
  }
}

function isStateModel(as: ModelType): as is StateModelName {
  return as in stateModels;
}
