import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { HttpError } from '@influxdata/influxdb-client';

/** The server will never take this body: 400 and 422, and 413 when there is less than a line to split. */
export class WriteRefused extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

const retryAfterMs = 1_000;
/** Nothing changes before a person has done something. */
const heldRetryAfterMs = 5_000;

export function unavailable(detail: string, cause?: unknown, afterMs = retryAfterMs): Problem {
  return new Problem({
    code: 'history-unavailable',
    detail: `the history store is not available: ${detail}`,
    advice: 'Gateways keep their samples meanwhile. If this stays, look after the InfluxDB server and its disk.',
    reaction: 'retry',
    status: 503,
    retryAfterMs: Math.max(retryAfterMs, afterMs),
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
  return unavailable(`InfluxDB answers ${statusCode}, ${reason}`, error, error.retryAfter() * 1000);
}

function reasonOf({ json, body, message }: HttpError): string {
  const told = (json as { message?: unknown } | undefined)?.message;
  return (typeof told === 'string' ? told : body || message).slice(0, 500);
}
