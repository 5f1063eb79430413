import { Problem } from '@gongfu/shared/base/problem';
import type { GapRecord } from '@gongfu/shared/model/sample';
import type { Reading, Rejection } from '../reading.ts';
import { DataType } from './data-type.ts';
import { defaultNodeLimits, EdgeNode, type NodeLimits, type Outcome } from './edge-node.ts';
import { decodePayload, encodePayload } from './payload.ts';
import { RebirthBudget } from './rebirth-budget.ts';
import { commandTopic, parseTopic } from './topic.ts';

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
  readonly #budget = new RebirthBudget();
  readonly #nodes = new Map<string, Standing>();

  constructor(options: { limits?: Partial<NodeLimits>; nodesMax?: number } = {}) {
    this.#limits = { ...defaultNodeLimits, ...options.limits };
    this.#nodesMax = options.nodesMax ?? 5_000;
  }

  /** Never throws: what cannot be read is named. */
  take(topic: string, bytes: Uint8Array, now: number): HostOutcome {
    const place = parseTopic(topic);
    if (place === undefined) return nothing;
    const standing = this.#standing(place.group, place.node);
    if (standing === undefined) return refused(topic, `more than ${this.#nodesMax} edge nodes`);
    try {
      const payload = decodePayload(bytes);
      const { kind, device } = place;
      return this.#finish(standing, topic, standing.state.take({ kind, device, payload, arrivedAt: now }), now);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return refused(topic, error.message);
    }
  }

  expire(now: number): HostOutcome {
    const all = [...this.#nodes].map(([name, node]) => this.#finish(node, name, node.state.expire(now), now));
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

  #standing(group: string, node: string): Standing | undefined {
    const source = `${group}/${node}`;
    const known = this.#nodes.get(source);
    if (known !== undefined) return known;
    if (this.#nodes.size >= this.#nodesMax) return undefined;
    const standing = { group, node, state: new EdgeNode({ source, limits: this.#limits }) };
    this.#nodes.set(source, standing);
    return standing;
  }
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
