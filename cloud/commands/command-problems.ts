import { Problem } from '@gongfu/shared/base/problem';

export function tagNotWritable(name: string): Problem {
  return new Problem({
    code: 'command-tag-not-writable',
    detail: `the gateway does not offer to write ${name}`,
    advice: 'Allow the tag in the configuration of the gateway, or choose another tag.',
    reaction: 'drop',
    status: 422,
  });
}

export function valueUnfit(expected: string): Problem {
  return new Problem({
    code: 'command-value-unfit',
    detail: `value: expected ${expected}`,
    advice: 'Send a value of the type of the tag.',
    reaction: 'drop',
    status: 422,
  });
}

export function outOfRange(value: string, minimum: number | bigint | null, maximum: number | bigint | null): Problem {
  return new Problem({
    code: 'command-out-of-range',
    detail: `value: ${value} is not within ${minimum ?? '…'} to ${maximum ?? '…'}`,
    advice: 'Send a value within the range the gateway allows for the tag.',
    reaction: 'drop',
    status: 422,
  });
}

export function gatewayRevoked(name: string): Problem {
  return new Problem({
    code: 'command-gateway-revoked',
    detail: `gateway ${name} was revoked: nothing reaches it any more`,
    advice: 'Enrol the gateway again, then ask anew.',
    reaction: 'drop',
    status: 409,
  });
}

export function keyReused(): Problem {
  return new Problem({
    code: 'command-key-reused',
    detail: 'the same key was used before, for another tag, value or reason',
    advice: 'Use a new key for a new command; repeat a request only as it was.',
    reaction: 'drop',
    status: 409,
  });
}

export function tooManyOpen(openMax: number): Problem {
  return new Problem({
    code: 'command-too-many',
    detail: `${openMax} commands of this tenant are still open`,
    advice: 'Wait until they have been written or have expired.',
    reaction: 'retry',
    status: 429,
  });
}

export function ownApproval(): Problem {
  return new Problem({
    code: 'command-own-approval',
    detail: 'whoever asked for a command, or made the key that asked, cannot approve it',
    advice: 'Let somebody else approve it.',
    reaction: 'drop',
    status: 403,
  });
}

export function notWaiting(state: string): Problem {
  return new Problem({
    code: 'command-not-waiting',
    detail: `the command is ${state}, and waits for no approval`,
    advice: 'Read it again with GET /api/v1/commands/{id}.',
    reaction: 'drop',
    status: 409,
  });
}

export function alreadySent(state: string): Problem {
  return new Problem({
    code: 'command-already-sent',
    detail: `the command is ${state}: it may have reached the gateway, or has ended`,
    advice: 'It can be withdrawn only before it is sent; to undo a write, ask for the former value.',
    reaction: 'drop',
    status: 409,
  });
}
