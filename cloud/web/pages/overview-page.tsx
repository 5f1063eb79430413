import { useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { withChanges } from '../address.ts';
import type { Asset, User } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { NowContext, useLive, useTicking } from '../live-view.tsx';
import { ConnectionBanner, ConnectionMark } from '../panels/connection.tsx';
import { EmptyPlant } from '../panels/empty-plant.tsx';
import { Frame } from '../panels/frame.tsx';
import { GatewayStrip } from '../panels/gateway-strip.tsx';
import { LastShift } from '../panels/last-shift.tsx';
import { LineSection } from '../panels/line-section.tsx';
import { Notice } from '../panels/notice.tsx';
import { PlantGate } from '../panels/plant-gate.tsx';
import { followedTags, type Plant, plantOf } from '../plant.ts';

/** The plant at one look: what was lost last night, what runs now, and how sure we are. `?line=` shows one line only. */
export function OverviewPage({ token, user }: { token: string; user: User }) {
  return (
    <PlantGate token={token} user={user}>
      {(assets) => <Overview assets={assets} user={user} />}
    </PlantGate>
  );
}

function Overview({ assets, user }: { assets: readonly Asset[]; user: User }) {
  const { t, name } = useFormats();
  const now = useTicking();
  const plant = useMemo(() => plantOf(assets), [assets]);
  const byId = useMemo(() => new Map(assets.map((asset) => [asset.id, asset])), [assets]);
  const wanted = useMemo(
    () => ({
      assets: plant.lines.flatMap(({ asset, machines }) => [asset.id, ...machines.map(({ id }) => id)]),
      tags: user.permissions.includes('samples:read') ? followedTags(plant.lines) : [],
    }),
    [plant, user],
  );
  const live = useLive(wanted);
  return (
    <NowContext value={now}>
      <Frame
        title={plant.root === undefined ? t('overview.unnamedPlant') : name(plant.root.name)}
        status={<ConnectionMark live={live} timeZone={plant.timeZone} />}
      >
        <ConnectionBanner live={live} />
        {user.permissions.includes('gateways:read') && (
          <GatewayStrip gateways={live.gateways} known={live.heardAt !== null} timeZone={plant.timeZone} />
        )}
        {plant.lines.length === 0 ? <EmptyPlant /> : <Lines plant={plant} live={live} assets={byId} />}
      </Frame>
    </NowContext>
  );
}

function Lines(props: { plant: Plant; live: ReturnType<typeof useLive>; assets: ReadonlyMap<string, Asset> }) {
  const { plant, live, assets } = props;
  const { t, name } = useFormats();
  const [address] = useSearchParams();
  const chosen = address.get('line');
  const lines = chosen === null ? plant.lines : plant.lines.filter(({ asset }) => asset.id === chosen);
  const to = (line: string | null): string => withChanges(address, { line });
  return (
    <>
      {plant.lines.length > 1 && (
        <nav className="lines" aria-label={t('overview.lines')}>
          <Link to={to(null)} aria-current={chosen === null ? 'page' : undefined}>
            {t('overview.allLines')}
          </Link>
          {plant.lines.map(({ asset }) => (
            <Link key={asset.id} to={to(asset.id)} aria-current={chosen === asset.id ? 'page' : undefined}>
              {name(asset.name)}
            </Link>
          ))}
        </nav>
      )}
      {lines.length === 0 && (
        <Notice title={t('overview.noLine')}>
          <Link to={to(null)}>{t('overview.allLines')}</Link>
        </Notice>
      )}
      {lines.length > 0 && <LastShift lines={lines} assets={assets} />}
      {lines.map((line) => (
        <LineSection key={line.asset.id} line={line} live={live} />
      ))}
    </>
  );
}
