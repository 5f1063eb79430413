import { AttributeIds, BrowseDirection, type ClientSession } from 'node-opcua-client';
import { browseNameOf, childrenOf, plainText, valuesOf } from '../browse-walk.ts';
import type { CallSize } from '../call-size.ts';
import { type ModelState, modelNode, type StateModel } from './models.ts';

const hasSubtype = 'i=45';
const hasComponent = 'i=47';
const hasProperty = 'i=46';
const anyClass = 0;
/** StateType, InitialStateType, ChoiceStateType. */
const stateTypes = ['ns=0;i=2307', 'ns=0;i=2309', 'ns=0;i=15109'];
/** Deeper than any hierarchy of types there is; a server whose types go round in a circle ends here. */
const depthMax = 30;

/** A state of a model as this server shows it. */
export interface ShownState extends ModelState {
  /** Its display name, which `CurrentState` has as its value. */
  readonly text: string;
}

/** The types of a server, each with those it derives from. */
export class TypeTree {
  readonly #session: ClientSession;
  readonly #calls: { readonly browses: CallSize; readonly reads: CallSize };
  readonly #namespaces: readonly string[];
  readonly #above = new Map<string, string | undefined>();

  constructor(options: {
    session: ClientSession;
    calls: { readonly browses: CallSize; readonly reads: CallSize };
    namespaces: readonly string[];
  }) {
    this.#session = options.session;
    this.#calls = options.calls;
    this.#namespaces = options.namespaces;
  }

  /** Learns what these types derive from. @throws what the client throws */
  async learn(typeIds: Iterable<string>): Promise<void> {
    let asked = [...new Set(typeIds)].filter((typeId) => !this.#above.has(typeId));
    for (let depth = 0; asked.length > 0 && depth < depthMax; depth += 1) {
      const answers = await this.#calls.browses.ask(asked, (part) =>
        childrenOf(this.#session, part, {
          referenceTypeId: hasSubtype,
          nodeClassMask: anyClass,
          browseDirection: BrowseDirection.Inverse,
        }),
      );
      for (const [place, typeId] of asked.entries()) this.#above.set(typeId, answers[place]?.[0]?.nodeId.toString());
      const found = asked.map((typeId) => this.#above.get(typeId)).filter((typeId) => typeId !== undefined);
      asked = [...new Set(found)].filter((typeId) => !this.#above.has(typeId));
    }
  }

  /** The type and all it derives from, nearest first, each as a node of its model. */
  lineage(typeId: string): string[] {
    return this.#idsOf(typeId).map((each) => this.modelNodeOf(each));
  }

  /** A node id of this server as a node of a model; those of OPC UA itself have no URI here. */
  modelNodeOf(nodeId: string): string {
    const [, index = '0', identifier = nodeId] = /^ns=(\d+);(.*)$/s.exec(nodeId) ?? [];
    return modelNode(index === '0' ? '' : (this.#namespaces[Number(index)] ?? ''), identifier);
  }

  /**
   * The states of a machine of states, as the server shows them where it has the nodes of its types, else as its model has them.
   * Others beside those of the model are only named.
   */
  async statesOf(typeId: string, model: StateModel): Promise<{ states: ShownState[]; others: string[] }> {
    const levels = await this.#calls.browses.ask(this.#idsOf(typeId), (part) =>
      childrenOf(this.#session, part, { referenceTypeId: hasComponent, nodeClassMask: 1 }),
    );
    const found = new Map<string, { nodeId: string; name: string; isOfModel: boolean }>();
    // A type may have a state of the type above it again: then its own counts.
    for (const reference of levels.flat()) {
      const { name, namespace } = browseNameOf(reference);
      const uri = this.#namespaces[namespace] ?? '';
      const key = `${uri} ${name}`;
      const isOfModel = uri === model.uri && model.states.some((state) => state.name === name);
      if (!isOfModel && !stateTypes.includes(reference.typeDefinition.toString())) continue;
      if (!found.has(key)) found.set(key, { nodeId: reference.nodeId.toString(), name, isOfModel });
    }
    const nodes = [...found.values()];
    const own = nodes.filter(({ isOfModel }) => isOfModel);
    const [texts, numbers] = [await this.#textsOf(own), await this.#numbersOf(own)];
    const states = model.states.map((state): ShownState => {
      const place = own.findIndex(({ name }) => name === state.name);
      return { ...state, text: texts[place] ?? state.name, number: numbers[place] ?? state.number };
    });
    return { states, others: nodes.filter(({ isOfModel }) => !isOfModel).map(({ name }) => plainText(name, 120)) };
  }

  async #textsOf(nodes: readonly { readonly nodeId: string }[]): Promise<(string | undefined)[]> {
    const names = await this.#calls.reads.ask(nodes, (part) =>
      this.#session.read(part.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.DisplayName }))),
    );
    return names.map((name) => {
      const text: unknown = (name?.value?.value as { text?: unknown } | null)?.text;
      return typeof text === 'string' && text !== '' ? text : undefined;
    });
  }

  async #numbersOf(nodes: readonly { readonly nodeId: string }[]): Promise<(number | undefined)[]> {
    const properties = await this.#calls.browses.ask(nodes, (part) =>
      childrenOf(
        this.#session,
        part.map(({ nodeId }) => nodeId),
        { referenceTypeId: hasProperty, nodeClassMask: 2 },
      ),
    );
    const numbers = properties.map((list) => list.find((each) => browseNameOf(each).name === 'StateNumber'));
    const there = numbers.flatMap((each) => (each === undefined ? [] : [{ nodeId: each.nodeId.toString() }]));
    const values = await valuesOf(this.#session, this.#calls.reads, there);
    return numbers.map((each) => {
      const value =
        each === undefined ? undefined : values[there.findIndex(({ nodeId }) => nodeId === each.nodeId.toString())];
      return typeof value === 'number' ? value : undefined;
    });
  }

  #idsOf(typeId: string): string[] {
    const ids: string[] = [];
    for (let at: string | undefined = typeId; at !== undefined && ids.length < depthMax; at = this.#above.get(at))
      ids.push(at);
    return ids;
  }
}
