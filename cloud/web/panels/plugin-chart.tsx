import type { ChartBlock } from '@gongfu/shared/sdk/page';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { fieldReading, numberOf, type PluginRow } from './plugin-field.ts';

/** One picture of bars per value of `series`, with what is usual across each bar. The table beside it has the figures. */
export function PluginChart(props: { block: ChartBlock; rows: readonly PluginRow[]; assets: readonly Asset[] }) {
  const { block, assets } = props;
  const formats = useFormats();
  const rows = block.newestFirst === true ? props.rows.toReversed() : props.rows;
  const series = new Map<string, PluginRow[]>();
  for (const row of rows) {
    const title = fieldReading(formats, block.series, row, assets).text ?? '—';
    series.set(title, [...(series.get(title) ?? []), row]);
  }
  return (
    <div className="plugin-charts">
      {[...series].map(([title, own]) => (
        <Bars key={title} title={title} block={block} rows={own} assets={assets} />
      ))}
    </div>
  );
}

function Bars(props: { title: string; block: ChartBlock; rows: readonly PluginRow[]; assets: readonly Asset[] }) {
  const { title, block, rows, assets } = props;
  const formats = useFormats();
  const { t, name } = formats;
  const { value, reference, category } = block;
  const values = rows.map((row) => numberOf(value, row));
  const usual = rows.map((row) => (reference === undefined ? null : numberOf(reference, row)));
  const top = Math.max(0, ...[...values, ...usual].map((one) => one ?? 0));
  const height = (one: number): string => `${top === 0 ? 0 : (Math.max(0, one) / top) * 100}%`;
  const categoryOf = (row: PluginRow | undefined): string =>
    row === undefined ? '' : (fieldReading(formats, category, row, assets).text ?? '');
  const told = (row: PluginRow): string =>
    `${categoryOf(row)}: ${fieldReading(formats, value, row, assets).text ?? t('portal.noNumber')}`;
  const highest = rows[values.indexOf(top)];
  return (
    <figure className="plugin-chart">
      <figcaption>
        {title}
        <span className="quiet number">
          {highest !== undefined && t('portal.upTo', { value: fieldReading(formats, value, highest, assets).text })}
        </span>
      </figcaption>
      <div
        className="plugin-bars"
        role="img"
        aria-label={`${title}. ${name(value.label)}. ${rows.map(told).join('; ')}`}
      >
        {rows.map((row, place) => {
          const [own, mean] = [values[place] ?? null, usual[place] ?? null];
          return (
            // A bar has nothing but its place to be known by.
            <div key={`${categoryOf(row)}.${String(place)}`} className="plugin-bar" title={told(row)}>
              {own === null ? (
                <div className="plugin-bar-none" />
              ) : (
                <div className="plugin-bar-value" style={{ height: height(own) }} />
              )}
              {mean !== null && <div className="plugin-bar-usual" style={{ bottom: height(mean) }} />}
            </div>
          );
        })}
      </div>
      <div className="plugin-chart-ends quiet">
        <span>{categoryOf(rows[0])}</span>
        {rows.length > 1 && <span>{categoryOf(rows.at(-1))}</span>}
      </div>
      {reference !== undefined && usual.some((one) => one !== null) && (
        <p className="quiet plugin-chart-key">
          <span className="plugin-key-usual" aria-hidden="true" /> {name(reference.label)}
        </p>
      )}
    </figure>
  );
}
