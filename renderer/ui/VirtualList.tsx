import { useCallback, useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

interface VirtualListProps {
  readonly label: string;
  readonly count: number;
  /** Height of every row, in CSS pixels. */
  readonly rowHeight: number;
  readonly selected: number | undefined;
  readonly onSelect: (index: number) => void;
  readonly row: (index: number) => ReactNode;
  /** Stands above the rows and stays there. */
  readonly head?: ReactNode;
  /** Keeps the end in sight while rows are added, as long as it was. */
  readonly followsEnd?: boolean;
  readonly className?: string;
}

/** Rows beyond the edge that are there already when somebody scrolls. */
const SPARE = 8;

/** A list of which only what is seen exists, so that a hundred thousand rows scroll like ten. The arrow keys choose. */
export function VirtualList({
  label,
  count,
  rowHeight,
  selected,
  onSelect,
  row,
  head,
  followsEnd = false,
  className = '',
}: VirtualListProps) {
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [seen, setSeen] = useState({ top: 0, height: 400 });

  const show = useCallback(
    (index: number): void => {
      const list = place.current;
      if (list === null) return;
      const top = index * rowHeight;
      // The head, as high as a row at most, lies over the top.
      if (top < list.scrollTop) list.scrollTop = top;
      else if (top + 2 * rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + 2 * rowHeight - list.clientHeight; // prettier-ignore
    },
    [rowHeight],
  );

  useEffect(() => {
    const list = place.current;
    if (list === null) return;
    const measure = (): void => {
      atEnd.current = list.scrollTop + list.clientHeight >= list.scrollHeight - rowHeight;
      setSeen({ top: list.scrollTop, height: list.clientHeight });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(list);
    list.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      list.removeEventListener('scroll', measure);
    };
  }, [rowHeight]);

  // Also where the list has become smaller because what was chosen is shown below it.
  useEffect(() => {
    if (selected !== undefined) show(selected);
  }, [selected, seen.height, show]);

  useEffect(() => {
    const list = place.current;
    if (list !== null && followsEnd && atEnd.current) list.scrollTop = list.scrollHeight;
  }, [count, followsEnd]);

  const choose = (index: number): void => {
    if (count === 0) return;
    onSelect(Math.min(count - 1, Math.max(0, index)));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(seen.height / rowHeight) - 1);
    const from = selected ?? -1;
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + page, PageUp: from - page, Home: 0, End: count - 1 }[event.key]; // prettier-ignore
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
  };

  const first = Math.max(0, Math.floor(seen.top / rowHeight) - SPARE);
  const last = Math.min(count, Math.ceil((seen.top + seen.height) / rowHeight) + SPARE);
  const active = selected !== undefined && selected >= first && selected < last ? `${id}-${selected}` : undefined;
  return (
    <div ref={place} className={`virtual-list ${className}`}>
      {head}
      <div
        role="listbox"
        aria-label={label}
        aria-activedescendant={active}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="virtual-rows"
        style={{ height: count * rowHeight }}
      >
        {Array.from({ length: Math.max(0, last - first) }, (_, offset) => {
          const index = first + offset;
          return (
            <div
              key={index}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === selected}
              aria-posinset={index + 1}
              aria-setsize={count}
              className="virtual-row"
              style={{ top: index * rowHeight, height: rowHeight }}
              onClick={() => {
                onSelect(index);
              }}
            >
              {row(index)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
