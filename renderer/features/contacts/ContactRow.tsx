import { Popover } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import type { Contact } from '../../../core/api/people.ts';
import { usePhone } from '../../app/phone-context.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { useLabelWords } from './use-label-words.ts';

/** A contact: a click shows all numbers, the button calls the first. */
export function ContactRow({ contact, onEdit }: { readonly contact: Contact; readonly onEdit: () => void }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const words = useLabelWords();
  const { id, name, favourite, notes, addresses } = contact;
  const [first] = addresses;
  const { id: _id, ...draft } = contact;
  return (
    <div className="entry">
      <Popover.Root>
        <Popover.Trigger className="entry-main">
          <Avatar label={name} size="small" />
          <span className="entry-text">
            <span className="entry-name">
              {name}
              {favourite && (
                <>
                  <Icon name="starFull" />
                  <span className="visually-hidden"> {t('contacts.favourite')}</span>
                </>
              )}
            </span>{' '}
            <span className="entry-note">{first === undefined ? t('contacts.noNumber') : first.address}</span>
          </span>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content className="popover" align="start" sideOffset={2} collisionPadding={10} aria-label={name}>
            <h2>{name}</h2>
            <ul className="list">
              {addresses.map(({ address, label }) => (
                <li key={address}>
                  <button
                    type="button"
                    className="entry entry-main"
                    onClick={() => void model.call(address, null)}
                    aria-label={t('contacts.callAt', { address, label: words(label) })}
                  >
                    <span className="entry-text">
                      <span className="entry-name">{address}</span> <span className="entry-note">{words(label)}</span>
                    </span>
                    <Icon name="phone" />
                  </button>
                </li>
              ))}
            </ul>
            {notes !== '' && <p className="contact-notes">{notes}</p>}
            <div className="popover-actions">
              <Button onClick={onEdit}>{t('contacts.edit')}</Button>
              <Button
                kind="quiet"
                aria-pressed={favourite}
                onClick={() =>
                  void model.ask('contacts.save', { contactId: id, contact: { ...draft, favourite: !favourite } })
                }
              >
                <Icon name={favourite ? 'starFull' : 'star'} />
                {t('contacts.favourite')}
              </Button>
              <Popover.Close asChild>
                <Button kind="quiet" onClick={() => void model.ask('contacts.remove', { contactId: id })}>
                  {t('contacts.remove')}
                </Button>
              </Popover.Close>
            </div>
            <Popover.Close className="popover-close" aria-label={t('common.close')}>
              <Icon name="close" />
            </Popover.Close>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      {first !== undefined && (
        <IconButton
          icon="phone"
          label={t('history.again', { name })}
          onClick={() => void model.call(first.address, null)}
        />
      )}
    </div>
  );
}
