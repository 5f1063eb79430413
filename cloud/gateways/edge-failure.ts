import type { Problem } from '@gongfu/shared/base/problem';
import type { BatchAnswer, Refusal } from '@gongfu/shared/wire/acknowledgement';
import type { CommandReceipt } from '@gongfu/shared/wire/command';
import type { EdgeEventName } from './edge-events.ts';

/** What a gateway is answered to an event that failed, in the shape that event has; undefined: nobody foresaw why. */
export function failureOf(event: EdgeEventName, problem: Problem | undefined): BatchAnswer | CommandReceipt | Refusal {
  if (event === 'batch') return batchFailure(problem);
  const refusal = refusalOf(problem);
  return event.endsWith('-result') || event === 'conditions'
    ? { received: false, code: refusal.code, detail: refusal.detail }
    : refusal;
}

function refusalOf(problem: Problem | undefined): Refusal {
  return {
    accepted: false,
    code: problem?.code ?? 'internal',
    detail: problem?.message ?? 'the service failed; its log has the cause',
    advice: problem?.advice ?? 'Try again.',
  };
}

/** Never tells a gateway to forget a batch unless ingest itself refused it. */
function batchFailure(problem: Problem | undefined): BatchAnswer {
  const code = problem?.code ?? 'internal';
  const detail = problem?.message ?? 'the service failed; its log has the cause';
  return { outcome: 'retry', retryAfterMs: problem?.retryAfterMs ?? 2000, code, detail };
}
