import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import { useFormats } from '../formats.ts';
import { samplingOf } from '../sampling.ts';

/** Samples a second as they come, and those polled against what the configuration asks for. */
export function GatewayRate({ heartbeat }: { heartbeat: Heartbeat }) {
  const { t } = useFormats();
  const rate = useRateText();
  const sampling = samplingOf(heartbeat.sources);
  const { duePerSecond = 0, readPerSecond = null, reportedTags = 0 } = sampling ?? {};
  return (
    <>
      <span data-figure="rate">{rate(heartbeat.samplesPerSecond)}</span>
      {duePerSecond > 0 && (
        <small className="quiet" data-figure="due" title={t('gatewaysPage.dueHint')}>
          {readPerSecond === null
            ? t('gatewaysPage.due', { due: rate(duePerSecond) })
            : t('gatewaysPage.readOfDue', { read: rate(readPerSecond), due: rate(duePerSecond) })}
        </small>
      )}
      {reportedTags > 0 && (
        <small className="quiet" title={t('gatewaysPage.reportedHint')}>
          {t('gatewaysPage.reported', { tags: reportedTags })}
        </small>
      )}
    </>
  );
}

/** Below a hundred the tenths count; whole numbers stay whole. */
export function useRateText(): (rate: number) => string {
  const { count, decimal } = useFormats();
  return (rate) => (rate < 100 && Math.round(rate * 10) % 10 !== 0 ? decimal(rate) : count(rate));
}
