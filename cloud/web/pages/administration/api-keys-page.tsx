import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useAddress } from '../../address.ts';
import type { ApiKey } from '../../administration-shapes.ts';
import type { Asset, User } from '../../api-shapes.ts';
import { useFormats } from '../../formats.ts';
import { AdministrationFrame } from '../../panels/administration-frame.tsx';
import { ApiKeyForm, ApiKeyOnce } from '../../panels/api-key-form.tsx';
import { Asked } from '../../panels/asked.tsx';
import { Confirmation } from '../../panels/confirmation.tsx';
import { DataTable, type ShownColumn } from '../../panels/data-table.tsx';
import { Notice } from '../../panels/notice.tsx';
import { rightName } from '../../panels/role-name.ts';
import { scopeText } from '../../scope-text.ts';
import { useSession } from '../../session.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Programs that may ask, what for, until when. `?add` opens the way to a new key. */
export function ApiKeysPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const mayManage = user.permissions.includes('api-keys:manage');
  const keys = useQuery({
    queryKey: ['api-keys', token],
    queryFn: async () => (await api.get<{ items: ApiKey[] }>('/api-keys')).items,
    enabled: mayManage,
    refetchInterval: 30_000,
  });
  const assets = useQuery({
    queryKey: ['assets', token],
    queryFn: async () => (await api.get<{ items: Asset[] }>('/assets')).items,
    enabled: mayManage && user.permissions.includes('assets:read'),
  });
  return (
    <AdministrationFrame user={user} section="api-keys" intro={t('apiKeys.intro')}>
      <Asked query={keys}>{(items) => <Keys keys={items} assets={assets.data ?? []} user={user} />}</Asked>
    </AdministrationFrame>
  );
}

function Keys({ keys, assets, user }: { keys: readonly ApiKey[]; assets: readonly Asset[]; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [address, changeAddress] = useAddress();
  const [made, setMade] = useState<{ name: string; key: string }>();
  const [revoking, setRevoking] = useState<ApiKey>();
  const columns = useKeyColumns(assets);
  const adding = address.has('add');
  const open = (wanted: boolean): void => changeAddress({ add: wanted ? '' : null });
  const add = (
    <Button type="primary" onClick={() => open(true)}>
      {t('apiKeys.add')}
    </Button>
  );
  return (
    <>
      {made !== undefined && <ApiKeyOnce name={made.name} secret={made.key} onDone={() => setMade(undefined)} />}
      {adding && (
        <ApiKeyForm
          assets={assets}
          own={user.permissions}
          onDone={(key) => {
            setMade(key);
            open(false);
          }}
          onCancel={() => open(false)}
        />
      )}
      {keys.length === 0 ? (
        !adding && (
          <Notice title={t('apiKeys.none')}>
            <p>{t('apiKeys.noneAdvice')}</p>
            {add}
          </Notice>
        )
      ) : (
        <DataTable
          name="api-keys"
          label={t('administration.sections.api-keys')}
          columns={columns}
          rows={keys}
          rowKey={({ id }) => id}
          sort="name"
          actions={(key) => (
            <Button
              type="link"
              onClick={() => setRevoking(key)}
              aria-label={t('apiKeys.revokeName', { name: key.name })}
            >
              {t('apiKeys.revoke')}
            </Button>
          )}
          toolbar={!adding && add}
        />
      )}
      {revoking !== undefined && (
        <Confirmation
          title={t('apiKeys.revokeTitle', { name: revoking.name })}
          points={[t('apiKeys.revokeFirst'), t('apiKeys.revokeSecond')]}
          keep={t('users.cancel')}
          confirm={t('apiKeys.revoke')}
          working={t('users.working')}
          act={async () => {
            await api.delete(`/api-keys/${revoking.id}`);
            await queries.invalidateQueries({ queryKey: ['api-keys'] });
          }}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </>
  );
}

function useKeyColumns(assets: readonly Asset[]): ShownColumn<ApiKey>[] {
  const formats = useFormats();
  const { t, stamp } = formats;
  const time = (text: string | null): string => (text === null ? t('apiKeys.never') : stamp(Date.parse(text), ownZone));
  return [
    { id: 'name', label: t('apiKeys.name'), value: ({ name }) => name },
    {
      id: 'may',
      label: t('apiKeys.may'),
      value: ({ permissions }) => permissions.map((right) => rightName(t, right)).join(', '),
    },
    { id: 'scope', label: t('users.scope'), value: ({ scope }) => scopeText(formats, scope, assets) },
    { id: 'maker', label: t('apiKeys.maker'), value: ({ maker }) => maker },
    {
      id: 'created',
      label: t('users.created'),
      isHidden: true,
      value: ({ createdAt }) => createdAt,
      cell: (key) => time(key.createdAt),
    },
    {
      id: 'expires',
      label: t('apiKeys.expires'),
      value: ({ expiresAt }) => expiresAt,
      cell: ({ expired, expiresAt }) => (
        <span className={expired ? 'attention' : undefined}>
          {expired && `${t('apiKeys.expired')} `}
          {time(expiresAt)}
        </span>
      ),
    },
    {
      id: 'used',
      label: t('apiKeys.used'),
      value: ({ lastUsedAt }) => lastUsedAt,
      cell: ({ lastUsedAt, lastUsedFrom }) => `${time(lastUsedAt)} ${lastUsedFrom}`,
    },
  ];
}
