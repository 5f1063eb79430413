import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import { Button, Input } from 'antd';
import { type SubmitEvent, useId, useState } from 'react';
import type { WrittenValue } from '../command-shapes.ts';
import { type Formats, useFormats } from '../formats.ts';
import type { Tag } from '../signal-catalogue.ts';
import { kindOf, type ValueFault, writtenValue } from '../written-value.ts';
import { CurrentValue } from './current-value.tsx';

/** What is wanted, as it was typed and as it is meant. */
export interface Draft {
  readonly typed: string;
  readonly value: WrittenValue;
  readonly reason: string;
  readonly expiresInMs: number;
}

const spansMs = [10_000, 30_000, 60_000, 300_000, 600_000] as const;
/** A second person has to come and look. */
const standardMs = { alone: 30_000, approved: 600_000 } as const;

export function WriteForm(props: {
  tag: Tag;
  draft: Draft | undefined;
  needsApproval: boolean;
  onCancel: () => void;
  onDone: (draft: Draft) => void;
}) {
  const { tag, draft, needsApproval } = props;
  const formats = useFormats();
  const { t, duration } = formats;
  const ids = { value: useId(), note: useId(), reason: useId(), span: useId() };
  const [typed, setTyped] = useState(draft?.typed ?? '');
  const [reason, setReason] = useState(draft?.reason ?? '');
  const [span, setSpan] = useState(draft?.expiresInMs);
  const [fault, setFault] = useState<ValueFault>();
  const expiresInMs = span ?? (needsApproval ? standardMs.approved : standardMs.alone);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const read = writtenValue(tag, typed);
    if ('fault' in read) setFault(read.fault);
    else props.onDone({ typed, value: read.value, reason: reason.trim(), expiresInMs });
  };
  const change = (text: string): void => {
    setTyped(text);
    setFault(undefined);
  };
  return (
    <form className="write-form" onSubmit={submit} noValidate>
      <p>
        {t('commands.now')} <CurrentValue tagId={tag.id} unit={tag.unit} />
      </p>
      <div className="field">
        <label htmlFor={ids.value}>{t('commands.value')}</label>
        <ValueField
          tag={tag}
          id={ids.value}
          note={ids.note}
          typed={typed}
          invalid={fault !== undefined}
          onChange={change}
        />
        <small id={ids.note} role={fault === undefined ? undefined : 'alert'}>
          {fault !== undefined && <span className="field-fault">{t(`commands.faults.${fault}`)} </span>}
          {rangeText(tag, formats)}
        </small>
      </div>
      <div className="field">
        <label htmlFor={ids.reason}>{t('commands.reason')}</label>
        <Input
          id={ids.reason}
          name="reason"
          autoComplete="off"
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor={ids.span}>{t('commands.expiresIn')}</label>
        <select
          id={ids.span}
          name="expires"
          value={expiresInMs}
          onChange={(event) => setSpan(Number(event.target.value))}
        >
          {spansMs.map((ms) => (
            <option key={ms} value={ms}>
              {duration(ms)}
            </option>
          ))}
        </select>
        <small>{t(needsApproval ? 'commands.needsApproval' : 'commands.expiresNote')}</small>
      </div>
      <div className="confirmation-actions">
        <Button onClick={props.onCancel}>{t('commands.cancel')}</Button>
        <Button type="primary" htmlType="submit" disabled={reason.trim() === ''}>
          {t('commands.review')}
        </Button>
      </div>
    </form>
  );
}

interface ValueFieldProps {
  readonly tag: Tag;
  readonly id: string;
  readonly note: string;
  readonly typed: string;
  readonly invalid: boolean;
  readonly onChange: (typed: string) => void;
}

function ValueField({ tag, id, note, typed, invalid, onChange }: ValueFieldProps) {
  const { t } = useFormats();
  const kind = kindOf(tag);
  const common = {
    id,
    name: 'value',
    'aria-describedby': note,
    'aria-invalid': invalid,
    autoFocus: true,
    value: typed,
  };
  if (kind === 'boolean') {
    return (
      <select {...common} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t('commands.choose')}</option>
        <option value="true">true</option>
        <option value="false">false</option>
      </select>
    );
  }
  return (
    <Input
      {...common}
      autoComplete="off"
      spellCheck={false}
      inputMode={kind === 'text' ? 'text' : 'decimal'}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function rangeText({ type, unit, writable }: Tag, { t }: Formats): string {
  const { minimum = null, maximum = null } = writable ?? {};
  const bounds = { minimum, maximum, unit: unitSymbol(unit), type };
  if (minimum !== null && maximum !== null) return t('commands.range', bounds).trim();
  if (minimum !== null) return t('commands.rangeFrom', bounds).trim();
  return maximum !== null ? t('commands.rangeTo', bounds).trim() : t('commands.ofType', { type });
}
