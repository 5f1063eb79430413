import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { JWK } from 'jose';
import { z } from 'zod';
import { type TlsOptions, trustProblem } from './cloud-trust.ts';
import { postJson } from './json-request.ts';

const answerSchema = z.object({ gatewayId: z.string().min(1), tenantId: z.string().min(1) });
const refusalSchema = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  title: z.string().optional(),
});

/**
 * Exchanges a one-time code for the gateway's identity in the cloud.
 * @throws Problem `cloud-unreachable`, `cloud-certificate-untrusted`, `cloud-key-unknown` (retry) or `enrolment-refused` (stop: this code will never do)
 */
export async function enrol(options: {
  url: string;
  code: string;
  gatewayName: string;
  publicKey: JWK;
  tls: TlsOptions;
  /** Ends it before its answer; it rejects then. */
  signal: AbortSignal;
}): Promise<{ gatewayId: string; tenantId: string }> {
  const { url, code, gatewayName, publicKey, tls, signal } = options;
  let response: { status: number; body: unknown };
  try {
    response = await postJson(`${url}/api/v1/enrolments`, { code, gatewayName, publicKey }, tls, signal);
  } catch (error) {
    throw trustProblem(url, error) ?? unreachable(url, reasonOf(error), error);
  }
  const { body } = response;
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

/** Some errors of the network have a code and no words. */
function reasonOf(error: unknown): string {
  return messageOf(error) || String((error as NodeJS.ErrnoException).code ?? error);
}
