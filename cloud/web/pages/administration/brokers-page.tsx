import { useQuery } from '@tanstack/react-query';
import type { BrokerConnection } from '../../administration-shapes.ts';
import type { User } from '../../api-shapes.ts';
import { faultKindOf } from '../../broker-fault.ts';
import { type Formats, useFormats } from '../../formats.ts';
import { AdministrationFrame } from '../../panels/administration-frame.tsx';
import { Asked } from '../../panels/asked.tsx';
import { DataTable, type ShownColumn } from '../../panels/data-table.tsx';
import { Notice } from '../../panels/notice.tsx';
import { useSession } from '../../session.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Each connection to an MQTT broker: whether it stands, since when, what goes through it, what is wrong. */
export function BrokersPage({ token, user }: { token: string; user: User }) {
  const formats = useFormats();
  const { t } = formats;
  const { api } = useSession();
  const connections = useQuery({
    queryKey: ['brokers', token],
    queryFn: async () => (await api.get<{ items: BrokerConnection[] }>('/brokers')).items,
    enabled: user.permissions.includes('gateways:enrol'),
    refetchInterval: 5_000,
  });
  return (
    <AdministrationFrame user={user} section="brokers" intro={t('brokers.intro')}>
      <Asked query={connections}>
        {(items) =>
          items.length === 0 ? (
            <Notice title={t('brokers.none')}>
              <p>{t('brokers.noneAdvice')}</p>
            </Notice>
          ) : (
            <DataTable
              name="brokers"
              label={t('administration.sections.brokers')}
              columns={columnsOf(formats)}
              rows={items}
              rowKey={({ broker, use }) => `${broker} ${use}`}
              sort="broker"
            />
          )
        }
      </Asked>
    </AdministrationFrame>
  );
}

function columnsOf({ t, count, bytes, stamp }: Formats): ShownColumn<BrokerConnection>[] {
  const stateOf = ({ connected, fault }: BrokerConnection): string =>
    connected
      ? t('brokers.connected')
      : fault === ''
        ? t('brokers.connecting')
        : `${t('brokers.away')} ${t(`brokers.faults.${faultKindOf(fault)}`, { fault })}`;
  const number = (id: 'messagesLastMinute' | 'messages' | 'samples' | 'refused' | 'dropped' | 'waiting') => ({
    id,
    label: t(`brokers.${id}`),
    value: (connection: BrokerConnection) => connection[id],
    cell: (connection: BrokerConnection) => count(connection[id]),
    isNumber: true,
  });
  return [
    { id: 'broker', label: t('brokers.broker'), value: ({ broker }) => broker },
    { id: 'use', label: t('brokers.use'), value: ({ use }) => t(`brokers.uses.${use}`) },
    {
      id: 'state',
      label: t('brokers.state'),
      value: stateOf,
      cell: (connection) => (
        <span className={connection.connected ? undefined : 'attention'} data-connected={connection.connected}>
          {stateOf(connection)}
        </span>
      ),
    },
    {
      id: 'since',
      label: t('brokers.since'),
      value: ({ since }) => since,
      cell: ({ since }) => stamp(Date.parse(since), ownZone),
    },
    number('messagesLastMinute'),
    number('samples'),
    number('refused'),
    number('dropped'),
    number('waiting'),
    {
      id: 'refusal',
      label: t('brokers.refusal'),
      value: ({ refusal }) => refusal,
      cell: ({ refusal }) => <span lang="en">{refusal}</span>,
      isHidden: true,
    },
    { ...number('messages'), isHidden: true },
    {
      id: 'bytes',
      label: t('brokers.bytes'),
      value: (connection) => connection.bytes,
      cell: (connection) => bytes(connection.bytes),
      isNumber: true,
      isHidden: true,
    },
    { id: 'url', label: t('brokers.url'), value: ({ url }) => url, isHidden: true },
  ];
}
