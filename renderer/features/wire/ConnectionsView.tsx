import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { diagnosisSchema } from '../../../core/api/state.ts';
import { connectionsOf, type ConnectionStep, type TracedConnection } from '../../../core/trace/connections.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';
import { Icon } from '../../ui/Icon.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import { CertificateCard } from './CertificateCard.tsx';
import { Nothing } from './Nothing.tsx';

const SIGNS = { ok: 'check', warning: 'alert', failed: 'close' } as const;

interface ConnectionsViewProps {
  readonly events: readonly TraceEvent[];
  readonly search: string;
  readonly onSelect: (seq: number) => void;
}

/** The connections of the trace; the one chosen as a timeline, beside another where two are compared. */
export function ConnectionsView({ events, search, onSelect }: ConnectionsViewProps) {
  const { t } = useTranslation();
  const connections = useMemo(() => connectionsOf(events), [events]);
  const [chosen, setChosen] = useState<number>();
  const [other, setOther] = useState<number>();
  const wanted = search.trim().toLowerCase();
  const shown = connections.filter(({ name, remote, local }) => `${name} ${remote ?? ''} ${local ?? ''}`.toLowerCase().includes(wanted)); // prettier-ignore
  if (shown.length === 0) return <Nothing of="connections" filtered={connections.length > 0} />;
  const one =
    shown.find(({ first }) => first === chosen) ?? shown.findLast(({ state }) => state === 'failed') ?? shown[0];
  const two = shown.find(({ first }) => first === other && first !== one?.first);
  return (
    <div className="connections">
      <label className="field connection-choice">
        <span className="field-label">{t('wire.connections.choose')}</span>
        <select
          value={one?.first}
          onChange={({ target }) => {
            setChosen(Number(target.value));
          }}
        >
          {shown.map((connection) => (
            <option key={connection.first} value={connection.first}>
              {titleOf(connection, t(`wire.connections.state.${connection.state}`))}
            </option>
          ))}
        </select>
      </label>
      {shown.length > 1 && (
        <label className="field connection-choice">
          <span className="field-label">{t('wire.connections.compare')}</span>
          <select
            value={two?.first ?? ''}
            onChange={({ target }) => {
              setOther(target.value === '' ? undefined : Number(target.value));
            }}
          >
            <option value="">{t('wire.connections.alone')}</option>
            {shown
              .filter(({ first }) => first !== one?.first)
              .map((connection) => (
                <option key={connection.first} value={connection.first}>
                  {titleOf(connection, t(`wire.connections.state.${connection.state}`))}
                </option>
              ))}
          </select>
        </label>
      )}
      {/* It scrolls, and may hold nothing else that takes the keyboard. */}
      <div
        className={`timelines ${two === undefined ? '' : 'timelines-two'}`}
        tabIndex={0}
        role="group"
        aria-label={t('wire.connections.label')}
      >
        {one !== undefined && <Timeline connection={one} beside={two} onSelect={onSelect} />}
        {two !== undefined && <Timeline connection={two} beside={one} onSelect={onSelect} />}
      </div>
    </div>
  );
}

function titleOf({ name, remote, state }: TracedConnection, words: string): string {
  return [name, name === remote ? '' : remote, state === 'open' ? '' : `(${words})`].filter(Boolean).join(' ');
}

interface TimelineProps {
  readonly connection: TracedConnection;
  /** The one that it is compared with: steps that came out otherwise are marked. */
  readonly beside: TracedConnection | undefined;
  readonly onSelect: (seq: number) => void;
}

/** How a connection came about, step by step with its verdict, why it failed, and who showed which certificates. */
function Timeline({ connection, beside, onSelect }: TimelineProps) {
  const { t } = useTranslation();
  const { steps, serverChain, clientChain, expectedName, dialled, protocol, local, remote, messages } = connection;
  const diagnosis = diagnosisSchema.safeParse(connection.diagnosis);
  return (
    <section className="timeline" aria-label={connection.name}>
      <h2>{connection.name}</h2>
      <p className="timeline-ends">
        {`${local ?? '?'} ${dialled === false ? '←' : '→'} ${remote ?? '?'} · ${protocol.toUpperCase()} · ${t('wire.connections.messages', { count: messages })}`}
      </p>
      {diagnosis.success && <DiagnosisCard what={t('wire.why')} diagnosis={diagnosis.data} />}
      <ol className="steps">
        {steps.map((step, index) => (
          <li key={index} data-verdict={step.verdict} data-differs={differs(step, beside) || undefined}>
            <button
              type="button"
              onClick={() => {
                onSelect(step.seq);
              }}
            >
              <Icon name={SIGNS[step.verdict]} />
              <span className="step-text">
                <span className="visually-hidden">{t(`wire.verdict.${step.verdict}`)}: </span>
                <strong>{t(`wire.step.${step.step}`)}</strong>{' '}
                <span className="step-facts">{step.facts.join(' · ')}</span>
                {differs(step, beside) && <span className="visually-hidden"> {t('wire.connections.differs')}</span>}
              </span>
              {step.atMs !== undefined && (
                <span className="step-time">{step.atMs < 10 ? step.atMs.toFixed(1) : Math.round(step.atMs)} ms</span>
              )}
            </button>
          </li>
        ))}
      </ol>
      {serverChain.length > 0 && (
        <>
          <h3>{t('wire.chain.server')}</h3>
          {serverChain.map((certificate, index) => (
            <CertificateCard
              key={index}
              certificate={certificate}
              expectedName={index === 0 ? expectedName : undefined}
            />
          ))}
        </>
      )}
      {clientChain.length > 0 && (
        <>
          <h3>{t('wire.chain.client')}</h3>
          {clientChain.map((certificate, index) => (
            <CertificateCard key={index} certificate={certificate} expectedName={undefined} />
          ))}
        </>
      )}
    </section>
  );
}

/** Whether the other connection took this step otherwise, or not at all; times do not count. */
function differs(step: ConnectionStep, beside: TracedConnection | undefined): boolean {
  if (beside === undefined) return false;
  const same = beside.steps.find((other) => other.step === step.step);
  return same?.verdict !== step.verdict || same.facts.join() !== step.facts.join();
}
