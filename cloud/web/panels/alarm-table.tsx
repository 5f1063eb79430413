import { type Alarm, severityOf, stateOf } from '../alarm-shapes.ts';
import { type Formats, useFormats } from '../formats.ts';
import { DataTable, type ShownColumn } from './data-table.tsx';
import { Notice } from './notice.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

export function AlarmTable({ alarms, isFiltered }: { alarms: readonly Alarm[]; isFiltered: boolean }) {
  const formats = useFormats();
  const { t } = formats;
  if (alarms.length === 0) {
    return isFiltered ? (
      <p className="quiet">{t('alarms.noneSuch')}</p>
    ) : (
      <Notice title={t('alarms.none')}>
        <p>{t('alarms.noneAdvice')}</p>
      </Notice>
    );
  }
  return (
    <DataTable
      name="alarms"
      label={t('alarms.page')}
      columns={columnsOf(formats).filter(({ id }) => id !== 'ended' || alarms.some(({ endedAt }) => endedAt !== null))}
      rows={alarms}
      rowKey={({ id }) => id}
      sort="-opened"
    />
  );
}

/** Of the machine, in its language whatever that of the page is: fonts and readers go by it. */
function MachineText({ text }: { text: string }) {
  return <span lang={/\p{Script=Han}/u.test(text) ? 'zh' : undefined}>{text}</span>;
}

function Severity({ alarm }: { alarm: Alarm }) {
  const { t } = useFormats();
  const word = severityOf(alarm);
  const { severity } = alarm;
  const text = t(`alarms.severities.${word}`);
  return (
    <span className={`alarm-mark alarm-${word}`}>
      {severity === null ? text : t('alarms.severityOf', { word: text, severity })}
    </span>
  );
}

function State({ alarm }: { alarm: Alarm }) {
  const { t, stamp } = useFormats();
  const state = stateOf(alarm);
  const { open, watched, unwatchedSince } = alarm;
  const isStale = open && !watched;
  return (
    <>
      <span className={`alarm-mark alarm-${state}${isStale ? ' alarm-stale' : ''}`}>{t(`alarms.states.${state}`)}</span>
      {isStale && (
        <span className="alarm-note quiet">
          {unwatchedSince === null
            ? t('alarms.unwatched')
            : t('alarms.unwatchedSince', { time: stamp(Date.parse(unwatchedSince), ownZone) })}
        </span>
      )}
    </>
  );
}

function columnsOf({ t, stamp }: Formats): ShownColumn<Alarm>[] {
  const time = (text: string): string => stamp(Date.parse(text), ownZone);
  const text = (id: 'name' | 'origin' | 'source' | 'gateway' | 'type', isHidden = false): ShownColumn<Alarm> => ({
    id,
    label: t(`alarms.${id}`),
    value: (alarm) => alarm[id],
    cell: (alarm) => <MachineText text={alarm[id]} />,
    isHidden,
  });
  return [
    {
      id: 'message',
      label: t('alarms.message'),
      value: ({ message }) => message,
      cell: ({ message }) => (message === '' ? t('alarms.noMessage') : <MachineText text={message} />),
    },
    {
      id: 'severity',
      label: t('alarms.severity'),
      value: ({ severity }) => severity,
      cell: (alarm) => <Severity alarm={alarm} />,
    },
    {
      id: 'state',
      label: t('alarms.state'),
      value: (alarm) => t(`alarms.states.${stateOf(alarm)}`),
      cell: (alarm) => <State alarm={alarm} />,
    },
    text('name'),
    text('origin'),
    text('source'),
    text('gateway'),
    { id: 'opened', label: t('alarms.opened'), value: ({ openedAt }) => openedAt, cell: (row) => time(row.openedAt) },
    {
      id: 'changed',
      label: t('alarms.changed'),
      value: ({ changedAt }) => changedAt,
      cell: (row) => time(row.changedAt),
    },
    {
      id: 'ended',
      label: t('alarms.ended'),
      value: ({ endedAt }) => endedAt,
      cell: ({ endedAt, ended }) => {
        if (endedAt === null) return '';
        return ended === 'unwatched' ? t('alarms.endedBy', { time: time(endedAt) }) : time(endedAt);
      },
    },
    text('type', true),
  ];
}
