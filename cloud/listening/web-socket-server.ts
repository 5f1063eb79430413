import { type ServerOptions, WebSocketServer } from 'ws';

/** Browsers cut a large message into a few pieces, programs into none. */
const fragmentsMax = 128;

/**
 * As socket.io would make it, but a message in crumbs ends the connection early (close code 1008): putting thousands of
 * them together takes the time of everybody else.
 */
export class CrumbFreeSocketServer extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ ...options, maxFragments: fragmentsMax });
  }
}
