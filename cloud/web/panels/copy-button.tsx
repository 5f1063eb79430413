import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useFormats } from '../formats.ts';

/** Copies a text and says so. A page that was not opened over HTTPS or on this machine may not reach the clipboard. */
export function CopyButton(props: { text: string; label: string; visibleLabel?: string }) {
  const { text, label } = props;
  const { t } = useFormats();
  const [outcome, setOutcome] = useState<'copied' | 'copyFailed'>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), 3_000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      setOutcome('copyFailed');
    }
  };
  return (
    <span className="copy">
      <Button onClick={() => void copy()} aria-label={label}>
        {props.visibleLabel ?? t('enrolment.copy')}
      </Button>
      <span role="status" className="quiet">
        {outcome === undefined ? '' : t(`enrolment.${outcome}`)}
      </span>
    </span>
  );
}
