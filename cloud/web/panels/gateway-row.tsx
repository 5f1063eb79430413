import { gatewayKindOf } from '@gongfu/shared/model/gateway-name';
import type { LiveGateway } from '@gongfu/shared/wire/live';
import { Button } from 'antd';
import { useId } from 'react';
import { Link } from 'react-router';
import type { BacklogObservation } from '../backlog-trend.ts';
import { useFormats } from '../formats.ts';
import { GatewayBacklog } from './gateway-backlog.tsx';
import { GatewayConfiguration } from './gateway-configuration.tsx';
import { GatewayGaps } from './gateway-gaps.tsx';
import { GatewayLatency } from './gateway-latency.tsx';
import { GatewayRate } from './gateway-rate.tsx';
import { GatewaySources } from './gateway-sources.tsx';
import { GatewayStatus } from './gateway-status.tsx';

interface GatewayRowProps {
  gateway: LiveGateway;
  observed: readonly BacklogObservation[];
  timeZone: string;
  open: boolean;
  /** Address with this gateway opened, or closed when it is open. */
  to: string;
  mayReadGaps: boolean;
  mayConfigure: boolean;
  /** Absent for who may not enrol. */
  onRevoke?: () => void;
  onEnrolAgain?: () => void;
}

export function GatewayRow(props: GatewayRowProps) {
  const { gateway, timeZone, open, to, onRevoke, onEnrolAgain } = props;
  const { t } = useFormats();
  const gapsId = useId();
  const kind = gatewayKindOf(gateway.name);
  return (
    <li className="gateway-row" data-gateway={gateway.id}>
      <div className="gateway-row-figures">
        <div className="gateway-row-name">
          <h2>
            <Link to={to} aria-expanded={open} aria-controls={gapsId}>
              {gateway.name}
            </Link>
          </h2>
          <GatewayStatus gateway={gateway} timeZone={timeZone} />
          <GatewayConfiguration configuration={gateway.configuration} timeZone={timeZone} />
          {kind === 'agent' && gateway.status === 'enrolled' && props.mayConfigure && (
            <Link
              to={`/gateways/configurations?gateway=${encodeURIComponent(gateway.id)}`}
              aria-label={t('gatewaysPage.versionsOf', { name: gateway.name })}
            >
              {t('gatewaysPage.versions')}
            </Link>
          )}
        </div>
        {kind === 'agent' ? <AgentFigures {...props} /> : <p className="quiet">{t(`gatewaysPage.kind.${kind}`)}</p>}
        <div className="gateway-row-actions">
          {gateway.status === 'enrolled' && onRevoke !== undefined && (
            <Button onClick={onRevoke} aria-label={t('revocation.revokeName', { name: gateway.name })}>
              {t('revocation.revoke')}
            </Button>
          )}
          {gateway.status === 'revoked' && kind === 'agent' && onEnrolAgain !== undefined && (
            <Button onClick={onEnrolAgain} aria-label={t('revocation.againName', { name: gateway.name })}>
              {t('revocation.again')}
            </Button>
          )}
        </div>
      </div>
      <div id={gapsId} className="gateway-row-gaps" hidden={!open}>
        {open && <GatewayGaps gateway={gateway} timeZone={timeZone} mayRead={props.mayReadGaps} closeTo={to} />}
      </div>
    </li>
  );
}

/** What our agent reports of itself. */
function AgentFigures({ gateway, timeZone, observed, to }: GatewayRowProps) {
  const { t, count } = useFormats();
  const { heartbeat } = gateway;
  const unknown = <Unknown online={gateway.online} />;
  return (
    <dl>
      <div>
        <dt>{t('gatewaysPage.rate')}</dt>
        <dd className="number gateway-rate">
          {heartbeat === null ? <Unknown online={gateway.online} told /> : <GatewayRate heartbeat={heartbeat} />}
        </dd>
      </div>
      <div>
        <dt>{t('gatewaysPage.latency')}</dt>
        <dd className="number">{heartbeat === null ? unknown : <GatewayLatency {...heartbeat} />}</dd>
      </div>
      <div>
        <dt>{t('gatewaysPage.backlog')}</dt>
        <dd data-figure="backlog">
          {heartbeat === null ? (
            unknown
          ) : (
            <GatewayBacklog heartbeat={heartbeat} observed={observed} timeZone={timeZone} />
          )}
        </dd>
      </div>
      <div>
        <dt>{t('gatewaysPage.gaps')}</dt>
        <dd className="number" data-figure="gaps">
          <Link to={to} className={heartbeat !== null && heartbeat.gapsTotal > 0 ? 'attention' : undefined}>
            {heartbeat === null ? '—' : count(heartbeat.gapsTotal)}
            <span className="visually-hidden"> {t('gatewaysPage.showGaps', { name: gateway.name })}</span>
          </Link>
        </dd>
      </div>
      <div>
        <dt>{t('gatewaysPage.sources')}</dt>
        <dd>{heartbeat === null ? unknown : <GatewaySources sources={heartbeat.sources} />}</dd>
      </div>
    </dl>
  );
}

/** A figure nobody reports now is not zero; it is enough for the eye to say why once in a row. */
function Unknown({ online, told = false }: { online: boolean; told?: boolean }) {
  const { t } = useFormats();
  return (
    <span className="quiet">
      <span aria-hidden="true">— </span>
      <small className={told ? undefined : 'visually-hidden'}>
        {t(online ? 'gatewaysPage.notYet' : 'gatewaysPage.notNow')}
      </small>
    </span>
  );
}
