import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { ApiClient, ApiProblem } from './api-client.ts';
import type { SessionOpened, User } from './api-shapes.ts';
import { forgetPair, keptPair, pairOf } from './session-tokens.ts';

export type SessionState =
  | { readonly phase: 'checking' }
  | { readonly phase: 'unreachable'; readonly problem: ApiProblem }
  | { readonly phase: 'signed-out'; readonly ended: boolean }
  | {
      readonly phase: 'signed-in';
      /** Names the sign-in: another user has another. It is renewed behind the scenes: send requests through `api`. */
      readonly token: string;
      readonly user: User;
      /** A password somebody else chose, just typed: it need not be typed again to be replaced. Never stored. */
      readonly givenPassword?: string;
    };

export interface Session {
  readonly state: SessionState;
  readonly api: ApiClient;
  /** The code is asked for only where the platform says so. */
  signIn(user: string, password: string, code?: string): Promise<void>;
  /** Signs in with a session that was opened another way. */
  open(opened: SessionOpened): void;
  signOut(): Promise<void>;
  /** The platform no longer knows the session. */
  end(): void;
  checkAgain(): void;
  /** Asks anew who is signed in: the user has been changed. */
  refresh(): Promise<void>;
}

const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('useSession outside of SessionProvider');
  return session;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [pair, setPair] = useState(keptPair);
  const token = pair?.token;
  const [state, setState] = useState<SessionState>(
    token === undefined ? { phase: 'signed-out', ended: false } : { phase: 'checking' },
  );
  const queries = useQueryClient();
  const forget = useCallback(
    (ended: boolean) => {
      forgetPair();
      // The next one to sign in here may be of another tenant.
      queries.clear();
      setPair(undefined);
      setState({ phase: 'signed-out', ended });
    },
    [queries],
  );
  const end = useCallback(() => forget(true), [forget]);
  const api = useMemo(
    () => new ApiClient({ ...(pair === undefined ? {} : { pair }), onSessionEnded: end }),
    [pair, end],
  );

  useEffect(() => {
    api.start();
    return () => api.stop();
  }, [api]);

  useEffect(() => {
    if (state.phase !== 'checking' || token === undefined) return;
    api.get<{ user: User }>('/sessions/current').then(
      ({ user }) => setState({ phase: 'signed-in', token, user }),
      (problem: unknown) => {
        if (problem instanceof ApiProblem && problem.status !== 401) setState({ phase: 'unreachable', problem });
      },
    );
  }, [state.phase, token, api]);

  const session = useMemo<Session>(
    () => ({
      state,
      api,
      end,
      checkAgain: () => setState({ phase: 'checking' }),
      async refresh() {
        const { user } = await api.get<{ user: User }>('/sessions/current');
        if (token !== undefined) setState({ phase: 'signed-in', token, user });
      },
      async signIn(user, password, code) {
        const step = code === undefined ? {} : { code };
        const opened = await api.post<SessionOpened>('/sessions', { user, password, ...step });
        setPair(pairOf(opened));
        const given = opened.user.mustChangePassword ? { givenPassword: password } : {};
        setState({ phase: 'signed-in', token: opened.token, user: opened.user, ...given });
      },
      open(opened) {
        setPair(pairOf(opened));
        setState({ phase: 'signed-in', token: opened.token, user: opened.user });
      },
      async signOut() {
        // Signed out here even when the platform cannot be told; its session then runs out by itself.
        await api.delete('/sessions/current').catch(() => undefined);
        forget(false);
      },
    }),
    [state, api, token, end, forget],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}
