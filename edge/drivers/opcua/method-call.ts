import type { Value } from '@gongfu/shared/model/value-type';
import {
  type Argument,
  CallRequest,
  type CallResponse,
  type ClientSession,
  findBasicDataType,
  resolveNodeId,
  type Variant,
} from 'node-opcua-client';
import { typeNames } from './built-in-types.ts';
import type { CallArgument } from './config.ts';
import { encodeValue } from './encode.ts';
import { type Prepared, refusalOf, type Unprepared, type Wanted } from './once-only.ts';
import type { SubscribedTag } from './plan.ts';

/** The call of the method of a tag, its arguments in the types the server declares for them. @throws what the client throws */
export async function prepareCall({ tag, value, session, nodeIdOf }: Wanted): Promise<Prepared | Unprepared> {
  const { object, method, arguments: given } = tag.call!;
  const [objectId, methodId] = [await nodeIdOf(object), await nodeIdOf(method)];
  if (objectId === undefined || methodId === undefined)
    return { reason: 'source-down', detail: 'the server does not have the object or its method' };
  if (!given.includes('command') && value !== true)
    return { reason: 'value-unfit', detail: `the method of ${tag.name} takes no value: only true calls it` };
  const { inputArguments } = await session.getArgumentDefinition(resolveNodeId(methodId));
  if (inputArguments.length !== given.length) {
    const wanted = inputArguments.map(({ name }) => name ?? '?').join(', ') || 'none';
    return {
      reason: 'value-unfit',
      detail: `the method takes ${inputArguments.length} arguments (${wanted}), not ${given.length}`,
    };
  }
  const encoded: Variant[] = [];
  let held = value;
  for (const [place, argument] of inputArguments.entries()) {
    const own = await encodeArgument({ session, tag, value, given: given[place]!, argument });
    if (typeof own === 'string') return { reason: 'value-unfit', detail: `argument ${argument.name ?? place}: ${own}` };
    encoded.push(own.variant);
    if (given[place] === 'command') held = own.held;
  }
  const call = { objectId: resolveNodeId(objectId), methodId: resolveNodeId(methodId), inputArguments: encoded };
  return {
    request: new CallRequest({ methodsToCall: [call] }),
    done: (response) => {
      const result = (response as CallResponse).results?.[0];
      const refused = (result?.inputArgumentResults ?? []).flatMap((status, place) =>
        status.isGood() ? [] : [`${inputArguments[place]?.name ?? place}: ${status.name}`],
      );
      const more = refused.length === 0 ? '' : ` (${refused.join(', ')})`;
      const returned = (result?.outputArguments ?? []).map(shown).join(', ');
      const detail = returned === '' ? '' : `it returned ${returned}`.slice(0, 300);
      return refusalOf(result?.statusCode, more) ?? { outcome: 'called', held, detail };
    },
  };
}

/** One argument as the server wants it; a sentence where it cannot be that. */
async function encodeArgument(options: {
  session: ClientSession;
  tag: SubscribedTag;
  value: NonNullable<Value>;
  given: CallArgument;
  argument: Argument;
}): Promise<{ variant: Variant; held: NonNullable<Value> } | string> {
  const { session, tag, value, given, argument } = options;
  // -1 is a single value, -2 and -3 may be one.
  if (argument.valueRank >= 0) return 'it is an array, which is not written';
  const dataType: number = await findBasicDataType(session, argument.dataType);
  if (typeNames[dataType] === undefined) return `its type ${argument.dataType.toString()} is not known`;
  const own =
    given === 'command'
      ? { tag: { ...tag, element: undefined, field: undefined }, value }
      : constantOf(tag, given.constant);
  const encoded = encodeValue(own.tag, own.value, dataType);
  return typeof encoded === 'string' ? encoded : { variant: encoded.value.value, held: encoded.held };
}

/** A constant is what is written there, whatever the tag's own type and scale. */
function constantOf(
  tag: SubscribedTag,
  value: number | boolean | string,
): { tag: SubscribedTag; value: number | boolean | string } {
  const plain = { ...tag, element: undefined, field: undefined, scale: 1, offset: 0 };
  switch (typeof value) {
    case 'boolean':
      return { tag: { ...plain, type: 'bool', kind: 'boolean' }, value };
    case 'string':
      return { tag: { ...plain, type: 'string', kind: 'text' }, value };
    default:
      return { tag: { ...plain, type: 'float64', kind: 'number' }, value };
  }
}

function shown({ value }: Variant): string {
  if (value !== null && typeof value === 'object' && 'text' in value)
    return JSON.stringify((value as { text: unknown }).text);
  return typeof value === 'object' ? 'a structure' : JSON.stringify(value);
}
