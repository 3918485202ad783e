type CheckHandler = (contents: null, permission: string) => boolean;

let check: CheckHandler | undefined;
let asked = false;

/** Electron's `session`, as far as permissions go. */
export const session = {
  defaultSession: {
    setPermissionRequestHandler(handler: unknown): void {
      asked = handler !== null;
    },
    setPermissionCheckHandler(handler: CheckHandler | null): void {
      check = handler ?? undefined;
    },
    setDevicePermissionHandler(): void {
      // No page of a headless browser gets to choose a device.
    },
  },
};

/** Permissions by the browser's names, and Electron's where they differ. */
const PERMISSIONS = [
  ['geolocation', 'geolocation'],
  ['notifications', 'notifications'],
  ['microphone', 'media'],
  ['camera', 'media'],
  ['clipboard-read', 'clipboard-read'],
  ['midi', 'midi'],
] as const;

/** What the browser should answer a page: like Electron, yes to everything unless the program has handlers that say no. */
export function permissionSettings(): [name: string, setting: 'granted' | 'denied'][] {
  return PERMISSIONS.map(([name, electronName]) => {
    const allowed = !asked || (check?.(null, electronName) ?? true);
    return [name, allowed ? 'granted' : 'denied'];
  });
}
