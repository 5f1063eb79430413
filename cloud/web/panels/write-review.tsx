import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import { Button } from 'antd';
import { useState } from 'react';
import type { Command } from '../command-shapes.ts';
import { useFormats } from '../formats.ts';
import { useNow, useSamples } from '../live-view.tsx';
import { useSession } from '../session.tsx';
import type { Tag } from '../signal-catalogue.ts';
import { valueText } from '../written-value.ts';
import { isDoubtful } from './current-value.tsx';
import { Refused } from './refused.tsx';
import type { Draft } from './write-form.tsx';

/** The last look before a machine moves: what it is, and what it shall be. */
export function WriteReview(props: {
  tag: Tag;
  draft: Draft;
  idempotencyKey: string;
  needsApproval: boolean;
  onBack: () => void;
  onAsked: (command: Command) => void;
}) {
  const { tag, draft, needsApproval } = props;
  const { t, duration } = useFormats();
  const { api } = useSession();
  const sample = useSamples().get(tag.id);
  const now = useNow();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const ask = async (): Promise<void> => {
    setWorking(true);
    setProblem(undefined);
    const { value, reason, expiresInMs } = draft;
    try {
      const body = { tag: tag.id, value, reason, expiresInMs, key: props.idempotencyKey };
      props.onAsked(await api.post<Command>('/commands', body));
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return (
    <div className="write-review">
      <ValueChange before={sample?.value ?? null} after={draft.value} unit={tag.unit} />
      {isDoubtful(sample, now) && (
        <p className="attention" role="status">
          {t('commands.doubt')}
        </p>
      )}
      <ul>
        <li>{t('commands.where', { source: tag.source, name: tag.name })}</li>
        <li>{t('commands.reasonIs', { reason: draft.reason })}</li>
        <li>{t('commands.expiresAfter', { duration: duration(draft.expiresInMs) })}</li>
        {needsApproval && <li>{t('commands.needsApproval')}</li>}
      </ul>
      {problem !== undefined && <Refused problem={problem} />}
      <div className="confirmation-actions">
        <Button autoFocus onClick={props.onBack}>
          {t('commands.back')}
        </Button>
        <Button danger type="primary" disabled={working} onClick={() => void ask()}>
          {t(working ? 'commands.asking' : needsApproval ? 'commands.askApproval' : 'commands.writeNow')}
        </Button>
      </div>
    </div>
  );
}

/** 40 → 42.5 °C, also for those who hear it. */
export function ValueChange(props: { before: Command['valueBefore']; after: Command['value']; unit: string }) {
  const { t } = useFormats();
  const unit = unitSymbol(props.unit);
  const [before, after] = [
    valueText(props.before),
    props.after === '' ? t('commands.emptyText') : valueText(props.after),
  ];
  return (
    <p className="value-change number">
      <span className="visually-hidden">{t('commands.fromTo', { before, after, unit })}</span>
      <span aria-hidden="true">
        <span className="quiet">{before}</span> → <strong>{after}</strong> {unit}
      </span>
    </p>
  );
}
