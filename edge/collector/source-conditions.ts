import { createHash } from 'node:crypto';
import type { Clock } from '@gongfu/shared/base/clock';
import { isSourceTime } from '@gongfu/shared/model/source-time';
import type { ConditionWriter, SourceCondition } from '@gongfu/shared/sdk/driver';
import { type ConditionReport, conditionTextMax } from '@gongfu/shared/wire/condition';

/** Takes what a driver says of the conditions of its source, and makes of it what can travel: no text without end, no time nobody can have meant. */
export class SourceConditions implements ConditionWriter {
  readonly #source: string;
  readonly #clock: Clock;
  readonly #add: (report: ConditionReport) => void;

  constructor(options: { source: string; clock: Clock; add: (report: ConditionReport) => void }) {
    this.#source = options.source;
    this.#clock = options.clock;
    this.#add = options.add;
  }

  condition(state: SourceCondition): void {
    const { activeSince } = state;
    this.#add({
      ...state,
      kind: 'condition',
      source: this.#source,
      condition: cutId(state.condition),
      branch: cutId(state.branch),
      name: cut(state.name, conditionTextMax.name),
      origin: cut(state.origin, conditionTextMax.name),
      type: cut(state.type, conditionTextMax.name),
      message: cut(state.message, conditionTextMax.message),
      time: this.#time(state.time),
      activeSince: activeSince !== null && isSourceTime(activeSince, this.#clock.now()) ? activeSince : null,
    });
  }

  unwatched(time: number): void {
    this.#add({ kind: 'unwatched', source: this.#source, time: this.#time(time) });
  }

  refreshed(time: number, refresh: number): void {
    this.#add({ kind: 'refreshed', source: this.#source, time: this.#time(time), refresh });
  }

  #time(time: number): number {
    const whole = Math.round(time);
    const now = this.#clock.now();
    return isSourceTime(whole, now) ? whole : Math.trunc(now);
  }
}

/** Half a character has no bytes: it would come back as another text. */
function cut(text: string, most: number): string {
  const shown = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return /\p{Cs}/u.test(shown) ? shown.replace(/\p{Cs}/gu, '\ufffd') : shown;
}

/** Two long ids that begin alike stay two. */
function cutId(id: string): string {
  if (id.length <= conditionTextMax.id) return cut(id, conditionTextMax.id);
  return `${cut(id, 400)}${createHash('sha256').update(id, 'utf16le').digest('hex')}`;
}
