import { useMemo, type CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { ladder, type LadderRow } from '../../../core/trace/ladder.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';
import { VirtualList } from '../../ui/VirtualList.tsx';
import { Nothing } from './Nothing.tsx';

const ROW_HEIGHT = 40;
/** Colours of transactions; there is no need that two neighbours never share one. */
const HUES = 6;

interface LadderViewProps {
  readonly events: readonly TraceEvent[];
  readonly search: string;
  /** Whether more events come, whose end is of interest. */
  readonly live: boolean;
  readonly selected: number | undefined;
  readonly onSelect: (seq: number) => void;
}

/** Who said what to whom: a column a party, a row a message. */
export function LadderView({ events, search, live, selected, onSelect }: LadderViewProps) {
  const { t } = useTranslation();
  const { parties, rows } = useMemo(() => ladder(events), [events]);
  const shown = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return wanted === '' ? rows : rows.filter(({ label }) => label.toLowerCase().includes(wanted));
  }, [rows, search]);
  const hues = useMemo(() => huesOf(rows), [rows]);
  if (shown.length === 0) return <Nothing of="ladder" filtered={rows.length > 0} />;
  const at = shown.findIndex(({ seq }) => seq === selected);
  return (
    <VirtualList
      label={t('wire.ladder.label')}
      className="ladder"
      count={shown.length}
      rowHeight={ROW_HEIGHT}
      selected={at < 0 ? undefined : at}
      onSelect={(index) => {
        const row = shown[index];
        if (row !== undefined) onSelect(row.seq);
      }}
      followsEnd={live}
      head={
        <div className="ladder-head" style={lanes(parties.length)}>
          <span className="ladder-time" />
          {parties.map((party) => (
            <span key={party} className="ladder-party" title={party}>
              {party}
            </span>
          ))}
        </div>
      }
      row={(index) => {
        const row = shown[index];
        return row === undefined ? null : <Row row={row} parties={parties} hue={hues.get(row.transaction ?? '')} />;
      }}
    />
  );
}

function Row({
  row,
  parties,
  hue,
}: {
  readonly row: LadderRow;
  readonly parties: readonly string[];
  readonly hue: number | undefined;
}) {
  const { t } = useTranslation();
  const [from, to] = [parties.indexOf(row.from), parties.indexOf(row.to)];
  const way = from === to ? 'note' : from < to ? 'right' : 'left';
  const words =
    way === 'note' ? t('wire.ladder.at', { party: row.from }) : t('wire.ladder.way', { from: row.from, to: row.to });
  return (
    <div className="ladder-row" style={lanes(parties.length)}>
      <span className="ladder-time">{(row.atMs / 1000).toFixed(3)}</span>
      <span className="visually-hidden">{words}</span>
      <span
        className={`ladder-way ladder-${way} ${row.isTrouble ? 'ladder-trouble' : ''}`}
        data-hue={hue}
        style={{ '--from': Math.min(from, to), '--span': Math.max(1, Math.abs(to - from)) } as CSSProperties}
      >
        <span className="ladder-label">
          {row.label}
          {row.count > 1 && <span className="ladder-count">{t('wire.ladder.times', { count: row.count })}</span>}
        </span>
      </span>
    </div>
  );
}

const lanes = (count: number): CSSProperties => ({ '--lanes': Math.max(1, count) }) as CSSProperties;

/** A colour for each transaction, in the order in which they begin. */
function huesOf(rows: readonly LadderRow[]): ReadonlyMap<string, number> {
  const hues = new Map<string, number>();
  for (const { transaction } of rows) {
    if (transaction !== undefined && !hues.has(transaction)) hues.set(transaction, hues.size % HUES);
  }
  return hues;
}
