import type { WalkedNode, WalkedProperty } from '../browse-walk.ts';
import { foldersOfModels, type ModelType, modelNameOf, modelTypes, modelUris, typeOfModelNode } from './models.ts';
import type { TypeTree } from './type-tree.ts';

/** A node that is of a type of a model, or of one derived from it. */
interface Recognised {
  readonly node: WalkedNode;
  readonly as: ModelType;
}

/** What a machine says of itself; empty where it says nothing. */
export interface Nameplate {
  readonly manufacturer: string;
  readonly model: string;
  readonly serialNumber: string;
}

export interface RecognisedMachine {
  readonly node: WalkedNode;
  readonly identification: WalkedNode | undefined;
  readonly parts: readonly Recognised[];
  readonly components: readonly { readonly node: WalkedNode; readonly identification: WalkedNode }[];
}

/** Properties of an Identification a proposal tells of. */
export const nameplateProperties = ['Manufacturer', 'Model', 'SerialNumber'] as const;

/** The nearest type of a model each node has; nodes of no such type are left out. */
export function recognise(nodes: readonly WalkedNode[], types: TypeTree): Map<WalkedNode, ModelType> {
  const known = new Map<string, ModelType | undefined>();
  const found = new Map<WalkedNode, ModelType>();
  for (const node of nodes) {
    if (node.isVariable) continue;
    if (!known.has(node.typeId)) {
      const ofModel = types.lineage(node.typeId).flatMap((each) => typeOfModelNode.get(each) ?? []);
      known.set(node.typeId, ofModel[0]);
    }
    const as = known.get(node.typeId);
    if (as !== undefined) found.set(node, as);
  }
  return found;
}

/**
 * The machines among what was recognised. A machine is what has an identification as one, or is a machine tool; what a model tells of no such
 * machine belongs to the object it is told of. What belongs to a component of a machine says nothing of the machine.
 */
export function machinesOf(recognised: ReadonlyMap<WalkedNode, ModelType>, types: TypeTree): RecognisedMachine[] {
  const identifications = new Map<WalkedNode, WalkedNode>();
  const machines = new Set<WalkedNode>();
  for (const [node, as] of recognised) {
    if (as === 'machineTool') machines.add(node);
    if ((as === 'machineIdentification' || as === 'itemIdentification') && node.parent !== undefined) {
      identifications.set(node.parent, node);
      if (as === 'machineIdentification') machines.add(node.parent);
    }
  }
  // What is identified as a component of no machine stands for itself.
  for (const node of identifications.keys()) if (machineAbove(node, machines) === undefined) machines.add(node);
  splitUnits(recognised, machines);
  const ownerOf = (node: WalkedNode): WalkedNode => {
    for (let at: WalkedNode | undefined = node; at !== undefined; at = at.parent) {
      if (machines.has(at) || identifications.has(at)) return at;
    }
    let at = node.parent ?? node;
    while (at.parent !== undefined && foldersOfModels.includes(types.modelNodeOf(at.typeId))) at = at.parent;
    return outermostObject(node, recognised) ?? at;
  };
  const parts = new Map<WalkedNode, Recognised[]>();
  const components = new Map<WalkedNode, { node: WalkedNode; identification: WalkedNode }[]>();
  for (const machine of machines) parts.set(machine, []);
  for (const [node, as] of recognised) {
    if (as === 'machineIdentification') continue;
    const owner = ownerOf(node);
    if (identifications.has(owner) && !machines.has(owner)) {
      const machine = machineAbove(owner, machines);
      if (as === 'itemIdentification' && machine !== undefined)
        components.set(machine, [...(components.get(machine) ?? []), { node: owner, identification: node }]);
      continue;
    }
    parts.set(owner, [...(parts.get(owner) ?? []), { node, as }]);
  }
  return [...parts].map(([node, list]) => ({
    node,
    identification: identifications.get(node),
    parts: list,
    components: components.get(node) ?? [],
  }));
}

/** A line that is identified as a whole and holds several PackML units: each of them is a work unit of its own. */
function splitUnits(recognised: ReadonlyMap<WalkedNode, ModelType>, machines: Set<WalkedNode>): void {
  const units = new Map<WalkedNode, WalkedNode[]>();
  for (const [node, as] of recognised) {
    if (as !== 'packmlObject') continue;
    const machine = machineAbove(node, machines);
    if (machine !== undefined) units.set(machine, [...(units.get(machine) ?? []), node]);
  }
  for (const list of units.values()) if (list.length > 1) for (const unit of list) machines.add(unit);
}

/** The PackML object a node lies in, or is. */
function outermostObject(node: WalkedNode, recognised: ReadonlyMap<WalkedNode, ModelType>): WalkedNode | undefined {
  let found: WalkedNode | undefined;
  for (let at: WalkedNode | undefined = node; at !== undefined; at = at.parent) {
    if (recognised.get(at) === 'packmlObject') found = at;
  }
  return found;
}

function machineAbove(node: WalkedNode, machines: ReadonlySet<WalkedNode>): WalkedNode | undefined {
  for (let at = node.parent; at !== undefined; at = at.parent) if (machines.has(at)) return at;
  return undefined;
}

/** What an Identification says; its properties are those of the namespace of devices (OPC 10000-100). */
export function nameplateOf(
  identification: WalkedNode | undefined,
  values: ReadonlyMap<WalkedProperty, unknown>,
  namespaces: readonly string[],
): Nameplate {
  const textOf = (name: string): string => {
    for (const [property, value] of values) {
      if (property.of !== identification || property.name !== name) continue;
      if (namespaces[property.namespace] !== modelUris.devices) continue;
      const text: unknown = typeof value === 'string' ? value : (value as { text?: unknown } | undefined)?.text;
      if (typeof text === 'string')
        return text
          .replace(/\p{Cc}+/gu, ' ')
          .trim()
          .slice(0, 100);
    }
    return '';
  };
  return { manufacturer: textOf('Manufacturer'), model: textOf('Model'), serialNumber: textOf('SerialNumber') };
}

/** Where a node was found and why it is taken for what it is, for a person. */
export function evidenceOf({ node, as }: Recognised): string {
  const [uri, , name] = modelTypes[as];
  return `${node.path}: ${name} of ${modelNameOf[uri]}`;
}
