import { useQuery } from '@tanstack/react-query';
import type { ApiClient } from './api-client.ts';
import type { Asset, CalendarWindow, Losses, MachineStates, WindowKpi } from './api-shapes.ts';
import { serverNow } from './server-clock.ts';
import { useSession } from './session.tsx';

/** States finer than this share of the window cannot be told apart in a picture. */
const statesPerWindow = 1_200;
/** What is now is told live; this is about how it came to be. */
const askAgainMs = 60_000;
const askOverAgainMs = 300_000;

/** What history says of an asset in a window: its figures, their hours, its losses, and the states of the machines asked for. */
export interface AssetHistory {
  readonly kpi: WindowKpi;
  readonly hours: readonly WindowKpi[];
  readonly losses: Losses;
  readonly states: ReadonlyMap<string, MachineStates>;
}

export function useAssetHistory(asset: Asset, machines: readonly Asset[], window: CalendarWindow | undefined) {
  const { api } = useSession();
  return useQuery({
    queryKey: ['history', asset.id, window?.from, window?.to],
    queryFn: () => historyOf(api, asset, machines, window!),
    enabled: window !== undefined,
    refetchInterval: window?.open === false ? askOverAgainMs : askAgainMs,
  });
}

/** Null when nothing of the window has passed. All of it is asked over the very same range. */
async function historyOf(
  api: ApiClient,
  asset: Asset,
  machines: readonly Asset[],
  window: CalendarWindow,
): Promise<AssetHistory | null> {
  const now = Math.floor(serverNow());
  const range = { from: window.from, to: window.open ? String(now) : window.to };
  const kpis = (kind: string, asked: object): Promise<{ items: WindowKpi[] }> =>
    api.get(`/kpis?${new URLSearchParams({ asset: asset.id, window: kind, ...asked })}`);
  const { items } = await kpis('custom', range);
  const kpi = items.at(-1);
  if (kpi === undefined) return null;
  const exactly = { from: kpi.from, to: kpi.to };
  const resolution = Math.floor((Date.parse(kpi.to) - Date.parse(kpi.from)) / statesPerWindow);
  const of = <T>(id: string, what: string, more: Record<string, string> = {}): Promise<T> =>
    api.get<T>(`/assets/${encodeURIComponent(id)}/${what}?${new URLSearchParams({ ...exactly, ...more })}`);
  const withState = machines.filter(({ signals }) => signals.some(({ role, tag }) => role === 'state' && tag !== null));
  const [hours, losses, states] = await Promise.all([
    kpis('hour', exactly),
    of<Losses>(asset.id, 'losses'),
    Promise.all(
      withState.map(
        async ({ id }) => [id, await of<MachineStates>(id, 'states', { resolution: String(resolution) })] as const,
      ),
    ),
  ]);
  return { kpi, hours: hours.items, losses, states: new Map(states) };
}
