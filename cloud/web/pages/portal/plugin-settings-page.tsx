import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { type SubmitEvent, useState } from 'react';
import { Link, NavLink, useParams } from 'react-router';
import type { Asset, User } from '../../api-shapes.ts';
import { formOf, sentOf } from '../../form-value.ts';
import { useFormats } from '../../formats.ts';
import { Asked } from '../../panels/asked.tsx';
import { PortalFrame } from '../../panels/portal-frame.tsx';
import { Refused } from '../../panels/refused.tsx';
import { SchemaForm } from '../../panels/schema-form.tsx';
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
  const { schema } = settings;
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [form, setForm] = useState(() => formOf(schema, settings.value));
  const [state, setState] = useState<'open' | 'working' | 'done'>('open');
  const [problem, setProblem] = useState<unknown>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setState('working');
    setProblem(undefined);
    try {
      await api.put(address, { value: sentOf(schema, form) });
      setState('done');
      await Promise.all([
        queries.invalidateQueries({ queryKey: ['plugin-settings', pluginId] }),
        queries.invalidateQueries({ queryKey: ['plugin', pluginId] }),
        queries.invalidateQueries({ queryKey: ['portal-plugins'] }),
      ]);
    } catch (error) {
      setProblem(error);
      setState('open');
    }
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
      {settings.faults.length > 0 && (
        <Alert
          type="warning"
          role="status"
          title={t('portal.settingsFaults')}
          description={settings.faults.map((fault) => <code key={fault}>{fault}</code>)}
        />
      )}
      <section className="form-card">
        <form onSubmit={(event) => void submit(event)} noValidate>
          <SchemaForm
            schema={schema}
            name=""
            value={form}
            assets={assets}
            onChange={(next) => {
              setForm(next);
              setState('open');
            }}
          />
          {problem !== undefined && <Refused problem={problem} />}
          {state === 'done' && <p role="status">{t('portal.sent')}</p>}
          <div className="form-actions">
            <Button type="primary" htmlType="submit" disabled={state === 'working'}>
              {t('portal.save')}
            </Button>
          </div>
        </form>
      </section>
    </>
  );
}
