import type { Clock } from '@gongfu/shared/base/clock';
import type { RequestHandler } from 'express';

/** Long enough for the answer to arrive before the connection breaks. */
const graceMs = 250;

/** Whoever has been answered and goes on sending is cut off: Node would read, and throw away, what comes for ever. */
export function unreadBodyCut(clock: Clock): RequestHandler {
  return (request, response, next) => {
    response.once('finish', () => {
      if (request.complete) return;
      const cancel = clock.after(graceMs, () => {
        if (!request.complete) request.socket.destroy();
      });
      request.once('close', cancel);
    });
    next();
  };
}
