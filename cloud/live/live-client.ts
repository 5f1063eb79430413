import type { Socket } from 'socket.io';
import type { Permission, Principal } from '../access/principal.ts';
import { Conflation, type Newest } from './conflation.ts';
import { permissionOf, requestsOpenMax } from './live-events.ts';
import { tooManyRequests } from './live-problems.ts';

/** One connected browser: who it is, what it follows, what it still has to be told. */
export class LiveClient {
  readonly principal: Principal;
  readonly conflation: Conflation;
  readonly socket: Socket;
  /** Set once the connection has ended. */
  gone = false;
  #requestsOpen = 0;
  #requestsWhileBlocked = 0;

  constructor(options: { socket: Socket; principal: Principal; newest: Newest }) {
    this.socket = options.socket;
    this.principal = options.principal;
    this.conflation = new Conflation({
      newest: options.newest,
      outlet: {
        writable: () => this.socket.conn.transport.writable,
        send: (event, items, trail) => {
          if (!this.may(permissionOf(event))) return;
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
   * Ends the connection now; what is still unsent is thrown away. A polite close would wait behind the unsent bytes for
   * a client that does not read, so the WebSocket beneath is terminated.
   */
  cut(): void {
    const { conn } = this.socket;
    const { transport } = conn;
    conn.close(true);
    if ('socket' in transport) (transport.socket as { terminate?: () => void }).terminate?.();
  }

  /**
   * Counts one request in; the returned function counts it out. A client that asks but does not read the answers is
   * refused, and at last cut, because each answer it leaves unread would stay in memory.
   */
  admit(): () => void {
    this.#requestsWhileBlocked = this.socket.conn.transport.writable ? 0 : this.#requestsWhileBlocked + 1;
    if (this.#requestsWhileBlocked > requestsOpenMax) {
      this.cut();
      throw tooManyRequests();
    }
    if (this.#requestsOpen >= requestsOpenMax) throw tooManyRequests();
    this.#requestsOpen += 1;
    return () => {
      this.#requestsOpen -= 1;
    };
  }
}
