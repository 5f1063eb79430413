import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { ApiProblem } from '../api-client.ts';
import type { GatewayJson } from '../api-shapes.ts';
import { useVersionText, versionsPath } from '../configuration-data.ts';
import { type Draft, keepDraft, keptDraft } from '../configuration-draft.ts';
import { type ConfigurationVersion, type TextFault, textFaults } from '../configuration-shapes.ts';
import { exampleSources } from '../edge-file.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { Asked } from './asked.tsx';
import { ConfigurationReview } from './configuration-review.tsx';
import { ConfigurationWriting } from './configuration-writing.tsx';
import { Refused } from './refused.tsx';

interface DraftProps {
  gateway: GatewayJson;
  running: ConfigurationVersion | undefined;
  /** Version it begins as; undefined: an example. */
  base: number | undefined;
  /** It is to be sent again as it was. */
  isRestored?: boolean;
}

/** A new version: written, looked at beside the one that runs, sent. */
export function ConfigurationDraft(props: DraftProps) {
  const { gateway, base, isRestored = false } = props;
  const { t } = useFormats();
  const asked = useVersionText(gateway.id, base);
  const note = isRestored ? t('configurations.restoreNote', { number: base }) : '';
  if (base === undefined) return <Sent {...props} begun={{ text: exampleSources, note }} />;
  return <Asked query={asked}>{({ text }) => <Sent {...props} begun={{ text, note }} />}</Asked>;
}

function Sent({ gateway, running, base, isRestored = false, begun }: DraftProps & { begun: Draft }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [kept] = useState(() => (isRestored ? undefined : keptDraft(gateway.id, base)));
  const [draft, setDraft] = useState(kept ?? begun);
  const [isReviewed, setReviewed] = useState(isRestored);
  const [faults, setFaults] = useState<readonly TextFault[]>([]);
  const [problem, setProblem] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const change = (next: Draft): void => {
    setDraft(next);
    keepDraft(gateway.id, base, next);
  };
  const leave = (query: Record<string, string>): void => {
    keepDraft(gateway.id, base, undefined);
    void navigate(`?${new URLSearchParams({ gateway: gateway.id, ...query })}`);
  };
  const send = async (): Promise<void> => {
    setSending(true);
    setProblem(undefined);
    try {
      const { number } = await api.post<ConfigurationVersion>(versionsPath(gateway.id), draft);
      await queries.invalidateQueries({ queryKey: ['configurations', gateway.id] });
      leave({ version: String(number) });
    } catch (error) {
      setSending(false);
      if (error instanceof ApiProblem && error.code === 'configuration-invalid') {
        setFaults(textFaults(error.places));
        setReviewed(false);
      } else setProblem(error);
    }
  };
  return (
    <section className="configuration">
      {isReviewed ? (
        <ConfigurationReview gateway={gateway} running={running} text={draft.text}>
          {problem !== undefined && <Refused problem={problem} />}
          <div className="form-actions">
            <Button type="primary" disabled={isSending} onClick={() => void send()}>
              {isSending ? t('configurations.sending') : t('configurations.send', { name: gateway.name })}
            </Button>
            <Button onClick={() => setReviewed(false)}>{t('configurations.keepEditing')}</Button>
            <Button onClick={() => leave({})}>{t('configurations.cancel')}</Button>
          </div>
        </ConfigurationReview>
      ) : (
        <ConfigurationWriting
          draft={draft}
          isKept={kept !== undefined}
          faults={faults}
          onChange={change}
          onReview={() => {
            setFaults([]);
            setReviewed(true);
          }}
          onCancel={() => leave({})}
        />
      )}
    </section>
  );
}
