import type { ReactNode } from 'react';

import { useT } from '@lib/i18n';

export type Column<Row> = { id: string; head: ReactNode; cell: (row: Row) => ReactNode; number?: boolean; rowHead?: boolean };

const BOUND = 200;

type Props<Row> = { caption: string; columns: Column<Row>[]; rows: Row[]; keyOf: (row: Row) => string; empty?: ReactNode };

/** At most 200 rows of a keyset page; more is the server's work (search, sort, next page). */
export function DataTable<Row>({ caption, columns, rows, keyOf, empty }: Props<Row>) {
  const t = useT();
  if (rows.length === 0 && empty) return <>{empty}</>;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <div className="table-frame" role="region" aria-label={caption} tabIndex={0}>
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
