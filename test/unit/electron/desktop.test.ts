import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { desktopWords } from '../../../electron/desktop-words.ts';
import { Desktop, type Note } from '../../../electron/desktop.ts';
import { offering } from '../../../electron/offers.ts';
import { call, snapshot } from '../../support/snapshots.ts';

const RESOURCES = fileURLToPath(new URL('../../../resources/', import.meta.url));

let watched: boolean;
let done: string[];
let notes: Note[];
let desktop: Desktop;

beforeEach(() => {
  watched = false;
  done = [];
  notes = [];
  desktop = new Desktop({
    isWatched: () => watched,
    raise: () => done.push('raise'),
    notify: (note) => {
      notes.push(note);
      return { close: () => notes.splice(notes.indexOf(note), 1) };
    },
    setBadge: (count) => done.push(`badge ${count}`),
    keepAwake: () => {
      done.push('awake');
      return { end: () => done.push('asleep') };
    },
    answer: (id) => done.push(`answer ${id}`),
    decline: (id) => done.push(`decline ${id}`),
    words: desktopWords(RESOURCES, 'de-AT'),
  });
});

const incoming = call({
  id: 'one',
  state: 'incoming',
  direction: 'incoming',
  connectedAt: null,
  remoteName: 'Bob\u202e\nBaker',
});
const english = { ...snapshot().settings, language: 'en' as const };

describe('a call that rings', () => {
  it('raises the window without the keyboard, and is a note that answers and declines', () => {
    desktop.follow(snapshot({ calls: [incoming], settings: english }));
    expect(notes).toMatchObject([{ title: 'Bob  Baker', body: 'Incoming call', actions: [{ text: 'Answer' }, { text: 'Decline' }] }]); // prettier-ignore
    notes[0]?.actions[0]?.run();
    notes[0]?.actions[1]?.run();
    expect(done).toEqual(['raise', 'awake', 'answer one', 'decline one']);
  });

  it('has one note, which goes when it rings no more', () => {
    desktop.follow(snapshot({ calls: [incoming] }));
    desktop.follow(snapshot({ calls: [incoming], revision: 2 }));
    expect(notes).toHaveLength(1);
    desktop.follow(snapshot({ calls: [{ ...incoming, state: 'connected' }] }));
    expect(notes).toEqual([]);
  });

  it('needs no note where somebody looks at the window', () => {
    watched = true;
    desktop.follow(snapshot({ calls: [incoming] }));
    expect([notes, done]).toEqual([[], ['awake']]);
  });

  it('is told in the language of the desktop where the phone has none of its own', () => {
    desktop.follow(snapshot({ calls: [incoming] }));
    expect(notes[0]?.actions.map(({ text }) => text)).toEqual(['Annehmen', 'Ablehnen']);
  });
});

it('the machine stays awake in a call, and may sleep after it', () => {
  desktop.follow(snapshot({ calls: [call({ state: 'connected' })] }));
  desktop.follow(snapshot({ calls: [call({ state: 'connected' }), call({ id: 'two', state: 'ringing' })] }));
  desktop.follow(snapshot({ calls: [call({ state: 'ended' })] }));
  expect(done).toEqual(['awake', 'asleep']);
});

it('missed calls and unseen messages are a badge; a message is a note without its text', () => {
  const history = { ...snapshot().history, missed: 2 };
  desktop.follow(snapshot({ history, messages: { revision: 1, unseen: 1 }, settings: english }));
  desktop.follow(snapshot({ history, messages: { revision: 1, unseen: 1 }, settings: english }));
  expect(done).toEqual(['badge 3']);
  expect(notes.map(({ body }) => body)).toEqual(['New message']);
  desktop.follow(snapshot());
  expect(done.at(-1)).toBe('badge 0');
});

it('when the phone goes, its notes go and the machine may sleep', () => {
  desktop.follow(snapshot({ calls: [incoming] }));
  desktop.close();
  expect([notes, done.at(-1)]).toEqual([[], 'asleep']);
});

describe('a link', () => {
  it('waits until the page has asked for something, the newest only, and goes through at once afterwards', () => {
    const sent: string[] = [];
    let hear: (text: string) => void = () => undefined;
    const channel = offering({
      send: (text) => sent.push(text),
      onMessage: (listener) => {
        hear = listener;
        return () => undefined;
      },
    });
    channel.onMessage(() => undefined);
    channel.offer('sip:one@example.com');
    channel.offer('sip:two@example.com');
    expect(sent).toEqual([]);
    hear('{}');
    channel.offer('sip:three@example.com');
    expect(sent.map((text) => (JSON.parse(text) as { body: unknown }).body)).toEqual([{ text: 'sip:two@example.com' }, { text: 'sip:three@example.com' }]); // prettier-ignore
  });
});
