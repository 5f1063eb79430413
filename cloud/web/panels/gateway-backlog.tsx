import type { Heartbeat } from '@gongfu/shared/wire/handshake';
import { type BacklogObservation, fullAt } from '../backlog-trend.ts';
import { useFormats } from '../formats.ts';
import { useNow } from '../live-view.tsx';

/** Beyond a week the present growth says nothing of the day it ends. */
const tellableMs = 7 * 24 * 3_600_000;

/** What waits on the gateway's disk, how much of it that is, and when it will be full if this goes on. */
export function GatewayBacklog(props: {
  heartbeat: Heartbeat;
  observed: readonly BacklogObservation[];
  timeZone: string;
}) {
  const { backlogBatches, backlogBytes, capacityBytes, oldestTime } = props.heartbeat;
  const { t, count, bytes, duration, percent } = useFormats();
  const now = useNow();
  // One batch is always on its way.
  if (backlogBatches <= 1) return <span className="quiet">{t('gateways.noBacklog')}</span>;
  const share = capacityBytes === 0 ? 0 : Math.min(1, backlogBytes / capacityBytes);
  return (
    <div className="backlog">
      <span className="number">
        {t('gatewaysPage.backlogSize', { batches: count(backlogBatches), size: bytes(backlogBytes) })}
        {oldestTime !== null && (
          <> · {t('gatewaysPage.backlogOldest', { duration: duration(Math.max(0, now - oldestTime)) })}</>
        )}
      </span>
      <span className="bar" aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <small className="quiet number">
        {t('gatewaysPage.backlogShare', { share: percent(share), capacity: bytes(capacityBytes) })}
      </small>
      <FullAt at={fullAt(props.observed, capacityBytes)} timeZone={props.timeZone} />
    </div>
  );
}

function FullAt({ at, timeZone }: { at: number | null; timeZone: string }) {
  const { t, clock, duration, stamp } = useFormats();
  const now = useNow();
  if (at === null || at - now > tellableMs) return null;
  return (
    <small className="attention number" data-figure="full-at" title={stamp(at, timeZone)}>
      {at <= now
        ? t('gatewaysPage.full')
        : t('gatewaysPage.fullAt', { time: clock(at, timeZone), duration: duration(at - now) })}
    </small>
  );
}
