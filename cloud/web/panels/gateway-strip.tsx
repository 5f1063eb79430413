import type { LiveGateway } from '@gongfu/shared/wire/live';
import { Link } from 'react-router';
import { useFormats } from '../formats.ts';
import { useNow } from '../live-view.tsx';

/** Where the figures come from. Quiet while all is well; an offline gateway or a failing source is named. */
export function GatewayStrip(props: { gateways: ReadonlyMap<string, LiveGateway>; known: boolean; timeZone: string }) {
  const { t } = useFormats();
  // One that was revoked is missed by nobody.
  const enrolled = [...props.gateways.values()].filter(({ status }) => status === 'enrolled');
  const gateways = enrolled.sort((a, b) => a.name.localeCompare(b.name));
  return (
    <section className="gateways" aria-label={t('gateways.title')}>
      <h2>
        <Link to="/gateways">{t('gateways.title')}</Link>
      </h2>
      {gateways.length === 0 && <span className="quiet">{props.known ? t('gateways.none') : '…'}</span>}
      <ul>
        {gateways.map((gateway) => (
          <Gateway key={gateway.id} gateway={gateway} timeZone={props.timeZone} />
        ))}
      </ul>
    </section>
  );
}

function Gateway({ gateway, timeZone }: { gateway: LiveGateway; timeZone: string }) {
  const { t, duration, stamp, count, bytes } = useFormats();
  const now = useNow();
  const { online, lastSeenAt, heartbeat } = gateway;
  const failing = (online ? heartbeat?.sources : undefined)?.filter(({ state }) => state === 'failing') ?? [];
  return (
    <li className={online ? 'gateway' : 'gateway gateway-offline'} data-gateway={gateway.id}>
      <i aria-hidden="true" />
      <b>
        <Link to={`/gateways?gateway=${gateway.id}`}>{gateway.name}</Link>
      </b>
      <span>{online ? t('gateways.online') : t('gateways.offline')}</span>
      {!online && (
        <span className="quiet" title={lastSeenAt === null ? undefined : stamp(lastSeenAt, timeZone)}>
          {lastSeenAt === null
            ? t('gateways.neverSeen')
            : t('gateways.lastSeen', { duration: duration(now - lastSeenAt) })}
        </span>
      )}
      {online && heartbeat !== null && (
        <span className="quiet">
          {t('gateways.sources', {
            connected: heartbeat.sources.filter(({ state }) => state === 'connected').length,
            total: heartbeat.sources.length,
          })}
        </span>
      )}
      {heartbeat !== null && (
        <span className="quiet">
          {heartbeat.backlogBatches > 1
            ? t('gateways.backlog', { batches: count(heartbeat.backlogBatches), size: bytes(heartbeat.backlogBytes) })
            : t('gateways.noBacklog')}
        </span>
      )}
      {heartbeat !== null && heartbeat.gapsTotal > 0 && (
        <span className="attention">{t('gateways.losses', { gaps: count(heartbeat.gapsTotal) })}</span>
      )}
      {failing.map(({ name, detail }) => (
        <span key={name} className="attention">
          {t('gateways.sourceFailing', { name, detail })}
        </span>
      ))}
    </li>
  );
}
