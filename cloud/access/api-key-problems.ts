import { Problem } from '@gongfu/shared/base/problem';
import type { Permission } from './principal.ts';

export function keyPermissionsUnfit(unfit: readonly Permission[], asked: readonly Permission[]): Problem {
  return new Problem({
    code: 'api-key-permissions-unfit',
    detail: `a key of yours cannot have ${unfit.join(', ') || 'this scope'}`,
    advice:
      'Give what you have yourself, nothing that manages people or keys, and nothing of the whole tenant with a scope.',
    reaction: 'drop',
    status: 422,
    places: unfit.map((permission) => ({
      where: `body.permissions.${asked.indexOf(permission)}`,
      what: 'not for this key',
    })),
  });
}

export function expiryUnfit(): Problem {
  return new Problem({
    code: 'api-key-expiry-unfit',
    detail: 'the key would expire in the past, or in more than five years',
    advice: 'Choose a time in between; leave it out for a year from now.',
    reaction: 'drop',
    status: 422,
    places: [{ where: 'body.expiresAt', what: 'expected a time within five years from now' }],
  });
}

export function keyNameTaken(name: string): Problem {
  return new Problem({
    code: 'api-key-name-taken',
    detail: `there is a key ${name} already`,
    advice: 'Choose another name, or revoke that key first.',
    reaction: 'drop',
    status: 409,
  });
}

export function keyUnknown(): Problem {
  return new Problem({
    code: 'api-key-unknown',
    detail: 'there is no such key',
    advice: 'It may have been revoked already; GET /api/v1/api-keys lists those there are.',
    reaction: 'drop',
    status: 404,
  });
}
