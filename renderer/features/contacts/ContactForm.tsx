import { Switch } from 'radix-ui';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ContactAddress, ContactDraft } from '../../../core/api/people.ts';
import { usePhone } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { TextField } from '../accounts/TextField.tsx';
import { LABELS, useLabelWords } from './use-label-words.ts';

interface ContactFormProps {
  readonly contactId: string | null;
  readonly draft: ContactDraft;
  readonly onDone: () => void;
}

/** A contact being written. */
export function ContactForm({ contactId, draft: before, onDone }: ContactFormProps) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const words = useLabelWords();
  const id = useId();
  const [draft, setDraft] = useState(before);
  const [tried, setTried] = useState(false);
  const change = (more: Partial<ContactDraft>): void => {
    setDraft({ ...draft, ...more });
  };
  const changeAddress = (index: number, more: Partial<ContactAddress>): void => {
    change({ addresses: draft.addresses.map((one, at) => (at === index ? { ...one, ...more } : one)) });
  };
  const save = async (): Promise<void> => {
    setTried(true);
    if (draft.name.trim() === '') return;
    const addresses = draft.addresses.filter(({ address }) => address.trim() !== '');
    const saved = await model.ask('contacts.save', { contactId, contact: { ...draft, addresses } });
    if (saved.ok) onDone();
  };
  return (
    <form
      className="contact-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone();
      }}
    >
      <h1>{t(contactId === null ? 'contacts.new' : 'contacts.edit')}</h1>
      <TextField
        label={t('contacts.name')}
        value={draft.name}
        autoFocus
        maxLength={256}
        problem={tried && draft.name.trim() === '' ? t('contacts.nameNeeded') : null}
        onChange={(name) => {
          change({ name });
        }}
      />
      <fieldset className="contact-numbers">
        <legend className="field-label">{t('contacts.numbers')}</legend>
        {draft.addresses.map(({ address, label }, index) => (
          <div key={index} className="contact-number">
            <select
              aria-label={t('contacts.kind', { number: index + 1 })}
              value={label}
              onChange={(event) => {
                changeAddress(index, { label: event.target.value });
              }}
            >
              {[...new Set([...LABELS, label])].map((one) => (
                <option key={one} value={one}>
                  {words(one)}
                </option>
              ))}
            </select>
            <div className="text-box">
              <input
                type="text"
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                maxLength={256}
                aria-label={t('contacts.number', { number: index + 1 })}
                placeholder={t('contacts.numberHint')}
                value={address}
                onChange={(event) => {
                  changeAddress(index, { address: event.target.value });
                }}
              />
            </div>
            <IconButton
              icon="close"
              label={t('contacts.numberRemove', { number: index + 1 })}
              onClick={() => {
                change({ addresses: draft.addresses.filter((_, at) => at !== index) });
              }}
            />
          </div>
        ))}
        {draft.addresses.length < 32 && (
          <Button
            kind="quiet"
            onClick={() => {
              change({ addresses: [...draft.addresses, { address: '', label: 'mobile' }] });
            }}
          >
            <Icon name="plus" />
            {t('contacts.numberAdd')}
          </Button>
        )}
      </fieldset>
      <div className="switch-row">
        <label htmlFor={`${id}-favourite`}>{t('contacts.favourite')}</label>
        <Switch.Root
          id={`${id}-favourite`}
          className="switch"
          checked={draft.favourite}
          onCheckedChange={(favourite) => {
            change({ favourite });
          }}
        >
          <Switch.Thumb className="switch-thumb" />
        </Switch.Root>
      </div>
      <div className="field">
        <label className="field-label" htmlFor={`${id}-notes`}>
          {t('contacts.notes')}
        </label>
        <textarea
          id={`${id}-notes`}
          rows={3}
          maxLength={4096}
          value={draft.notes}
          onChange={(event) => {
            change({ notes: event.target.value });
          }}
        />
      </div>
      <div className="contact-actions">
        <Button kind="primary" type="submit">
          {t('contacts.save')}
        </Button>
        <Button onClick={onDone}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}
