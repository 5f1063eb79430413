import { columnKindOf, type ValueType } from '@gongfu/shared/model/value-type';
import { areas } from '../drivers/modbus/address.ts';
import { compileDecoders, type Decode } from '../drivers/modbus/decode.ts';
import type { PlannedTag } from '../drivers/modbus/plan.ts';
import type { RegisterImage, RegisterWindow } from '../drivers/modbus/register-image.ts';
import { type ByteOrder, type HeldType, registersOf, registerTypes } from '../drivers/modbus/value-layout.ts';
import { longOrders, shortOrders, widestOrders } from './priors.ts';

/** A way to read a value from registers, before it is scaled. */
export interface Layout extends RegisterWindow {
  readonly type: HeldType;
  readonly order: ByteOrder;
  readonly bit?: number;
  readonly byte?: 'high' | 'low';
  /** Share of this order among those of the type; of the sixteen bits, the two bytes too. */
  readonly orderWeight: number;
}

/** Where a tag may lie and how it may be read. */
export interface Hypothesis {
  readonly layout: Layout;
  /** Place of the layout among the raw values. */
  readonly place: number;
  readonly scale: number;
}

type Form = Omit<Layout, keyof RegisterWindow>;

const wordForms: readonly Form[] = [
  ...Array.from({ length: 16 }, (_, bit): Form => ({ type: 'bool', order: 'ABCD', bit, orderWeight: 1 / 16 })),
  ...(['int8', 'uint8'] as const).flatMap((type): Form[] => [
    { type, order: 'ABCD', byte: 'low', orderWeight: 0.5 },
    { type, order: 'ABCD', byte: 'high', orderWeight: 0.5 },
  ]),
  ...formsOf(['int16', 'uint16', 'bcd16', 'float16'], shortOrders),
  ...formsOf(['int32', 'uint32', 'float32', 'bcd32'], longOrders),
  ...formsOf(['int64', 'uint64', 'float64'], widestOrders),
];
const bitForms: readonly Form[] = [{ type: 'bool', order: 'ABCD', orderWeight: 1 }];

/** Values kept of images, together; eight bytes each. */
const keptMax = 16_000_000;

function formsOf(types: readonly HeldType[], orders: Partial<Record<ByteOrder, number>>): Form[] {
  return types.flatMap((type) =>
    Object.entries(orders).map(([order, orderWeight]): Form => ({ type, order: order as ByteOrder, orderWeight })),
  );
}

/** Every way to read a value that fits in the windows. */
function layoutsIn(windows: readonly RegisterWindow[]): Layout[] {
  return windows.flatMap(({ area, start, count }) =>
    Array.from({ length: count }, (_, place) => start + place).flatMap((register) =>
      (areas[area].bits ? bitForms : wordForms)
        .map((form): Layout => ({ ...form, area, start: register, count: widthOf(form.type) }))
        .filter((layout) => layout.start + layout.count <= start + count),
    ),
  );
}

function widthOf(type: HeldType): number {
  return type in registerTypes
    ? registersOf({ type: registerTypes[type as keyof typeof registerTypes], sourceType: type })
    : registersOf({ type: type as ValueType });
}

/**
 * What each layout reads from each image, by the decoder the driver itself has: what is proposed is what will be read. One pass
 * over all layouts for an image, when it is first asked for.
 */
export class RawValues {
  readonly layouts: readonly Layout[];
  readonly #windows: readonly RegisterWindow[];
  readonly #decoders: readonly { readonly decode: Decode; readonly place: number; readonly window: number }[];
  readonly #known = new Map<RegisterImage, Float64Array>();

  /** What none of the `images` could read is left out: a window often reaches beyond what the machine has. */
  constructor(windows: readonly RegisterWindow[], images: readonly RegisterImage[]) {
    this.#windows = windows;
    const readable = readableIn(images);
    this.layouts = layoutsIn(windows).filter(({ area, start, count }) =>
      Array.from({ length: count }, (_, place) => `${area}:${start + place}`).every((place) => readable.has(place)),
    );
    this.#decoders = windows.flatMap(({ area, start, count }, window) => {
      const inside = this.layouts.flatMap((layout, place) =>
        layout.area === area && layout.start >= start && layout.start + layout.count <= start + count
          ? [{ layout, place }]
          : [],
      );
      const tags = inside.map(({ layout, place }) => plannedTag(layout, place));
      const decoders = compileDecoders({ unitId: 1, area, start, count, tags }, 'ABCD');
      return decoders.map((decode, i) => ({ decode, place: inside[i]!.place, window }));
    });
  }

  /** By the place of the layout; NaN where there is no value. 64-bit integers beyond 2^53 are the nearest number. */
  of(image: RegisterImage): Float64Array {
    const known = this.#known.get(image);
    if (known !== undefined) return known;
    const values = new Float64Array(this.layouts.length).fill(Number.NaN);
    const writer = writerInto(values);
    const held = this.#windows.map((window) => heldBytes(window, image));
    for (const { decode, place, window } of this.#decoders) {
      const { bytes, missingBefore } = held[window]!;
      const { start, count } = this.layouts[place]!;
      const first = start - this.#windows[window]!.start;
      if (missingBefore[first] === missingBefore[first + count]) decode(bytes, writer, 0);
    }
    if (this.#known.size * values.length > keptMax) this.#known.clear();
    this.#known.set(image, values);
    return values;
  }
}

function readableIn(images: readonly RegisterImage[]): Set<string> {
  const readable = new Set<string>();
  for (const { windows } of images) {
    for (const { area, start, words } of windows) {
      for (const [place, word] of words.entries()) if (word !== null) readable.add(`${area}:${start + place}`);
    }
  }
  return readable;
}

function plannedTag(layout: Layout, place: number): PlannedTag {
  const { type, area, start, order, bit, byte } = layout;
  const carried = type in registerTypes ? registerTypes[type as keyof typeof registerTypes] : (type as ValueType);
  return {
    number: place,
    name: '',
    type: carried,
    ...(carried === type ? {} : { sourceType: type }),
    kind: columnKindOf(carried),
    intervalMs: 1_000,
    scale: 1,
    offset: 0,
    address: { area, register: start },
    byteOrder: order,
    ...(bit === undefined ? {} : { bit }),
    ...(byte === undefined ? {} : { byte }),
  };
}

function writerInto(values: Float64Array): Parameters<Decode>[1] {
  const put = (place: number, value: number) => {
    values[place] = value;
  };
  return {
    number: (place, _, __, value) => put(place, value),
    wide: (place, _, __, value) => put(place, Number(value)),
    boolean: (place, _, __, value) => put(place, value ? 1 : 0),
    text: () => {},
    bad: () => {},
    alive: () => {},
    lost: () => {},
  };
}

/** A window as the bytes of a reply, and how many addresses before each had no answer. */
function heldBytes({ area, start, count }: RegisterWindow, image: RegisterImage) {
  const { bits } = areas[area];
  const bytes = new Uint8Array(bits ? Math.ceil(count / 8) : count * 2);
  const missingBefore = new Uint16Array(count + 1);
  const held = image.windows.find((window) => window.area === area && window.start === start);
  for (let place = 0; place < count; place += 1) {
    const word = held?.words[place] ?? null;
    missingBefore[place + 1] = missingBefore[place]! + (word === null ? 1 : 0);
    if (word === null) continue;
    if (bits) bytes[place >> 3] = bytes[place >> 3]! | (word << (place & 7));
    else {
      bytes[place * 2] = word >> 8;
      bytes[place * 2 + 1] = word & 255;
    }
  }
  return { bytes, missingBefore };
}
