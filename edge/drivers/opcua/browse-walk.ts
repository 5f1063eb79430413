import { AttributeIds, BrowseDirection, type ClientSession, type ReferenceDescription } from 'node-opcua-client';
import type { CallSize } from './call-size.ts';

/** An object or a variable below Objects, in the place it was met first. */
export interface WalkedNode {
  /** Browse names from Objects on, joined by dots. */
  readonly path: string;
  readonly name: string;
  /** Index of the namespace of its browse name. */
  readonly namespace: number;
  readonly nodeId: string;
  readonly isVariable: boolean;
  /** Of its type definition. */
  readonly typeId: string;
  readonly parent: WalkedNode | undefined;
}

/** A property node that says something of another one. */
export interface WalkedProperty {
  readonly name: string;
  readonly namespace: number;
  readonly nodeId: string;
  readonly of: WalkedNode;
}

export interface Walked {
  readonly nodes: readonly WalkedNode[];
  readonly properties: readonly WalkedProperty[];
  /** There was more than was looked at. */
  readonly cut: boolean;
}

const objectsFolder = 'i=85';
const serverObject = 'i=2253';
const hierarchical = 'i=33';
const hasProperty = 'i=46';
const objectsAndVariables = 3;
const variableClass = 2;
/** Browse names, reference type, node class and type definition: all that is asked for. */
const resultMask = 0x3f;

/** Everything below Objects but the server's own diagnostics; of properties those that `wanted` names. @throws what the client throws */
export async function walkServer(
  session: ClientSession,
  browses: CallSize,
  { nodesMax, wanted }: { nodesMax: number; wanted: ReadonlySet<string> },
): Promise<Walked> {
  const nodes: WalkedNode[] = [];
  const properties: WalkedProperty[] = [];
  const seen = new Set([objectsFolder, `ns=0;${objectsFolder}`, `ns=0;${serverObject}`]);
  // Objects itself is no node of the list.
  let level: (WalkedNode | undefined)[] = [undefined];
  while (level.length > 0) {
    const next: WalkedNode[] = [];
    const enough = (): boolean => seen.size > nodesMax;
    await browses.ask(level, async (part) => {
      if (enough()) return part;
      const children = await childrenOf(
        session,
        part.map((node) => node?.nodeId ?? objectsFolder),
        { referenceTypeId: hierarchical, nodeClassMask: objectsAndVariables },
      );
      for (const [place, references] of children.entries()) {
        const parent = part[place];
        for (const reference of references) {
          const nodeId = reference.nodeId.toString();
          if (seen.has(nodeId)) continue;
          seen.add(nodeId);
          const { name, namespace } = browseNameOf(reference);
          if (reference.referenceTypeId.toString() === `ns=0;${hasProperty}`) {
            if (wanted.has(name) && parent !== undefined) properties.push({ name, namespace, nodeId, of: parent });
            continue;
          }
          const child = childOf(parent, reference);
          nodes.push(child);
          next.push(child);
        }
      }
      return part;
    });
    if (enough()) return { nodes, properties, cut: true };
    level = next;
  }
  return { nodes, properties, cut: false };
}

function childOf(parent: WalkedNode | undefined, reference: ReferenceDescription): WalkedNode {
  const { name, namespace } = browseNameOf(reference);
  const own = plainText(name, 120);
  return {
    path: parent === undefined ? own : `${parent.path}.${own}`,
    name,
    namespace,
    nodeId: reference.nodeId.toString(),
    isVariable: (reference.nodeClass as number) === variableClass,
    typeId: reference.typeDefinition.toString(),
    parent,
  };
}

export function browseNameOf({ browseName }: ReferenceDescription): { name: string; namespace: number } {
  return { name: browseName.name ?? '', namespace: browseName.namespaceIndex };
}

/** What nodes refer to, for each of them, all pages; forward unless said otherwise. @throws what the client throws */
export async function childrenOf(
  session: ClientSession,
  nodeIds: readonly string[],
  asked: {
    referenceTypeId: string;
    nodeClassMask: number;
    browseDirection?: BrowseDirection;
  },
): Promise<ReferenceDescription[][]> {
  const results = await session.browse(
    nodeIds.map((nodeId) => ({
      nodeId,
      includeSubtypes: true,
      browseDirection: BrowseDirection.Forward,
      resultMask,
      ...asked,
    })),
  );
  const children: ReferenceDescription[][] = [];
  for (const result of results) {
    const references = [...(result.references ?? [])];
    let point = result.continuationPoint as Buffer | null;
    while (point !== null && point !== undefined && point.length > 0) {
      const more = await session.browseNext(point, false);
      references.push(...(more.references ?? []));
      point = more.continuationPoint as Buffer | null;
    }
    children.push(references);
  }
  return children;
}

/** The values of nodes, in order; undefined where there is none. @throws what the client throws */
export async function valuesOf(
  session: ClientSession,
  reads: CallSize,
  nodes: readonly { readonly nodeId: string }[],
): Promise<unknown[]> {
  const values = await reads.ask(nodes, (part) =>
    session.read(part.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value }))),
  );
  return values.map((value): unknown => value?.value?.value ?? undefined);
}

/** A text of the server in one line, without control characters. */
export function plainText(text: string, lengthMax: number): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, lengthMax);
}
