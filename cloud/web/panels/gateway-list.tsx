import type { LiveGateway } from '@gongfu/shared/wire/live';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { withChanges } from '../address.ts';
import { type BacklogTrends, withHeartbeats } from '../backlog-trend.ts';
import { useFormats } from '../formats.ts';
import { GatewayRevocation } from './gateway-revocation.tsx';
import { GatewayRow } from './gateway-row.tsx';

/** Every gateway with how it is; the one the address names stands open. */
export function GatewayList(props: {
  gateways: readonly LiveGateway[];
  timeZone: string;
  mayEnrol: boolean;
  mayReadGaps: boolean;
  mayConfigure: boolean;
  /** What is shown is the last known state. */
  old: boolean;
  onEnrolAgain: (name: string) => void;
}) {
  const { gateways } = props;
  const { t } = useFormats();
  const [address] = useSearchParams();
  const [trends, setTrends] = useState<BacklogTrends>(new Map());
  useEffect(() => setTrends((known) => withHeartbeats(known, gateways)), [gateways]);
  const [revoking, setRevoking] = useState<LiveGateway>();
  const chosen = address.get('gateway');
  const to = (id: string | null): string => withChanges(address, { gateway: id });
  return (
    <>
      {chosen !== null && !gateways.some(({ id }) => id === chosen) && (
        <p className="attention" role="status">
          {t('gatewaysPage.unknown')}
        </p>
      )}
      <ul className={props.old ? 'gateway-list doubt-stale' : 'gateway-list'} aria-label={t('gateways.title')}>
        {gateways.map((gateway) => (
          <GatewayRow
            key={gateway.id}
            gateway={gateway}
            observed={trends.get(gateway.id) ?? []}
            timeZone={props.timeZone}
            open={chosen === gateway.id}
            to={to(chosen === gateway.id ? null : gateway.id)}
            mayReadGaps={props.mayReadGaps}
            mayConfigure={props.mayConfigure}
            {...(props.mayEnrol
              ? {
                  onRevoke: () => setRevoking(gateway),
                  onEnrolAgain: () => props.onEnrolAgain(gateway.name),
                }
              : {})}
          />
        ))}
      </ul>
      {revoking !== undefined && <GatewayRevocation gateway={revoking} onClose={() => setRevoking(undefined)} />}
    </>
  );
}
