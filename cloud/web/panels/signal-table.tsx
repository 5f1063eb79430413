import type { LiveSample } from '@gongfu/shared/wire/live';
import { Button } from 'antd';
import { useFormats } from '../formats.ts';
import type { Tag } from '../signal-catalogue.ts';
import type { SignalLine } from '../signal-lines.ts';

export interface SignalFigures {
  readonly id: string;
  readonly count: number;
  readonly badCount: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly standardDeviation: number | null;
  readonly timeWeightedMean: number | null;
  readonly coverage: number | null;
}

export interface SignalRow {
  readonly tag: Tag;
  readonly label: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly line: SignalLine | undefined;
  readonly figures: SignalFigures | undefined;
  readonly sample: LiveSample | undefined;
}

/** The legend: one row a signal, with its value under the cursor (or now) and its figures. */
export function SignalTable(props: {
  rows: readonly SignalRow[];
  /** Bucket under the cursor. */
  place: number | null;
  caption: string;
  onRemove: (id: string) => void;
}) {
  const { rows, place, caption, onRemove } = props;
  const { t, count, percent } = useFormats();
  return (
    <div className="signal-table">
      <table className="bars" data-panel="figures">
        <caption className="quiet">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t('signals.signal')}</th>
            <th scope="col">{t(place === null ? 'signals.now' : 'signals.atCursor')}</th>
            <th scope="col">{t('signals.min')}</th>
            <th scope="col">{t('signals.max')}</th>
            <th scope="col">{t('signals.mean')}</th>
            <th scope="col">{t('signals.weighted')}</th>
            <th scope="col">{t('signals.deviation')}</th>
            <th scope="col">{t('signals.count')}</th>
            <th scope="col">{t('signals.bad')}</th>
            <th scope="col">{t('signals.coverage')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ tag, label, colour, dashed, line, figures, sample }) => (
            <tr key={tag.id} data-signal={tag.id}>
              <th scope="row" title={tag.description || label}>
                <Button
                  type="text"
                  size="small"
                  aria-label={t('signals.remove', { signal: label })}
                  title={t('signals.remove', { signal: label })}
                  onClick={() => onRemove(tag.id)}
                >
                  ×
                </Button>
                <i className={dashed ? 'swatch swatch-dashed' : 'swatch'} style={{ borderColor: colour }} />
                {label} <span className="quiet">{tag.type === 'string' ? t('signals.textOnly') : tag.unit}</span>
              </th>
              <td>{place === null ? liveText(sample) : cursorText(line, place)}</td>
              <td>{figure(figures?.min)}</td>
              <td>{figure(figures?.max)}</td>
              <td>{figure(figures?.mean)}</td>
              <td>{figure(figures?.timeWeightedMean)}</td>
              <td>{figure(figures?.standardDeviation)}</td>
              <td>{figures === undefined ? '—' : count(figures.count)}</td>
              <td className={figures !== undefined && figures.badCount > 0 ? 'bad-count' : ''}>
                {figures === undefined ? '—' : count(figures.badCount)}
              </td>
              <td>{figures?.coverage == null ? '—' : percent(figures.coverage)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** More digits than a sensor has are noise. */
function figure(value: number | null | undefined): string {
  return value == null ? '—' : String(Number(value.toPrecision(7)));
}

function liveText(sample: LiveSample | undefined): string {
  if (sample?.value == null) return '—';
  return typeof sample.value === 'number' ? figure(sample.value) : String(sample.value);
}

/** One value, or from–to where the bucket holds several; between two buckets the value that holds. */
function cursorText(line: SignalLine | undefined, place: number): string {
  let at = place;
  while (line !== undefined && at > 0 && line.mean[at] === undefined) at -= 1;
  const [min, max] = [line?.min[at], line?.max[at]];
  if (min == null || max == null) return '—';
  return min === max ? figure(min) : `${figure(min)} … ${figure(max)}`;
}
