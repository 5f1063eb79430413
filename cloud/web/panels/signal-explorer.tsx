import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import { Button } from 'antd';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api-client.ts';
import { useAppearance } from '../appearance.tsx';
import { useFormats } from '../formats.ts';
import { useConnection } from '../live-view.tsx';
import { type SignalGroup, signalLabels, type Tag } from '../signal-catalogue.ts';
import { SignalCursor } from '../signal-cursor.ts';
import { useFigures, useGaps, useSeries } from '../signal-data.ts';
import type { SignalNavigation } from '../signal-navigation.ts';
import { type Range, shifted, zoomed } from '../signal-view.ts';
import { signalLook } from '../theme.ts';
import { FaultBoundary } from './fault-boundary.tsx';
import { Notice } from './notice.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { SignalExport } from './signal-export.tsx';
import { SignalPicker } from './signal-picker.tsx';
import { SignalTable } from './signal-table.tsx';
import { SignalTools } from './signal-tools.tsx';

const SignalChart = lazy(async () => ({ default: (await import('./signal-chart.tsx')).SignalChart }));
const noGaps: readonly Range[] = [];

export function SignalExplorer(
  props: SignalNavigation & {
    tags: readonly Tag[];
    groups: readonly SignalGroup[];
    timeZone: string;
    mayExport: boolean;
  },
) {
  const { groups, view, go } = props;
  const { t } = useFormats();
  const known = useMemo(() => new Set(props.tags.map(({ id }) => id)), [props.tags]);
  const choose = useCallback((tags: readonly string[]) => go({ tags }), [go]);
  const { connection } = useConnection();
  const unknown = view.tags.some((id) => !known.has(id));
  return (
    <div className={connection === 'lost' ? 'signals-page stale' : 'signals-page'}>
      <SignalPicker groups={groups} chosen={view.tags} onChoose={choose} />
      <div className="signals-main">
        {unknown && (
          <Notice title={t('signals.unknown')} role="alert">
            <Button onClick={() => go({ tags: view.tags.filter((id) => known.has(id)) })}>{t('signals.forget')}</Button>
          </Notice>
        )}
        {view.tags.length === 0 && (
          <Notice title={t('signals.none')}>
            <p>{t('signals.noneAdvice', { max: 20 })}</p>
          </Notice>
        )}
        {view.tags.length > 0 && !unknown && <Explored {...props} />}
      </div>
    </div>
  );
}

type ExploredProps = Parameters<typeof SignalExplorer>[0];

function Explored({ tags, groups, timeZone, mayExport, view, go, back }: ExploredProps) {
  const { t, name, duration } = useFormats();
  const { i18n } = useTranslation();
  const { palette } = useAppearance();
  const [room, widthPx] = useWidth();
  const [cursor] = useState(() => new SignalCursor());
  const [measuring, setMeasuring] = useState(false);
  const byId = useMemo(() => new Map(tags.map((tag) => [tag.id, tag])), [tags]);
  const chosen = useMemo(() => view.tags.flatMap((id) => byId.get(id) ?? []), [view.tags, byId]);
  const series = useSeries(view, Math.min(2000, Math.ceil(widthPx / 100) * 100));
  const range = view.range ?? series.data?.range;
  const figures = useFigures(view.tags, view.brush ?? range);
  const gaps = useGaps(chosen, range);
  const labels = useMemo(() => signalLabels(groups, name), [groups, name]);
  const signals = useMemo(
    () =>
      chosen.map(({ id, unit, type, name: tagName }, i) => ({
        id,
        // What has no unit is a counter or a state: those have nothing in common but that.
        scale: unit === '' ? `signal ${id}` : `unit ${unit}`,
        axis: unit === '' ? tagName : unitSymbol(unit),
        ...signalLook(i, palette),
        stepped: !type.startsWith('float'),
      })),
    [chosen, palette],
  );
  const latest = useRef<Range>(undefined);
  latest.current = range;
  const seen = useCallback(() => latest.current, []);
  const shown = useCallback(() => view.brush ?? latest.current, [view.brush]);
  const measure = useCallback(() => setMeasuring((before) => !before), []);
  const remove = useCallback((id: string) => go({ tags: view.tags.filter((one) => one !== id) }), [go, view.tags]);
  const zoom = useCallback((next: Range) => go({ range: next }), [go]);
  const error = series.error ?? figures.error;
  const lines = series.data?.drawn;
  const hasAny = lines?.lines.some(({ mean }) => mean.some((value) => value != null)) === true;
  const isReady = lines !== undefined && lines.lines.length === signals.length;
  return (
    <>
      <SignalTools
        view={view}
        range={range}
        measuring={measuring}
        timeZone={timeZone}
        go={go}
        seen={seen}
        onMeasure={measure}
      >
        {mayExport && range !== undefined && <SignalExport tags={view.tags} shown={shown} timeZone={timeZone} />}
      </SignalTools>
      {error !== null && !(error instanceof ApiProblem && error.status === 429) && (
        <ProblemNotice problem={error} onRetry={() => void series.refetch()} />
      )}
      <div className="signal-room" ref={room} data-panel="chart" data-drawn={isReady} aria-busy={series.isFetching}>
        {isReady && range !== undefined && (
          <FaultBoundary fallback={null}>
            <Suspense fallback={<p role="status">{t('loading')}</p>}>
              <SignalChart
                signals={signals}
                lines={lines}
                range={view.range ?? series.data!.range}
                gaps={gaps.data ?? noGaps}
                brush={view.brush}
                measuring={measuring}
                language={i18n.language}
                timeZone={timeZone}
                dragged={(part, isMeasured) => go(isMeasured ? { brush: part } : { range: part, brush: null })}
                wheeled={(factor, at) => zoom(zoomed(range, factor, at))}
                shift={(share) => zoom(shifted(range, share))}
                back={() => {
                  if (!back()) zoom(zoomed(range, 4));
                }}
                follow={() => go({ range: null })}
                clearBrush={() => go({ brush: null })}
                pointed={cursor.point}
              />
            </Suspense>
          </FaultBoundary>
        )}
        {!isReady && error === null && <p role="status">{t('loading')}</p>}
        {isReady && !hasAny && <p className="signal-nothing">{t('signals.nothingRecorded')}</p>}
      </div>
      <p className="quiet" id="signal-keys">
        {series.data !== undefined && t('signals.resolution', { width: widthText(series.data.bucketMs, duration) })}
        {(gaps.data?.length ?? 0) > 0 && ` · ${t('signals.gaps', { count: gaps.data!.length })}`}
        <span className="signal-keys">{t('signals.keys')}</span>
      </p>
      <SignalTable
        rows={chosen.map((tag, i) => ({
          tag,
          label: labels.get(tag.id) ?? tag.name,
          ...signalLook(i, palette),
          line: lines?.lines.find(({ id }) => id === tag.id),
          figures: figures.data?.get(tag.id),
        }))}
        cursor={cursor}
        caption={t(view.brush === null ? 'signals.figuresOfView' : 'signals.figuresOfPart')}
        onRemove={remove}
      />
    </>
  );
}

function widthText(ms: number, duration: (ms: number) => string): string {
  return ms < 1000 ? `${ms}\u2009ms` : duration(ms);
}

/** Of the room the chart has; 0 before it is known. */
function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const room = useRef<HTMLDivElement>(null);
  const [widthPx, setWidthPx] = useState(0);
  useEffect(() => {
    const element = room.current;
    if (element === null) return;
    const follow = new ResizeObserver(() => setWidthPx(element.clientWidth));
    follow.observe(element);
    return () => follow.disconnect();
  }, []);
  return [room, widthPx];
}
