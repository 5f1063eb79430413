import { useQuery } from '@tanstack/react-query';
import type { Asset, User } from './api-shapes.ts';
import type { PortalPlugin } from './portal-shapes.ts';
import { useSession } from './session.tsx';

interface Reader {
  readonly token: string;
  readonly user: User;
}

/** The plugins of the installation, for who may read the portal. */
export function usePlugins({ token, user }: Reader) {
  const { api } = useSession();
  return useQuery({
    queryKey: ['portal-plugins', token],
    queryFn: async () => (await api.get<{ items: PortalPlugin[] }>('/portal/plugins')).items,
    enabled: user.permissions.includes('portal:read'),
    refetchInterval: 60_000,
  });
}

/** The assets the reader sees, for choices and names; none for who may not read them. */
export function useAssets({ token, user }: Reader): readonly Asset[] {
  const { api } = useSession();
  const assets = useQuery({
    queryKey: ['assets', token],
    queryFn: async () => (await api.get<{ items: Asset[] }>('/assets')).items,
    enabled: user.permissions.includes('portal:read') && user.permissions.includes('assets:read'),
  });
  return assets.data ?? noAssets;
}

const noAssets: readonly Asset[] = [];
