import { useEffect, useId, useRef, useState } from 'react';
import { newKey, useCommandSettings } from '../command-data.ts';
import type { Command } from '../command-shapes.ts';
import { useFormats } from '../formats.ts';
import type { Tag } from '../signal-catalogue.ts';
import { CommandProgress } from './command-progress.tsx';
import { type Draft, WriteForm } from './write-form.tsx';
import { WriteReview } from './write-review.tsx';
import '../i18n/command-texts.ts';
import '../commands.css';
import '../forms.css';

/** From what a signal is to what it becomes: fill in, look at old and new, see the result. The dialog of the browser keeps the focus. */
export function WriteDialog({ tag, label, onClose }: { tag: Tag; label: string; onClose: () => void }) {
  const { t } = useFormats();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const settings = useCommandSettings();
  const needsApproval =
    settings.data?.secondApprover === true ||
    settings.data?.gateways.some(({ id, secondApprover }) => id === tag.gatewayId && secondApprover) === true;
  const [draft, setDraft] = useState<Draft>();
  const [isReview, setReview] = useState(false);
  // The same wish sent twice, because an answer was lost, is one command; another wish has another key.
  const [key, setKey] = useState(newKey);
  const [command, setCommand] = useState<Command>();
  useEffect(() => dialog.current?.showModal(), []);
  const close = (): void => dialog.current?.close();
  return (
    <dialog ref={dialog} className="confirmation write-dialog" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{t('commands.title', { signal: label })}</h2>
      {command !== undefined ? (
        <CommandProgress asked={command} unit={tag.unit} onClose={close} />
      ) : isReview && draft !== undefined ? (
        <WriteReview
          tag={tag}
          draft={draft}
          idempotencyKey={key}
          needsApproval={needsApproval}
          onBack={() => setReview(false)}
          onAsked={setCommand}
        />
      ) : (
        <WriteForm
          tag={tag}
          draft={draft}
          needsApproval={needsApproval}
          onCancel={close}
          onDone={(next) => {
            if (JSON.stringify(next) !== JSON.stringify(draft)) setKey(newKey());
            setDraft(next);
            setReview(true);
          }}
        />
      )}
    </dialog>
  );
}
