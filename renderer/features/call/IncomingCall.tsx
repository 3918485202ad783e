import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Control } from './ActiveCall.tsx';
import { CallHead } from './CallHead.tsx';
import { plainAddress } from './call-words.ts';

/** A call that rings here: who, for which account, with which protection. */
export function IncomingCall({ call }: { readonly call: CallView }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { accounts, audio } = useSnapshot();
  const [answering, setAnswering] = useState(false);
  const account = accounts.find(({ id }) => id === call.accountId);
  const answer = async (): Promise<void> => {
    setAnswering(true);
    const result = await model.ask('call.answer', { callId: call.id });
    if (!result.ok) setAnswering(false);
  };
  return (
    <>
      <div className="call-scroll">
        <CallHead call={call} />
        <div className="call-middle">
          {account !== undefined && (
            <p className="call-account">{t('call.for', { account: plainAddress(account.address) })}</p>
          )}
          {(audio.state === 'none' || audio.state === 'lost') && <p className="call-silence">{t('call.silence')}</p>}
        </div>
      </div>
      <div className="controls controls-two">
        <Control
          icon="hangUp"
          kind="stop"
          label={t('call.decline')}
          onClick={() => void model.ask('call.decline', { callId: call.id })}
        />
        <Control
          icon="phone"
          kind="go"
          label={t(answering ? 'call.answering' : 'call.answer')}
          disabled={answering}
          onClick={() => void answer()}
        />
      </div>
    </>
  );
}
