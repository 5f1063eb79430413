import { Button, Select } from 'antd';
import { memo, type ReactNode } from 'react';
import { useFormats } from '../formats.ts';
import type { SignalNavigation } from '../signal-navigation.ts';
import { type Range, shifted, spansMs, zoomed } from '../signal-view.ts';

const spanNames = ['minute', 'quarter', 'hour', 'shift', 'day', 'week', 'month', 'year'] as const;

/** Which time is shown, and the ways to another for those without wheel or keyboard. */
export function SignalTools(props: ChoiceProps & { range: Range | undefined; timeZone: string; children?: ReactNode }) {
  const { range, timeZone, children, ...choice } = props;
  const { stamp } = useFormats();
  return (
    <div className="signal-tools">
      <Choice {...choice} />
      {children}
      {range !== undefined && (
        <span className="quiet signal-range">
          {stamp(range.from, timeZone)} – {stamp(range.to, timeZone)}
        </span>
      )}
    </div>
  );
}

interface ChoiceProps {
  readonly view: SignalNavigation['view'];
  readonly measuring: boolean;
  /** What is seen at this moment; it moves on with now. */
  readonly seen: () => Range | undefined;
  readonly go: SignalNavigation['go'];
  readonly onMeasure: () => void;
}

/** Not drawn again as now moves on. */
const Choice = memo(({ view, measuring, seen, go, onMeasure }: ChoiceProps) => {
  const { t } = useFormats();
  const isLive = view.range === null;
  const step = (label: 'earlier' | 'later' | 'closer' | 'wider', sign: string, next: (range: Range) => Range) => {
    const take = (): void => {
      const range = seen();
      if (range !== undefined) go({ range: next(range) });
    };
    return (
      <Button aria-label={t(`signals.${label}`)} title={t(`signals.${label}`)} onClick={take}>
        {sign}
      </Button>
    );
  };
  return (
    <>
      <Select
        aria-label={t('signals.window')}
        value={isLive && spansMs.some((one) => one === view.spanMs) ? view.spanMs : null}
        placeholder={t('signals.window')}
        options={spansMs.map((value, i) => ({ value: value as number, label: t(`signals.span.${spanNames[i]!}`) }))}
        onChange={(spanMs: number) => go({ range: null, spanMs, brush: null })}
      />
      <span className="signal-steps">
        {step('earlier', '←', (range) => shifted(range, -0.5))}
        {step('later', '→', (range) => shifted(range, 0.5))}
        {step('closer', '+', (range) => zoomed(range, 0.5))}
        {step('wider', '−', (range) => zoomed(range, 2))}
      </span>
      <Button type={isLive ? 'primary' : 'default'} disabled={isLive} onClick={() => go({ range: null })}>
        {t(isLive ? 'signals.following' : 'signals.live')}
      </Button>
      <Button
        type={measuring ? 'primary' : 'default'}
        aria-pressed={measuring}
        title={t('signals.measureAdvice')}
        onClick={onMeasure}
      >
        {t('signals.measure')}
      </Button>
      {view.brush !== null && (
        <>
          <Button onClick={() => go({ range: view.brush, brush: null })}>{t('signals.zoomPart')}</Button>
          <Button onClick={() => go({ brush: null })}>{t('signals.clearPart')}</Button>
        </>
      )}
    </>
  );
});
