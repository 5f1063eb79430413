import type { ValueType } from '@gongfu/shared/model/value-type';
import {
  AttributeIds,
  type ClientSession,
  DataType,
  type DataValue,
  readOperationLimits,
  VariantArrayType,
} from 'node-opcua-client';
import { plainText, valuesOf, type Walked, type WalkedNode, type WalkedProperty, walkServer } from './browse-walk.ts';
import { type BrowsedTag, unused } from './browsed-tag.ts';
import { CallSize } from './call-size.ts';
import { readNamespaceArray } from './client.ts';
import { Companion } from './companion/companion.ts';
import { companionModels } from './companion/models.ts';
import type { ProposedMachine } from './companion/proposal.ts';
import { fieldOf } from './structure.ts';

export interface BrowsedServer {
  readonly namespaces: readonly string[];
  readonly tags: readonly BrowsedTag[];
  /** Variables that no tag can read, with the reason. */
  readonly left: readonly { readonly name: string; readonly reason: string }[];
  /** There was more than was looked at. */
  readonly cut: boolean;
  /** Proposed from companion models. */
  readonly machines: readonly ProposedMachine[];
}

/** What a variable says of itself beside its value. */
interface Facts {
  unit: string;
  range?: { readonly min: number; readonly max: number };
}

/** A variable as it is read for its tags; a type of its own where a model says what it is without a value. */
interface Variable extends Facts {
  readonly node: WalkedNode | undefined;
  readonly path: string;
  readonly nodeId: string;
  readonly type?: ValueType;
  readonly fields?: readonly string[];
}

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
  const calls = {
    browses: new CallSize({ told: limits?.maxNodesPerBrowse, most: perCallMax }),
    reads: new CallSize({ told: limits?.maxNodesPerRead, most: perCallMax }),
  };
  const hasModels = companionModels.some(([uri]) => namespaces.includes(uri));
  const wanted = new Set(['EngineeringUnits', ...(hasModels ? ['EURange', ...Companion.properties] : [])]);
  const walked = await walkServer(session, calls.browses, { nodesMax, wanted });
  const companion = hasModels ? await Companion.read({ session, calls, namespaces, walked }) : undefined;
  const { tags, left } = await readTags(
    session,
    calls.reads,
    await variablesOf(session, calls.reads, walked, companion),
    namespaces,
  );
  const all = [...tags.values()].flat();
  return { namespaces, tags: all, left, cut: walked.cut, machines: companion?.propose(tags) ?? [] };
}

async function variablesOf(
  session: ClientSession,
  reads: CallSize,
  walked: Walked,
  companion: Companion | undefined,
): Promise<Variable[]> {
  const facts = await readFacts(session, reads, walked.properties);
  const plain = walked.nodes.filter(({ isVariable }) => isVariable);
  return [
    ...plain.map((node): Variable => {
      const { path, nodeId } = node;
      return { node, path, nodeId, unit: '', ...facts.get(node), ...companion?.shapeOf(node) };
    }),
    ...(companion?.numbers ?? []).map(({ of, nodeId }): Variable => {
      return { node: undefined, path: `${of.path}.Number`, nodeId, unit: '', type: 'uint32' };
    }),
  ];
}

async function readTags(
  session: ClientSession,
  reads: CallSize,
  variables: readonly Variable[],
  namespaces: readonly string[],
): Promise<{ tags: Map<string, BrowsedTag[]>; left: { name: string; reason: string }[] }> {
  const tags = new Map<string, BrowsedTag[]>();
  const left: { name: string; reason: string }[] = [];
  const names = new Set<string>();
  const asked = variables.flatMap(({ nodeId }) => [
    { nodeId, attributeId: AttributeIds.Value },
    { nodeId, attributeId: AttributeIds.Description },
  ]);
  const values = await reads.ask(asked, (part) => session.read([...part]));
  for (const [place, variable] of variables.entries()) {
    const found = tagsOf(variable, values[2 * place]!, namespaces);
    if (typeof found === 'string') {
      left.push({ name: variable.path, reason: found });
      continue;
    }
    const text: unknown = (values[2 * place + 1]?.value?.value as { text?: unknown } | null)?.text;
    // Some servers repeat the name there.
    const description = typeof text === 'string' && !variable.path.endsWith(text) ? plainText(text, 500) : '';
    tags.set(
      variable.nodeId,
      found.map((tag) => ({ ...tag, description: tag.description || description, name: unused(tag.name, names) })),
    );
  }
  return { tags, left };
}

