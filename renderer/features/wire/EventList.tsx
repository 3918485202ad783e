import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { logLine } from '../../../core/trace/trace-file.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';
import { VirtualList } from '../../ui/VirtualList.tsx';
import { Nothing } from './Nothing.tsx';

const ROW_HEIGHT = 24;

interface EventListProps {
  readonly events: readonly TraceEvent[];
  readonly search: string;
  /** Whether more events come, whose end is of interest. */
  readonly live: boolean;
  readonly selected: number | undefined;
  readonly onSelect: (seq: number) => void;
}

/** Every event as a line. */
export function EventList({ events, search, live, selected, onSelect }: EventListProps) {
  const { t } = useTranslation();
  const shown = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return wanted === '' ? events : events.filter((event) => logLine(event).toLowerCase().includes(wanted));
  }, [events, search]);
  if (shown.length === 0) return <Nothing of="events" filtered={events.length > 0} />;
  const at = selected === undefined ? -1 : shown.findIndex(({ seq }) => seq === selected);
  return (
    <VirtualList
      label={t('wire.events.label')}
      className="event-list"
      count={shown.length}
      rowHeight={ROW_HEIGHT}
      selected={at < 0 ? undefined : at}
      onSelect={(index) => {
        const event = shown[index];
        if (event !== undefined) onSelect(event.seq);
      }}
      followsEnd={live}
      row={(index) => {
        const event = shown[index];
        if (event === undefined) return null;
        const { time, component, kind, level } = event;
        return (
          <div className="event-row" data-trouble={level <= 3 || undefined}>
            <span className="event-time">{time.slice(11, 23)}</span>
            <span className="event-component">{component}</span>
            <span className="event-kind">{kind}</span>
            <span className="event-rest">{restOf(event)}</span>
          </div>
        );
      }}
    />
  );
}

/** What an event says beyond its head, in one line; of a message its first line. */
function restOf({ text, ...event }: TraceEvent): string {
  const head = logLine({
    seq: 0,
    mono: 0,
    time: event.time,
    level: event.level,
    component: event.component,
    kind: event.kind,
  });
  const rest = logLine(event).slice(head.length).trim();
  return typeof text === 'string' ? `${text.slice(0, text.search(/\r?\n|$/))} · ${rest}` : rest;
}
