import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { useFormats } from '../formats.ts';
import type { PortalPlugin } from '../portal-shapes.ts';
import { useSession } from '../session.tsx';
import { Refused } from './refused.tsx';

/** The plugins one can go to; to whoever may configure also those that are off or cannot be used, and why. */
export function PortalPlugins(props: { plugins: readonly PortalPlugin[]; mayConfigure: boolean }) {
  const { t } = useFormats();
  if (props.plugins.length === 0) return <p className="quiet">{t('portal.noPlugins')}</p>;
  return (
    <ul className="portal-list">
      {props.plugins.map((plugin) => (
        <li key={plugin.id} className="portal-entry" data-plugin={plugin.id} data-state={plugin.state}>
          <Plugin plugin={plugin} mayConfigure={props.mayConfigure} />
        </li>
      ))}
    </ul>
  );
}

function Plugin({ plugin, mayConfigure }: { plugin: PortalPlugin; mayConfigure: boolean }) {
  const { t, name } = useFormats();
  const own = plugin.name === null ? plugin.id : name(plugin.name);
  return (
    <>
      <h3>
        {own}
        <span className={plugin.state === 'faulty' ? 'portal-state attention' : 'portal-state quiet'}>
          {t(`portal.state.${plugin.state}`)}
          {plugin.version !== '' && ` · ${t('portal.version', { version: plugin.version })}`}
        </span>
      </h3>
      {plugin.description !== null && <p>{name(plugin.description)}</p>}
      {plugin.faults.length > 0 && (
        <ul className="portal-faults">
          {plugin.faults.map((fault) => (
            <li key={fault}>
              <code>{fault}</code>
            </li>
          ))}
        </ul>
      )}
      <p className="portal-links">
        {plugin.pages.map(({ id, title }) => (
          <Link key={id} to={`/portal/plugins/${plugin.id}/${id}`}>
            {name(title)}
          </Link>
        ))}
        {mayConfigure && plugin.state !== 'faulty' && (
          <>
            <Link to={`/portal/plugins/${plugin.id}/settings`} aria-label={t('portal.settingsOf', { name: own })}>
              {t('portal.settings')}
            </Link>
            <Switch plugin={plugin} name={own} />
          </>
        )}
      </p>
      {mayConfigure && plugin.permissions.length > 0 && (
        <p className="quiet portal-rights">{t('portal.mayAsk', { permissions: plugin.permissions.join(', ') })}</p>
      )}
    </>
  );
}

function Switch({ plugin, name }: { plugin: PortalPlugin; name: string }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const isOn = plugin.state === 'on';
  const turn = async (): Promise<void> => {
    setWorking(true);
    setProblem(undefined);
    try {
      await api.put(`/portal/plugins/${plugin.id}/state`, { on: !isOn });
      await queries.invalidateQueries({ queryKey: ['portal-plugins'] });
    } catch (error) {
      setProblem(error);
    }
    setWorking(false);
  };
  return (
    <>
      <Button
        type="link"
        disabled={working}
        onClick={() => void turn()}
        aria-label={t(isOn ? 'portal.switchOffName' : 'portal.switchOnName', { name })}
      >
        {t(isOn ? 'portal.switchOff' : 'portal.switchOn')}
      </Button>
      {problem !== undefined && <Refused problem={problem} />}
    </>
  );
}
