import './zod-without-eval.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ContractClient } from '../../core/api/client.ts';
import { openBridge } from '../bridge/bridge.ts';
import { browserClock } from '../bridge/browser-clock.ts';
import { TraceStore } from '../features/wire/trace-store.ts';
import { startTranslation } from '../i18n/i18n.ts';
import '../styles/tokens.css';
import '../styles/base.css';
import { App } from './App.tsx';
import { PhoneContext } from './phone-context.ts';
import { WindowModel } from './window-model.ts';

startTranslation(navigator.languages);

const bridge = openBridge();
const client = new ContractClient(bridge.channel, browserClock);
const phone = { client, model: new WindowModel(client), trace: new TraceStore(client), reconnect: bridge.reconnect };

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <PhoneContext value={phone}>
        <App />
      </PhoneContext>
    </StrictMode>,
  );
}
