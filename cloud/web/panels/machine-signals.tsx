import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import type { LiveSample } from '@gongfu/shared/wire/live';
import { memo, useDeferredValue, useState } from 'react';
import { Link } from 'react-router';
import type { Asset, AssetSignal } from '../api-shapes.ts';
import { type Formats, useFormats } from '../formats.ts';
import { useNow, useSamples } from '../live-view.tsx';
import { type RowAttributes, rowCount, TableBody } from './table-body.tsx';
import { WriteButton } from './write-button.tsx';

/** With fewer one sees at a glance what there is. */
const searchedFrom = 20;

/** What each signal of a machine says now. Hundreds are searched; a row is drawn again only when its own sample is another. */
export function MachineSignals({ machine }: { machine: Asset }) {
  const formats = useFormats();
  const { t, count } = formats;
  const samples = useSamples();
  const [words, setWords] = useState('');
  const { signals } = machine;
  const shown = signalsFound(signals, useDeferredValue(words), formats);
  return (
    <>
      {signals.length >= searchedFrom && (
        <div className="machine-search">
          <input
            type="search"
            value={words}
            aria-label={t('machine.search')}
            placeholder={t('machine.search')}
            onChange={(event) => setWords(event.target.value)}
          />
          <span className="quiet number" role="status">
            {shown.length === signals.length
              ? t('table.rows', { count: signals.length, rows: count(signals.length) })
              : t('table.rowsOf', { rows: count(shown.length), all: count(signals.length) })}
          </span>
        </div>
      )}
      <table className="bars" data-panel="signals" {...rowCount(shown)}>
        <thead>
          <tr>
            <th scope="col">{t('machine.signal')}</th>
            <th scope="col">{t('machine.value')}</th>
            <th scope="col">{t('machine.quality')}</th>
            <th scope="col">{t('machine.age')}</th>
          </tr>
        </thead>
        <TableBody
          rows={shown}
          rowKey={keyOf}
          columnCount={4}
          rowHeightPx={22}
          draw={(signal, attributes) => (
            <Row
              key={keyOf(signal)}
              signal={signal}
              sample={signal.tag === null ? undefined : samples.get(signal.tag)}
              attributes={attributes}
            />
          )}
        />
      </table>
      {shown.length === 0 && signals.length > 0 && <p className="quiet">{t('table.none')}</p>}
    </>
  );
}

interface RowProps {
  readonly signal: AssetSignal;
  readonly sample: LiveSample | undefined;
  readonly attributes: RowAttributes;
}

const Row = memo(
  ({ signal, sample, attributes }: RowProps) => {
    const { t } = useFormats();
    const { tag, unit, source, name } = signal;
    const label = labelOf(signal, t);
    return (
      <tr {...attributes}>
        <th scope="row" title={`${source}/${name}`}>
          {tag === null ? label : <Link to={`/signals?tags=${tag}`}>{label}</Link>}
          {tag !== null && <WriteButton tagId={tag} label={label} />}
        </th>
        <td>{sample?.value == null ? '—' : `${shortened(sample.value)} ${unitSymbol(unit)}`}</td>
        <td>{sample === undefined ? t('state.neverSeen') : t(`machine.qualities.${sample.quality}`)}</td>
        <td>{sample === undefined ? '—' : <Age since={sample.sourceTime} />}</td>
      </tr>
    );
  },
  (before, now) =>
    before.signal === now.signal &&
    before.sample === now.sample &&
    before.attributes['data-index'] === now.attributes['data-index'],
);

function Age({ since }: { since: number }) {
  const { duration } = useFormats();
  return duration(useNow() - since);
}

/** A role is known by its word; of plain signals there may be thousands, each with the name it has at its source. */
function labelOf({ role, name }: AssetSignal, t: Formats['t']): string {
  return role === 'signal' ? name : t(`signal.role.${role}`);
}

function signalsFound(signals: readonly AssetSignal[], words: string, { t }: Formats): readonly AssetSignal[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return signals;
  return signals.filter((signal) => {
    const text =
      `${labelOf(signal, t)}\n${signal.source}\n${signal.name}\n${signal.unit}\n${unitSymbol(signal.unit)}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

function keyOf({ role, gateway, source, name }: AssetSignal): string {
  return JSON.stringify([role, gateway, source, name]);
}

/** A 32-bit float read into a 64-bit one shows digits nobody measured. */
function shortened(value: LiveSample['value']): string {
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value);
}
