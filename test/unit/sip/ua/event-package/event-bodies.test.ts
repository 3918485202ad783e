import { describe, expect, it } from 'vitest';
import {
  dialogInfo,
  DialogWatch,
  readDialogInfo,
  type WatchedDialog,
} from '../../../../../core/sip/ua/event-package/dialog-info.ts';
import {
  messageSummary,
  readMessageSummary,
  MESSAGE_SUMMARY_TYPE,
} from '../../../../../core/sip/ua/event-package/message-summary.ts';
import { presence, readPresence } from '../../../../../core/sip/ua/event-package/presence.ts';
import { readRegInfo, regInfo, REGINFO_TYPE } from '../../../../../core/sip/ua/event-package/reg-info.ts';
import { readSipfrag, sipfrag } from '../../../../../core/sip/ua/event-package/sipfrag.ts';
import type { Body } from '../../../../../core/sip/ua/session-description-handler.ts';

const body = (contentType: string, text: string): Body => ({ contentType, content: new TextEncoder().encode(text) });

describe('RFC 3842 message-summary', () => {
  it('§3.5 reads counts, urgent ones included, and stops at the headers of the messages', () => {
    const summary = readMessageSummary(
      body(
        MESSAGE_SUMMARY_TYPE,
        'Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (0/2)\r\nFax-Message: 1/0\r\n\r\nTo: <alice@atlanta.example.com>\r\n',
      ),
    );
    expect(summary).toMatchObject({ waiting: true, account: 'sip:alice@vmail.example.com' });
    expect(summary?.counts.get('voice-message')).toEqual({ fresh: 2, old: 8, urgentFresh: 0, urgentOld: 2 });
    expect(summary?.counts.get('fax-message')).toEqual({ fresh: 1, old: 0, urgentFresh: 0, urgentOld: 0 });
  });

  it('§3.5 reads back what it writes', () => {
    const summary = {
      waiting: false,
      account: undefined,
      counts: new Map([['voice-message', { fresh: 0, old: 3, urgentFresh: 0, urgentOld: 1 }]]),
    };
    expect(readMessageSummary(messageSummary(summary))).toEqual(summary);
    expect(new TextDecoder().decode(messageSummary(summary).content)).toContain('Voice-Message: 0/3 (0/1)');
  });

  it.each(['', 'Voice-Message: 1/1', '\r\nMessages-Waiting: yes', 'Messages-Waiting', '\u0000'])(
    '§3.5 MUST begin with Messages-Waiting: %j is no summary',
    (text) => {
      expect(readMessageSummary(body(MESSAGE_SUMMARY_TYPE, text))).toBeUndefined();
    },
  );

  it('§3.5 takes a CR or LF that stands alone for the end of a line', () => {
    const summary = readMessageSummary(body(MESSAGE_SUMMARY_TYPE, 'Messages-Waiting: no\rMessage-Account: a\nb: c'));
    expect(summary).toMatchObject({ waiting: false, account: 'a' });
  });

  it('is no summary under another type', () => {
    expect(readMessageSummary(body('text/plain', 'Messages-Waiting: yes'))).toBeUndefined();
  });
});

describe('RFC 4235 dialog-info', () => {
  const dialog = (id: string, state: WatchedDialog['state']): WatchedDialog => ({ id, state });

  it('§4.1 reads back what it writes', () => {
    const info = {
      version: 3,
      full: false,
      entity: 'sip:alice@example.com',
      dialogs: [
        {
          id: 'as7d900as8',
          state: 'early' as const,
          direction: 'recipient' as const,
          callId: 'a84b4c76e66710',
          localTag: '1928301774',
          remoteTag: '456887766',
          local: { identity: 'sip:alice@example.com', displayName: undefined, target: undefined },
          remote: { identity: 'sip:bob@example.org', displayName: 'Bob <B>', target: 'sip:bob@192.0.2.1' },
        },
      ],
    };
    expect(readDialogInfo(dialogInfo(info))).toEqual({ ok: true, value: info });
  });

  it.each([
    '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full"/>',
    '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="-1" state="full" entity="sip:a@b"/>',
    '<dialog-info version="0" state="full" entity="sip:a@b"/>',
    '<!DOCTYPE x><dialog-info/>',
  ])('§4.1 MUST have version, state and entity: refuses %s', (text) => {
    expect(readDialogInfo(body('application/dialog-info+xml', text)).ok).toBe(false);
  });

  it('§4.3 full state replaces, partial state adds, terminated dialogs go', () => {
    const watch = new DialogWatch();
    expect(
      watch.take({ version: 0, full: true, entity: 'e', dialogs: [dialog('1', 'early'), dialog('2', 'confirmed')] }),
    ).toBe('taken');
    expect(
      watch.take({
        version: 1,
        full: false,
        entity: 'e',
        dialogs: [dialog('1', 'confirmed'), dialog('2', 'terminated')],
      }),
    ).toBe('taken');
    expect(watch.dialogs).toEqual([dialog('1', 'confirmed')]);
    expect(watch.take({ version: 5, full: true, entity: 'e', dialogs: [] })).toBe('taken');
    expect(watch.dialogs).toEqual([]);
  });

  it('§4.3 an old version changes nothing, and a gap calls for a refresh', () => {
    const watch = new DialogWatch();
    watch.take({ version: 4, full: true, entity: 'e', dialogs: [dialog('1', 'early')] });
    expect(watch.take({ version: 4, full: true, entity: 'e', dialogs: [] })).toBe('old');
    expect(watch.dialogs).toHaveLength(1);
    expect(watch.take({ version: 6, full: false, entity: 'e', dialogs: [] })).toBe('gap');
  });

  it('§8 keeps no more dialogs than a lamp needs', () => {
    const watch = new DialogWatch();
    const dialogs = Array.from({ length: 500 }, (_, index) => dialog(String(index), 'early'));
    watch.take({ version: 0, full: true, entity: 'e', dialogs });
    expect(watch.dialogs).toHaveLength(200);
  });
});

