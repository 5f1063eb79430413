import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { useAddress, withChanges } from '../../address.ts';
import type { Account } from '../../administration-shapes.ts';
import type { Asset, User } from '../../api-shapes.ts';
import { useFormats } from '../../formats.ts';
import { AdministrationFrame } from '../../panels/administration-frame.tsx';
import { Asked } from '../../panels/asked.tsx';
import { DataTable, type ShownColumn } from '../../panels/data-table.tsx';
import { OneTimePassword } from '../../panels/one-time-password.tsx';
import { roleName } from '../../panels/role-name.ts';
import { UserActions } from '../../panels/user-actions.tsx';
import { UserForm } from '../../panels/user-form.tsx';
import { scopeText } from '../../scope-text.ts';
import { useSession } from '../../session.tsx';

/** Who may sign in, as what, and what they see. `?add` opens the way to a new one, `?user=` the one named. */
export function UsersPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const mayManage = user.permissions.includes('users:manage');
  const users = useQuery({
    queryKey: ['users', token],
    queryFn: async () => (await api.get<{ items: Account[] }>('/users')).items,
    enabled: mayManage,
    refetchInterval: 30_000,
  });
  const assets = useQuery({
    queryKey: ['assets', token],
    queryFn: async () => (await api.get<{ items: Asset[] }>('/assets')).items,
    enabled: mayManage,
  });
  return (
    <AdministrationFrame user={user} section="users" intro={t('users.intro')}>
      <Asked query={users}>
        {(accounts) => <Users accounts={accounts} assets={assets.data ?? []} own={user.name} />}
      </Asked>
    </AdministrationFrame>
  );
}

function Users({ accounts, assets, own }: { accounts: Account[]; assets: readonly Asset[]; own: string }) {
  const { t } = useFormats();
  const [address, changeAddress] = useAddress();
  const [given, setGiven] = useState<{ name: string; password: string }>();
  const columns = useUserColumns(assets);
  const opened = accounts.find(({ name }) => name === address.get('user'));
  const adding = address.has('add');
  const closed = { add: null, user: null };
  const close = (): void => changeAddress(closed);
  return (
    <>
      {given !== undefined && <OneTimePassword {...given} onDone={() => setGiven(undefined)} />}
      {adding && (
        <UserForm
          assets={assets}
          onDone={(name, password) => {
            if (password !== undefined) setGiven({ name, password });
            close();
          }}
          onCancel={close}
        />
      )}
      {address.has('user') && opened === undefined && (
        <p className="attention" role="status">
          {t('users.unknown')}
        </p>
      )}
      {opened !== undefined && (
        <UserForm
          key={opened.name}
          account={opened}
          assets={assets}
          isOwn={opened.name === own}
          onDone={close}
          onCancel={close}
        >
          <UserActions
            account={opened}
            onPassword={(password) => {
              setGiven({ name: opened.name, password });
              close();
            }}
            onDone={close}
          />
        </UserForm>
      )}
      <DataTable
        name="users"
        label={t('administration.sections.users')}
        columns={columns}
        rows={accounts}
        rowKey={({ name }) => name}
        sort="name"
        actions={({ name }) => (
          <Link
            to={withChanges(address, { ...closed, user: name })}
            aria-label={t(name === own ? 'users.viewName' : 'users.openName', { name })}
          >
            {t(name === own ? 'users.view' : 'users.open')}
          </Link>
        )}
        toolbar={
          !adding && (
            <Button type="primary" onClick={() => changeAddress({ ...closed, add: '' })}>
              {t('users.add')}
            </Button>
          )
        }
      />
    </>
  );
}

function useUserColumns(assets: readonly Asset[]): ShownColumn<Account>[] {
  const formats = useFormats();
  const { t, stamp } = formats;
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const stateOf = ({ disabled, mustChangePassword }: Account): string =>
    t(disabled ? 'users.state.disabled' : mustChangePassword ? 'users.state.invited' : 'users.state.active');
  return [
    { id: 'name', label: t('users.name'), value: (account) => account.name },
    { id: 'role', label: t('users.role'), value: ({ role }) => roleName(t, role) },
    {
      id: 'scope',
      label: t('users.scope'),
      value: ({ scope }) => scopeText(formats, scope, assets),
    },
    {
      id: 'state',
      label: t('users.stateLabel'),
      value: stateOf,
      cell: (account) => (
        <span className={account.disabled || account.mustChangePassword ? 'attention' : undefined}>
          {stateOf(account)}
        </span>
      ),
    },
    {
      id: 'second-step',
      label: t('users.secondStep'),
      value: ({ hasSecondFactor }) => t(hasSecondFactor ? 'users.secondStepOn' : 'users.secondStepOff'),
    },
    {
      id: 'created',
      label: t('users.created'),
      isHidden: true,
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => stamp(Date.parse(createdAt), zone),
    },
  ];
}
