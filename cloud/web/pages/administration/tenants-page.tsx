import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useAddress } from '../../address.ts';
import type { Tenant } from '../../administration-shapes.ts';
import type { User } from '../../api-shapes.ts';
import { useFormats } from '../../formats.ts';
import { AdministrationFrame } from '../../panels/administration-frame.tsx';
import { Asked } from '../../panels/asked.tsx';
import { Confirmation } from '../../panels/confirmation.tsx';
import { DataTable, type ShownColumn } from '../../panels/data-table.tsx';
import { OneTimePassword } from '../../panels/one-time-password.tsx';
import { TenantForm } from '../../panels/tenant-form.tsx';
import { useSession } from '../../session.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The tenants of the installation. `?add` opens the way to a new one. */
export function TenantsPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const tenants = useQuery({
    queryKey: ['tenants', token],
    queryFn: async () => (await api.get<{ items: Tenant[] }>('/tenants')).items,
    enabled: user.permissions.includes('tenants:manage'),
    refetchInterval: 30_000,
  });
  return (
    <AdministrationFrame user={user} section="tenants" intro={t('tenants.intro')}>
      <Asked query={tenants}>{(items) => <Tenants tenants={items} own={user.tenantId} />}</Asked>
    </AdministrationFrame>
  );
}

function Tenants({ tenants, own }: { tenants: readonly Tenant[]; own: string }) {
  const { t } = useFormats();
  const [address, changeAddress] = useAddress();
  const [given, setGiven] = useState<{ name: string; password: string }>();
  const [asked, setAsked] = useState<Tenant>();
  const columns = useTenantColumns(own);
  const adding = address.has('add');
  const open = (wanted: boolean): void => changeAddress({ add: wanted ? '' : null });
  return (
    <>
      {given !== undefined && <OneTimePassword {...given} onDone={() => setGiven(undefined)} />}
      {adding && (
        <TenantForm
          onDone={(name, password) => {
            setGiven({ name, password });
            open(false);
          }}
          onCancel={() => open(false)}
        />
      )}
      <DataTable
        name="tenants"
        label={t('administration.sections.tenants')}
        columns={columns}
        rows={tenants}
        rowKey={({ id }) => id}
        sort="id"
        actions={(tenant) =>
          tenant.id !== own && (
            <Button type="link" onClick={() => setAsked(tenant)} aria-label={t(actOf(tenant).name, { id: tenant.id })}>
              {t(actOf(tenant).offer)}
            </Button>
          )
        }
        toolbar={
          !adding && (
            <Button type="primary" onClick={() => open(true)}>
              {t('tenants.add')}
            </Button>
          )
        }
      />
      {asked !== undefined && <Suspension tenant={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

/** Every text of what can be done to it now. */
function actOf({ suspendedAt }: Tenant) {
  return suspendedAt === null
    ? ({
        offer: 'tenants.suspend.offer',
        name: 'tenants.suspend.name',
        title: 'tenants.suspend.title',
        points: ['tenants.suspend.first', 'tenants.suspend.second'],
      } as const)
    : ({
        offer: 'tenants.resume.offer',
        name: 'tenants.resume.name',
        title: 'tenants.resume.title',
        points: ['tenants.resume.first'],
      } as const);
}

function Suspension({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const { offer, title, points } = actOf(tenant);
  const path = `/tenants/${encodeURIComponent(tenant.id)}/suspension`;
  return (
    <Confirmation
      title={t(title, { id: tenant.id })}
      points={points.map((point) => t(point))}
      keep={t('users.cancel')}
      confirm={t(offer)}
      working={t('users.working')}
      act={async () => {
        if (tenant.suspendedAt === null) await api.post(path, {});
        else await api.delete(path);
        await queries.invalidateQueries({ queryKey: ['tenants'] });
      }}
      onClose={onClose}
    />
  );
}

function useTenantColumns(own: string): ShownColumn<Tenant>[] {
  const { t, name, stamp } = useFormats();
  const time = (text: string | null): string => (text === null ? '—' : stamp(Date.parse(text), ownZone));
  return [
    { id: 'id', label: t('tenants.id'), value: ({ id }) => id },
    { id: 'name', label: t('tenants.name'), value: (tenant) => name(tenant.name) },
    {
      id: 'state',
      label: t('users.stateLabel'),
      value: ({ id, suspendedAt }) =>
        suspendedAt === null
          ? t(id === own ? 'tenants.own' : 'users.state.active')
          : t('tenants.suspendedSince', { time: time(suspendedAt) }),
      cell: ({ id, suspendedAt }) =>
        suspendedAt === null ? (
          t(id === own ? 'tenants.own' : 'users.state.active')
        ) : (
          <span className="attention">{t('tenants.suspendedSince', { time: time(suspendedAt) })}</span>
        ),
    },
    { id: 'users', label: t('tenants.users'), isNumber: true, value: ({ users }) => users },
    { id: 'gateways', label: t('tenants.gateways'), isNumber: true, value: ({ gateways }) => gateways },
    {
      id: 'created',
      label: t('users.created'),
      isHidden: true,
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => time(createdAt),
    },
  ];
}
