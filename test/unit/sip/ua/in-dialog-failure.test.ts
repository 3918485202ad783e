import { describe, expect, it } from 'vitest';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';
import { endsSession } from '../../../../core/sip/ua/in-dialog-failure.ts';
import { retryAfterSeconds } from '../../../../core/sip/ua/retry-after.ts';

describe('RFC 5057 what a failure within a dialog ends', () => {
  it.each([408, 481])(
    '§5.1 %i ends the session where the request is of the session, and no other usage of the dialog',
    (status) => {
      for (const method of ['INVITE', 'UPDATE', 'PRACK', 'INFO', 'BYE']) expect(endsSession(method, status)).toBe(true);
      for (const method of ['NOTIFY', 'REFER', 'SUBSCRIBE', 'MESSAGE']) expect(endsSession(method, status)).toBe(false);
    },
  );

  it.each([404, 410, 416, 482, 483, 484, 485, 502, 604])('§5.1 %i ends the dialog with all that uses it', (status) => {
    for (const method of ['INVITE', 'NOTIFY', 'MESSAGE']) expect(endsSession(method, status)).toBe(true);
  });

  it.each([
    200, 302, 400, 401, 403, 405, 406, 407, 415, 420, 422, 480, 486, 487, 488, 489, 491, 493, 500, 501, 503, 600, 603,
    606,
  ])('§5.1 %i ends its transaction only', (status) => {
    for (const method of ['INVITE', 'UPDATE', 'NOTIFY']) expect(endsSession(method, status)).toBe(false);
  });
});

describe('RFC 3261 §20.33 Retry-After', () => {
  const read = (value?: string): number | undefined =>
    retryAfterSeconds(
      createResponse(createRequest({ method: 'INVITE', uri: sipUri({ host: 'a' }) }), 503, {
        headers: value === undefined ? [] : [['Retry-After', value]],
      }),
    );

  it.each([
    ['5', 5],
    ['18000;duration=3600', 18_000],
    ['120 (I am in a meeting)', 120],
    ['soon', undefined],
    [undefined, undefined],
  ])('%j is %j seconds', (value, seconds) => {
    expect(read(value)).toBe(seconds);
  });
});
