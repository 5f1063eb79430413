import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { JWK } from 'jose';
import { z } from 'zod';

const answerSchema = z.object({ gatewayId: z.string().min(1), tenantId: z.string().min(1) });
const refusalSchema = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  title: z.string().optional(),
});

const timeoutMs = 15_000;

/**
 * Exchanges a one-time code for the gateway's identity in the cloud.
 * @throws Problem `cloud-unreachable` (retry) or `enrolment-refused` (stop: this code will never do)
 */
export async function enrol(options: {
  url: string;
  code: string;
  gatewayName: string;
  publicKey: JWK;
}): Promise<{ gatewayId: string; tenantId: string }> {
  const { url, code, gatewayName, publicKey } = options;
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${url}/api/v1/enrolments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, gatewayName, publicKey }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = await response.json().catch(() => undefined);
  } catch (error) {
    throw unreachable(url, reasonOf(error), error);
  }
  const answer = answerSchema.safeParse(body);
  if (response.status === 201 && answer.success) return answer.data;
  const refusal = refusalSchema.safeParse(body).data;
  const detail = refusal?.detail ?? refusal?.title ?? `it answered ${response.status} without saying why`;
  if (response.status >= 500 || response.status === 429 || response.status < 400 || refusal?.code === undefined) {
    throw unreachable(url, detail);
  }
  throw new Problem({
    code: 'enrolment-refused',
    detail: `the cloud at ${url} refuses the one-time code: ${detail} (${refusal.code})`,
    advice:
      'Make a new code for this gateway in the cloud (POST /api/v1/gateways) and start with --code CODE; samples are kept meanwhile.',
    reaction: 'stop',
    status: response.status,
  });
}

function unreachable(url: string, why: string, cause?: unknown): Problem {
  return new Problem({
    code: 'cloud-unreachable',
    detail: `the cloud at ${url} cannot be reached: ${why}`,
    advice: 'Check uplink.url and the network; samples are kept and it is tried again.',
    reaction: 'retry',
    cause,
  });
}

/** `fetch failed` alone tells nothing: the cause does. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause) || String((cause as NodeJS.ErrnoException).code ?? cause);
}
