import { useQueries } from '@tanstack/react-query';
import type { ApiClient } from './api-client.ts';
import type { CalendarWindow, Losses, WindowKpi } from './api-shapes.ts';
import type { Line } from './plant.ts';
import { serverNow } from './server-clock.ts';
import { useSession } from './session.tsx';

/** What the sheet says of one line. */
export interface LineReport {
  readonly line: Line;
  readonly kpi: WindowKpi;
  readonly losses: Losses;
  readonly hours: readonly WindowKpi[];
}

/** One for each line, over the same window. */
export function useLineReports(lines: readonly Line[], window: CalendarWindow | undefined) {
  const { api } = useSession();
  return useQueries({
    queries: lines.map((line) => ({
      queryKey: ['report', line.asset.id, window?.from, window?.to],
      queryFn: () => lineReport(api, line, window!),
      enabled: window !== undefined,
      refetchInterval: window?.open === true ? 60_000 : 300_000,
    })),
  });
}

/** Null when nothing of the window has passed. */
async function lineReport(api: ApiClient, line: Line, window: CalendarWindow): Promise<LineReport | null> {
  const range = { from: window.from, to: window.open ? String(Math.floor(serverNow())) : window.to };
  const asset = line.asset.id;
  const kpis = (kind: string): Promise<{ items: WindowKpi[] }> =>
    api.get(`/kpis?${new URLSearchParams({ asset, window: kind, ...range })}`);
  const [whole, hours, losses] = await Promise.all([
    kpis('custom'),
    kpis('hour'),
    api.get<Losses>(`/assets/${encodeURIComponent(asset)}/losses?${new URLSearchParams(range)}`),
  ]);
  const kpi = whole.items.at(-1);
  return kpi === undefined ? null : { line, kpi, losses, hours: hours.items };
}
