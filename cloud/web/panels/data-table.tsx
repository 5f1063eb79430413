import { Button, Input } from 'antd';
import { type ReactNode, useMemo, useState } from 'react';
import { useAddress } from '../address.ts';
import { useFormats } from '../formats.ts';
import { chosenColumns, rememberColumns } from '../preferences.ts';
import { saveFile } from '../saved-file.ts';
import { csvText, shownRows, type TableColumn } from '../table-rows.ts';
import { rowCount, TableBody } from './table-body.tsx';
import '../data-table.css';
import '../forms.css';

export interface ShownColumn<Row> extends TableColumn<Row> {
  /** What is drawn; the value as text unless given. */
  cell?(row: Row): ReactNode;
  readonly isNumber?: boolean;
  /** Not shown until chosen. */
  readonly isHidden?: boolean;
}

interface TableProps<Row> {
  /** Names the table in what this browser remembers and in the file it gives. */
  readonly name: string;
  readonly label: string;
  readonly columns: readonly ShownColumn<Row>[];
  readonly rows: readonly Row[];
  rowKey(row: Row): string;
  /** Column it is sorted by until somebody chooses; `-` before it turns it round. */
  readonly sort: string;
  actions?(row: Row): ReactNode;
  readonly toolbar?: ReactNode;
}

/** A table that is searched, sorted and cut to what one wants to see; view in the address, columns remembered, file of what is seen. */
export function DataTable<Row>(props: TableProps<Row>) {
  const { name, columns, rows } = props;
  const { t, count } = useFormats();
  const [address, changeAddress] = useAddress();
  const [chosen, setChosen] = useState(() => chosenColumns(name));
  const shown = columns.filter(({ id, isHidden }) => chosen?.includes(id) ?? isHidden !== true);
  const view = { sort: address.get('sort') ?? props.sort, search: address.get('q') ?? '' };
  const visible = shownRows(rows, columns, view);
  const change = (key: 'sort' | 'q', value: string): void => {
    const isStandard = value === '' || (key === 'sort' && value === props.sort);
    changeAddress({ [key]: isStandard ? null : value }, { replace: true });
  };
  const choose = (id: string, wanted: boolean): void => {
    const ids = columns.map((column) => column.id).filter((other) => shown.some((column) => column.id === other));
    const next = wanted ? [...ids, id] : ids.filter((other) => other !== id);
    rememberColumns(name, next);
    setChosen(next);
  };
  return (
    <section className="data-table" aria-label={props.label}>
      <div className="data-table-bar">
        <Input
          type="search"
          name="search"
          aria-label={t('table.search')}
          placeholder={t('table.search')}
          value={view.search}
          allowClear
          onChange={(event) => change('q', event.target.value)}
        />
        <span className="quiet number" role="status">
          {visible.length === rows.length
            ? t('table.rows', { count: rows.length, rows: count(rows.length) })
            : t('table.rowsOf', { rows: count(visible.length), all: count(rows.length) })}
        </span>
        <ColumnChoice columns={columns} shown={shown} onChoose={choose} />
        <Download name={name} text={() => csvText(visible, shown)} />
        {props.toolbar}
      </div>
      <SortChoice columns={shown} sort={view.sort} onSort={(sort) => change('sort', sort)} />
      <table {...rowCount(visible)}>
        <Head
          columns={shown}
          sort={view.sort}
          onSort={(sort) => change('sort', sort)}
          hasActions={props.actions !== undefined}
        />
        <TableBody
          rows={visible}
          rowKey={props.rowKey}
          columnCount={shown.length + (props.actions === undefined ? 0 : 1)}
          rowHeightPx={33}
          draw={(row, attributes) => (
            <tr key={props.rowKey(row)} data-row={props.rowKey(row)} {...attributes}>
              {shown.map((column, place) => (
                <Cell key={column.id} column={column} row={row} isFirst={place === 0} />
              ))}
              {props.actions !== undefined && <td className="cell cell-actions">{props.actions(row)}</td>}
            </tr>
          )}
        />
      </table>
      {visible.length === 0 && rows.length > 0 && <p className="quiet data-table-none">{t('table.none')}</p>}
    </section>
  );
}

function Head<Row>(props: {
  columns: readonly ShownColumn<Row>[];
  sort: string;
  onSort: (sort: string) => void;
  hasActions: boolean;
}) {
  const { t } = useFormats();
  const { sort } = props;
  return (
    <thead>
      <tr>
        {props.columns.map(({ id, label, isNumber }) => (
          <th
            key={id}
            scope="col"
            className={cellClass('cell cell-head', isNumber)}
            aria-sort={sort === id ? 'ascending' : sort === `-${id}` ? 'descending' : 'none'}
          >
            <button
              type="button"
              className={sort.replace(/^-/, '') === id ? 'cell-sort cell-sorted' : 'cell-sort'}
              onClick={() => props.onSort(sort === id ? `-${id}` : id)}
            >
              {label}
              <span aria-hidden="true">{sort === id ? ' ▲' : sort === `-${id}` ? ' ▼' : ''}</span>
            </button>
          </th>
        ))}
        {props.hasActions && (
          <th scope="col" className="cell cell-head">
            <span className="visually-hidden">{t('table.actions')}</span>
          </th>
        )}
      </tr>
    </thead>
  );
}

/** On a phone there is no head to press. */
function SortChoice<Row>(props: {
  columns: readonly ShownColumn<Row>[];
  sort: string;
  onSort: (sort: string) => void;
}) {
  const { t } = useFormats();
  return (
    <label className="data-table-sort">
      {t('table.sort')}
      <select value={props.sort} onChange={(event) => props.onSort(event.target.value)}>
        {props.columns.flatMap(({ id, label }) => [
          <option key={id} value={id}>{`${label} ▲`}</option>,
          <option key={`-${id}`} value={`-${id}`}>{`${label} ▼`}</option>,
        ])}
      </select>
    </label>
  );
}

function Cell<Row>({ column, row, isFirst }: { column: ShownColumn<Row>; row: Row; isFirst: boolean }) {
  const content = column.cell === undefined ? column.value(row) : column.cell(row);
  const className = cellClass(isFirst ? 'cell cell-first' : 'cell', column.isNumber);
  if (isFirst) {
    return (
      <th scope="row" className={className}>
        {content}
      </th>
    );
  }
  return (
    <td className={className} data-label={column.label}>
      {content ?? '—'}
    </td>
  );
}

function cellClass(kind: string, isNumber: boolean | undefined): string {
  return isNumber === true ? `${kind} cell-number number` : kind;
}

function ColumnChoice<Row>(props: {
  columns: readonly ShownColumn<Row>[];
  shown: readonly ShownColumn<Row>[];
  onChoose: (id: string, wanted: boolean) => void;
}) {
  const { t } = useFormats();
  const [first, ...others] = props.columns;
  if (first === undefined || others.length === 0) return null;
  return (
    <details className="data-table-columns">
      <summary>{t('table.columns')}</summary>
      <fieldset>
        <legend className="visually-hidden">{t('table.columns')}</legend>
        {others.map(({ id, label }) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={props.shown.some((column) => column.id === id)}
              onChange={(event) => props.onChoose(id, event.target.checked)}
            />
            {label}
          </label>
        ))}
      </fieldset>
    </details>
  );
}

function Download({ name, text }: { name: string; text: () => string }) {
  const { t } = useFormats();
  const type = useMemo(() => ({ type: 'text/csv;charset=utf-8' }), []);
  return <Button onClick={() => saveFile(`${name}.csv`, new Blob([text()], type))}>{t('table.download')}</Button>;
}
