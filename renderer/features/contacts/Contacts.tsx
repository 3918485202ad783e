import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact, ContactDraft } from '../../../core/api/people.ts';
import { usePhone, useSnapshot, useWindowState } from '../../app/phone-context.ts';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { PagedRows } from '../../ui/PagedRows.tsx';
import { SearchField } from '../../ui/SearchField.tsx';
import { UndoBar } from '../../ui/UndoBar.tsx';
import { ContactFiles } from './ContactFiles.tsx';
import { ContactForm } from './ContactForm.tsx';
import { ContactRow } from './ContactRow.tsx';
import { useContacts } from './use-contacts.ts';
import './contacts.css';

const ROW_HEIGHT = 52;
const NEW: ContactDraft = { name: '', favourite: false, notes: '', addresses: [{ address: '', label: 'work' }] };

/** What is being written: a contact that there is, or a new one. */
interface Editing {
  readonly contactId: string | null;
  readonly draft: ContactDraft;
}

/** The people that one calls: found as one types, favourites first. */
export function Contacts() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { view } = useWindowState();
  const { contacts } = useSnapshot();
  const [text, setText] = useState('');
  const found = view.kind === 'contacts' ? view.found : undefined;
  const [editing, setEditing] = useState<Editing | null>(
    found === undefined
      ? null
      : {
          contactId: null,
          draft: { ...NEW, name: found.name, addresses: [{ address: found.address, label: 'work' }] },
        },
  );
  const { total, contact, onSeen } = useContacts(text);
  if (editing !== null) {
    return (
      <ContactForm
        {...editing}
        onDone={() => {
          setEditing(null);
        }}
      />
    );
  }
  const edit = ({ id, ...draft }: Contact): void => {
    setEditing({ contactId: id, draft });
  };
  return (
    <section className="contacts" aria-label={t('contacts.title')}>
      <div className="list-bar">
        <h1>{t('contacts.title')}</h1>
        <span className="list-tools">
          <IconButton
            icon="plus"
            label={t('contacts.new')}
            onClick={() => {
              setEditing({ contactId: null, draft: NEW });
            }}
          />
          <ContactFiles />
        </span>
      </div>
      {(contacts.count > 0 || text !== '') && (
        <SearchField label={t('contacts.search')} clearLabel={t('dialer.clear')} value={text} onChange={setText} />
      )}
      {total === 0 &&
        (text === '' ? (
          <div className="empty">
            <Icon name="person" />
            <p>
              <strong>{t('contacts.empty')}</strong>
              <span>{t('contacts.emptyHint')}</span>
            </p>
          </div>
        ) : (
          <p className="empty">{t('contacts.noHits')}</p>
        ))}
      {total !== null && total > 0 && (
        <PagedRows
          label={t('contacts.title')}
          rowHeight={ROW_HEIGHT}
          sections={[{ key: 'all', title: null, count: total }]}
          onSeen={onSeen}
          row={(index) => {
            const one = contact(index);
            return one === undefined ? (
              <span className="paged-wait" />
            ) : (
              <ContactRow
                key={one.id}
                contact={one}
                onEdit={() => {
                  edit(one);
                }}
              />
            );
          }}
        />
      )}
      <UndoBar
        text={contacts.removed === 0 ? null : t('contacts.removed')}
        undo={t('common.undo')}
        onUndo={() => void model.ask('contacts.restore', {})}
      />
    </section>
  );
}
