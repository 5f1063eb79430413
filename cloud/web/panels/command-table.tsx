import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import type { User } from '../api-shapes.ts';
import { type Command, isUnsent } from '../command-shapes.ts';
import { type Formats, useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { valueText } from '../written-value.ts';
import { CommandMark, resultText, Withdraw } from './command-progress.tsx';
import { Confirmation } from './confirmation.tsx';
import { DataTable, type ShownColumn } from './data-table.tsx';
import { Notice } from './notice.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

export function CommandTable(props: { commands: readonly Command[]; user: User; isFiltered: boolean }) {
  const { commands, user, isFiltered } = props;
  const formats = useFormats();
  const { t } = formats;
  const may = (permission: string): boolean => user.permissions.includes(permission);
  if (commands.length === 0) {
    return isFiltered ? (
      <p className="quiet">{t('commands.noneSuch')}</p>
    ) : (
      <Notice title={t('commands.none')}>
        <p>{t('commands.noneAdvice')}</p>
        <Link to="/signals">{t('commands.toSignals')}</Link>
      </Notice>
    );
  }
  return (
    <DataTable
      name="commands"
      label={t('commands.page')}
      columns={columnsOf(formats)}
      rows={commands}
      rowKey={({ id }) => id}
      sort="-at"
      actions={(command) => (
        <span className="form-actions">
          {command.state === 'waiting-for-approval' && may('commands:approve') && !command.own && (
            <Approve command={command} />
          )}
          {isUnsent(command) && may('commands:request') && <Withdraw command={command} />}
        </span>
      )}
    />
  );
}

function Approve({ command }: { command: Command }) {
  const formats = useFormats();
  const { t, stamp } = formats;
  const { api } = useSession();
  const queries = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const { id, source, name, requestedBy, reason, expiresAt } = command;
  const approve = async (): Promise<void> => {
    await api.post(`/commands/${id}/approval`, {});
    await queries.invalidateQueries({ queryKey: ['commands'] });
  };
  return (
    <>
      <Button type="primary" onClick={() => setAsked(true)}>
        {t('commands.approve')}
      </Button>
      {isAsked && (
        <Confirmation
          title={t('commands.approveTitle', { signal: name })}
          points={[
            t('commands.fromTo', {
              before: valueText(command.valueBefore),
              after: valueText(command.value),
              unit: '',
            }).trim(),
            t('commands.where', { source, name }),
            t('commands.askedBy', { name: requestedBy }),
            t('commands.reasonIs', { reason }),
            t('commands.expiresAt', { time: stamp(Date.parse(expiresAt), ownZone) }),
          ]}
          keep={t('commands.cancel')}
          confirm={t('commands.approveNow')}
          working={t('commands.asking')}
          act={approve}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}

function columnsOf(formats: Formats): ShownColumn<Command>[] {
  const { t, stamp } = formats;
  const time = (text: string): string => stamp(Date.parse(text), ownZone);
  return [
    {
      id: 'at',
      label: t('commands.at'),
      value: ({ requestedAt }) => requestedAt,
      cell: (row) => time(row.requestedAt),
    },
    {
      id: 'signal',
      label: t('commands.signal'),
      value: ({ source, name }) => `${source} ${name}`,
      cell: ({ tag, source, name }) => (
        <Link to={`/signals?tags=${tag}`} title={`${source}/${name}`}>
          {name}
        </Link>
      ),
    },
    { id: 'before', label: t('commands.before'), isNumber: true, value: ({ valueBefore }) => valueText(valueBefore) },
    { id: 'value', label: t('commands.wanted'), isNumber: true, value: ({ value }) => valueText(value) },
    {
      id: 'state',
      label: t('commands.state'),
      value: ({ state }) => t(`commands.states.${state}`),
      cell: (command) => <CommandMark command={command} />,
    },
    {
      id: 'result',
      label: t('commands.result'),
      value: ({ result }) => (result === null || result.outcome === 'written' ? null : resultText(result, formats)),
    },
    {
      id: 'readBack',
      label: t('commands.holds'),
      isNumber: true,
      value: ({ result }) => (result?.readBack == null ? null : valueText(result.readBack)),
    },
    { id: 'by', label: t('commands.by'), value: ({ requestedBy }) => requestedBy },
    { id: 'approvedBy', label: t('commands.approvedBy'), value: ({ approvedBy }) => approvedBy },
    { id: 'reason', label: t('commands.reason'), value: ({ reason }) => reason },
    {
      id: 'expires',
      label: t('commands.expires'),
      isHidden: true,
      value: ({ expiresAt }) => expiresAt,
      cell: (row) => time(row.expiresAt),
    },
  ];
}
