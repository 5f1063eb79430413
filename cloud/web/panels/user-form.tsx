import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { type ReactNode, type SubmitEvent, useId, useState } from 'react';
import type { Account, RoleList } from '../administration-shapes.ts';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { OpenedTitle } from './opened-title.tsx';
import { Refused } from './refused.tsx';
import { roleName } from './role-name.ts';
import { ScopeChoice } from './scope-choice.tsx';
import '../forms.css';

/** A new user, or role and scope of one that is there. Only roles are offered that the one who asks has every right of. */
export function UserForm(props: {
  account?: Account;
  assets: readonly Asset[];
  isOwn?: boolean;
  /** With the first password of a new user. */
  onDone: (name: string, password?: string) => void;
  onCancel: () => void;
  children?: ReactNode;
}) {
  const { account } = props;
  const { t } = useFormats();
  const ids = { title: useId(), name: useId(), role: useId(), note: useId() };
  const roles = useOfferedRoles(account?.role);
  const [name, setName] = useState(account?.name ?? '');
  const [role, setRole] = useState(account?.role ?? 'viewer');
  const [scope, setScope] = useState<readonly string[] | null>(account?.scope ?? null);
  const { submit, working, problem } = useSaving({ account, name, role, scope, onDone: props.onDone });
  const incomplete = name.trim() === '' || scope?.length === 0;
  return (
    <section className="form-card" aria-labelledby={ids.title}>
      <OpenedTitle id={ids.title}>
        {account === undefined ? t('users.add') : t('users.title', { name: account.name })}
      </OpenedTitle>
      {props.isOwn === true ? (
        <p className="quiet">{t('users.own')}</p>
      ) : (
        <form onSubmit={(event) => void submit(event)} noValidate>
          {account === undefined && (
            <div className="field">
              <label htmlFor={ids.name}>{t('users.name')}</label>
              <Input
                id={ids.name}
                name="user-name"
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                maxLength={64}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
              <small>{t('users.nameRule')}</small>
            </div>
          )}
          <div className="field">
            <label htmlFor={ids.role}>{t('users.role')}</label>
            <select
              id={ids.role}
              name="role"
              aria-describedby={ids.note}
              value={role}
              onChange={(event) => setRole(event.target.value)}
            >
              {roles.map((one) => (
                <option key={one} value={one}>
                  {roleName(t, one)}
                </option>
              ))}
            </select>
            <small id={ids.note}>{t(`roles.notes.${role as 'viewer'}`, { defaultValue: '' })}</small>
          </div>
          <ScopeChoice assets={props.assets} scope={scope} onChange={setScope} />
          {problem !== undefined && <Refused problem={problem} />}
          <div className="form-actions">
            <Button type="primary" htmlType="submit" disabled={working || incomplete}>
              {t(account === undefined ? 'users.create' : 'users.save')}
            </Button>
            <Button onClick={props.onCancel}>{t('users.cancel')}</Button>
          </div>
        </form>
      )}
      {props.isOwn === true ? <Button onClick={props.onCancel}>{t('users.cancel')}</Button> : props.children}
    </section>
  );
}

function useSaving(props: {
  account: Account | undefined;
  name: string;
  role: string;
  scope: readonly string[] | null;
  onDone: (name: string, password?: string) => void;
}) {
  const { account, role, scope } = props;
  const { api } = useSession();
  const queries = useQueryClient();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWorking(true);
    setProblem(undefined);
    try {
      const name = props.name.trim();
      const made =
        account === undefined
          ? await api.post<{ password: string }>('/users', { name, role, scope })
          : await api.patch<{ password?: string }>(`/users/${encodeURIComponent(account.name)}`, { role, scope });
      void queries.invalidateQueries({ queryKey: ['users'] });
      props.onDone(name, made.password);
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return { submit, working, problem };
}

/** One's own rights are the most one can give; the role somebody has is always among them. */
function useOfferedRoles(present: string | undefined): readonly string[] {
  const { api, state } = useSession();
  const token = state.phase === 'signed-in' ? state.token : '';
  const own = state.phase === 'signed-in' ? state.user.permissions : [];
  const roles = useQuery({ queryKey: ['roles', token], queryFn: () => api.get<RoleList>('/roles') });
  const offered = (roles.data?.items ?? [])
    .filter(({ permissions }) => permissions.every((permission) => own.includes(permission)))
    .map(({ role }) => role);
  return present === undefined || offered.includes(present) ? offered : [present, ...offered];
}
