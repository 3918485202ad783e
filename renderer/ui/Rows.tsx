import type { ReactNode } from 'react';

/** One fact with its name; `null` is left out. */
export type Row = readonly [name: string, value: ReactNode] | null;

/** Names and values, one pair a line. */
export function Rows({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <dl className="rows">
      {rows.map(
        (row) =>
          row !== null && (
            <div key={row[0]}>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
