import type { LiveGateway } from '@gongfu/shared/wire/live';
import { useFormats } from '../formats.ts';
import { useNow } from '../live-view.tsx';

/** Heartbeats come every five seconds. */
const silentAfterMs = 20_000;
const shapes = {
  online: 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z',
  offline: 'M3 3h10v10H3z',
  revoked: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM4.2 4.2l7.6 7.6',
} as const;

/** Online, offline or revoked: by shape, word and colour, and since when. */
export function GatewayStatus({ gateway, timeZone }: { gateway: LiveGateway; timeZone: string }) {
  const { t, duration, stamp } = useFormats();
  const now = useNow();
  const { connectedAt, lastSeenAt } = gateway;
  const status = gateway.status === 'revoked' ? 'revoked' : gateway.online ? 'online' : 'offline';
  const words = {
    online: t('gateways.online'),
    offline: t('gateways.offline'),
    revoked: t('gatewaysPage.revoked'),
  };
  const silentMs = lastSeenAt === null ? 0 : now - lastSeenAt;
  const since = status === 'online' ? connectedAt : lastSeenAt;
  return (
    <p className="gateway-status">
      <span className={`gateway-is gateway-is-${status}`} data-status={status}>
        <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
          <path
            d={shapes[status]}
            fill={status === 'online' ? 'currentColor' : 'none'}
            stroke="currentColor"
            strokeWidth="2"
          />
        </svg>
        <b>{words[status]}</b>
      </span>
      <span className="quiet" title={since === null ? undefined : stamp(since, timeZone)}>
        {status === 'online'
          ? since !== null && t('gatewaysPage.connectedFor', { duration: duration(now - since) })
          : since === null
            ? t('gateways.neverSeen')
            : t('gateways.lastSeen', { duration: duration(now - since) })}
      </span>
      {status === 'online' && silentMs > silentAfterMs && (
        <span className="attention">{t('gatewaysPage.silent', { duration: duration(silentMs) })}</span>
      )}
    </p>
  );
}
