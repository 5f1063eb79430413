import { Alert } from 'antd';
import { useFormats } from '../formats.ts';
import { type Connection, useConnection, useNow } from '../live-view.tsx';

/** In the head: whether what one sees is now, and the plant's time. */
export function ConnectionMark({ live, timeZone }: { live: Connection; timeZone: string }) {
  const { t, clock, stamp } = useFormats();
  const now = useNow();
  return (
    <span className={`mark mark-${live.connection}`}>
      <i aria-hidden="true" />
      <span role="status">{t(`connection.${live.connection}`)}</span>
      <time title={stamp(now, timeZone)}>{clock(now, timeZone)}</time>
    </span>
  );
}

/** The last state stays on the page; this says how old it is, over its lower edge so that nothing moves. */
export function ConnectionBanner({ live }: { live: Connection }) {
  const { t, duration } = useFormats();
  const now = useNow();
  if (live.problem !== null) {
    const { detail, advice } = live.problem;
    return <Alert banner type="error" title={t('connection.refused', { detail })} description={advice} />;
  }
  if (live.connection !== 'lost') return null;
  const title =
    live.heardAt === null
      ? t('connection.unreachable')
      : t('connection.lostDetail', { duration: duration(now - live.heardAt) });
  return <Alert banner type="warning" title={title} />;
}

/** Both for a page within a `LiveView`. */
export function LiveMark({ timeZone }: { timeZone: string }) {
  return <ConnectionMark live={useConnection()} timeZone={timeZone} />;
}

export function LiveBanner() {
  return <ConnectionBanner live={useConnection()} />;
}
