import { useWindowVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { type FocusEvent, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

/** More rows than this are in the document only where one looks: what is not there costs nothing when it changes. */
export const wholeRowsMax = 200;
const beyondSeen = 10;
const unread = { 'aria-hidden': true } as const;

/** What a row of the body must carry on its `tr`. */
export interface RowAttributes {
  readonly 'aria-rowindex'?: number;
  readonly 'data-index'?: number;
  readonly ref?: (row: HTMLTableRowElement | null) => void;
}

interface BodyProps<Row> {
  readonly rows: readonly Row[];
  rowKey(row: Row): string;
  /** Gives one `tr`, keyed by `rowKey`. */
  draw(row: Row, attributes: RowAttributes): ReactNode;
  readonly columnCount: number;
  /** Of a row nobody has measured yet. */
  readonly rowHeightPx: number;
}

/** For the `table`: how many rows there are when not all are in the document. */
export function rowCount(rows: readonly unknown[]): { 'aria-rowcount'?: number } {
  return rows.length > wholeRowsMax ? { 'aria-rowcount': rows.length + 1 } : {};
}

/** The body of a table with one head row. Long ones hold the rows in view, the row with the focus, and on paper all of them. */
export function TableBody<Row>(props: BodyProps<Row>) {
  if (props.rows.length > wholeRowsMax) return <SeenBody {...props} />;
  return <tbody>{props.rows.map((row) => props.draw(row, {}))}</tbody>;
}

function SeenBody<Row>({ rows, rowKey, draw, columnCount, rowHeightPx }: BodyProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const topPx = useTop(body);
  const isPrinting = usePrinting();
  const [held, setHeld] = useState<string>();
  const heldIndex = held === undefined ? -1 : rows.findIndex((row) => rowKey(row) === held);
  const view = useWindowVirtualizer<HTMLTableRowElement>({
    count: rows.length,
    estimateSize: () => rowHeightPx,
    getItemKey: (index) => rowKey(rows[index]!),
    scrollMargin: topPx,
    rangeExtractor: ({ startIndex, endIndex }) => {
      const near = numbers(startIndex - beyondSeen, endIndex + beyondSeen);
      // The next one by keyboard must be there too.
      const kept = heldIndex < 0 ? [] : numbers(heldIndex - 1, heldIndex + 1);
      const all = [...new Set([...near, ...kept])].filter((index) => index >= 0 && index < rows.length);
      return all.sort((a, b) => a - b);
    },
  });
  const numbered = (index: number): RowAttributes => ({ 'aria-rowindex': index + 2, 'data-index': index });
  if (isPrinting) return <tbody>{rows.map((row, index) => draw(row, numbered(index)))}</tbody>;
  const hold = ({ target }: FocusEvent): void => {
    const index = target.closest<HTMLElement>('tr[data-index]')?.dataset.index;
    const row = index === undefined ? undefined : rows[Number(index)];
    setHeld(row === undefined ? undefined : rowKey(row));
  };
  // Between leaving one row and reaching the next both must stay.
  const release = ({ currentTarget, relatedTarget }: FocusEvent): void => {
    if (!currentTarget.contains(relatedTarget)) setHeld(undefined);
  };
  const spaced = withSpace(view.getVirtualItems(), topPx, topPx + view.getTotalSize());
  return (
    <tbody ref={body} onFocus={hold} onBlur={release}>
      {spaced.flatMap(({ item, beforePx }) => {
        const space = beforePx > 0 && <Space key={`before ${item?.key}`} px={beforePx} columnCount={columnCount} />;
        if (item === undefined) return space;
        const { index } = item;
        return [space, draw(rows[index]!, { ...numbered(index), ref: view.measureElement })];
      })}
    </tbody>
  );
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Rows with the room of those left out before them; the last has no row. */
function withSpace(items: readonly VirtualItem[], startPx: number, endPx: number) {
  let reachedPx = startPx;
  const spaced: { item: VirtualItem | undefined; beforePx: number }[] = [];
  for (const item of items) {
    spaced.push({ item, beforePx: item.start - reachedPx });
    reachedPx = item.end;
  }
  return [...spaced, { item: undefined, beforePx: endPx - reachedPx }];
}

function Space({ px, columnCount }: { px: number; columnCount: number }) {
  return (
    <tr className="rows-left-out" {...unread}>
      <td colSpan={columnCount} style={{ height: px }} />
    </tr>
  );
}

/** How far below the top of the page the element begins; what stands above it may grow and shrink. */
function useTop(element: RefObject<HTMLElement | null>): number {
  const [topPx, setTopPx] = useState(0);
  useEffect(() => {
    const measure = (): void => {
      const top = element.current?.getBoundingClientRect().top;
      if (top !== undefined) setTopPx(Math.round(top + scrollY));
    };
    const follow = new ResizeObserver(measure);
    follow.observe(document.body);
    return () => follow.disconnect();
  }, [element]);
  return topPx;
}

function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const before = (): void => flushSync(() => setPrinting(true));
    const after = (): void => setPrinting(false);
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
  return isPrinting;
}
