import { fromPlanes, toPlanes } from './planes.ts';
import { packSteps, unpackSteps } from './steps.ts';

/** Forms older clouds read, or also those that came later. */
export type BatchVersion = 1 | 2;

/** Whole numbers packed as base + step × i + offset(i), or as steps from each to the next; see `telemetry-batch.proto`. */
export interface PackedWhole {
  base: number;
  step: number;
  width: number;
  offsets: Uint8Array;
  steps?: Uint8Array;
}

export interface PackedNumbers {
  form: number;
  data: Uint8Array;
}

const nothing = new Uint8Array(0);
const Forms = [Float64Array, Float32Array, Int8Array, Int16Array, Int32Array] as const;
const float64Form = 0;
const float32Form = 1;
const int8Form = 2;
const int16Form = 3;
const int32Form = 4;
/** Forms that also lie in planes, numbered from here on. */
const firstPlanesForm = 5;
const formsInPlanes = [float64Form, float32Form, int16Form, int32Form];

if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) throw new Error('Gongfu needs a little-endian machine');

export function packWhole(values: Uint32Array | Float64Array, count: number, version: BatchVersion): PackedWhole {
  if (count === 0) return { base: 0, step: 0, width: 0, offsets: nothing };
  const first = values[0]!;
  const step = count > 1 ? values[1]! - first : 0;
  if (isRamp(values, count, first, step)) return { base: first, step, width: 0, offsets: nothing };
  let min = first;
  let max = first;
  for (let i = 1; i < count; i += 1) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const span = max - min;
  const width = span < 2 ** 8 ? 1 : span < 2 ** 16 ? 2 : span < 2 ** 32 ? 4 : 8;
  if (version > 1) {
    // Of numbers without any order steps say no less than offsets do, in more bytes.
    const steps = packSteps(values, count, Math.min(width, 2) * count);
    if (steps !== undefined) return { base: first, step: 0, width: 0, offsets: nothing, steps };
  }
  const offsets = arrayOfWidth(width, count);
  for (let i = 0; i < count; i += 1) offsets[i] = values[i]! - min;
  return { base: min, step: 0, width, offsets: bytesOf(offsets) };
}

/** Into an array of that many rows, which holds what is allowed. @throws RangeError */
export function unpackWhole<T extends Float64Array | Uint32Array>(
  packed: PackedWhole | null | undefined,
  result: T,
  name: string,
): T {
  if (packed === null || packed === undefined) throw new RangeError(`column ${name} is missing`);
  const { base, step, width, steps = nothing } = packed;
  const count = result.length;
  const put = (row: number, value: number): void => {
    result[row] = value;
    if (!Number.isSafeInteger(value) || result[row] !== value) {
      const allowed = result instanceof Uint32Array ? 'allowed is 0 to 4294967295' : 'not a whole number';
      throw new RangeError(`column ${name} holds ${value}, ${allowed}`);
    }
  };
  if (steps.length > 0) {
    if (step !== 0 || width !== 0) throw new RangeError(`column ${name} holds steps and offsets`);
    unpackSteps({ base, steps }, count, put);
    return result;
  }
  if (width !== 0 && packed.offsets.length !== count * width) {
    throw new RangeError(`column ${name} holds ${packed.offsets.length} bytes where ${count * width} are announced`);
  }
  const offsets = width === 0 ? undefined : arrayOfWidth(width, count, copyOf(packed.offsets));
  for (let i = 0; i < count; i += 1) put(i, base + step * i + (offsets === undefined ? 0 : offsets[i]!));
  return result;
}

export function packNumbers(values: Float64Array, count: number, version: BatchVersion): PackedNumbers {
  const form = narrowestForm(values, count);
  const narrow = form === float64Form ? values.subarray(0, count) : new Forms[form]!(count);
  if (form !== float64Form) for (let i = 0; i < count; i += 1) narrow[i] = values[i]!;
  if (version === 1 || form === int8Form) return { form, data: bytesOf(narrow) };
  const planesForm = firstPlanesForm + formsInPlanes.indexOf(form);
  return { form: planesForm, data: toPlanes(narrow, narrow.BYTES_PER_ELEMENT) };
}

export function unpackNumbers(packed: PackedNumbers, count: number): Float64Array {
  const plain = formsInPlanes[packed.form - firstPlanesForm];
  const Form = Forms[plain ?? packed.form];
  if (Form === undefined) throw new RangeError(`number form ${packed.form} is unknown`);
  if (packed.data.length !== count * Form.BYTES_PER_ELEMENT) {
    throw new RangeError(
      `column numbers holds ${packed.data.length} bytes where ${count * Form.BYTES_PER_ELEMENT} are announced`,
    );
  }
  const { data } = packed;
  const source = new Form(plain === undefined ? copyOf(data) : fromPlanes(data, Form.BYTES_PER_ELEMENT));
  return source instanceof Float64Array ? source : Float64Array.from(source);
}

function narrowestForm(values: Float64Array, count: number): number {
  let form = int8Form;
  for (let i = 0; i < count; i += 1) {
    const value = values[i]!;
    if (form >= int8Form) {
      // -0 is not an integer here: its sign would be lost.
      const whole = (value | 0) === value && !Object.is(value, -0);
      if (!whole) form = float32Form;
      else if (form < int32Form && (value > 32767 || value < -32768)) form = int32Form;
      else if (form < int16Form && (value > 127 || value < -128)) form = int16Form;
    }
    if (form === float32Form && !Object.is(Math.fround(value), value)) return float64Form;
  }
  // Integers met before the first fraction must also fit a float32.
  return form === float32Form && !allFloat32(values, count) ? float64Form : form;
}

function allFloat32(values: Float64Array, count: number): boolean {
  for (let i = 0; i < count; i += 1) if (!Object.is(Math.fround(values[i]!), values[i]!)) return false;
  return true;
}

function isRamp(values: Uint32Array | Float64Array, count: number, first: number, step: number): boolean {
  for (let i = 1; i < count; i += 1) if (values[i]! !== first + step * i) return false;
  return true;
}

function arrayOfWidth(
  width: number,
  count: number,
  buffer?: ArrayBuffer,
): Uint8Array | Uint16Array | Uint32Array | Float64Array {
  const source = buffer ?? new ArrayBuffer(width * count);
  if (width === 1) return new Uint8Array(source);
  if (width === 2) return new Uint16Array(source);
  if (width === 4) return new Uint32Array(source);
  if (width === 8) return new Float64Array(source);
  throw new RangeError(`column width ${width} is unknown`);
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The bytes alone in a buffer of their own. Not `slice`: of a Node Buffer that is a view into a pool. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
