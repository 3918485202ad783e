import { Tabs } from 'radix-ui';
import { useDeferredValue, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { eventsOfCall } from '../../../core/trace/call-events.ts';
import { usePhone, useSnapshot, useWindowState } from '../../app/phone-context.ts';
import { useWide } from '../../app/use-wide.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { remoteLabel } from '../call/call-words.ts';
import { CaptureBanner } from './CaptureBanner.tsx';
import { ConnectionsView } from './ConnectionsView.tsx';
import { EventDetails } from './EventDetails.tsx';
import { EventList } from './EventList.tsx';
import { LadderView } from './LadderView.tsx';
import { TraceMenu } from './TraceMenu.tsx';
import './wire.css';

const TABS = ['ladder', 'connections', 'events'] as const;
const LEVELS = [5, 7, 9] as const;

/** What goes over the wire: of one call or of everything, as it happens or from a saved trace. */
export function WireView() {
  const { t } = useTranslation();
  const { model, trace } = usePhone();
  const { wire } = useWindowState();
  // Alone in a compact window, it is what the page is about.
  const Heading = useWide() ? 'h2' : 'h1';
  const { calls } = useSnapshot();
  const { events, origin, level } = useSyncExternalStore(trace.subscribe, trace.state);
  const [typed, setTyped] = useState('');
  // A long trace is searched behind the typing, not in its way.
  const search = useDeferredValue(typed);
  const [upTo, setUpTo] = useState<number>(7);
  const [selected, setSelected] = useState<number>();
  const callId = origin.kind === 'live' ? (wire?.callId ?? null) : null;
  const call = calls.find(({ id }) => id === callId);
  const shown = useMemo(() => {
    const ofCall = callId === null ? events : eventsOfCall(events, callId);
    return upTo === 9 ? ofCall : ofCall.filter((event) => event.level <= upTo);
  }, [events, callId, upTo]);
  const event = selected === undefined ? undefined : events.find(({ seq }) => seq === selected);
  const views = { events: shown, search, live: origin.kind === 'live', selected, onSelect: setSelected };
  const setDetail = (value: number): void => {
    setUpTo(value);
    const kept = Math.max(7, value);
    if (origin.kind === 'live' && kept !== level) void trace.setLevel(kept);
  };
  return (
    <section className="wire" aria-label={t('wire.title')}>
      <header className="panel-head">
        <Heading>{t('wire.title')}</Heading>
        <TraceMenu events={events} />
        <IconButton
          icon="close"
          label={t('common.close')}
          onClick={() => {
            model.closeWire();
          }}
        />
      </header>
      <CaptureBanner />
      <div className="wire-tools">
        <span className="text-box">
          <input
            type="search"
            value={typed}
            placeholder={t('wire.search')}
            aria-label={t('wire.search')}
            onChange={({ target }) => {
              setTyped(target.value);
            }}
          />
        </span>
        <label className="wire-level">
          <span className="visually-hidden">{t('wire.level.label')}</span>
          <select
            value={upTo}
            onChange={({ target }) => {
              setDetail(Number(target.value));
            }}
          >
            {LEVELS.map((value) => (
              <option key={value} value={value}>
                {t(`wire.level.${value}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {callId !== null && (
        <p className="wire-scope">
          <span>{t('wire.ofCall', { name: call === undefined ? '' : remoteLabel(call) })}</span>
          <Button
            kind="quiet"
            onClick={() => {
              model.inspect(null);
            }}
          >
            {t('wire.all')}
          </Button>
        </p>
      )}
      {origin.kind !== 'live' && (
        <p className="wire-scope" role="status">
          <span>
            {origin.kind === 'file'
              ? t('wire.file.shown', { name: origin.name, count: events.length })
              : t('wire.file.unreadable', { name: origin.name, line: origin.line })}
          </span>
          <Button
            kind="quiet"
            onClick={() => {
              trace.live();
            }}
          >
            {t('wire.file.close')}
          </Button>
        </p>
      )}
      <Tabs.Root defaultValue="ladder" className="panel-tabs">
        <Tabs.List className="tabs" aria-label={t('wire.title')}>
          {TABS.map((tab) => (
            <Tabs.Trigger key={tab} value={tab} className="tab">
              {t(`wire.tab.${tab}`)}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="ladder" className="tab-content" tabIndex={-1}>
          <LadderView {...views} />
        </Tabs.Content>
        <Tabs.Content value="connections" className="tab-content" tabIndex={-1}>
          <ConnectionsView {...views} />
        </Tabs.Content>
        <Tabs.Content value="events" className="tab-content" tabIndex={-1}>
          <EventList {...views} />
        </Tabs.Content>
      </Tabs.Root>
      {event !== undefined && (
        <EventDetails
          key={event.seq}
          event={event}
          onClose={() => {
            setSelected(undefined);
          }}
        />
      )}
    </section>
  );
}
