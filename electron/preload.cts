// A sandboxed preload is one CommonJS file that may require nothing but Electron, so the channel stands here as a literal.
const { contextBridge, ipcRenderer } = require('electron') as typeof import('electron');

contextBridge.exposeInMainWorld('sotto', {
  /** Sends one message of the contract to the core. */
  send(text: string): void {
    ipcRenderer.send('sotto:message', text);
  },
  /** Names one who gets every message of the core from now on. */
  onMessage(listener: (text: string) => void): void {
    ipcRenderer.on('sotto:message', (_event, text: string) => {
      listener(text);
    });
  },
});