describe('RFC 3863 presence', () => {
  it('§4 reads back what it writes, with the activity and note of RFC 4480', () => {
    const busy = {
      entity: 'sip:a@b',
      isOpen: true,
      activity: 'on-the-phone',
      note: 'A & B',
      contact: 'sip:a@c',
    } as const;
    expect(readPresence(presence(busy))).toEqual({ ok: true, value: busy });
    expect(readPresence(presence({ entity: 'sip:a@b', isOpen: false }))).toMatchObject({
      ok: true,
      value: { isOpen: false },
    });
  });

  it('§4.1 one open tuple of several makes it reachable', () => {
    const text =
      '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@b"><tuple id="1"><status><basic>closed</basic></status></tuple><tuple id="2"><status><basic>open</basic></status><contact>sip:x@y</contact></tuple></presence>';
    expect(readPresence(body('application/pidf+xml', text))).toMatchObject({
      ok: true,
      value: { isOpen: true, contact: 'sip:x@y' },
    });
  });

  it.each(['', '<presence/>', '<presence xmlns="urn:ietf:params:xml:ns:pidf"/>', '<a entity="sip:a@b"/>'])(
    '§4 refuses %j',
    (text) => {
      expect(readPresence(body('application/pidf+xml', text)).ok).toBe(false);
    },
  );
});

describe('RFC 3680 reg', () => {
  it('§5 reads back what it writes', () => {
    const info = {
      version: 0,
      full: true,
      registrations: [
        {
          id: 'as9',
          addressOfRecord: 'sip:user@example.com',
          state: 'active' as const,
          contacts: [
            {
              id: '76',
              uri: 'sip:user@pc.example.com',
              isActive: true,
              event: 'registered' as const,
              expires: 7200,
              retryAfter: undefined,
            },
            {
              id: '77',
              uri: 'sip:user@u.example.com',
              isActive: false,
              event: 'probation' as const,
              expires: undefined,
              retryAfter: 30,
            },
          ],
        },
      ],
    };
    expect(readRegInfo(regInfo(info))).toEqual({ ok: true, value: info });
  });

  it('§5 leaves out what has no identity or an unknown state, and refuses what is no reginfo', () => {
    const text =
      '<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="1" state="full"><registration id="1" state="active"/><registration id="2" aor="sip:a@b" state="odd"/><registration id="3" aor="sip:a@b" state="active"><contact id="4" event="odd"><uri>sip:c</uri></contact></registration></reginfo>';
    expect(readRegInfo(body(REGINFO_TYPE, text))).toMatchObject({
      ok: true,
      value: { registrations: [{ id: '3', contacts: [] }] },
    });
    expect(readRegInfo(body(REGINFO_TYPE, '<reginfo version="1" state="full"/>')).ok).toBe(false);
    expect(
      readRegInfo(body(REGINFO_TYPE, '<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="x" state="full"/>')).ok,
    ).toBe(false);
  });
});

describe('RFC 3420 message/sipfrag', () => {
  it('§2 reads a status line, with or without headers behind it', () => {
    expect(readSipfrag(body('message/sipfrag;version=2.0', 'SIP/2.0 200 OK'))).toEqual({ status: 200, reason: 'OK' });
    expect(readSipfrag(body('Message/Sipfrag', 'SIP/2.0 486 Busy Here\r\nX: y\r\n'))).toEqual({
      status: 486,
      reason: 'Busy Here',
    });
    expect(readSipfrag(sipfrag(180))).toEqual({ status: 180, reason: 'Ringing' });
    expect(readSipfrag(sipfrag(400, 'a\r\nb'))).toEqual({ status: 400, reason: 'a b' });
  });

  it.each(['', 'INVITE sip:a@b SIP/2.0', 'SIP/2.0 99 x', 'SIP/2.0 700 x', 'SIP/2.0 2000 x', 'HTTP/1.1 200 OK'])(
    '§2 %j has no status',
    (text) => {
      expect(readSipfrag(body('message/sipfrag', text))).toBeUndefined();
    },
  );

  it('has no status under another type', () => {
    expect(readSipfrag(body('text/plain', 'SIP/2.0 200 OK'))).toBeUndefined();
  });
});
