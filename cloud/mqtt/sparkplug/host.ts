import { Problem } from '@gongfu/shared/base/problem';
import { nameFault } from '@gongfu/shared/model/name-text';
import type { GapRecord } from '@gongfu/shared/model/sample';
import type { Reading, Rejection } from '../reading.ts';
import { DataType } from './data-type.ts';
import { defaultNodeLimits, EdgeNode, type NodeLimits, type Outcome } from './edge-node.ts';
import type { NameRoom } from './known-metrics.ts';
import { decodePayload, encodePayload } from './payload.ts';
import { RebirthBudget } from './rebirth-budget.ts';
import { commandTopic, isNotForHosts, type NodeTopic, parseTopic } from './topic.ts';

export interface HostOutcome {
  readonly readings: readonly Reading[];
  readonly rejections: readonly Rejection[];
  readonly gaps: readonly GapRecord[];
  /** Commands to be sent, already within the budget. */
  readonly rebirths: readonly { readonly topic: string; readonly reason: string }[];
}

interface Standing {
  readonly group: string;
  readonly node: string;
  readonly state: EdgeNode;
}

/** All edge nodes a host application hears of. Holds no connection: topics and bytes in, readings and commands out. */
export class SparkplugHost {
  readonly #limits: NodeLimits;
  readonly #nodesMax: number;
  readonly #room: NameRoom;
  readonly #budget = new RebirthBudget();
  readonly #nodes = new Map<string, Standing>();

  constructor(options: { limits?: Partial<NodeLimits>; nodesMax?: number; namesMax?: number } = {}) {
    this.#limits = { ...defaultNodeLimits, ...options.limits };
    this.#nodesMax = options.nodesMax ?? 5_000;
    this.#room = { left: options.namesMax ?? 250_000 };
  }

  /** Never throws: what cannot be read is named. */
  take(topic: string, bytes: Uint8Array, now: number): HostOutcome {
    const place = parseTopic(topic);
    if (place === undefined) return isNotForHosts(topic) ? nothing : refused(topic, 'no topic of Sparkplug B');
    const wrong = nameFault(sourceOf(place));
    if (wrong !== undefined) return refused(topic, `the name of the source ${wrong}`);
    try {
      const payload = decodePayload(bytes);
      const standing = this.#standing(place);
      if (standing === undefined) return refused(topic, `more than ${this.#nodesMax} edge nodes`);
      const { kind, device } = place;
      return this.#finish(standing, topic, standing.state.take({ kind, device, payload, arrivedAt: now }), now);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return refused(topic, error.message);
    }
  }

  expire(now: number): HostOutcome {
    // Of thousands that were never born nothing is waited for.
    const told = [...this.#nodes].filter(([, { state }]) => !state.isBlank);
    const all = told.map(([name, node]) => this.#finish(node, name, node.state.expire(now), now));
    return {
      readings: all.flatMap(({ readings }) => readings),
      rejections: all.flatMap(({ rejections }) => rejections),
      gaps: all.flatMap(({ gaps }) => gaps),
      rebirths: all.flatMap(({ rebirths }) => rebirths),
    };
  }

  /** Messages may have been missed: the connection to the broker was another one before. */
  interrupted(): void {
    for (const { state } of this.#nodes.values()) state.interrupted();
  }

  #finish({ group, node }: Standing, where: string, outcome: Outcome, now: number): HostOutcome {
    const name = `${group}/${node}`;
    if (outcome.born) this.#budget.settled(name);
    const mayAsk = outcome.rebirth !== '' && this.#budget.take(name, now);
    return {
      readings: outcome.readings,
      rejections: outcome.rejections.map((reason) => ({ where, reason })),
      gaps: outcome.gaps,
      rebirths: mayAsk ? [{ topic: commandTopic(group, node), reason: outcome.rebirth }] : [],
    };
  }

  #standing({ group, node }: NodeTopic): Standing | undefined {
    const name = `${group}/${node}`;
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    if (this.#nodes.size >= this.#nodesMax && !this.#forgetBlank()) return undefined;
    const state = new EdgeNode({ source: name, limits: this.#limits, room: this.#room });
    const standing = { group, node, state };
    this.#nodes.set(name, standing);
    return standing;
  }

  /** Whoever publishes under ever new names and is never born must not keep out those that are. */
  #forgetBlank(): boolean {
    for (const [name, { state }] of this.#nodes) {
      if (!state.isBlank) continue;
      this.#budget.forget(name);
      return this.#nodes.delete(name);
    }
    return false;
  }
}

function sourceOf({ group, node, device }: NodeTopic): string {
  return device === '' ? `${group}/${node}` : `${group}/${node}/${device}`;
}

/** The command that makes a node tell its births anew. */
export function rebirthCommand(now: number): Uint8Array {
  const metric = { name: 'Node Control/Rebirth', time: now, datatype: DataType.Boolean, value: true };
  return encodePayload({ time: now, metrics: [{ ...metric, carrier: 'booleanValue' }] });
}

const nothing: HostOutcome = { readings: [], rejections: [], gaps: [], rebirths: [] };

function refused(where: string, reason: string): HostOutcome {
  return { ...nothing, rejections: [{ where, reason }] };
}
