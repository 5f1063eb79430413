import type { Clock } from '@gongfu/shared/base/clock';
import type { Problem } from '@gongfu/shared/base/problem';
import type { Socket } from 'socket.io';
import type { Permission, Principal } from '../access/principal.ts';
import { Conflation, type Newest } from './conflation.ts';
import { permissionOf, requestsOpenMax } from './live-events.ts';
import { problemOf, tooManyRequests } from './live-problems.ts';
import { RequestBudget } from './request-budget.ts';
import { Wanted } from './wanted.ts';

/** For the last words before a cut. */
const politeMs = 1_000;

/** One connected browser: who it is, what it follows, what it still has to be told. */
export class LiveClient {
  readonly principal: Principal;
  readonly conflation: Conflation;
  readonly socket: Socket;
  wanted = new Wanted();
  /** Set once the connection has ended. */
  gone = false;
  readonly #clock: Clock;
  readonly #budget = new RequestBudget();
  #leaving = false;
  #requestsOpen = 0;
  #requestsWhileBlocked = 0;

  constructor(options: { socket: Socket; principal: Principal; newest: Newest; clock: Clock }) {
    this.#clock = options.clock;
    this.socket = options.socket;
    this.principal = options.principal;
    this.conflation = new Conflation({
      newest: options.newest,
      outlet: {
        writable: () => this.socket.conn.transport.writable,
        send: (event, items, trail) => {
          if (this.gone || !this.may(permissionOf(event))) return;
          if (trail === undefined) this.socket.emit(event, items);
          else this.socket.emit(event, items, trail);
        },
      },
    });
  }

  may(permission: Permission): boolean {
    return this.principal.permissions.has(permission);
  }

  /**
   * Ends the connection. A problem is told first, and a polite close is given a second. A client that does not read would
   * hold that up for ever, so the WebSocket beneath is then terminated. Of one that is cut for what it sends nothing more
   * is read meanwhile.
   */
  cut(problem?: Problem, { unheard = false } = {}): void {
    const { conn } = this.socket;
    if (problem === undefined) {
      this.#terminate();
      return;
    }
    // Messages that came with the one that was too much are still handed over after it.
    if (this.#leaving) return;
    this.#leaving = true;
    this.socket.emit('problem', problemOf(problem));
    const webSocket = this.#webSocket();
    conn.close();
    const cancel = this.#clock.after(politeMs, () => {
      this.#terminate();
      webSocket?.terminate?.();
    });
    // Unread, the answer to the close does not arrive either.
    if (unheard) webSocket?.pause?.();
    else conn.once('close', cancel);
  }

  #terminate(): void {
    const { conn } = this.socket;
    const webSocket = this.#webSocket();
    conn.close(true);
    webSocket?.terminate?.();
  }

  #webSocket(): { pause?: () => void; terminate?: () => void } | undefined {
    const { transport } = this.socket.conn;
    return 'socket' in transport ? (transport.socket as object) : undefined;
  }

  /**
   * Counts one request in; the returned function counts it out. A client that asks but does not read the answers is
   * refused, and at last cut, because each answer it leaves unread would stay in memory.
   */
  admit(): () => void {
    this.#requestsWhileBlocked = this.socket.conn.transport.writable ? 0 : this.#requestsWhileBlocked + 1;
    const budget = this.#budget.spend(this.#clock.monotonicMs());
    if (budget === 'spent' || this.#requestsWhileBlocked > requestsOpenMax) {
      this.cut(tooManyRequests(), { unheard: true });
      throw tooManyRequests();
    }
    if (budget === 'refused') throw tooManyRequests();
    if (this.#requestsOpen >= requestsOpenMax) throw tooManyRequests();
    this.#requestsOpen += 1;
    return () => {
      this.#requestsOpen -= 1;
    };
  }
}
