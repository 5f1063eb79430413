import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import type { Webhook, WebhookDelivery } from '../../administration-shapes.ts';
import type { User } from '../../api-shapes.ts';
import { type Formats, useFormats } from '../../formats.ts';
import { AdministrationFrame } from '../../panels/administration-frame.tsx';
import { Asked } from '../../panels/asked.tsx';
import { DataTable, type ShownColumn } from '../../panels/data-table.tsx';
import { Notice } from '../../panels/notice.tsx';
import { Refused } from '../../panels/refused.tsx';
import { useSession } from '../../session.tsx';
import '../../forms.css';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Who is told what has happened, and what became of it: arrived, waiting, given up. */
export function WebhooksPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const hooks = useQuery({
    queryKey: ['webhooks', token],
    queryFn: async () => (await api.get<{ items: Webhook[] }>('/webhooks')).items,
    enabled: user.permissions.includes('gateways:enrol'),
    refetchInterval: 5_000,
  });
  return (
    <AdministrationFrame user={user} section="webhooks" intro={t('webhooks.intro')}>
      <Asked query={hooks}>
        {(items) =>
          items.length === 0 ? (
            <Notice title={t('webhooks.none')}>
              <p>{t('webhooks.noneAdvice')}</p>
            </Notice>
          ) : (
            <>
              {items.map((hook) => (
                <Hook key={hook.name} hook={hook} />
              ))}
              {user.permissions.includes('audit:read') && <Deliveries token={token} />}
            </>
          )
        }
      </Asked>
    </AdministrationFrame>
  );
}

/** After an act what is shown is asked anew. */
function useAct(address: string) {
  const { api } = useSession();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.post(address, {}),
    onSuccess: () =>
      Promise.all(['webhooks', 'webhook-deliveries'].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}

function Hook({ hook }: { hook: Webhook }) {
  const { t, count } = useFormats();
  const { name, url, events, waiting } = hook;
  const ping = useAct(`/webhooks/${encodeURIComponent(name)}/ping`);
  return (
    <section className="form-card" aria-label={name} data-hook={name}>
      <h2>{name}</h2>
      <p className="quiet">{url}</p>
      <p>{events.join(', ')}</p>
      <p>{t('webhooks.waiting', { waiting: count(waiting) })}</p>
      {ping.error !== null && <Refused problem={ping.error} />}
      <div className="form-actions">
        <Button onClick={() => ping.mutate()} disabled={ping.isPending} aria-label={t('webhooks.pingName', { name })}>
          {t('webhooks.ping')}
        </Button>
        <span role="status">{ping.isSuccess && t('webhooks.pinged')}</span>
      </div>
    </section>
  );
}

function Deliveries({ token }: { token: string }) {
  const formats = useFormats();
  const { t } = formats;
  const { api } = useSession();
  const deliveries = useQuery({
    queryKey: ['webhook-deliveries', token],
    queryFn: async () => (await api.get<{ items: WebhookDelivery[] }>('/webhook-deliveries')).items,
    refetchInterval: 5_000,
  });
  return (
    <Asked query={deliveries}>
      {(items) =>
        items.length === 0 ? (
          <p className="quiet">{t('webhooks.noDeliveries')}</p>
        ) : (
          <DataTable
            name="webhook-deliveries"
            label={t('webhooks.deliveries')}
            columns={columnsOf(formats)}
            rows={items}
            rowKey={({ id }) => id}
            sort="-created"
            actions={({ id, state }) => state === 'dead' && <Retry id={id} />}
          />
        )
      }
    </Asked>
  );
}

function Retry({ id }: { id: string }) {
  const { t } = useFormats();
  const retry = useAct(`/webhook-deliveries/${id}/retry`);
  return (
    <>
      <Button type="link" disabled={retry.isPending} onClick={() => retry.mutate()}>
        {t('webhooks.retry')}
      </Button>
      {retry.error !== null && <Refused problem={retry.error} />}
    </>
  );
}

function columnsOf({ t, count, stamp }: Formats): ShownColumn<WebhookDelivery>[] {
  const time = (text: string | null) => (text === null ? '—' : stamp(Date.parse(text), ownZone));
  return [
    { id: 'hook', label: t('webhooks.hook'), value: ({ hook }) => hook },
    { id: 'event', label: t('webhooks.event'), value: ({ event }) => event },
    {
      id: 'state',
      label: t('webhooks.state'),
      value: ({ state }) => t(`webhooks.states.${state}`),
      cell: ({ state }) => (
        <span className={state === 'dead' ? 'attention' : undefined}>{t(`webhooks.states.${state}`)}</span>
      ),
    },
    {
      id: 'answer',
      label: t('webhooks.answer'),
      value: ({ answer }) => answer,
      cell: ({ answer }) => (answer === null ? '—' : String(answer)),
      isNumber: true,
    },
    { id: 'fault', label: t('webhooks.fault'), value: ({ fault }) => fault },
    {
      id: 'attempts',
      label: t('webhooks.attempts'),
      value: ({ attempts }) => attempts,
      cell: ({ attempts }) => count(attempts),
      isNumber: true,
    },
    {
      id: 'created',
      label: t('webhooks.created'),
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => time(createdAt),
    },
    { id: 'next', label: t('webhooks.next'), value: ({ nextAt }) => nextAt, cell: ({ nextAt }) => time(nextAt) },
  ];
}
