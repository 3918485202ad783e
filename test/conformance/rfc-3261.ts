import type { RfcRequirements } from './requirement.ts';
import { RFC_3261_AUTHENTICATION } from './rfc-3261-authentication.ts';
import { RFC_3261_CANCEL_REGISTER } from './rfc-3261-cancel-register.ts';
import { RFC_3261_CLIENT } from './rfc-3261-client.ts';
import { RFC_3261_DIALOGS } from './rfc-3261-dialogs.ts';
import { RFC_3261_SERVER } from './rfc-3261-server.ts';
import { RFC_3261_SESSIONS } from './rfc-3261-sessions.ts';
import { RFC_3261_TRANSACTIONS } from './rfc-3261-transactions.ts';
import { RFC_3261_TRANSPORT } from './rfc-3261-transport.ts';
import { RFC_3261_URI_HEADERS } from './rfc-3261-uri-headers.ts';

export const RFC_3261: RfcRequirements = {
  rfc: 3261,
  title: 'SIP: Session Initiation Protocol',
  scope: '§8–§22',
  requirements: [
    ...RFC_3261_CLIENT,
    ...RFC_3261_SERVER,
    ...RFC_3261_CANCEL_REGISTER,
    ...RFC_3261_DIALOGS,
    ...RFC_3261_SESSIONS,
    ...RFC_3261_TRANSACTIONS,
    ...RFC_3261_TRANSPORT,
    ...RFC_3261_URI_HEADERS,
    ...RFC_3261_AUTHENTICATION,
  ],
};
