import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { MachineState } from '@gongfu/shared/model/machine-state';
import type { Condition, Counts, Journal } from './journal.ts';
import { kWhOf } from './meter.ts';

/** One line of the ledger, the truth every KPI can be checked against. All times are UTC epoch ms, whole. */
export type LedgerLine = LedgerState | LedgerPart | LedgerEnergy;

/**
 * The machine was in this state in [from, to). Intervals of one machine follow each other without hole or overlap;
 * a freeze of the plant cuts the running one in two.
 */
export interface LedgerState {
  readonly kind: 'state';
  readonly machine: string;
  readonly state: MachineState;
  /** What the signal in the role `state` showed. */
  readonly value: number;
  readonly cause: string;
  readonly from: number;
  readonly to: number;
}

/** A piece was finished; `counts` are the counters after it, as whole numbers that never roll over. */
export interface LedgerPart {
  readonly kind: 'part';
  readonly machine: string;
  readonly good: boolean;
  readonly at: number;
  readonly counts: Readonly<Counts>;
}

export interface LedgerEnergy {
  readonly kind: 'energy';
  readonly at: number;
  /** The meter's reading. */
  readonly kWh: number;
}

interface OpenInterval {
  readonly condition: Condition;
  readonly from: number;
}

/** Writes what happens as JSON lines. Lines are gathered while the plant advances and written by `commit`. */
export class Ledger implements Journal {
  readonly #path: string;
  readonly #wallOf: (plantMs: number) => number;
  readonly #open = new Map<string, OpenInterval>();
  #pending = '';
  #file: number | undefined;

  constructor(options: { path: string; wallOf: (plantMs: number) => number }) {
    this.#path = options.path;
    this.#wallOf = options.wallOf;
  }

  /** Opens the file, adding to what is there, and begins the first interval of every machine. */
  begin(conditions: Iterable<readonly [machine: string, condition: Condition]>, wallMs: number): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    this.#file = openSync(this.#path, 'a');
    for (const [machine, condition] of conditions) this.#open.set(machine, { condition, from: wallMs });
  }

  state(machine: string, condition: Condition, atMs: number): void {
    const at = this.#wallOf(atMs);
    this.#close(machine, at);
    this.#open.set(machine, { condition, from: at });
  }

  part(machine: string, good: boolean, counts: Counts, atMs: number): void {
    this.#add({ kind: 'part', machine, good, at: this.#wallOf(atMs), counts });
  }

  energy(wattMs: number, atMs: number): void {
    this.#add({ kind: 'energy', at: this.#wallOf(atMs), kWh: kWhOf(wattMs) });
  }

  /** Hands the gathered lines to the operating system. */
  commit(): void {
    if (this.#pending === '' || this.#file === undefined) return;
    writeSync(this.#file, this.#pending);
    this.#pending = '';
  }

  /**
   * Closes the running intervals at `wallMs`, goes on with them from there, and makes all durable. A state that began in
   * this very millisecond leaves a line without length: the last line is what the plant shows now.
   */
  seal(wallMs: number): void {
    for (const [machine, { condition, from }] of this.#open) {
      if (wallMs > from) this.#close(machine, wallMs);
      else this.#add(stateLine(machine, condition, from, from));
      this.#open.set(machine, { condition, from: Math.max(from, wallMs) });
    }
    this.commit();
    if (this.#file !== undefined) fsyncSync(this.#file);
  }

  end(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
  }

  #close(machine: string, to: number): void {
    const open = this.#open.get(machine);
    // An interval shorter than the ledger's millisecond leaves no line.
    if (open === undefined || to <= open.from) return;
    this.#add(stateLine(machine, open.condition, open.from, to));
  }

  #add(line: LedgerLine): void {
    this.#pending += `${JSON.stringify(line)}\n`;
  }
}

function stateLine(machine: string, { state, value, cause }: Condition, from: number, to: number): LedgerState {
  return { kind: 'state', machine, state, value, cause, from, to };
}
