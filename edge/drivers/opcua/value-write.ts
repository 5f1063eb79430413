import { isBad } from '@gongfu/shared/model/quality';
import {
  AttributeIds,
  type ClientSession,
  DataValue,
  resolveNodeId,
  Variant,
  VariantArrayType,
  WriteRequest,
  type WriteResponse,
} from 'node-opcua-client';
import { encodeValue } from './encode.ts';
import { type Prepared, refusalOf, type Unprepared, type Wanted } from './once-only.ts';

/** The write of a variable, or of one element of its array, in the type the server has for it. @throws what the client throws */
export async function prepareWrite({ tag, value, session, nodeIdOf }: Wanted): Promise<Prepared | Unprepared> {
  const nodeId = await nodeIdOf(tag.nodeId);
  if (nodeId === undefined) return { reason: 'source-down', detail: 'the server does not have the node' };
  const { element } = tag;
  const dataType =
    element === undefined ? await scalarType(session, nodeId) : await elementType(session, nodeId, element);
  if (typeof dataType === 'string') return { reason: 'value-unfit', detail: `${tag.nodeId} ${dataType}` };
  const encoded = encodeValue({ ...tag, element: undefined }, value, dataType);
  if (typeof encoded === 'string') return { reason: 'value-unfit', detail: encoded };
  const node = {
    nodeId: resolveNodeId(nodeId),
    attributeId: AttributeIds.Value,
    value: element === undefined ? encoded.value : inArray(encoded.value),
    ...(element !== undefined && { indexRange: indexRangeOf(element) }),
  };
  return {
    request: new WriteRequest({ nodesToWrite: [node] }),
    done: (response) =>
      refusalOf((response as WriteResponse).results?.[0]) ?? { outcome: 'confirmed', held: encoded.held },
  };
}

/** The type the server has for a single value; a sentence where it has none. */
async function scalarType(session: ClientSession, nodeId: string): Promise<number | string> {
  const { statusCode, value } = await session.read({ nodeId, attributeId: AttributeIds.Value });
  if (value.arrayType !== VariantArrayType.Scalar)
    return 'is an array, of which only one element is written: add element';
  if (!isBad(statusCode.value >>> 0) && value.dataType !== 0) return value.dataType;
  // Nothing is there yet that would show it.
  return session.getBuiltInDataType(resolveNodeId(nodeId));
}

/**
 * The type of the elements of an array, where one of them can be written alone. A server that does not know index ranges would take the one
 * value for the whole array: it is told by how it reads, and never written by reading and writing all, between which the PLC writes too.
 */
async function elementType(session: ClientSession, nodeId: string, element: number): Promise<number | string> {
  const node = { nodeId, attributeId: AttributeIds.Value };
  const [whole, part] = await session.read([node, { ...node, indexRange: indexRangeOf(element) }]);
  if (whole === undefined || isBad(whole.statusCode.value >>> 0) || whole.value.arrayType !== VariantArrayType.Array)
    return 'is no array that can be read';
  const count = lengthOf(whole);
  if (element >= count) return `has ${count} elements, none of them at ${element}`;
  const isPart = part !== undefined && !isBad(part.statusCode.value >>> 0) && lengthOf(part) === 1;
  if (!isPart)
    return 'cannot be read by index range, so the server would take one element for the whole array: it is not written';
  return whole.value.dataType;
}

function lengthOf({ value }: DataValue): number {
  return value.arrayType === VariantArrayType.Array ? ((value.value as ArrayLike<unknown> | null)?.length ?? 0) : 0;
}

/** The client makes its own kind of range out of the text. */
function indexRangeOf(element: number): never {
  return String(element) as never;
}

function inArray({ value: { dataType, value } }: DataValue): DataValue {
  return new DataValue({ value: new Variant({ dataType, arrayType: VariantArrayType.Array, value: [value] }) });
}
