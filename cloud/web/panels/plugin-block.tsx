import type { FiguresBlock, PageBlock, TableBlock } from '@gongfu/shared/sdk/page';
import { useQuery } from '@tanstack/react-query';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import type { PortalPlugin } from '../portal-shapes.ts';
import { useSession } from '../session.tsx';
import { Asked } from './asked.tsx';
import { DataTable, type ShownColumn } from './data-table.tsx';
import { PluginChart } from './plugin-chart.tsx';
import { fieldReading, isNumeric, type PluginRow } from './plugin-field.ts';
import { PluginForm } from './plugin-form.tsx';

const again = 30_000;

interface BlockProps {
  readonly plugin: PortalPlugin;
  /** Names the block among those of the installation. */
  readonly name: string;
  readonly token: string;
  readonly assets: readonly Asset[];
  /** Values of the page's controls, as they go along with every question. */
  readonly parameters: string;
}

/** A part of a plugin's page, drawn from what the plugin says and answers; no code of it runs here. */
export function PluginBlock({ block, ...props }: BlockProps & { block: PageBlock }) {
  const { name } = useFormats();
  if (block.kind === 'form') return <PluginForm block={block} plugin={props.plugin} assets={props.assets} />;
  return (
    <section className="plugin-block" data-block={block.kind}>
      {block.title !== undefined && <h2>{name(block.title)}</h2>}
      {block.kind === 'text' ? <p>{name(block.text)}</p> : <Data block={block} {...props} />}
    </section>
  );
}

type DataBlock = Exclude<PageBlock, { kind: 'text' } | { kind: 'form' }>;

function Data({ block, ...props }: BlockProps & { block: DataBlock }) {
  const { plugin, token, parameters, assets } = props;
  const { name } = useFormats();
  const { api } = useSession();
  const address = `/plugins/${plugin.id}${block.source}${parameters === '' ? '' : `?${parameters}`}`;
  const answer = useQuery({
    queryKey: ['plugin', plugin.id, address, token],
    queryFn: () => api.get<PluginRow>(address),
    refetchInterval: again,
  });
  return (
    <Asked query={answer}>
      {(data) => {
        const rows = (data[block.rows] ?? []) as readonly PluginRow[];
        if (rows.length === 0) return <p className="quiet">{name(block.empty)}</p>;
        if (block.kind === 'figures') return <Cards block={block} rows={rows} assets={assets} />;
        if (block.kind === 'chart') return <PluginChart block={block} rows={rows} assets={assets} />;
        return <Table block={block} rows={rows} name={props.name} assets={assets} />;
      }}
    </Asked>
  );
}

function Cards(props: { block: FiguresBlock; rows: readonly PluginRow[]; assets: readonly Asset[] }) {
  const { block, rows, assets } = props;
  const formats = useFormats();
  return (
    <div className="plugin-cards">
      {rows.map((row, place) => (
        // Rows have nothing but their place to be known by.
        <article key={String(place)} className="plugin-card">
          <h3>{fieldReading(formats, block.heading, row, assets).text ?? '—'}</h3>
          <dl>
            {block.figures.map((field) => {
              const { text, attention } = fieldReading(formats, field, row, assets);
              return (
                <div key={field.field} data-figure={field.field}>
                  <dt title={field.hint && formats.name(field.hint)}>{formats.name(field.label)}</dt>
                  <dd className={attention ? 'number attention' : 'number'}>{text ?? '—'}</dd>
                </div>
              );
            })}
          </dl>
        </article>
      ))}
    </div>
  );
}

/** Rows of a plugin have nothing but their place to be known by. */
interface PlacedRow {
  readonly row: PluginRow;
  readonly place: number;
}

function Table(props: { block: TableBlock; rows: readonly PluginRow[]; name: string; assets: readonly Asset[] }) {
  const { block, assets, name } = props;
  const formats = useFormats();
  const rows = props.rows.map((row, place) => ({ row, place }));
  return (
    <DataTable
      name={name}
      label={block.title === undefined ? name : formats.name(block.title)}
      rows={rows}
      rowKey={({ place }) => String(place)}
      sort=""
      columns={block.columns.map(
        (field): ShownColumn<PlacedRow> => ({
          id: field.field,
          label: formats.name(field.label),
          isNumber: isNumeric(field),
          value: ({ row }) => fieldReading(formats, field, row, assets).plain,
          cell: ({ row }) => {
            const { text, attention } = fieldReading(formats, field, row, assets);
            return attention ? <span className="attention">{text}</span> : (text ?? '—');
          },
        }),
      )}
    />
  );
}
