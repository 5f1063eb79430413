import { gatewayKindOf } from '@gongfu/shared/model/gateway-name';
import { Link, useSearchParams } from 'react-router';
import type { GatewayJson, User } from '../api-shapes.ts';
import { useGateways } from '../configuration-data.ts';
import { useFormats } from '../formats.ts';
import { Asked } from '../panels/asked.tsx';
import { ConfigurationVersions } from '../panels/configuration-versions.tsx';
import { Frame } from '../panels/frame.tsx';
import { Notice } from '../panels/notice.tsx';
import { roleName } from '../panels/role-name.ts';
import '../i18n/configuration-texts.ts';
import '../configurations.css';
import '../forms.css';

/**
 * What a gateway was given to read, and what became of it. `?gateway=` chooses one, `?version=` opens a version, beside it `?against=` what
 * differs; `?edit=` writes a new one that begins as an older, `?restore=` sends an older one again.
 */
export function ConfigurationsPage({ user }: { token: string; user: User }) {
  const { t } = useFormats();
  const may = ['gateways:read', 'gateways:configure'].every((one) => user.permissions.includes(one));
  return (
    <Frame title={t('configurations.page')}>
      {may ? (
        <Chosen />
      ) : (
        <Notice title={t('problem.forbidden')} role="alert">
          <p>{t('configurations.forbiddenAdvice', { user: user.name, role: roleName(t, user.role) })}</p>
        </Notice>
      )}
    </Frame>
  );
}

function Chosen() {
  const gateways = useGateways();
  return <Asked query={gateways}>{(items) => <OfGateways gateways={items.filter(isConfigurable)} />}</Asked>;
}

function OfGateways({ gateways }: { gateways: readonly GatewayJson[] }) {
  const { t } = useFormats();
  const [address, setAddress] = useSearchParams();
  const wanted = address.get('gateway');
  const sorted = gateways.toSorted((a, b) => a.name.localeCompare(b.name));
  const gateway = wanted === null ? sorted[0] : sorted.find(({ id }) => id === wanted);
  if (gateway === undefined) {
    return (
      <Notice title={t(wanted === null ? 'configurations.noGateway' : 'gatewaysPage.unknown')}>
        <p>{t('configurations.noGatewayAdvice')}</p>
        <Link to="/gateways">{t('configurations.toGateways')}</Link>
      </Notice>
    );
  }
  return (
    <div className="configurations">
      <div className="configurations-head">
        <label className="configurations-gateway">
          {t('configurations.gateway')}
          <select value={gateway.id} onChange={(event) => setAddress({ gateway: event.target.value })}>
            {sorted.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Link to={`/gateways?gateway=${encodeURIComponent(gateway.id)}`}>{t('configurations.toGateways')}</Link>
      </div>
      <ConfigurationVersions key={gateway.id} gateway={gateway} />
    </div>
  );
}

function isConfigurable({ name, status }: GatewayJson): boolean {
  return status === 'enrolled' && gatewayKindOf(name) === 'agent';
}
