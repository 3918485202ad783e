import { EventEmitter } from 'node:events';
import type { IpcMain, WebContents } from 'electron';
import { describe, expect, it } from 'vitest';
import { MAX_REQUEST_LENGTH } from '../../../core/api/contract.ts';
import { MESSAGE_CHANNEL, openChannel } from '../../../electron/message-bridge.ts';

class FakeContents extends EventEmitter {
  readonly mainFrame = { url: 'app://sotto/index.html' };
  readonly sent: unknown[][] = [];
  destroyed = false;
  isDestroyed(): boolean {
    return this.destroyed;
  }
  send(...message: unknown[]): void {
    this.sent.push(message);
  }
}

function setUp() {
  const ipcMain = new EventEmitter();
  const contents = new FakeContents();
  const channel = openChannel(ipcMain as unknown as IpcMain, contents as unknown as WebContents);
  const heard: string[] = [];
  const receive = (
    text: unknown,
    sender: FakeContents = contents,
    senderFrame: object | null = sender.mainFrame,
  ): void => {
    ipcMain.emit(MESSAGE_CHANNEL, { sender, senderFrame }, text);
  };
  return { ipcMain, contents, channel, heard, receive };
}

describe('the channel of a window', () => {
  it('passes text from the main frame of its own page', () => {
    const { channel, heard, receive } = setUp();
    channel.onMessage((text) => heard.push(text));
    receive('a');
    receive('b');
    expect(heard).toEqual(['a', 'b']);
  });

  it('keeps what comes while the core starts, in order and not without end', () => {
    const { channel, heard, receive } = setUp();
    for (let index = 0; index < 100; index++) receive(String(index));
    channel.onMessage((text) => heard.push(text));
    expect(heard).toEqual(Array.from({ length: 64 }, (_, index) => String(index)));
  });

  it.each<[string, (scene: ReturnType<typeof setUp>) => void]>([
    [
      'another window',
      ({ receive }) => {
        receive('x', new FakeContents());
      },
    ],
    [
      'another frame of the window',
      ({ receive, contents }) => {
        receive('x', contents, { url: contents.mainFrame.url });
      },
    ],
    [
      'a frame that has gone',
      ({ receive, contents }) => {
        receive('x', contents, null);
      },
    ],
    [
      'something that is not text',
      ({ receive }) => {
        receive({ length: 1 });
      },
    ],
    [
      'text longer than a request',
      ({ receive }) => {
        receive('x'.repeat(MAX_REQUEST_LENGTH + 1));
      },
    ],
  ])('drops what comes from %s', (_from, send) => {
    const scene = setUp();
    scene.channel.onMessage((text) => scene.heard.push(text));
    send(scene);
    expect(scene.heard).toEqual([]);
  });

  it.each(['https://sotto/index.html', 'app://elsewhere/index.html', 'file:///index.html', 'about:blank', ''])(
    'drops what comes while the window shows "%s"',
    (url) => {
      const { channel, contents, heard, receive } = setUp();
      channel.onMessage((text) => heard.push(text));
      contents.mainFrame.url = url;
      receive('x');
      expect(heard).toEqual([]);
    },
  );

  it('sends until the window has gone, and then leaves nothing behind', () => {
    const { ipcMain, channel, contents } = setUp();
    channel.send('a');
    contents.destroyed = true;
    contents.emit('destroyed');
    channel.send('b');
    expect(contents.sent).toEqual([[MESSAGE_CHANNEL, 'a']]);
    expect(ipcMain.listenerCount(MESSAGE_CHANNEL)).toBe(0);
  });
});
