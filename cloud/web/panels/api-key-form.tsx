import { useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { type SubmitEvent, useId, useState } from 'react';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { serverNow } from '../server-clock.ts';
import { useSession } from '../session.tsx';
import { CopyButton } from './copy-button.tsx';
import { OpenedTitle } from './opened-title.tsx';
import { Refused } from './refused.tsx';
import { rightName } from './role-name.ts';
import { ScopeChoice } from './scope-choice.tsx';
import '../forms.css';

const dayMs = 86_400_000;
const lives = [30, 90, 365, 1_825] as const;
/** The platform gives them to people only. */
const notForKeys = ['session:own', 'users:manage', 'api-keys:manage', 'tenants:manage'];
/** What most programs are made for. */
const usual = ['assets:read', 'kpis:read'];

/** A key with the least it needs: rights one has oneself, a part of the plant, an end. */
export function ApiKeyForm(props: {
  assets: readonly Asset[];
  own: readonly string[];
  onDone: (made: { name: string; key: string }) => void;
  onCancel: () => void;
}) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const ids = { title: useId(), name: useId(), life: useId() };
  const offered = props.own.filter((right) => !notForKeys.includes(right));
  const [name, setName] = useState('');
  const [rights, setRights] = useState<readonly string[]>(usual.filter((right) => offered.includes(right)));
  const [scope, setScope] = useState<readonly string[] | null>(null);
  const [days, setDays] = useState<number>(90);
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWorking(true);
    setProblem(undefined);
    const expiresAt = new Date(serverNow() + days * dayMs - 60_000).toISOString();
    try {
      const wanted = { name: name.trim(), permissions: rights, scope, expiresAt };
      const { key } = await api.post<{ key: string }>('/api-keys', wanted);
      void queries.invalidateQueries({ queryKey: ['api-keys'] });
      props.onDone({ name: wanted.name, key });
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return (
    <section className="form-card" aria-labelledby={ids.title}>
      <OpenedTitle id={ids.title}>{t('apiKeys.add')}</OpenedTitle>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <div className="field">
          <label htmlFor={ids.name}>{t('apiKeys.name')}</label>
          <Input
            id={ids.name}
            name="key-name"
            autoComplete="off"
            maxLength={64}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <small>{t('apiKeys.nameRule')}</small>
        </div>
        <fieldset>
          <legend>{t('apiKeys.may')}</legend>
          {offered.map((right) => (
            <label key={right} className="choice">
              <input
                type="checkbox"
                value={right}
                checked={rights.includes(right)}
                onChange={(event) =>
                  setRights(offered.filter((one) => (one === right ? event.target.checked : rights.includes(one))))
                }
              />
              <span>
                {rightName(t, right)} <small className="quiet">{right}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <ScopeChoice assets={props.assets} scope={scope} onChange={setScope} />
        <div className="field">
          <label htmlFor={ids.life}>{t('apiKeys.life')}</label>
          <select id={ids.life} value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {lives.map((life) => (
              <option key={life} value={life}>
                {life < 365 ? t('apiKeys.days', { days: life }) : t('apiKeys.years', { count: life / 365 })}
              </option>
            ))}
          </select>
          <small>{t('apiKeys.lifeNote')}</small>
        </div>
        {problem !== undefined && <Refused problem={problem} />}
        <div className="form-actions">
          <Button
            type="primary"
            htmlType="submit"
            disabled={working || name.trim() === '' || rights.length === 0 || scope?.length === 0}
          >
            {t('apiKeys.create')}
          </Button>
          <Button onClick={props.onCancel}>{t('users.cancel')}</Button>
        </div>
      </form>
    </section>
  );
}

/** The key as it is shown, once, with a request to try it by. */
export function ApiKeyOnce(props: { name: string; secret: string; onDone: () => void }) {
  const { t } = useFormats();
  const command = `curl -H "authorization: Bearer ${props.secret}" ${location.origin}/api/v1/assets`;
  return (
    <section className="form-card" aria-labelledby="api-key-once">
      <OpenedTitle id="api-key-once">{t('apiKeys.madeTitle', { name: props.name })}</OpenedTitle>
      <p>{t('apiKeys.madeNote')}</p>
      <div className="secret">
        <code data-secret="api-key">{props.secret}</code>
        <CopyButton text={props.secret} label={t('apiKeys.copyKey')} visibleLabel={t('apiKeys.copyKey')} />
        <CopyButton text={command} label={t('apiKeys.copyCommand')} visibleLabel={t('apiKeys.copyCommand')} />
      </div>
      <div className="form-actions">
        <Button onClick={props.onDone}>{t('apiKeys.madeDone')}</Button>
      </div>
    </section>
  );
}
