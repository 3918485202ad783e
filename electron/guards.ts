import type { Session, WebContents } from 'electron';

/** Denies every permission a page can ask for. Sound is the core's; the window needs no device, sensor or notification. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => {
    answer(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
}

/** Keeps a window on its page: no navigation in any frame, no further window, no embedded browser. */
export function confine(webContents: WebContents): void {
  webContents.on('will-navigate', (event) => {
    event.preventDefault();
  });
  webContents.on('will-frame-navigate', (event) => {
    event.preventDefault();
  });
  webContents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
