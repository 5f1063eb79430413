import { Button } from 'antd';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { GatewayJson } from '../api-shapes.ts';
import { useVersions } from '../configuration-data.ts';
import { type ConfigurationList, type ConfigurationVersion, runningVersion } from '../configuration-shapes.ts';
import { type Formats, useFormats } from '../formats.ts';
import { Asked } from './asked.tsx';
import { ConfigurationDraft } from './configuration-draft.tsx';
import { ConfigurationMark, resultText } from './configuration-mark.tsx';
import { ConfigurationReading } from './configuration-reading.tsx';
import { DataTable, type ShownColumn } from './data-table.tsx';
import { Notice } from './notice.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
const [shown, most] = [50, 500];

/** The versions of one gateway: all, one of them, or a new one, as the address has it. */
export function ConfigurationVersions({ gateway }: { gateway: GatewayJson }) {
  const [limit, setLimit] = useState(shown);
  const versions = useVersions(gateway.id, limit);
  const [address] = useSearchParams();
  const numberOf = (key: string): number | undefined => Number(address.get(key) ?? '') || undefined;
  const version = numberOf('version');
  const restored = numberOf('restore');
  return (
    <Asked query={versions}>
      {(list) => {
        const shared = { gateway, versions: list.items, running: runningVersion(list.items) };
        if (restored !== undefined) {
          return <ConfigurationDraft key={`restore ${restored}`} {...shared} base={restored} isRestored />;
        }
        if (address.has('edit')) {
          return <ConfigurationDraft key={`edit ${address.get('edit')}`} {...shared} base={numberOf('edit')} />;
        }
        if (version !== undefined) {
          return <ConfigurationReading key={version} {...shared} number={version} against={numberOf('against')} />;
        }
        return <All gateway={gateway} list={list} onOlder={limit < most ? () => setLimit(most) : undefined} />;
      }}
    </Asked>
  );
}

function All(props: { gateway: GatewayJson; list: ConfigurationList; onOlder: (() => void) | undefined }) {
  const { gateway, list, onOlder } = props;
  const formats = useFormats();
  const { t } = formats;
  const running = runningVersion(list.items);
  const { takes } = list.gateway;
  const to = (query: Record<string, string>): string => `?${new URLSearchParams({ gateway: gateway.id, ...query })}`;
  const begin = (
    <Link className="configurations-write" to={to({ edit: String(running?.number ?? '') })}>
      {t('configurations.write')}
    </Link>
  );
  return (
    <>
      <p className="quiet configurations-intro">{t('configurations.intro')}</p>
      {takes === null && (
        <p className="configurations-hint" role="status">
          {t('configurations.offline')}
        </p>
      )}
      {takes === false && (
        <section className="configurations-hint">
          <h2>{t('configurations.notTaken')}</h2>
          <p>{t('configurations.notTakenAdvice')}</p>
          <pre>{'remote: { configuration: true }'}</pre>
        </section>
      )}
      {list.items.length === 0 ? (
        <Notice title={t('configurations.none')}>
          <p>{t('configurations.noneAdvice')}</p>
          {takes !== false && begin}
        </Notice>
      ) : (
        <DataTable
          name="configurations"
          label={t('configurations.versions')}
          columns={columnsOf(formats, running, to)}
          rows={list.items}
          rowKey={({ number }) => String(number)}
          sort="-number"
          toolbar={takes === false ? undefined : begin}
        />
      )}
      {onOlder !== undefined && list.items.length >= shown && (
        <Button onClick={onOlder}>{t('configurations.older')}</Button>
      )}
    </>
  );
}

function columnsOf(
  formats: Formats,
  running: ConfigurationVersion | undefined,
  to: (query: Record<string, string>) => string,
): ShownColumn<ConfigurationVersion>[] {
  const { t, stamp } = formats;
  const time = (text: string | null): string | null => (text === null ? null : stamp(Date.parse(text), ownZone));
  return [
    {
      id: 'number',
      label: t('configurations.number'),
      value: ({ number }) => number,
      cell: ({ number }) => <Link to={to({ version: String(number) })}>{t('configurations.version', { number })}</Link>,
    },
    {
      id: 'state',
      label: t('configurations.state'),
      value: ({ state }) => t(`configurations.states.${state}`),
      cell: (version) => <ConfigurationMark version={version} isRunning={version.number === running?.number} />,
    },
    { id: 'note', label: t('configurations.note'), value: ({ note }) => note || null },
    { id: 'by', label: t('configurations.by'), value: ({ createdBy }) => createdBy },
    {
      id: 'at',
      label: t('configurations.at'),
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => time(createdAt),
    },
    {
      id: 'received',
      label: t('configurations.received'),
      isHidden: true,
      value: ({ receivedAt }) => receivedAt,
      cell: ({ receivedAt }) => time(receivedAt),
    },
    {
      id: 'ended',
      label: t('configurations.ended'),
      value: ({ endedAt }) => endedAt,
      cell: ({ endedAt }) => time(endedAt),
    },
    { id: 'why', label: t('configurations.why'), value: ({ result }) => resultText(result, formats) },
  ];
}
