import type { LiveRequest, LiveSample } from '@gongfu/shared/wire/live';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { type LiveState, LiveStore } from './live-state.ts';
import { serverNow } from './server-clock.ts';
import { useSession } from './session.tsx';

/** Opens the live connection for as long as the component is shown and the session lasts. */
export function useLive(wanted: LiveRequest | undefined): LiveState {
  const { api } = useSession();
  const [client] = useState(
    () => new LiveStore((refused) => (refused === undefined ? api.bearer() : api.renewed(refused))),
  );
  useEffect(() => {
    client.start();
    return () => client.stop();
  }, [client]);
  useEffect(() => {
    if (wanted !== undefined) client.follow(wanted);
  }, [client, wanted]);
  return useSyncExternalStore(client.listen, client.state);
}

/** Now, once a second: one timer for every age on the page. */
export const NowContext = createContext(0);

export function useNow(): number {
  return useContext(NowContext);
}

/** Last samples by tag, for what is drawn of them deep in a page that itself need not be drawn again for each. */
export const SamplesContext = createContext<ReadonlyMap<string, LiveSample>>(new Map());

export function useSamples(): ReadonlyMap<string, LiveSample> {
  return useContext(SamplesContext);
}

/** Whether what one sees is now. `heardAt` tells nothing while it is. */
export type Connection = Pick<LiveState, 'connection' | 'heardAt' | 'problem'>;
const ConnectionContext = createContext<Connection>({ connection: 'connecting', heardAt: null, problem: null });

export function useConnection(): Connection {
  return useContext(ConnectionContext);
}

/** Around a page that must not be drawn again for every sample: only what asks for now, samples or the connection is. */
export function LiveView({ wanted, children }: { wanted: LiveRequest; children: ReactNode }) {
  const { connection, heardAt, problem, samples } = useLive(wanted);
  const lastHeardAt = connection === 'lost' ? heardAt : null;
  const known = useMemo(() => ({ connection, heardAt: lastHeardAt, problem }), [connection, lastHeardAt, problem]);
  return (
    <NowContext value={useTicking()}>
      <ConnectionContext value={known}>
        <SamplesContext value={samples}>{children}</SamplesContext>
      </ConnectionContext>
    </NowContext>
  );
}

export function useTicking(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(serverNow());
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
