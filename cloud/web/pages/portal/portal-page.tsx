import { useQuery } from '@tanstack/react-query';
import type { User } from '../../api-shapes.ts';
import { useFormats } from '../../formats.ts';
import { Asked } from '../../panels/asked.tsx';
import { PortalFrame } from '../../panels/portal-frame.tsx';
import { PortalItems } from '../../panels/portal-items.tsx';
import { PortalPlugins } from '../../panels/portal-plugins.tsx';
import { usePlugins } from '../../portal-data.ts';
import type { PortalItem } from '../../portal-shapes.ts';
import { useSession } from '../../session.tsx';

/** The home of the portal: vertical platforms in use, notices, services. `?add=notice` and `?add=service` open the way to a new one. */
export function PortalPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const plugins = usePlugins({ token, user });
  const items = useQuery({
    queryKey: ['portal-items', token],
    queryFn: async () => (await api.get<{ items: PortalItem[] }>('/portal/items')).items,
    enabled: user.permissions.includes('portal:read'),
    refetchInterval: 60_000,
  });
  const mayConfigure = user.permissions.includes('portal:configure');
  return (
    <PortalFrame user={user} permission="portal:read" title={t('portal.title')}>
      <div className="portal">
        <section className="portal-main" aria-labelledby="portal-plugins">
          <h2 id="portal-plugins">{t('portal.plugins')}</h2>
          <Asked query={plugins}>{(found) => <PortalPlugins plugins={found} mayConfigure={mayConfigure} />}</Asked>
        </section>
        <Asked query={items}>
          {(found) => (
            <>
              <PortalItems kind="notice" items={found} mayConfigure={mayConfigure} />
              <PortalItems kind="service" items={found} mayConfigure={mayConfigure} />
            </>
          )}
        </Asked>
      </div>
    </PortalFrame>
  );
}
