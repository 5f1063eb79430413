import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert } from 'antd';
import { Link, NavLink, useParams } from 'react-router';
import type { Asset, User } from '../../api-shapes.ts';
import { useFormats } from '../../formats.ts';
import { Asked } from '../../panels/asked.tsx';
import { PortalFrame } from '../../panels/portal-frame.tsx';
import { SchemaCard } from '../../panels/schema-card.tsx';
import { useAssets, usePlugins } from '../../portal-data.ts';
import type { PluginSettings } from '../../portal-shapes.ts';
import { useSession } from '../../session.tsx';

/** The settings of a plugin for the tenant, as its schema wants them. */
export function PluginSettingsPage({ token, user }: { token: string; user: User }) {
  const { t, name } = useFormats();
  const { api } = useSession();
  const { pluginId = '' } = useParams();
  const assets = useAssets({ token, user });
  const plugin = usePlugins({ token, user }).data?.find(({ id }) => id === pluginId);
  const address = `/portal/plugins/${encodeURIComponent(pluginId)}/settings`;
  const settings = useQuery({
    queryKey: ['plugin-settings', pluginId, token],
    queryFn: () => api.get<PluginSettings>(address),
    enabled: user.permissions.includes('portal:configure'),
    // What is being entered is not taken away by what was stored.
    refetchOnWindowFocus: false,
  });
  const title = t('portal.settingsOf', { name: plugin?.name == null ? pluginId : name(plugin.name) });
  return (
    <PortalFrame user={user} permission="portal:configure" title={title}>
      <nav className="sections" aria-label={title}>
        {plugin?.pages.map((page) => (
          <NavLink key={page.id} to={`/portal/plugins/${pluginId}/${page.id}`}>
            {name(page.title)}
          </NavLink>
        ))}
        <NavLink to={`/portal/plugins/${pluginId}/settings`}>{t('portal.settings')}</NavLink>
      </nav>
      <Asked query={settings}>
        {(found) => <Settings key={pluginId} pluginId={pluginId} address={address} settings={found} assets={assets} />}
      </Asked>
    </PortalFrame>
  );
}

function Settings(props: { pluginId: string; address: string; settings: PluginSettings; assets: readonly Asset[] }) {
  const { pluginId, address, settings, assets } = props;
  const { schema, value, faults } = settings;
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const send = async (next: unknown): Promise<void> => {
    await api.put(address, { value: next });
    const changed = [['plugin-settings', pluginId], ['plugin', pluginId], ['portal-plugins']];
    await Promise.all(changed.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
  if (Object.keys(schema.properties ?? {}).length === 0) {
    return (
      <p className="quiet section-intro form-card">
        {t('portal.noSettings')} <Link to="/portal">{t('portal.toPortal')}</Link>
      </p>
    );
  }
  return (
    <>
      <p className="quiet section-intro">{t('portal.settingsIntro')}</p>
      {faults.length > 0 && (
        <Alert
          type="warning"
          role="status"
          title={t('portal.settingsFaults')}
          description={faults.map((fault) => <code key={fault}>{fault}</code>)}
        />
      )}
      <SchemaCard
        schema={schema}
        initial={value}
        assets={assets}
        submit={t('portal.save')}
        send={send}
        empties={false}
      />
    </>
  );
}
