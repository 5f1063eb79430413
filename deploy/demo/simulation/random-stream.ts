/**
 * A seeded stream of numbers (splitmix32 over an FNV-1a hash of the seed's text). Every machine has its own stream,
 * so that what one machine draws never changes the fate of another.
 */
export class RandomStream {
  #state: number;

  constructor(seed: string) {
    this.#state = hashOf(seed);
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return mixed(this.#state) / 0x100000000;
  }

  /** A whole number in [low, high], both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.next() * choices.length)];
    if (choice === undefined) throw new RangeError('Nothing to pick from: the list of choices is empty.');
    return choice;
  }
}

/** Noise in [-1, 1) that depends on nothing but the seed and the step: whoever asks, whenever, gets the same. */
export function noiseAt(seed: string, step: number): number {
  return mixed((hashOf(seed) + Math.imul(step, 0x9e3779b9)) | 0) / 0x80000000 - 1;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash | 0;
}

function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}
