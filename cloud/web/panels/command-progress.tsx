import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { ApiProblem } from '../api-client.ts';
import { useCommand } from '../command-data.ts';
import { type Command, isUnsent } from '../command-shapes.ts';
import { type Formats, useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { valueText } from '../written-value.ts';
import { Refused } from './refused.tsx';
import { ValueChange } from './write-review.tsx';

/** What becomes of a command, as it happens. */
export function CommandProgress({ asked, unit, onClose }: { asked: Command; unit: string; onClose: () => void }) {
  const { t } = useFormats();
  const command = useCommand(asked);
  const { value, valueBefore, result } = command.data;
  return (
    <div className="write-progress" data-state={command.data.state}>
      <ValueChange before={valueBefore} after={value} unit={unit} />
      <p role="status">
        <CommandMark command={command.data} /> {t(`commands.notes.${command.data.state}`)}
      </p>
      {result !== null && result.outcome !== 'written' && <ResultText result={result} />}
      {result !== null && result.readBack !== null && (
        <p>{t('commands.readBack', { value: valueText(result.readBack), unit: unitSymbol(unit) })}</p>
      )}
      {command.error !== null && <Refused problem={command.error} />}
      <div className="confirmation-actions">
        <Link to="/commands">{t('commands.toList')}</Link>
        {isUnsent(command.data) && <Withdraw command={command.data} />}
        <Button autoFocus type="primary" onClick={onClose}>
          {t('commands.close')}
        </Button>
      </div>
    </div>
  );
}

/** A letter beside the colour: nobody has to tell them apart by that alone. */
export function CommandMark({ command: { state } }: { command: Command }) {
  const { t } = useFormats();
  return <span className={`state-word command-${state}`}>{t(`commands.states.${state}`)}</span>;
}

export function resultText({ code, detail }: NonNullable<Command['result']>, { t }: Formats): string {
  return t(`commands.codes.${code as 'expired'}`, { defaultValue: detail || code });
}

/** Why, in the reader's words; the gateway's own beside it. */
function ResultText({ result }: { result: NonNullable<Command['result']> }) {
  const formats = useFormats();
  return (
    <p>
      {resultText(result, formats)}
      {result.detail !== '' && (
        <small className="quiet" lang="en">
          {' '}
          {result.detail}
        </small>
      )}
    </p>
  );
}

export function Withdraw({ command }: { command: Command }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const withdraw = async (): Promise<void> => {
    setWorking(true);
    setProblem(undefined);
    try {
      await api.delete(`/commands/${command.id}`);
    } catch (error) {
      // Too late is no fault of anybody: what has become of it is shown at once. Whatever else: it may still be written.
      if (!(error instanceof ApiProblem) || error.code !== 'command-already-sent') setProblem(error);
    }
    await Promise.all(['command', 'commands'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
    setWorking(false);
  };
  return (
    <>
      <Button disabled={working} onClick={() => void withdraw()}>
        {t('commands.withdraw')}
      </Button>
      {problem !== undefined && <Refused problem={problem} />}
    </>
  );
}
