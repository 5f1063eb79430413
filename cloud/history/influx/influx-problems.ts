import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { retryAfterMsMax } from '@gongfu/shared/wire/acknowledgement';
import { HttpError } from '@influxdata/influxdb-client';

const retryAfterMs = 1_000;
/** Nothing changes before a person has done something. */
const heldRetryAfterMs = 5_000;

/**
 * The server will never take this body as it is: 400, 413 and 422. Who cannot write it in smaller pieces, nor without a
 * line, has it held as this problem says.
 */
export class WriteRefused extends Problem {
  readonly answered: number;
  readonly reason: string;

  constructor(answered: number, reason: string) {
    super({
      code: 'history-refused',
      detail: `InfluxDB refuses a write: ${answered}, ${reason}`,
      advice:
        'Gateways keep their samples meanwhile. A proxy before InfluxDB must let requests of 1 MiB through; else report this with the log.',
      reaction: 'retry',
      status: 503,
      retryAfterMs: heldRetryAfterMs,
    });
    this.answered = answered;
    this.reason = reason;
  }
}

export function unavailable(detail: string, cause?: unknown, afterMs = retryAfterMs): Problem {
  return new Problem({
    code: 'history-unavailable',
    detail: `the history store is not available: ${detail}`,
    advice: isDistrust(cause)
      ? 'Gateways keep their samples meanwhile. For an authority of your own start the service with NODE_EXTRA_CA_CERTS=/path/ca.pem; else renew the certificate of InfluxDB.'
      : 'Gateways keep their samples meanwhile. If this stays, look after the InfluxDB server and its disk.',
    reaction: 'retry',
    status: 503,
    retryAfterMs: Math.min(Math.max(retryAfterMs, afterMs), retryAfterMsMax),
    cause,
  });
}

/** 401, 403 and 404: the server is there and does not let us in. Held, not dropped. */
function denied(detail: string, cause: unknown): Problem {
  return new Problem({
    code: 'history-denied',
    detail: `InfluxDB does not let the service in: ${detail}`,
    advice:
      'Gateways keep their samples meanwhile. Check INFLUX_TOKEN (read and write of the bucket), INFLUX_ORG and INFLUX_BUCKET; a token that works again is noticed by itself.',
    reaction: 'retry',
    status: 503,
    retryAfterMs: heldRetryAfterMs,
    cause,
  });
}

export function tooLong(timeoutMs: number): Problem {
  return new Problem({
    code: 'history-query-too-long',
    detail: `a history query was stopped after ${timeoutMs / 1000} s`,
    advice: 'Ask for a shorter time or fewer tags.',
    reaction: 'drop',
    status: 503,
  });
}

export function bucketUnfit(detail: string, advice: string): Problem {
  return new Problem({ code: 'history-bucket-unfit', detail, advice, reaction: 'stop' });
}

/** Of what a request to write ended with. */
export function writeFault(error: unknown): Error {
  if (!(error instanceof HttpError)) return unavailable(messageOf(error), error);
  const { statusCode } = error;
  const reason = reasonOf(error);
  if (statusCode === 400 || statusCode === 413 || statusCode === 422) return new WriteRefused(statusCode, reason);
  return passingFault(error, reason);
}

/** Cut without an answer, as by a server that is gone, or by a proxy to which a body is too large. */
export function isCut(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Of what a question ended with. */
export function readFault(error: unknown): Error {
  if (error instanceof Problem) return error;
  if (!(error instanceof HttpError)) return unavailable(messageOf(error), error);
  const reason = reasonOf(error);
  if (error.statusCode !== 400 && error.statusCode !== 422) return passingFault(error, reason);
  return new Problem({
    code: 'history-failed',
    detail: `InfluxDB refuses a question: ${reason}`,
    advice: 'This is a fault of gongfu-cloud or a server it does not know; report it with the log.',
    reaction: 'drop',
    status: 500,
    cause: error,
  });
}

function passingFault(error: HttpError, reason: string): Problem {
  const { statusCode } = error;
  if (statusCode === 401 || statusCode === 403 || statusCode === 404) return denied(`${statusCode}, ${reason}`, error);
  return unavailable(`InfluxDB answers ${statusCode}, ${reason}`, error, askedForMs(error));
}

/** `Retry-After`: seconds, which the client has read, or a date, which counts from the server's own `Date`: clocks differ. */
function askedForMs(error: HttpError): number {
  const headers = error.headers ?? {};
  const dateMs = Date.parse(String(headers['retry-after'])) - Date.parse(String(headers.date));
  return error.retryAfter() > 0 || Number.isNaN(dateMs) ? error.retryAfter() * 1000 : dateMs;
}

/** The certificate of the server is none we trust; the codes are those of Node's TLS. */
function isDistrust(cause: unknown): boolean {
  const code = String((cause as { code?: unknown } | undefined)?.code);
  return /CERT|UNABLE_TO_VERIFY|_SIGNATURE/.test(code);
}

function reasonOf({ json, body, message }: HttpError): string {
  const told = (json as { message?: unknown } | undefined)?.message;
  return (typeof told === 'string' ? told : body || message).slice(0, 500);
}
