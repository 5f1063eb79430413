import type { ValueType } from '@gongfu/shared/model/value-type';
import {
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  DataType,
  type DataValue,
  type ReferenceDescription,
  readOperationLimits,
  VariantArrayType,
} from 'node-opcua-client';
import { CallSize } from './call-size.ts';
import { readNamespaceArray } from './client.ts';

export interface BrowsedTag {
  readonly name: string;
  readonly nodeId: string;
  readonly type: ValueType;
  readonly unit: string;
  readonly description: string;
  /** Of an array. */
  readonly element: number | undefined;
}

export interface BrowsedServer {
  readonly namespaces: readonly string[];
  readonly tags: readonly BrowsedTag[];
  /** Variables that no tag can read, with the reason. */
  readonly left: readonly { readonly name: string; readonly reason: string }[];
  /** There was more than was looked at. */
  readonly cut: boolean;
}

interface Variable {
  readonly path: string;
  readonly nodeId: string;
  unit: string;
}

const objectsFolder = 'i=85';
const serverObject = 'i=2253';
const hierarchical = 'i=33';
const hasProperty = 'i=46';
const objectsAndVariables = 3;
const variableClass = 2;
/** Browse names, reference type and node class: all that is asked for. */
const resultMask = 0x3f;
const perCallMax = 200;
/** A longer array is rather a waveform than a row of signals. */
const elementsMax = 64;

const typeOf: Partial<Record<DataType, ValueType>> = {
  [DataType.Boolean]: 'bool',
  [DataType.SByte]: 'int8',
  [DataType.Byte]: 'uint8',
  [DataType.Int16]: 'int16',
  [DataType.UInt16]: 'uint16',
  [DataType.Int32]: 'int32',
  [DataType.UInt32]: 'uint32',
  [DataType.Int64]: 'int64',
  [DataType.UInt64]: 'uint64',
  [DataType.Float]: 'float32',
  [DataType.Double]: 'float64',
  [DataType.String]: 'string',
  [DataType.LocalizedText]: 'string',
  [DataType.DateTime]: 'string',
  [DataType.Guid]: 'string',
  [DataType.ByteString]: 'string',
};

/** What people write for units and what UCUM does; everything else is passed on as the server says it. */
const ucum: Readonly<Record<string, string>> = {
  '°C': 'Cel',
  '°F': '[degF]',
  '°': 'deg',
  rpm: '/min',
  'r/min': '/min',
};

/** Every variable below Objects that a tag can read, the server's own diagnostics left out. @throws what the client throws */
export async function browseServer(session: ClientSession, nodesMax = 100_000): Promise<BrowsedServer> {
  const namespaces = await readNamespaceArray(session);
  const limits = await readOperationLimits(session).catch(() => undefined);
  const browses = new CallSize({ told: limits?.maxNodesPerBrowse, most: perCallMax });
  const reads = new CallSize({ told: limits?.maxNodesPerRead, most: perCallMax });
  const { variables, cut } = await walk(session, browses, nodesMax);
  await readUnits(session, variables, reads);
  const tags: BrowsedTag[] = [];
  const left: { name: string; reason: string }[] = [];
  const names = new Set<string>();
  const asked = variables.plain.flatMap(({ nodeId }) => [
    { nodeId, attributeId: AttributeIds.Value },
    { nodeId, attributeId: AttributeIds.Description },
  ]);
  const values = await reads.ask(asked, (part) => session.read([...part]));
  for (const [place, variable] of variables.plain.entries()) {
    const found = tagsOf(variable, values[2 * place]!, namespaces);
    if (typeof found === 'string') {
      left.push({ name: variable.path, reason: found });
      continue;
    }
    const text: unknown = (values[2 * place + 1]?.value?.value as { text?: unknown } | null)?.text;
    // Some servers repeat the name there.
    const description = typeof text === 'string' && !variable.path.endsWith(text) ? plainText(text, 500) : '';
    for (const tag of found) tags.push({ ...tag, description, name: unused(tag.name, names) });
  }
  return { namespaces, tags, left, cut };
}

interface Found {
  readonly plain: Variable[];
  /** Property nodes with a unit, and the variable they speak of. */
  readonly units: { readonly nodeId: string; readonly of: Variable }[];
}

