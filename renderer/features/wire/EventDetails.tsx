import { useTranslation } from 'react-i18next';
import { diagnosisSchema } from '../../../core/api/state.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import { sdpFacts, type MediaFacts } from './sdp-facts.ts';

/** One event whole: a message with its ends, its description as a card and its text; a diagnosis as a card; else all fields. */
export function EventDetails({ event, onClose }: { readonly event: TraceEvent; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { seq, time, mono: _mono, level, component, kind, text, sdp, diagnosis, ...fields } = event;
  const shown = typeof text === 'string' ? text : typeof sdp === 'string' ? sdp : undefined;
  const known = diagnosisSchema.safeParse(diagnosis);
  const rest = Object.entries(fields).filter(([, value]) => value !== undefined);
  return (
    <section className="event-details" aria-label={t('wire.event.label', { seq })}>
      <header>
        <h2>{kind}</h2>
        <span>{`${time.slice(11, 23)} · ${component} · ${level}`}</span>
        <IconButton icon="close" label={t('common.close')} onClick={onClose} />
      </header>
      {/* It scrolls, and may hold nothing else that takes the keyboard. */}
      <div className="event-body" tabIndex={0} role="group" aria-label={kind}>
        {known.success && <DiagnosisCard what={t('wire.why')} diagnosis={known.data} />}
        {shown !== undefined && sdpFacts(shown).map((media, index) => <SdpCard key={index} media={media} />)}
        {shown !== undefined && <Message text={shown} />}
        <Rows
          rows={rest.map(([name, value]) => [
            name,
            typeof value === 'string' || typeof value === 'number' ? (
              String(value)
            ) : (
              <pre>{JSON.stringify(value, null, 1)}</pre>
            ),
          ])}
        />
      </div>
    </section>
  );
}

/** A message as it was, the names of its headers told apart. */
function Message({ text }: { readonly text: string }) {
  const end = text.search(/\r?\n\r?\n/);
  const [head, body] = end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)];
  return (
    <pre className="message">
      {head.split(/\r?\n/).map((line, index) => {
        const colon = index > 0 && !/^[ \t]/.test(line) ? line.indexOf(':') : -1;
        return (
          <span key={index} className={index === 0 ? 'message-start' : 'message-line'}>
            {colon > 0 && <b>{line.slice(0, colon)}</b>}
            {`${line.slice(Math.max(0, colon))}\n`}
          </span>
        );
      })}
      {body.trimStart() !== '' && <span className="message-body">{`\n${body.trimStart().replaceAll('\r', '')}`}</span>}
    </pre>
  );
}

function SdpCard({ media }: { readonly media: MediaFacts }) {
  const { t } = useTranslation();
  const { codecs, suites, fingerprint, direction, address, packetTime, profile } = media;
  return (
    <div className="sdp-card">
      <h3>{media.media}</h3>
      <Rows
        rows={[
          [t('wire.sdp.profile'), profile],
          [t('wire.sdp.codecs'), codecs.join(', ')],
          [t('wire.sdp.suites'), suites.length === 0 ? (fingerprint ?? t('common.none')) : suites.join(', ')],
          [t('wire.sdp.direction'), direction],
          address === undefined ? null : [t('wire.sdp.address'), address],
          packetTime === undefined ? null : [t('wire.sdp.packetTime'), `${packetTime} ms`],
        ]}
      />
    </div>
  );
}
