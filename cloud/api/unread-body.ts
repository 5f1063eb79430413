import type { Clock } from '@gongfu/shared/base/clock';
import type { RequestHandler } from 'express';

/** Long enough for the answer to arrive before the connection breaks. */
const graceMs = 250;

/** What is left of a body of at most so many bytes is read, so that the connection can go on. */
const leftoverBytesMax = 256 * 1024;

/**
 * Whoever has been answered and goes on sending is cut off: Node would read, and throw away, what comes for ever. Of a
 * body that is large, or whose end nobody has announced, nothing more is read at all.
 */
export function unreadBodyCut(clock: Clock): RequestHandler {
  return (request, response, next) => {
    response.once('finish', () => {
      if (request.complete) return;
      const announced = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
      if (announced > leftoverBytesMax) request.socket.pause();
      const cancel = clock.after(graceMs, () => {
        if (!request.complete) request.socket.destroy();
      });
      request.once('close', cancel);
    });
    next();
  };
}
