import { useEffect, useRef, useState, type CSSProperties, type ReactNode } from 'react';

import { useT } from '@lib/i18n';

export type Column<Row> = { id: string; head: ReactNode; cell: (row: Row) => ReactNode; number?: boolean; rowHead?: boolean };

const BOUND = 200;

type Props<Row> = { caption: string; columns: Column<Row>[]; rows: Row[]; keyOf: (row: Row) => string; empty?: ReactNode };

/** At most 200 rows of a keyset page; more is the server's work (search, sort, next page). */
export function DataTable<Row>({ caption, columns, rows, keyOf, empty }: Props<Row>) {
  const t = useT();
  const { frame, look } = useEdge();
  if (rows.length === 0 && empty) return <>{empty}</>;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <div ref={frame} className="table-frame" role="region" aria-label={caption} tabIndex={0} style={look}>
      <table className="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={column.number ? 'number' : undefined}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, BOUND).map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) =>
                column.rowHead ? (
                  <th key={column.id} scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.id} className={column.number ? 'number' : undefined}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > BOUND && <p className="hint">{t('ui.first-rows', { count: BOUND })}</p>}
    </div>
  );
}

/** Where a table goes on to the side, its edge fades; at its end it does not. */
function useEdge() {
  const frame = useRef<HTMLDivElement>(null);
  const [look, setLook] = useState<CSSProperties>();
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const measure = (): void => {
      const rest = element.scrollWidth - element.clientWidth - Math.abs(element.scrollLeft);
      const side = getComputedStyle(element).direction === 'rtl' ? 'left' : 'right';
      setLook(rest > 4 ? { maskImage: `linear-gradient(to ${side}, #000 calc(100% - 48px), transparent)` } : undefined);
    };
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    for (const child of element.children) watch.observe(child);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  return { frame, look };
}
