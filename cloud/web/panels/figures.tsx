import type { KpiResult } from '@gongfu/shared/kpi/kpi-result';
import { useFormats } from '../formats.ts';

const factors = ['availability', 'effectiveness', 'qualityRatio'] as const;
const labels = {
  availability: 'kpi.availability',
  effectiveness: 'kpi.effectiveness',
  qualityRatio: 'kpi.quality',
} as const;

/** OEE with its distance from the target: the figure one reads first. */
export function OeeFigure({ kpi, target }: { kpi: KpiResult | undefined; target: number | null }) {
  const { t, percent, points } = useFormats();
  const oee = kpi?.oee ?? null;
  const difference = oee === null || target === null ? null : oee - target;
  const rounded = difference === null ? null : Math.round(difference * 1_000);
  return (
    <div className="oee">
      <span className="label">{t('kpi.oee')}</span>
      <strong className="number" data-figure="oee">
        {oee === null ? '—' : percent(oee)}
      </strong>
      <span className={rounded !== null && rounded < 0 ? 'delta delta-below' : 'delta'}>
        {rounded === null || difference === null ? (
          target === null ? (
            t('kpi.noTarget')
          ) : (
            t('kpi.target', { target: percent(target) })
          )
        ) : (
          <>
            <span aria-hidden="true">
              {rounded < 0 ? '▼' : rounded > 0 ? '▲' : '='} {points(difference)}{' '}
            </span>
            <span className="visually-hidden">
              {t(rounded < 0 ? 'kpi.below' : rounded > 0 ? 'kpi.above' : 'kpi.onTarget', {
                points: points(difference),
              })}
            </span>
            <span className="quiet">{t('kpi.target', { target: percent(target ?? 0) })}</span>
          </>
        )}
      </span>
    </div>
  );
}

/** The three factors; the lowest one is where most is lost. */
export function Factors({ kpi }: { kpi: KpiResult | undefined }) {
  const { t, percent } = useFormats();
  const values = factors.map((factor) => kpi?.[factor] ?? null);
  const lowest = values.includes(null) ? null : Math.min(...(values as number[]));
  const largestLoss = lowest !== null && lowest < 0.995 ? values.indexOf(lowest) : -1;
  return (
    <dl className="factors">
      {factors.map((factor, place) => {
        const value = values[place] ?? null;
        const over = value !== null && value > 1.0005;
        return (
          <div key={factor} className={place === largestLoss ? 'factor factor-loss' : 'factor'}>
            <dt title={place === largestLoss ? t('kpi.largestLoss') : undefined}>
              {t(labels[factor])}
              {place === largestLoss && <span className="visually-hidden"> ({t('kpi.largestLoss')})</span>}
            </dt>
            <dd>
              <span className="number" data-figure={factor} title={over ? t('kpi.above100') : undefined}>
                {value === null ? '—' : percent(value)}
                {over && (
                  <sup aria-label={t('kpi.above100')} role="img">
                    !
                  </sup>
                )}
              </span>
              <span className="bar" aria-hidden="true">
                <i style={{ width: `${Math.max(0, Math.min(1, value ?? 0)) * 100}%` }} />
              </span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

export function Counts({ kpi }: { kpi: KpiResult | undefined }) {
  const { t, count } = useFormats();
  return (
    <dl className="counts">
      <div>
        <dt>{t('kpi.good')}</dt>
        <dd>
          <span className="number" data-figure="good">
            {kpi === undefined ? '—' : count(kpi.counts.good)}
          </span>
          <small> {t('kpi.pieces')}</small>
        </dd>
      </div>
      <div>
        <dt>{t('kpi.scrap')}</dt>
        <dd>
          <span className="number" data-figure="scrap">
            {kpi === undefined ? '—' : count(kpi.counts.scrap)}
          </span>
          <small> {t('kpi.pieces')}</small>
        </dd>
      </div>
    </dl>
  );
}

/** How much of the planned time somebody saw: without it no ratio can be trusted. */
export function Coverage({ kpi, timeZone }: { kpi: KpiResult | undefined; timeZone: string }) {
  const { t, percent, clock, stamp } = useFormats();
  if (kpi === undefined) return <span className="coverage quiet">{t('kpi.none')}</span>;
  if (kpi.coverage === null) return <span className="coverage quiet">{t('kpi.noBusyTime')}</span>;
  const { coverage, from, observedFrom } = kpi;
  // Where the window began before anybody looked, that explains the share.
  const begun = coverage < 0.9 && observedFrom !== null && observedFrom - from > 60_000 ? observedFrom : null;
  return (
    <span
      className={coverage < 0.9 ? 'coverage attention' : 'coverage quiet'}
      title={
        begun === null
          ? undefined
          : t('kpi.observedFromDetail', { from: stamp(from, timeZone), first: stamp(begun, timeZone) })
      }
    >
      {coverage === 0 ? t('kpi.notObserved') : t('kpi.observed', { share: percent(coverage) })}
      {begun !== null && ` · ${t('kpi.observedFrom', { time: clock(begun, timeZone) })}`}
    </span>
  );
}
