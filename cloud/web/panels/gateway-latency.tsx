import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import { useFormats } from '../formats.ts';

/** How long the cloud takes to make a batch of this gateway durable. */
export function GatewayLatency({ acknowledgementMs: latency }: Pick<Heartbeat, 'acknowledgementMs'>) {
  const { t, count, decimal } = useFormats();
  const text = (ms: number): string =>
    ms < 1000
      ? t('gatewaysPage.milliseconds', { ms: count(ms) })
      : t('gatewaysPage.seconds', { s: decimal(ms / 1000) });
  if (latency === undefined || latency === null) {
    return (
      <span className="quiet">
        <span aria-hidden="true">— </span>
        <small>{t(latency === null ? 'gatewaysPage.latencyNone' : 'gatewaysPage.notTold')}</small>
      </span>
    );
  }
  return (
    <span className="gateway-latency" title={t('gatewaysPage.latencyHint')}>
      <span data-figure="latency">{text(latency.p50)}</span>
      <small className="quiet">{t('gatewaysPage.latencyMost', { duration: text(latency.p99) })}</small>
    </span>
  );
}
