import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Gap } from './api-shapes.ts';
import type { SignalFigures } from './panels/signal-table.tsx';
import { serverNow } from './server-clock.ts';
import { useSession } from './session.tsx';
import type { Tag } from './signal-catalogue.ts';
import { figures, linesOf, type SeriesAnswer } from './signal-lines.ts';
import type { Range, SignalView } from './signal-view.ts';

const tagsPerPage = 10_000;

export function useTags(token: string, enabled: boolean) {
  const { api } = useSession();
  return useQuery({
    queryKey: ['tags', token],
    enabled,
    queryFn: async () => {
      const tags: Tag[] = [];
      let cursor: string | undefined;
      do {
        const page: { items: Tag[]; cursor?: string } = await api.get(
          `/tags?limit=${tagsPerPage}${cursor === undefined ? '' : `&cursor=${cursor}`}`,
        );
        tags.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return tags;
    },
    refetchInterval: 60_000,
  });
}

/** The picture of the view. While it follows now, it is asked for again as often as a new point can appear. */
export function useSeries({ tags, range, spanMs }: SignalView, points: number) {
  const { api } = useSession();
  return useQuery({
    queryKey: ['series', tags.join(), range?.from, range?.to, spanMs, points],
    enabled: tags.length > 0 && points > 0,
    queryFn: async () => {
      const now = Math.floor(serverNow());
      const shown = range ?? { from: now - spanMs, to: now };
      const query = new URLSearchParams({ tags: tags.join(), points: String(points), figures, ...textOf(shown) });
      const answer = await api.get<SeriesAnswer>(`/series?${query}`);
      return { range: shown, bucketMs: answer.bucketMs, drawn: linesOf(answer, now) };
    },
    placeholderData: keepPreviousData,
    // Tens of thousands of numbers are never the same again: comparing them one by one finds nothing.
    structuralSharing: false,
    refetchInterval: range !== null && range.to < serverNow() ? false : Math.min(60_000, Math.max(1000, spanMs / 1000)),
  });
}

export function useFigures(tags: readonly string[], range: Range | undefined) {
  const { api } = useSession();
  return useQuery({
    queryKey: ['statistics', tags.join(), range?.from, range?.to],
    enabled: tags.length > 0 && range !== undefined,
    queryFn: async () => {
      const query = new URLSearchParams({ tags: tags.join(), ...textOf(range!) });
      const { items } = await api.get<{ items: SignalFigures[] }>(`/statistics?${query}`);
      return new Map(items.map((item) => [item.id, item]));
    },
    placeholderData: keepPreviousData,
  });
}

/** Named losses of the gateways and sources these tags come from. */
export function useGaps(tags: readonly Tag[], range: Range | undefined) {
  const { api } = useSession();
  const gateways = [...new Set(tags.map(({ gatewayId }) => gatewayId))];
  const sources = new Set(tags.map(({ gatewayId, source }) => JSON.stringify([gatewayId, source])));
  return useQuery({
    queryKey: ['gaps', gateways.join(), [...sources].join(), range?.from, range?.to],
    enabled: gateways.length > 0 && range !== undefined,
    queryFn: async () => {
      const found: Range[] = [];
      for (const gateway of gateways) {
        const query = new URLSearchParams({ gateway, ...textOf(range!) });
        const { items } = await api.get<{ items: Gap[] }>(`/gaps?${query}`);
        for (const { from, to, source } of items) {
          if (source !== '' && !sources.has(JSON.stringify([gateway, source]))) continue;
          found.push({ from: Date.parse(from), to: Date.parse(to) });
        }
      }
      return found;
    },
    placeholderData: keepPreviousData,
  });
}

function textOf({ from, to }: Range): { from: string; to: string } {
  return { from: String(from), to: String(to) };
}
