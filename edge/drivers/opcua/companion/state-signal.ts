import type { StateMappingEntry } from '@gongfu/shared/model/machine-state';
import { toolModes } from './models.ts';
import type { ShownState } from './type-tree.ts';

/** A machine of states of the server, with the tags that tell its state. */
export interface StateTags {
  /** Tag of `CurrentState`. */
  readonly text: string;
  /** Tag of `CurrentState.Number`, where the server has it: free of language. */
  readonly number: string | undefined;
  readonly states: readonly ShownState[];
}

/** What tells the state of a machine: one tag as it is, or an expression over several. */
export interface StateSignal {
  readonly tag?: string;
  readonly expression?: string;
  readonly type: 'string' | 'int32';
  readonly entries: readonly StateMappingEntry[];
}

/** The mode a machine is in, which may say more than its state. */
export interface ModeTags extends Partial<StateTags> {
  /** Tag of the enumeration MachineOperationMode of OPC 40501-1. */
  readonly enumeration?: string;
}

interface Packml {
  readonly base: StateTags | undefined;
  readonly machine: StateTags | undefined;
  readonly execute: StateTags | undefined;
  /** Tag that says that what comes after the machine takes nothing. */
  readonly blocked: string | undefined;
}

/** What is added to a number that means something else here than in its own machine of states. */
const shifted = 100;
const suspended = ['Suspending', 'Suspended', 'Unsuspending'];

/** Two levels that show a state of their own only while the level below has none, joined to one; undefined where there is none of them. */
export function packmlSignal({ base, machine, execute, blocked }: Packml, source: string): StateSignal | undefined {
  const levels = [base, machine, execute].filter((level) => level !== undefined);
  if (levels.length === 0) return undefined;
  const form = new Form(
    source,
    levels.every(({ number }) => number !== undefined),
  );
  let expression: string | undefined;
  const entries: StateMappingEntry[] = [];
  for (const [level, inner] of [[execute], [machine, 'Running'], [base, 'Cleared']] as const) {
    if (level === undefined) continue;
    const own = form.own(level);
    const below = inner === undefined ? undefined : level.states.find(({ name }) => name === inner);
    expression =
      below === undefined || expression === undefined
        ? own
        : `${own} == ${form.literal(below)} ? (${expression}) : ${own}`;
    entries.push(...form.entries(level));
    if (level !== execute || blocked === undefined) continue;
    const halted = level.states.filter(({ name }) => suspended.includes(name));
    const isHalted = halted.map((state) => `${own} == ${form.literal(state)}`).join(' || ');
    const isBlocked = `good(${form.tag(blocked)}) && ${form.tag(blocked)}`;
    expression = `(${isHalted}) && ${isBlocked} ? ${form.moved(own, 'blocked')} : ${own}`;
    entries.push(
      ...form.movedEntries(halted, 'blocked', {
        state: 'blocked',
        cause: { zh: '下游堵塞', en: 'blocked downstream' },
      }),
    );
  }
  if (levels.length === 1 && blocked === undefined) return form.plain(levels[0]!);
  return { expression: expression!, type: form.type, entries: distinct(entries) };
}

/** A state, and a mode that counts instead where it says set-up or maintenance. */
export function moddedSignal(state: StateTags, mode: ModeTags | undefined, source: string): StateSignal {
  const form = new Form(source, state.number !== undefined);
  const says = mode === undefined ? undefined : modeTests(mode, form);
  if (says === undefined) return form.plain(state);
  const { isGood, setup, maintenance } = says;
  const own = form.own(state);
  const results = form.isNumber ? [`${shifted + 2}`, `${shifted + 1}`] : ['"mode: Setup"', '"mode: Maintenance"'];
  const values = results.map((result) => JSON.parse(result) as string | number);
  return {
    expression: `${isGood} && ${setup} ? ${results[0]} : ${isGood} && ${maintenance} ? ${results[1]} : ${own}`,
    type: form.type,
    entries: [
      ...form.entries(state),
      { value: values[0]!, state: 'setup', cause: { zh: '调整模式', en: 'set-up mode' } },
      { value: values[1]!, state: 'planned-stop', cause: { zh: '维护模式', en: 'maintenance mode' } },
    ],
  };
}

function modeTests(mode: ModeTags, form: Form): { isGood: string; setup: string; maintenance: string } | undefined {
  const { enumeration, states, text, number } = mode;
  if (states !== undefined && text !== undefined) {
    const own = number ?? text;
    const test = (wanted: string): string => {
      const state = states.find(({ name }) => name === wanted)!;
      return `${form.tag(own)} == ${number === undefined ? JSON.stringify(state.text) : state.number}`;
    };
    return { isGood: `good(${form.tag(own)})`, setup: test('Setup'), maintenance: test('Maintenance') };
  }
  if (enumeration === undefined) return undefined;
  const own = form.tag(enumeration);
  return {
    isGood: `good(${own})`,
    setup: `${own} == ${toolModes.setup}`,
    maintenance: `${own} == ${toolModes.service}`,
  };
}

/** Whether states are told by number or by text, and how that is written. */
class Form {
  readonly isNumber: boolean;
  readonly #source: string;

  constructor(source: string, isNumber: boolean) {
    this.#source = source;
    this.isNumber = isNumber;
  }

  get type(): 'string' | 'int32' {
    return this.isNumber ? 'int32' : 'string';
  }

  tag(name: string): string {
    return `tag(${JSON.stringify(this.#source)}, ${JSON.stringify(name)})`;
  }

  own({ text, number }: StateTags): string {
    return this.tag(this.#nameOf({ text, number }));
  }

  literal(state: ShownState): string {
    return JSON.stringify(this.#valueOf(state));
  }

  plain(level: StateTags): StateSignal {
    return { tag: this.#nameOf(level), type: this.type, entries: this.entries(level) };
  }

  /** A state without a meaning of its own is not listed, and so unknown. */
  entries({ states }: StateTags): StateMappingEntry[] {
    return states.flatMap((state) =>
      state.state === 'unknown' ? [] : [{ value: this.#valueOf(state), state: state.state, cause: state.cause }],
    );
  }

  moved(own: string, name: string): string {
    return this.isNumber ? `${own} + ${shifted}` : JSON.stringify(name);
  }

  movedEntries(
    states: readonly ShownState[],
    name: string,
    meaning: Pick<StateMappingEntry, 'state' | 'cause'>,
  ): StateMappingEntry[] {
    const values = this.isNumber ? states.map(({ number }) => number + shifted) : [name];
    return values.map((value) => ({ value, ...meaning }));
  }

  #nameOf({ text, number }: Pick<StateTags, 'text' | 'number'>): string {
    return this.isNumber && number !== undefined ? number : text;
  }

  #valueOf({ text, number }: ShownState): string | number {
    return this.isNumber ? number : text;
  }
}

/** One entry for each value: the first, which is that of the innermost level. */
function distinct(entries: readonly StateMappingEntry[]): StateMappingEntry[] {
  return [...new Map(entries.toReversed().map((entry) => [entry.value, entry])).values()].toReversed();
}
