import { useLayoutEffect, useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useAddress } from '../address.ts';
import { standingTooLong, useAndonAlarm } from '../andon-alarm.ts';
import type { Asset, User } from '../api-shapes.ts';
import { useAppearance } from '../appearance.tsx';
import { useFormats } from '../formats.ts';
import { useLanguageChoice } from '../language-choice.ts';
import type { LiveState } from '../live-state.ts';
import { NowContext, useLive, useTicking } from '../live-view.tsx';
import { AndonLine } from '../panels/andon-line.tsx';
import { EmptyPlant } from '../panels/empty-plant.tsx';
import { Frame } from '../panels/frame.tsx';
import { Notice } from '../panels/notice.tsx';
import { PlantGate } from '../panels/plant-gate.tsx';
import { type Line, plantOf } from '../plant.ts';
import { applyPalette, darkPalette, lightPalette } from '../theme.ts';
import '../andon.css';

/** A stop is heard when it has lasted as long. */
const standardAfterS = 60;

/**
 * The wall: what each machine does, readable from five metres, heard when one stands too long. Nobody sits before it, so its state is in
 * the address: `?line=`, `?after=` seconds, `?sound=on`, `?theme=light`. Cut off it keeps what it knew and says how old that is.
 */
export function AndonPage({ token, user }: { token: string; user: User }) {
  return (
    <PlantGate token={token} user={user}>
      {(assets) => <Wall assets={assets} />}
    </PlantGate>
  );
}

function Wall({ assets }: { assets: readonly Asset[] }) {
  const { t, name } = useFormats();
  const [address] = useSearchParams();
  const now = useTicking();
  const plant = useMemo(() => plantOf(assets), [assets]);
  const chosen = address.get('line');
  const lines = useMemo(
    () => (chosen === null ? plant.lines : plant.lines.filter(({ asset }) => asset.id === chosen)),
    [plant, chosen],
  );
  const wanted = useMemo(
    () => ({ assets: lines.flatMap(({ asset, machines }) => [asset.id, ...machines.map(({ id }) => id)]), tags: [] }),
    [lines],
  );
  const live = useLive(wanted);
  useWallPalette(address.get('theme') === 'light');
  if (lines.length === 0) {
    return (
      <Frame title={t('andon.title')}>
        {plant.lines.length === 0 ? (
          <EmptyPlant />
        ) : (
          <Notice title={t('overview.noLine')}>
            <Link to="/andon">{t('overview.allLines')}</Link>
          </Notice>
        )}
      </Frame>
    );
  }
  // Cut off, nothing is known of what lasts longer than it was seen to.
  const known = live.connection === 'live' || live.heardAt === null ? now : live.heardAt;
  return (
    <NowContext value={known}>
      <Board
        title={plant.root === undefined ? t('overview.unnamedPlant') : name(plant.root.name)}
        lines={lines}
        live={live}
        now={now}
      />
    </NowContext>
  );
}

function Board({ title, lines, live, now }: { title: string; lines: readonly Line[]; live: LiveState; now: number }) {
  const { t, name, clock } = useFormats();
  const { language, choose } = useLanguageChoice();
  const other = language === 'en' ? 'zh-CN' : 'en';
  const [address, changeAddress] = useAddress();
  const afterS = Number(address.get('after') ?? standardAfterS);
  const afterMs = (Number.isFinite(afterS) && afterS >= 0 ? afterS : standardAfterS) * 1_000;
  const machines = lines.flatMap((line) => line.machines);
  // What one knew before the line was cut is no reason to ring.
  const heard = live.connection === 'live' ? live.kpis : new Map<string, never>();
  const standing = standingTooLong(
    heard,
    machines.map(({ id }) => id),
    afterMs,
    now,
  );
  const isLoud = address.get('sound') === 'on';
  const alarm = useAndonAlarm(standing, isLoud);
  const set = (key: string, value: string | null): void => changeAddress({ [key]: value }, { replace: true });
  const calling = machines.filter(({ id }) => alarm.open.has(id));
  return (
    <main
      id="content"
      aria-busy={false}
      className={live.connection === 'live' ? 'andon' : 'andon andon-cut'}
      data-connection={live.connection}
      data-sound={alarm.sound}
      data-rung={alarm.rung}
    >
      <header className="andon-head">
        <h1>{title}</h1>
        <p className={calling.length === 0 ? 'andon-call' : 'andon-call andon-calling'} role="status">
          {calling.length === 0
            ? ''
            : t('andon.calling', { machines: calling.map((machine) => name(machine.name)).join(t('signal.listJoin')) })}
        </p>
        <nav className="andon-tools" aria-label={t('andon.tools')}>
          {calling.length > 0 && (
            <button type="button" onClick={alarm.silence}>
              {t('andon.silence')}
            </button>
          )}
          <button
            type="button"
            aria-pressed={isLoud}
            onClick={() => {
              if (!isLoud) alarm.unlock();
              set('sound', isLoud ? null : 'on');
            }}
          >
            {t(`andon.sound.${alarm.sound}`)}
          </button>
          <button type="button" onClick={() => void fillScreen()}>
            {t('andon.fullScreen')}
          </button>
          <button type="button" aria-label={t('language.label')} onClick={() => void choose(other)}>
            <span lang={other}>{t('language.switch')}</span>
          </button>
          <Link to="/">{t('navigation.overview')}</Link>
        </nav>
        <time className="andon-clock">{clock(now, lines[0]!.timeZone)}</time>
      </header>
      <Age live={live} now={now} />
      {lines.map((line) => (
        <AndonLine key={line.asset.id} line={line} live={live} calling={alarm.open} />
      ))}
    </main>
  );
}

/** Over the whole width, so that nobody takes the past for the present. */
function Age({ live, now }: { live: LiveState; now: number }) {
  const { t, duration } = useFormats();
  if (live.problem !== null)
    return <p className="andon-age">{t('connection.refused', { detail: live.problem.detail })}</p>;
  if (live.connection === 'live') return null;
  if (live.heardAt === null) {
    return (
      <p className="andon-age">{t(live.connection === 'lost' ? 'connection.unreachable' : 'connection.connecting')}</p>
    );
  }
  return (
    <p className="andon-age" role="alert">
      {t('andon.cut', { duration: duration(now - live.heardAt) })}
    </p>
  );
}

/** Dark unless the address says otherwise: whatever this browser's user prefers comes back with the next page. */
function useWallPalette(light: boolean): void {
  const { palette } = useAppearance();
  useLayoutEffect(() => {
    applyPalette(light ? lightPalette : darkPalette, !light);
    return () => applyPalette(palette, palette === darkPalette);
  }, [light, palette]);
}

/** A screen that goes to sleep is no wall. Where the browser refuses one of both, the other is still worth having. */
async function fillScreen(): Promise<void> {
  await Promise.allSettled([document.documentElement.requestFullscreen(), navigator.wakeLock?.request('screen')]);
}
