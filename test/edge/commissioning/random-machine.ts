import type { PanelItem, UnknownMachine } from '#deploy/demo/machine-layout';
import type { ByteOrder, RegisterSignal, RegisterType } from '#deploy/demo/register-image';
import { noiseAt, RandomStream } from '#deploy/demo/simulation/random-stream';

const orders: Readonly<Record<number, readonly ByteOrder[]>> = {
  1: ['ABCD', 'BADC'],
  2: ['ABCD', 'CDAB', 'BADC', 'DCBA'],
  4: ['ABCD', 'CDAB', 'BADC', 'DCBA', 'EFGHABCD'],
};

interface Kind {
  readonly type: RegisterType;
  readonly width: number;
  readonly signed: boolean;
  /** Of the raw value. */
  readonly greatest: number;
}

const kinds: readonly Kind[] = [
  { type: 'int16', width: 1, signed: true, greatest: 32_767 },
  { type: 'uint16', width: 1, signed: false, greatest: 65_535 },
  { type: 'bcd16', width: 1, signed: false, greatest: 9_999 },
  { type: 'int32', width: 2, signed: true, greatest: 2e9 },
  { type: 'uint32', width: 2, signed: false, greatest: 4e9 },
  { type: 'bcd32', width: 2, signed: false, greatest: 99_999_999 },
  { type: 'float32', width: 2, signed: true, greatest: 1e5 },
  { type: 'float32', width: 2, signed: true, greatest: 1e3 },
  { type: 'int64', width: 4, signed: true, greatest: 1e12 },
  { type: 'uint64', width: 4, signed: false, greatest: 1e12 },
  { type: 'float64', width: 4, signed: true, greatest: 1e6 },
];
const scales = [1, 1, 0.1, 0.1, 0.01, 0.001, 10, 0.5] as const;
const quantities = 10;
/** How long the display holds what it shows. */
const displayMs = 500;

/**
 * A machine of which nothing is as usual: types, orders, scales, sizes, signs and courses are the seed's choice, and beside many
 * values lies what is easily taken for them: the same a little later, filtered, rounded, doubled, or with another sign.
 */
export function randomMachine(seed: string): UnknownMachine {
  const random = new RandomStream(`random ${seed}`);
  const signals: RegisterSignal[] = [];
  const panel: PanelItem[] = [];
  const next = { holding: random.between(0, 5), input: random.between(0, 5) };
  const place = (kind: Kind) => {
    const table = random.pick(['holding', 'input'] as const);
    const address = next[table] + random.pick([0, 0, 0, 1, 2]);
    next[table] = address + kind.width;
    return { unitId: 1, table, address };
  };
  const put = (name: string, kind: Kind, byteOrder: ByteOrder, raw: (ms: number) => number) => {
    const read = (ms: number) => (kind.width === 4 && isWhole(kind) ? BigInt(Math.round(raw(ms))) : raw(ms));
    const at = { ...place(kind), type: kind.type, byteOrder };
    signals.push({ name, ...at, read });
    return at;
  };
  for (let i = 0; i < quantities; i += 1) {
    const kind = random.pick(kinds);
    const name = `value-${i}`;
    const raw = rawCourse(`${seed} ${name}`, kind, random);
    const scale = isWhole(kind) ? random.pick(scales) : 1;
    const digits = isWhole(kind) ? Math.max(0, -Math.floor(Math.log10(scale))) : random.between(0, 3);
    const decimals = Math.max(0, digits - random.pick([0, 0, 1]));
    const order = random.pick(orders[kind.width]!);
    const decoys = (): void => {
      if (random.next() > 0.6) return;
      const lagMs = random.between(1, 8) * 500;
      const decoy = random.pick([
        (ms: number) => raw(ms - lagMs),
        (ms: number) => (raw(ms) + raw(ms - 1_000) + raw(ms - 2_000)) / 3,
        (ms: number) => raw(ms) / 2,
        (ms: number) => Math.round(raw(ms) / 10) * 10,
        (ms: number) => (kind.signed ? -raw(ms) : raw(ms)),
      ]);
      put(`${name} decoy`, kind, random.pick([order, random.pick(orders[kind.width]!)]), (ms) =>
        heldBy(kind, decoy(ms)),
      );
    };
    if (random.next() < 0.5) decoys();
    const truth = { ...put(name, kind, order, raw), scale };
    panel.push({
      name,
      unit: random.pick(['', 'Cel', 'bar', 'mm', 'kW.h']),
      shows: (ms) => (raw(ms) * scale).toFixed(decimals),
      truth,
    });
    decoys();
  }
  const blocks = (['holding', 'input'] as const).map((table) => ({
    unitId: 1,
    table,
    first: 0,
    count: next[table] + 3,
  }));
  return { panel, signals, blocks };
}

function isWhole({ type }: Kind): boolean {
  return !type.startsWith('float');
}

/** What a register of this kind can hold. */
function heldBy(kind: Kind, value: number): number {
  const least = kind.signed ? -kind.greatest : 0;
  const within = Math.min(kind.greatest, Math.max(least, value));
  return isWhole(kind) ? Math.round(within) : kind.type === 'float32' ? Math.fround(within) : within;
}

function rawCourse(seed: string, kind: Kind, random: RandomStream): (ms: number) => number {
  const most = kind.greatest * 0.9;
  const sized = (least: number) => least * (most / least) ** random.next();
  const span = Math.min(most, sized(isWhole(kind) ? 20 : 2));
  const below = kind.signed && random.next() < 0.4;
  const low = below ? -span * random.next() : Math.min(most - span, sized(1) * random.pick([0, 1]));
  const period = random.between(20, 300);
  const phase = random.next() * 7;
  const noisy = random.pick([0, 0, 0.002, 0.01]);
  const perSecond = random.pick([0.03, 0.2, 1.3, 40, 137]);
  const course = random.pick([
    (s: number) => low + span * (0.5 + 0.5 * Math.sin((2 * Math.PI * s) / period + phase)),
    (s: number) => low + span * (0.5 + 0.5 * Math.sin(Math.floor(s / (period / 8)) * 2.4 + phase)),
    (s: number) => Math.min(most, low + span / 2 + Math.floor(s * perSecond)),
    (s: number) => low + span * ((s / period + phase) % 1) ** 2,
  ]);
  return (ms) => {
    const step = Math.floor(ms / displayMs);
    const seconds = (step * displayMs) / 1_000;
    return heldBy(kind, course(seconds) + noiseAt(seed, step) * noisy * span);
  };
}