async function walk(
  session: ClientSession,
  browses: CallSize,
  nodesMax: number,
): Promise<{ variables: Found; cut: boolean }> {
  const variables: Found = { plain: [], units: [] };
  const seen = new Set([objectsFolder, `ns=0;${objectsFolder}`, `ns=0;${serverObject}`]);
  let level: Variable[] = [{ path: '', nodeId: objectsFolder, unit: '' }];
  while (level.length > 0) {
    const next: Variable[] = [];
    const enough = (): boolean => seen.size > nodesMax;
    await browses.ask(level, async (part) => {
      if (enough()) return part;
      const children = await childrenOf(
        session,
        part.map(({ nodeId }) => nodeId),
      );
      for (const [place, references] of children.entries()) {
        for (const reference of references) {
          const nodeId = reference.nodeId.toString();
          const name = reference.browseName.name ?? '';
          if (seen.has(nodeId)) continue;
          seen.add(nodeId);
          const parent = part[place]!;
          if (reference.referenceTypeId.toString() === `ns=0;${hasProperty}`) {
            if (name === 'EngineeringUnits') variables.units.push({ nodeId, of: parent });
            continue;
          }
          const own = plainText(name, 120);
          const child = { path: parent.path === '' ? own : `${parent.path}.${own}`, nodeId, unit: '' };
          if ((reference.nodeClass as number) === variableClass) variables.plain.push(child);
          next.push(child);
        }
      }
      return part;
    });
    if (enough()) return { variables, cut: true };
    level = next;
  }
  return { variables, cut: false };
}

async function childrenOf(session: ClientSession, nodeIds: readonly string[]): Promise<ReferenceDescription[][]> {
  const results = await session.browse(
    nodeIds.map((nodeId) => ({
      nodeId,
      referenceTypeId: hierarchical,
      includeSubtypes: true,
      browseDirection: BrowseDirection.Forward,
      nodeClassMask: objectsAndVariables,
      resultMask,
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

async function readUnits(session: ClientSession, { units }: Found, reads: CallSize): Promise<void> {
  const values = await reads.ask(units, (part) =>
    session.read(part.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value }))),
  );
  for (const [place, { of }] of units.entries()) {
    const unit: unknown = (values[place]?.value?.value as { displayName?: { text?: unknown } } | null)?.displayName
      ?.text;
    if (typeof unit === 'string') of.unit = ucum[unit] ?? plainText(unit, 50);
  }
}

/** One tag, one for each element of a short array, or why there is none. */
function tagsOf(variable: Variable, { value }: DataValue, namespaces: readonly string[]): BrowsedTag[] | string {
  const { path, unit } = variable;
  const dataType = value?.dataType ?? DataType.Null;
  if (dataType === DataType.Null) return 'it has no value now, so its type is not known';
  const type = typeOf[dataType];
  if (type === undefined) return `a value of type ${DataType[dataType]} cannot be a tag`;
  const nodeId = lastingId(variable.nodeId, namespaces);
  const tag = { nodeId, type, unit, description: '' };
  if (value.arrayType === VariantArrayType.Scalar) return [{ ...tag, name: path, element: undefined }];
  const count = (value.value as ArrayLike<unknown> | null)?.length ?? 0;
  if (value.arrayType !== VariantArrayType.Array || count === 0 || count > elementsMax)
    return `an array of ${count} values; up to ${elementsMax} in one row become tags`;
  return Array.from({ length: count }, (_, element) => ({ ...tag, name: `${path}[${element}]`, element }));
}

/** The index of a namespace may move; its URI does not. Of 0 and 1 the index is fixed by the standard. */
function lastingId(nodeId: string, namespaces: readonly string[]): string {
  const [, index, identifier] = /^ns=(\d+);(.*)$/s.exec(nodeId) ?? [];
  if (identifier === undefined || index === '0') return identifier ?? nodeId;
  const uri = namespaces[Number(index)];
  if (index === '1' || uri === undefined) return nodeId;
  return `nsu=${uri.replaceAll('%', '%25').replaceAll(';', '%3B')};${identifier}`;
}

function plainText(text: string, lengthMax: number): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, lengthMax);
}

/** A name no tag has yet, at most 200 characters: of a deep path the end says more than the beginning. */
function unused(path: string, names: Set<string>): string {
  const base = path.slice(-190);
  let name = base;
  for (let count = 2; names.has(name); count += 1) name = `${base}-${count}`;
  names.add(name);
  return name;
}
