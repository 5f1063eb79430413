import type { Variant } from 'node-opcua-client';
import { builtIn, typeNames } from './built-in-types.ts';

/** What of a variant says what its value is. */
export type Held = Pick<Variant, 'dataType' | 'arrayType' | 'value'>;

/** Fields of a decoded structure as the client describes them. */
interface Field {
  /** Key of the decoded object: the name with a small first letter. */
  readonly name: string;
  readonly originalName: string;
  readonly fieldType: string;
  readonly category: string;
  readonly isArray?: boolean;
  readonly schema?: { readonly name?: string; readonly subType?: string };
}
type Decoded = Record<string, unknown> & { readonly schema?: { readonly fields?: readonly Field[] } };

const pathForm = /^[^.[\]]+(\[\d{1,6}\])?(\.[^.[\]]+(\[\d{1,6}\])?)*$/;

/** Whether it reads as a path: field names joined by dots, elements of arrays in brackets. */
export function isFieldPath(path: string): boolean {
  return pathForm.test(path);
}

/** The value at `path` in a structure, as `Where.X` or `Axes[2].Load`; undefined where the server sends no such field. */
export function fieldOf(structure: Held, path: string): Held | undefined {
  let held: Held | undefined = structure;
  for (const step of path.split('.')) {
    const [name, index] = step.split(/[[\]]/);
    held = held && memberOf(held, name!);
    if (index !== undefined) held = held && elementOf(held, Number(index));
  }
  return held;
}

/** One value of an array; undefined where there is no array or none so long. */
export function elementOf(held: Held, index: number): Held | undefined {
  const value = held.arrayType === 1 ? (held.value as ArrayLike<unknown> | null)?.[index] : undefined;
  return value === undefined ? undefined : { dataType: held.dataType, arrayType: 0, value };
}

function memberOf({ dataType, arrayType, value }: Held, name: string): Held | undefined {
  if ((dataType as number) !== builtIn.structure || arrayType !== 0) return undefined;
  const decoded = value as Decoded | null;
  const field = decoded?.schema?.fields?.find((each) => each.originalName === name || each.name === name);
  const member = field && decoded?.[field.name];
  if (field === undefined || member === undefined || member === null) return undefined;
  if (isHeld(member)) return member;
  const plain = field.category === 'enumeration' ? numberOfEnumeration(member) : member;
  return { dataType: typeOf(field), arrayType: field.isArray ? 1 : 0, value: plain };
}

/** A field of any type comes with its type beside it. */
function isHeld(member: unknown): member is Held {
  return typeof member === 'object' && member !== null && 'arrayType' in member && 'dataType' in member;
}

function numberOfEnumeration(member: unknown): unknown {
  return typeof member === 'object' && member !== null && 'value' in member ? member.value : member;
}

function typeOf({ category, fieldType, schema }: Field): number {
  if (category === 'enumeration') return builtIn.int32;
  const names = [fieldType.replace(/^.*:/, ''), schema?.name, schema?.subType];
  const known = names.map((name) => typeNames.indexOf(name ?? '')).find((number) => number > 0);
  return known ?? (category === 'complex' ? builtIn.structure : 0);
}
