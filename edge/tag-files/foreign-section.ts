import type { ProblemPlace } from '@gongfu/shared/base/problem';

export type TreePath = readonly (string | number)[];

/** A file of another program as a tree of values, each with the line it stands on. */
export interface PlacedTree {
  readonly value: unknown;
  /** Line from 1; of the nearest one above when nothing stands at this path. */
  readonly lineOf: (path: TreePath) => number;
  /** What a person would call the place, where it is not a path of keys. */
  readonly nameOf?: (path: TreePath) => string;
}

export interface ForeignFile {
  /** As the user wrote it, for messages. */
  readonly name: string;
  readonly tree: PlacedTree;
  /** Its texts mean what they are: `${` in them names no variable of the environment, as it would with us. */
  readonly literal?: boolean;
  readonly warnings: (ProblemPlace & { readonly line: number })[];
}

/** In the order of the file, so that a person can go through it. */
export function warningsOf({ warnings }: ForeignFile): ProblemPlace[] {
  return warnings.toSorted((a, b) => a.line - b.line).map(({ where, what }) => ({ where, what }));
}

/**
 * One mapping in a file of another program. It remembers which keys were read, and `rest` warns of all others: what no
 * reader knows cannot be dropped in silence.
 */
export class ForeignSection {
  readonly #file: ForeignFile;
  readonly #path: TreePath;
  readonly #keys: Readonly<Record<string, unknown>>;
  readonly #taken = new Set<string>();

  constructor(file: ForeignFile, path: TreePath, keys: unknown) {
    this.#file = file;
    this.#path = path;
    this.#keys = isMapping(keys) ? keys : {};
  }

  /** As the user wrote it. */
  get file(): string {
    return this.#file.name;
  }

  /** `telegraf.conf:12 inputs.modbus[0].timeout` */
  placeOf(key?: string): string {
    const path = this.#pathOf(key);
    const { name, tree } = this.#file;
    const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
    return `${name}:${tree.lineOf(path)} ${tree.nameOf?.(path) ?? steps.replace(/^\./, '')}`.trimEnd();
  }

  warn(key: string | undefined, what: string): void {
    const line = this.#file.tree.lineOf(this.#pathOf(key));
    this.#file.warnings.push({ line, where: this.placeOf(key), what });
  }

  has(key: string): boolean {
    return this.#keys[key] !== undefined && this.#keys[key] !== null;
  }

  raw(key: string): unknown {
    this.#taken.add(key);
    return this.#keys[key] ?? undefined;
  }

  /** A number too, as it would be written. */
  text(key: string): string | undefined {
    const value = this.raw(key);
    if (typeof value === 'number' || typeof value === 'bigint') return String(value);
    const text = this.#only<string>(key, value, (one) => typeof one === 'string', 'a text');
    return this.#file.literal === true ? text?.replaceAll('${', () => '$${') : text;
  }

  number(key: string): number | undefined {
    const value = this.raw(key);
    // JSON of people has numbers in quotes.
    const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    return this.#only(key, number, (one) => typeof one === 'number', 'a number');
  }

  flag(key: string): boolean | undefined {
    return this.#only(key, this.raw(key), (one) => typeof one === 'boolean', 'true or false');
  }

  /** The mappings of a list; a mapping alone is a list of one. */
  sections(key: string): ForeignSection[] {
    const value = this.raw(key);
    const path = [...this.#path, key];
    if (isMapping(value)) return [new ForeignSection(this.#file, path, value)];
    if (!Array.isArray(value)) return [];
    return value.map((item, place) => new ForeignSection(this.#file, [...path, place], item));
  }

  section(key: string): ForeignSection {
    return new ForeignSection(this.#file, [...this.#path, key], this.raw(key));
  }

  /** Marks keys as read whose meaning nothing here hangs on. */
  settled(...keys: readonly string[]): void {
    for (const key of keys) this.#taken.add(key);
  }

  keys(): string[] {
    return Object.keys(this.#keys);
  }

  /** Warns of every key nobody has read, with the reason where one is known. */
  rest(reasons: Readonly<Record<string, string>> = {}): void {
    for (const key of Object.keys(this.#keys)) {
      if (this.#taken.has(key)) continue;
      const reason = Object.hasOwn(reasons, key) ? `: ${reasons[key]}` : '';
      this.warn(key, `is not carried over${reason}`);
    }
  }

  #pathOf(key: string | undefined): TreePath {
    return key === undefined ? this.#path : [...this.#path, key];
  }

  #only<T>(key: string, value: unknown, fits: (value: unknown) => boolean, wanted: string): T | undefined {
    if (value === undefined) return undefined;
    if (fits(value)) return value as T;
    this.warn(key, `is not carried over: it is not ${wanted}`);
    return undefined;
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
