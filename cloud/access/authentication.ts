import type { Signal } from '@gongfu/shared/base/signal';
import { ApiKeys } from './api-keys.ts';
import type { Authenticator } from './principal.ts';
import type { Sessions } from './session.ts';

export type Authentication = Authenticator & { readonly ended: Pick<Signal<{ sessionId: string }>, 'on'> };

/** People by their sessions and programs by their keys, as one: what asks for a bearer token takes either. */
export function authentication(
  sessions: Pick<Sessions, 'authenticate' | 'current' | 'ended'>,
  keys: Pick<ApiKeys, 'authenticate' | 'current' | 'ended'>,
): Authentication {
  return {
    authenticate: (token, address) =>
      ApiKeys.isKey(token) ? keys.authenticate(token, address) : sessions.authenticate(token),
    current: (sessionId) => (ApiKeys.isKeyId(sessionId) ? keys : sessions).current(sessionId),
    ended: {
      on: (listener) => {
        const leave = [sessions.ended.on(listener), keys.ended.on(listener)];
        return () => {
          for (const one of leave) one();
        };
      },
    },
  };
}
