import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { LiveSample } from '@gongfu/shared/wire/live';
import { Button } from 'antd';
import { memo, useSyncExternalStore } from 'react';
import { useFormats } from '../formats.ts';
import { useSamples } from '../live-view.tsx';
import type { Tag } from '../signal-catalogue.ts';
import type { SignalCursor } from '../signal-cursor.ts';
import type { SignalLine } from '../signal-lines.ts';
import { WriteButton } from './write-button.tsx';

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
}

interface TableProps {
  readonly cursor: SignalCursor;
  readonly onRemove: (id: string) => void;
}

/** The legend: one row a signal, with its value under the cursor (or now) and its figures. */
export function SignalTable(props: TableProps & { rows: readonly SignalRow[]; caption: string }) {
  const { rows, cursor, caption, onRemove } = props;
  const { t } = useFormats();
  return (
    <div className="signal-table">
      <table className="bars" data-panel="figures">
        <caption className="quiet">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t('signals.signal')}</th>
            <th scope="col">
              <When cursor={cursor} />
            </th>
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
          {rows.map(({ tag, label, colour, dashed, line, figures }) => (
            <tr key={tag.id} data-signal={tag.id}>
              <Name tag={tag} label={label} colour={colour} dashed={dashed} onRemove={onRemove} />
              <td>
                <Value tag={tag} line={line} cursor={cursor} />
              </td>
              <Figures figures={figures} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function When({ cursor }: { cursor: SignalCursor }) {
  const { t } = useFormats();
  const isNow = useSyncExternalStore(cursor.listen, () => cursor.place() === null);
  return t(isNow ? 'signals.now' : 'signals.atCursor');
}

function Value({ tag, line, cursor }: Pick<SignalRow, 'tag' | 'line'> & { cursor: SignalCursor }) {
  const place = useSyncExternalStore(cursor.listen, cursor.place);
  const sample = useSamples().get(tag.id);
  return place === null ? liveText(sample) : cursorText(line, place);
}

type NameProps = Pick<SignalRow, 'tag' | 'label' | 'colour' | 'dashed'> & Pick<TableProps, 'onRemove'>;

const Name = memo(({ tag, label, colour, dashed, onRemove }: NameProps) => {
  const { t } = useFormats();
  return (
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
      {label} <span className="quiet">{tag.type === 'string' ? t('signals.textOnly') : unitSymbol(tag.unit)}</span>{' '}
      <WriteButton tagId={tag.id} label={label} />
    </th>
  );
});

const Figures = memo(({ figures }: { figures: SignalFigures | undefined }) => {
  const { count, percent } = useFormats();
  return (
    <>
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
    </>
  );
});

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
