import { Button, Input } from 'antd';
import { useId, useRef, useState } from 'react';
import type { Draft } from '../configuration-draft.ts';
import type { TextFault } from '../configuration-shapes.ts';
import { useFormats } from '../formats.ts';
import { OpenedTitle } from './opened-title.tsx';
import { TextFaultList } from './text-fault-list.tsx';
import { YamlText, type YamlTextHandle } from './yaml-text.tsx';

const exampleVariable = `\${ROBOT_PASSWORD}`;

/** Where a version is written, or a file of it opened. */
export function ConfigurationWriting(props: {
  draft: Draft;
  /** It was begun before, and left. */
  isKept: boolean;
  faults: readonly TextFault[];
  onChange: (draft: Draft) => void;
  onReview: () => void;
  onCancel: () => void;
}) {
  const { draft, faults, onChange } = props;
  const { t } = useFormats();
  const shown = useRef<YamlTextHandle>(null);
  const file = useRef<HTMLInputElement>(null);
  const noteId = useId();
  // What the field was begun with: it keeps what is written in it by itself.
  const [begun, setBegun] = useState({ text: draft.text, times: 0 });
  const [isEmpty, setEmpty] = useState(false);
  const open = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    const text = await chosen.text();
    // Also where it is what one began with: what was written since gives way.
    setBegun(({ times }) => ({ text, times: times + 1 }));
    onChange({ ...draft, text, note: draft.note || chosen.name.slice(0, 500) });
  };
  const review = (): void => {
    setEmpty(draft.text.trim() === '');
    if (draft.text.trim() !== '') props.onReview();
  };
  return (
    <>
      <OpenedTitle>{t('configurations.write')}</OpenedTitle>
      {props.isKept && (
        <p className="quiet" role="status">
          {t('configurations.draft')}
        </p>
      )}
      <p className="quiet">{t('configurations.editHint', { variable: exampleVariable })}</p>
      {faults.length > 0 && <TextFaultList faults={faults} text={shown} />}
      <YamlText
        key={begun.times}
        ref={shown}
        label={t('configurations.newText')}
        text={begun.text}
        faults={faults}
        onChange={(text) => onChange({ ...draft, text })}
      />
      <p>
        <Button onClick={() => file.current?.click()}>{t('configurations.file')}</Button>
        <input
          ref={file}
          type="file"
          hidden
          accept=".yaml,.yml,application/yaml,text/plain"
          onChange={({ target }) => {
            void open(target.files?.[0]);
            // The same file, written anew, is to be opened again.
            target.value = '';
          }}
        />
      </p>
      <div className="field">
        <label htmlFor={noteId}>{t('configurations.noteField')}</label>
        <Input
          id={noteId}
          name="note"
          maxLength={500}
          value={draft.note}
          onChange={(event) => onChange({ ...draft, note: event.target.value })}
          onPressEnter={review}
        />
        <small>{t('configurations.noteHint')}</small>
      </div>
      {isEmpty && (
        <p className="field-fault" role="alert">
          {t('configurations.empty')}
        </p>
      )}
      <div className="form-actions">
        <Button type="primary" onClick={review}>
          {t('configurations.review')}
        </Button>
        <Button onClick={props.onCancel}>{t('configurations.cancel')}</Button>
      </div>
    </>
  );
}
