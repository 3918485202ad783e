import { useEffect, useRef, useState, type ReactNode } from 'react';

/** Rows that stand under one heading; without a title there is none. */
export interface RowSection {
  readonly key: string;
  /** Made only where it is seen. */
  readonly title: (() => string) | null;
  readonly count: number;
}

interface PagedRowsProps {
  readonly label: string;
  readonly sections: readonly RowSection[];
  /** Height of every row, in CSS pixels. */
  readonly rowHeight: number;
  /** The row of that number, counted through all sections. */
  readonly row: (index: number) => ReactNode;
  /** Told which rows are seen, so that they can be fetched. */
  readonly onSeen: (first: number, last: number) => void;
}

const HEADING_HEIGHT = 34;
/** Rows beyond the edge that are there already when somebody scrolls. */
const SPARE = 6;

/** A list of things that have buttons of their own. Only what is seen exists, so that a hundred thousand rows scroll like ten. */
export function PagedRows({ label, sections, rowHeight, row, onSeen }: PagedRowsProps) {
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 600 });

  useEffect(() => {
    const list = place.current;
    if (list === null) return;
    const measure = (): void => {
      setSeen({ top: list.scrollTop, height: list.clientHeight });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(list);
    list.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      list.removeEventListener('scroll', measure);
    };
  }, []);

  const from = seen.top - SPARE * rowHeight;
  const to = seen.top + seen.height + SPARE * rowHeight;
  const shown: ReactNode[] = [];
  let [top, index] = [0, 0];
  let [first, last] = [Infinity, 0];
  const total = sections.reduce((sum, { count }) => sum + count, 0);
  for (const { key, title, count } of sections) {
    const head = title === null ? 0 : HEADING_HEIGHT;
    const bottom = top + head + count * rowHeight;
    if (title !== null && bottom > from && top < to) {
      shown.push(
        <li key={key} className="paged-heading" style={{ top, height: HEADING_HEIGHT }}>
          <h2>{title()}</h2>
        </li>,
      );
    }
    const begin = Math.max(0, Math.floor((from - top - head) / rowHeight));
    const end = Math.min(count, Math.ceil((to - top - head) / rowHeight));
    for (let at = begin; at < end; at++) {
      first = Math.min(first, index + at);
      last = index + at;
      shown.push(
        <li
          key={index + at}
          className="paged-row"
          aria-setsize={total}
          aria-posinset={index + at + 1}
          style={{ top: top + head + at * rowHeight, height: rowHeight }}
        >
          {row(index + at)}
        </li>,
      );
    }
    top = bottom;
    index += count;
  }

  const begins = first === Infinity ? 0 : first;
  useEffect(() => {
    onSeen(begins, last);
  }, [begins, last, onSeen]);

  return (
    // Focusable, so that it scrolls by keyboard.
    <div ref={place} className="paged" role="group" aria-label={label} tabIndex={0}>
      <ul className="paged-rows" style={{ height: top }}>
        {shown}
      </ul>
    </div>
  );
}