/** Units, and ranges where they were asked for. */
async function readFacts(
  session: ClientSession,
  reads: CallSize,
  properties: readonly WalkedProperty[],
): Promise<Map<WalkedNode, Facts>> {
  const asked = properties.filter(({ name }) => name === 'EngineeringUnits' || name === 'EURange');
  const values = await valuesOf(session, reads, asked);
  const facts = new Map<WalkedNode, Facts>();
  for (const [place, { name, of }] of asked.entries()) {
    const known = facts.get(of) ?? { unit: '' };
    facts.set(of, known);
    if (name === 'EngineeringUnits') known.unit = unitOf(values[place]);
    else Object.assign(known, rangeOf(values[place]));
  }
  return facts;
}

/** A text of EUInformation as we write units. */
function unitOf(value: unknown): string {
  const unit: unknown = (value as { displayName?: { text?: unknown } } | null | undefined)?.displayName?.text;
  return typeof unit === 'string' ? (ucum[unit] ?? plainText(unit, 50)) : '';
}

function rangeOf(value: unknown): Pick<Facts, 'range'> {
  const { low, high } = (value ?? {}) as { low?: unknown; high?: unknown };
  const isRange = typeof low === 'number' && typeof high === 'number' && Number.isFinite(high - low) && low < high;
  return isRange ? { range: { min: low, max: high } } : {};
}

/** One tag, one for each element of a short array, or why there is none. */
function tagsOf(variable: Variable, { value }: DataValue, namespaces: readonly string[]): BrowsedTag[] | string {
  const { path, unit } = variable;
  const dataType = value?.dataType ?? DataType.Null;
  const nodeId = lastingId(variable.nodeId, namespaces);
  if (dataType === DataType.Null && variable.type !== undefined)
    return [{ name: path, nodeId, type: variable.type, unit, description: '', element: undefined }];
  if (dataType === DataType.Null) return 'it has no value now, so its type is not known';
  const parts = variable.fields === undefined ? [] : fieldTags(variable, value, nodeId);
  if (parts.length > 0) return parts;
  const type = typeOf[dataType];
  if (type === undefined) return `a value of type ${DataType[dataType]} cannot be a tag`;
  const tag = { nodeId, type, unit, description: '', ...(fits(variable.range, type) && { range: variable.range! }) };
  if (value.arrayType === VariantArrayType.Scalar) return [{ ...tag, name: path, element: undefined }];
  const count = (value.value as ArrayLike<unknown> | null)?.length ?? 0;
  if (value.arrayType !== VariantArrayType.Array || count === 0 || count > elementsMax)
    return `an array of ${count} values; up to ${elementsMax} in one row become tags`;
  return Array.from({ length: count }, (_, element) => ({ ...tag, name: `${path}[${element}]`, element }));
}

/** Fields a model is known to have in each element of an array of structures; none where the server has others. */
function fieldTags({ path, fields = [] }: Variable, value: DataValue['value'], nodeId: string): BrowsedTag[] {
  if (value.arrayType !== VariantArrayType.Array) return [];
  return Array.from(value.value as ArrayLike<unknown>)
    .slice(0, elementsMax)
    .flatMap((structure, element) => {
      const held = { dataType: value.dataType, arrayType: VariantArrayType.Scalar, value: structure };
      const { name, unit } = structure as { name?: unknown; unit?: unknown };
      const description = typeof name === 'string' ? plainText(name, 500) : '';
      return fields.flatMap((field): BrowsedTag[] => {
        const type = typeOf[fieldOf(held, field)?.dataType ?? DataType.Null];
        if (type === undefined) return [];
        return [
          { name: `${path}[${element}].${field}`, nodeId, type, unit: unitOf(unit), description, element, field },
        ];
      });
    });
}

/** Whether a tag of this type can have the range. */
function fits(range: Facts['range'], type: ValueType): boolean {
  if (range === undefined || type === 'bool' || type === 'string') return false;
  if (type === 'float32' || type === 'float64') return true;
  const isWhole = Number.isSafeInteger(range.min) && Number.isSafeInteger(range.max);
  return isWhole && !(type.startsWith('uint') && range.max < 0);
}

/** The index of a namespace may move; its URI does not. Of 0 and 1 the index is fixed by the standard. */
function lastingId(nodeId: string, namespaces: readonly string[]): string {
  const [, index, identifier] = /^ns=(\d+);(.*)$/s.exec(nodeId) ?? [];
  if (identifier === undefined || index === '0') return identifier ?? nodeId;
  const uri = namespaces[Number(index)];
  if (index === '1' || uri === undefined) return nodeId;
  return `nsu=${uri.replaceAll('%', '%25').replaceAll(';', '%3B')};${identifier}`;
}
