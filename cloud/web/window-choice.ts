import { useQuery } from '@tanstack/react-query';
import type { ApiClient } from './api-client.ts';
import type { CalendarWindow } from './api-shapes.ts';
import { serverNow } from './server-clock.ts';
import { useSession } from './session.tsx';

const dayMs = 86_400_000;

/** What the address asks for, and its neighbours among the shifts. */
export interface ChosenWindow {
  readonly window: CalendarWindow;
  readonly earlier: CalendarWindow | null;
  readonly later: CalendarWindow | null;
}

/**
 * The window of the address: `?shift=2026-11-26+night` by its label, so that a link means the same tomorrow; `?shift=previous`, `?shift=current`, `?day=today`
 * or `?from=&to=`; the present shift when it says nothing. Null: there is no such window.
 */
export function useChosenWindow(assetId: string | undefined, address: URLSearchParams) {
  const { api } = useSession();
  const asked = new URLSearchParams([...address].filter(([key]) => ['shift', 'day', 'from', 'to'].includes(key)));
  return useQuery({
    queryKey: ['window', assetId, asked.toString()],
    queryFn: () => chosenWindow(api, assetId ?? '', asked),
    enabled: assetId !== undefined,
    refetchInterval: 60_000,
  });
}

/** The newest shift that is over, or null. */
export async function lastShift(api: ApiClient, assetId: string): Promise<CalendarWindow | null> {
  const shifts = await windowsOf(api, assetId, {});
  return shifts.findLast(({ open }) => !open) ?? null;
}

async function chosenWindow(api: ApiClient, assetId: string, asked: URLSearchParams): Promise<ChosenWindow | null> {
  const [from, to] = [asked.get('from'), asked.get('to')];
  const shift = asked.get('shift') === 'current' ? null : asked.get('shift');
  if (from !== null && to !== null) {
    return { window: { label: '', shiftId: null, from, to, open: false }, earlier: null, later: null };
  }
  if (asked.has('day')) {
    const now = Math.floor(serverNow());
    const days = await windowsOf(api, assetId, { window: 'day', from: String(now - 1), to: String(now) });
    return neighbours(days, days.length - 1);
  }
  const date = Date.parse(shift?.slice(0, 10) ?? '');
  const range: Record<string, string> = Number.isNaN(date)
    ? {}
    : { from: String(date - 2 * dayMs), to: String(date + 3 * dayMs) };
  const shifts = await windowsOf(api, assetId, range);
  if (shift === null) return neighbours(shifts, shifts.length - 1);
  if (shift === 'previous') return neighbours(shifts, shifts.length - 2);
  return neighbours(
    shifts,
    shifts.findIndex(({ label }) => label === shift),
  );
}

function neighbours(windows: readonly CalendarWindow[], place: number): ChosenWindow | null {
  const window = windows[place];
  if (window === undefined) return null;
  return { window, earlier: windows[place - 1] ?? null, later: windows[place + 1] ?? null };
}

async function windowsOf(
  api: ApiClient,
  assetId: string,
  query: Record<string, string>,
): Promise<readonly CalendarWindow[]> {
  const path = `/assets/${encodeURIComponent(assetId)}/windows?${new URLSearchParams(query)}`;
  return (await api.get<{ items: CalendarWindow[] }>(path)).items;
}
