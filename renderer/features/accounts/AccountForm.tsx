import { useEffect, useState, type SubmitEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestFailure } from '../../../core/api/client.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { FailureCard } from '../diagnosis/FailureCard.tsx';
import { AdvancedFields } from './AdvancedFields.tsx';
import { ServerTest } from './ServerTest.tsx';
import { TextField } from './TextField.tsx';
import { EMPTY_DRAFT, problemsOf, toRequest, withAddress } from './account-draft.ts';
import './accounts.css';

/** A new account, or one that is changed: three fields first, the rest under “Advanced”. */
export function AccountForm({ accountId }: { readonly accountId: string | null }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { serverTest } = useSnapshot();
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [tried, setTried] = useState(false);
  const [passwordShown, setPasswordShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<RequestFailure | null>(null);
  useEffect(() => {
    if (accountId === null) return;
    void model.ask('account.read', { accountId }).then((read) => {
      if (read.ok) setDraft({ ...read.value, password: '' });
    });
  }, [model, accountId]);
  const problems = tried ? problemsOf(draft) : new Set<never>();
  const shownTest = serverTest?.accountId === null ? serverTest : null;
  const close = (): void => {
    if (shownTest !== null) void model.ask('account.endTest', {});
    model.show({ kind: 'home' });
  };

  /** Whether the form can be sent; the first field that cannot gets the focus. */
  const isComplete = (form: HTMLFormElement | null): boolean => {
    setTried(true);
    const [first] = problemsOf(draft);
    if (first !== undefined) form?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
    return first === undefined;
  };

  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy || !isComplete(event.currentTarget)) return;
    setBusy(true);
    setFailure(null);
    const result =
      accountId === null
        ? await model.request('account.add', toRequest(draft))
        : await model.request('account.change', { ...toRequest(draft), accountId });
    setBusy(false);
    if (result.ok) close();
    else setFailure(result.error);
  };

  return (
    <form
      className="account-form"
      aria-labelledby="account-form-title"
      noValidate
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
      }}
    >
      <div className="account-form-head">
        <IconButton icon="back" label={t('common.back')} onClick={close} />
        <h1 id="account-form-title">{t(accountId === null ? 'form.title' : 'form.change')}</h1>
      </div>
      <div className="account-form-body">
        {accountId === null && <p className="account-form-intro">{t('form.intro')}</p>}
        <TextField
          name="address"
          label={t('form.address.label')}
          placeholder={t('form.address.example')}
          problem={problems.has('address') ? t('form.address.needed') : null}
          autoFocus
          inputMode="email"
          value={draft.address}
          onChange={(text) => {
            setDraft(withAddress(draft, text));
          }}
        />
        <TextField
          name="password"
          label={t('form.password.label')}
          {...(accountId !== null && { hint: t('form.password.kept') })}
          type={passwordShown ? 'text' : 'password'}
          value={draft.password}
          onChange={(password) => {
            setDraft({ ...draft, password });
          }}
        >
          <IconButton
            icon={passwordShown ? 'eyeOff' : 'eye'}
            label={t(passwordShown ? 'form.password.hide' : 'form.password.show')}
            onClick={() => {
              setPasswordShown(!passwordShown);
            }}
          />
        </TextField>
        <TextField
          name="displayName"
          label={t('form.name.label')}
          hint={t('form.name.hint')}
          value={draft.displayName}
          onChange={(displayName) => {
            setDraft({ ...draft, displayName });
          }}
        />
        <AdvancedFields draft={draft} trustProblem={problems.has('trust')} onChange={setDraft} />
        {shownTest !== null && <ServerTest test={shownTest} />}
        {failure !== null && (
          <FailureCard
            request={accountId === null ? 'account.add' : 'account.change'}
            failure={failure}
            onDismiss={() => {
              setFailure(null);
            }}
          />
        )}
      </div>
      <div className="account-form-foot">
        <Button kind="quiet" onClick={close}>
          {t('common.cancel')}
        </Button>
        <Button
          busy={shownTest?.running === true}
          onClick={({ currentTarget }) => {
            if (isComplete(currentTarget.form)) void model.ask('account.testNew', { ...toRequest(draft), accountId });
          }}
        >
          {t(shownTest?.running === true ? 'account.testing' : 'account.test')}
        </Button>
        <Button kind="primary" type="submit" busy={busy}>
          {accountId === null ? t(busy ? 'form.submitting' : 'form.submit') : t(busy ? 'form.saving' : 'form.save')}
        </Button>
      </div>
    </form>
  );
}
