import { useQuery } from '@tanstack/react-query';
import type { GatewayJson } from './api-shapes.ts';
import type { ConfigurationList, ConfigurationText } from './configuration-shapes.ts';
import { useSession } from './session.tsx';

/** So often it is looked what has become of versions. */
const lookMs = 2_000;

export function versionsPath(gatewayId: string): string {
  return `/gateways/${encodeURIComponent(gatewayId)}/configurations`;
}

export function useVersions(gatewayId: string, limit: number) {
  const { api } = useSession();
  return useQuery({
    queryKey: ['configurations', gatewayId, limit],
    queryFn: () => api.get<ConfigurationList>(`${versionsPath(gatewayId)}?limit=${limit}`),
    placeholderData: (before, query) => (query?.queryKey[1] === gatewayId ? before : undefined),
    refetchInterval: lookMs,
  });
}

/** A version with its text, which never changes; its state is the list's. */
export function useVersionText(gatewayId: string, number: number | undefined) {
  const { api } = useSession();
  return useQuery({
    queryKey: ['configuration', gatewayId, number],
    queryFn: () => api.get<ConfigurationText>(`${versionsPath(gatewayId)}/${number}`),
    enabled: number !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useGateways() {
  const { api } = useSession();
  return useQuery({
    queryKey: ['gateways-configured'],
    queryFn: async () => (await api.get<{ items: GatewayJson[] }>('/gateways')).items,
    refetchInterval: 10_000,
  });
}
