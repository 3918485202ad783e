import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { SECURITY_SHAPES } from '../security/SecurityChip.tsx';
import { remoteLabel } from './call-words.ts';

/** Who is in conference with this call; or, where another call is answered, the way to one. */
export function Conference({ call }: { readonly call: CallView }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { calls } = useSnapshot();
  const answered = calls.filter(({ state }) => state === 'connected');
  const members = answered.filter(({ conference }) => conference);
  const outside = answered.length - members.length;
  const merge = answered.length > 1 && (outside > 0 || !call.conference) && (
    <Button onClick={() => void model.ask('call.merge', { callIds: answered.map(({ id }) => id) })}>
      <Icon name="people" />
      {t('conference.merge', { count: answered.length })}
    </Button>
  );
  if (!call.conference) return merge;
  const open = members.some(({ security }) => security.state !== 'encrypted');
  return (
    <section className="conference" aria-label={t('conference.title')}>
      <h2>{t('conference.title')}</h2>
      <ul>
        {members.map((member) => {
          const name = remoteLabel(member);
          return (
            <li key={member.id}>
              <Icon name={SECURITY_SHAPES[member.security.state]} />
              <span className="conference-name">
                {name}
                <span className="visually-hidden"> {t(`security.state.${member.security.state}`)}</span>
              </span>
              <IconButton
                icon="pause"
                label={t('conference.split', { name })}
                onClick={() => {
                  void model.ask('call.split', { callId: member.id });
                }}
              />
              <IconButton
                className="bar-stop"
                icon="hangUp"
                label={t('call.hangUpNamed', { name })}
                onClick={() => void model.ask('call.hangUp', { callId: member.id })}
              />
            </li>
          );
        })}
      </ul>
      {open && <p className="field-warning">{t('conference.open')}</p>}
      {merge}
    </section>
  );
}
