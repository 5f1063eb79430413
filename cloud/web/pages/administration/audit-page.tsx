import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useId } from 'react';
import { useSearchParams } from 'react-router';
import { useAddress } from '../../address.ts';
import type { AuditEntry } from '../../administration-shapes.ts';
import type { User } from '../../api-shapes.ts';
import { useFormats } from '../../formats.ts';
import { AdministrationFrame } from '../../panels/administration-frame.tsx';
import { Asked } from '../../panels/asked.tsx';
import { DataTable, type ShownColumn } from '../../panels/data-table.tsx';
import { useSession } from '../../session.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
const outcomes = ['begun', 'done', 'refused', 'failed'] as const;
const asked = ['actor', 'action', 'object', 'outcome', 'from', 'to'] as const;
const pageRows = 200;

interface AuditPageJson {
  readonly items: readonly AuditEntry[];
  readonly cursor?: string;
}

/** Who did what, and what was refused, newest first. What is asked for stands in the address. */
export function AuditPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const [address] = useSearchParams();
  const query = auditQuery(address);
  const entries = useInfiniteQuery({
    queryKey: ['audit', token, query],
    queryFn: ({ pageParam }) =>
      api.get<AuditPageJson>(`/audit?${query}&limit=${pageRows}${pageParam === '' ? '' : `&cursor=${pageParam}`}`),
    initialPageParam: '',
    getNextPageParam: ({ cursor }) => cursor,
    enabled: user.permissions.includes('audit:read'),
  });
  return (
    <AdministrationFrame user={user} section="audit" intro={t('audit.intro')}>
      <AuditQuestion />
      <Asked query={entries}>
        {({ pages }) => (
          <>
            <Entries entries={pages.flatMap(({ items }) => items)} onAgain={() => void entries.refetch()} />
            {entries.hasNextPage && (
              <Button disabled={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
                {t('audit.older')}
              </Button>
            )}
          </>
        )}
      </Asked>
    </AdministrationFrame>
  );
}

/** As the platform takes it; days of the address are whole days of the reader's zone. */
function auditQuery(address: URLSearchParams): string {
  const query = new URLSearchParams();
  for (const key of asked) {
    const value = address.get(key)?.trim() ?? '';
    if (value === '') continue;
    if (key !== 'from' && key !== 'to') query.set(key, value);
    else {
      const day = new Date(`${value}T00:00:00`);
      if (Number.isNaN(day.getTime())) continue;
      if (key === 'to') day.setDate(day.getDate() + 1);
      query.set(key, day.toISOString());
    }
  }
  return query.toString();
}

function AuditQuestion() {
  const { t } = useFormats();
  const [address, changeAddress] = useAddress();
  const id = useId();
  const change = (key: string, value: string): void => changeAddress({ [key]: value || null }, { replace: true });
  return (
    <form className="audit-question" aria-label={t('audit.question')} onSubmit={(event) => event.preventDefault()}>
      {(['actor', 'action', 'object'] as const).map((key) => (
        <label key={key} htmlFor={`${id}-${key}`}>
          {t(`audit.${key}`)}
          <Input
            id={`${id}-${key}`}
            name={key}
            key={address.get(key) ?? ''}
            defaultValue={address.get(key) ?? ''}
            onBlur={(event) => change(key, event.target.value)}
            onPressEnter={(event) => change(key, event.currentTarget.value)}
          />
        </label>
      ))}
      <label>
        {t('audit.outcome')}
        <select
          name="outcome"
          value={address.get('outcome') ?? ''}
          onChange={(event) => change('outcome', event.target.value)}
        >
          <option value="">{t('audit.all')}</option>
          {outcomes.map((outcome) => (
            <option key={outcome} value={outcome}>
              {t(`audit.outcomes.${outcome}`)}
            </option>
          ))}
        </select>
      </label>
      {(['from', 'to'] as const).map((key) => (
        <label key={key}>
          {t(`audit.${key}`)}
          <input
            type="date"
            name={key}
            value={address.get(key) ?? ''}
            onChange={(event) => change(key, event.target.value)}
          />
        </label>
      ))}
      {asked.some((key) => address.has(key)) && (
        <Button onClick={() => changeAddress(Object.fromEntries(asked.map((key) => [key, null])), { replace: true })}>
          {t('audit.clear')}
        </Button>
      )}
    </form>
  );
}

function Entries({ entries, onAgain }: { entries: readonly AuditEntry[]; onAgain: () => void }) {
  const { t } = useFormats();
  const columns = useAuditColumns();
  return (
    <>
      {entries.length === 0 && <p className="quiet">{t('audit.none')}</p>}
      <DataTable
        name="audit"
        label={t('administration.sections.audit')}
        columns={columns}
        rows={entries}
        rowKey={({ number }) => String(number)}
        sort="-number"
        toolbar={<Button onClick={onAgain}>{t('audit.again')}</Button>}
      />
    </>
  );
}

function useAuditColumns(): ShownColumn<AuditEntry>[] {
  const { t, stamp } = useFormats();
  const outcomeText = (outcome: string): string => t(`audit.outcomes.${outcome as 'done'}`, { defaultValue: outcome });
  return [
    { id: 'number', label: t('audit.number'), isNumber: true, value: ({ number }) => number },
    { id: 'at', label: t('audit.at'), value: ({ at }) => at, cell: ({ at }) => stamp(Date.parse(at), ownZone) },
    {
      id: 'actor',
      label: t('audit.actor'),
      value: ({ actor }) => actor.name || t(`audit.kinds.${actor.kind as 'user'}`, { defaultValue: actor.kind }),
    },
    {
      id: 'action',
      label: t('audit.action'),
      value: ({ action }) => t(`audit.actions.${action as 'sign-in'}`, { defaultValue: action }),
      cell: ({ action }) => (
        <span title={action}>{t(`audit.actions.${action as 'sign-in'}`, { defaultValue: action })}</span>
      ),
    },
    { id: 'object', label: t('audit.object'), value: ({ object }) => object },
    {
      id: 'outcome',
      label: t('audit.outcome'),
      value: ({ outcome }) => outcomeText(outcome),
      cell: ({ outcome }) => (
        <span className={outcome === 'refused' || outcome === 'failed' ? 'attention' : undefined}>
          {outcomeText(outcome)}
        </span>
      ),
    },
    { id: 'detail', label: t('audit.detail'), value: ({ detail }) => detail },
    { id: 'address', label: t('audit.address'), value: ({ address }) => address },
  ];
}
