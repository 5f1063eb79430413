import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { LiveSample } from '@gongfu/shared/wire/live';
import { useFormats } from '../formats.ts';
import { useNow, useSamples } from '../live-view.tsx';
import { valueText } from '../written-value.ts';

/** What a signal is now, how good that is and how old. */
export function CurrentValue({ tagId, unit }: { tagId: string; unit: string }) {
  const { t, duration } = useFormats();
  const sample = useSamples().get(tagId);
  const now = useNow();
  if (sample === undefined) return <span className="attention">{t('state.neverSeen')}</span>;
  return (
    <span className="current-value">
      <strong className="number">{`${valueText(sample.value)} ${unitSymbol(unit)}`.trim()}</strong> ·{' '}
      <span className={sample.quality === 'good' ? 'quiet' : 'attention'}>
        {t(`machine.qualities.${sample.quality}`)}
      </span>{' '}
      · <span className="quiet number">{t('commands.age', { age: duration(now - sample.sourceTime) })}</span>
    </span>
  );
}

/** Older than that it may be another by now. */
const staleMs = 60_000;

/** Whether what is shown can be taken for what is. */
export function isDoubtful(sample: LiveSample | undefined, now: number): boolean {
  return sample === undefined || sample.quality !== 'good' || now - sample.sourceTime > staleMs;
}
