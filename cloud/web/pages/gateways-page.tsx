import type { LiveGateway } from '@gongfu/shared/wire/live';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useAddress } from '../address.ts';
import type { Asset, GatewayJson, User } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import type { LiveState } from '../live-state.ts';
import { NowContext, useLive, useTicking } from '../live-view.tsx';
import { ConnectionBanner, ConnectionMark } from '../panels/connection.tsx';
import { Frame } from '../panels/frame.tsx';
import { GatewayEnrolment } from '../panels/gateway-enrolment.tsx';
import { GatewayList } from '../panels/gateway-list.tsx';
import { Notice } from '../panels/notice.tsx';
import { ProblemNotice } from '../panels/problem-notice.tsx';
import { roleName } from '../panels/role-name.ts';
import { plantOf } from '../plant.ts';
import { useSession } from '../session.tsx';
import '../gateways.css';

/** Neither tag nor asset: every subscription tells of the gateways. */
const gatewaysOnly = {};
const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Where the data comes from and whether it comes. `?gateway=` opens one, `?add=` the way to a new one. */
export function GatewaysPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const now = useTicking();
  const mayRead = user.permissions.includes('gateways:read');
  const live = useLive(mayRead ? gatewaysOnly : undefined);
  const timeZone = useTimeZone(token, user);
  // A proxy may let no socket through: the list itself must not depend on it.
  const asked = useQuery({
    queryKey: ['gateways', token],
    queryFn: async () => (await api.get<{ items: GatewayJson[] }>('/gateways')).items.map(gatewayOf),
    enabled: mayRead && live.heardAt === null,
  });
  const gateways = useMemo(
    () =>
      (live.heardAt === null ? asked.data : [...live.gateways.values()])?.toSorted(
        (a, b) => Number(a.status === 'revoked') - Number(b.status === 'revoked') || a.name.localeCompare(b.name),
      ),
    [live.heardAt, live.gateways, asked.data],
  );
  if (!mayRead) {
    return (
      <Frame title={t('gateways.title')}>
        <Notice title={t('problem.forbidden')} role="alert">
          <p>{t('gatewaysPage.forbiddenAdvice', { user: user.name, role: roleName(t, user.role) })}</p>
        </Notice>
      </Frame>
    );
  }
  if (gateways === undefined) {
    if (asked.error === null) return <Frame title={t('gateways.title')} busy />;
    return (
      <Frame title={t('gateways.title')}>
        <ProblemNotice problem={asked.error} onRetry={() => void asked.refetch()} />
      </Frame>
    );
  }
  return (
    <NowContext value={now}>
      <Frame title={t('gateways.title')} status={<ConnectionMark live={live} timeZone={timeZone} />}>
        <ConnectionBanner live={live} />
        <Gateways gateways={gateways} user={user} timeZone={timeZone} connection={live.connection} />
      </Frame>
    </NowContext>
  );
}

function Gateways(props: {
  gateways: LiveGateway[];
  user: User;
  timeZone: string;
  connection: LiveState['connection'];
}) {
  const { gateways, user, timeZone } = props;
  const { t } = useFormats();
  const [address, changeAddress] = useAddress();
  const mayEnrol = user.permissions.includes('gateways:enrol');
  const none = gateways.length === 0;
  const added = address.get('add');
  // Opened because there was nothing: the arrival of the first gateway must not close what was just read.
  const [first, setFirst] = useState(none);
  const openAdd = (name: string | null): void => changeAddress({ add: name });
  return (
    <>
      <div className="gateways-head">
        <p className="quiet">{t('gatewaysPage.intro')}</p>
        {mayEnrol && added === null && !first && (
          <Button type="primary" onClick={() => openAdd('')}>
            {t('enrolment.add')}
          </Button>
        )}
      </div>
      {none && (
        <Notice title={t('gatewaysPage.none')}>
          <p>{t(mayEnrol ? 'gatewaysPage.noneAdvice' : 'gatewaysPage.noneViewer')}</p>
        </Notice>
      )}
      {mayEnrol && (added !== null || first) && (
        <GatewayEnrolment
          key={added ?? ''}
          wanted={added ?? ''}
          gateways={gateways}
          timeZone={timeZone}
          onClose={() => {
            setFirst(false);
            openAdd(null);
          }}
        />
      )}
      <GatewayList
        gateways={gateways}
        timeZone={timeZone}
        mayEnrol={mayEnrol}
        mayConfigure={user.permissions.includes('gateways:configure')}
        mayReadGaps={user.permissions.includes('samples:read')}
        old={props.connection === 'lost'}
        onEnrolAgain={openAdd}
      />
    </>
  );
}

/** The plant's zone; without one, or without the right to know it, the reader's. */
function useTimeZone(token: string, user: User): string {
  const { api } = useSession();
  const assets = useQuery({
    queryKey: ['assets', token],
    queryFn: async () => (await api.get<{ items: Asset[] }>('/assets')).items,
    enabled: user.permissions.includes('assets:read'),
  });
  const plant = useMemo(() => plantOf(assets.data ?? []), [assets.data]);
  return plant.lines.length === 0 ? ownZone : plant.timeZone;
}

function gatewayOf({ connectedAt, lastSeenAt, configuration, ...gateway }: GatewayJson): LiveGateway {
  const time = (text: string | null): number | null => (text === null ? null : Date.parse(text));
  return {
    ...gateway,
    connectedAt: time(connectedAt),
    lastSeenAt: time(lastSeenAt),
    configuration: configuration && { version: configuration.version, since: Date.parse(configuration.since) },
  };
}
