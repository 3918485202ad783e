import { describe, expect, it } from 'vitest';
import { CertificateExpiryWatch } from '../../../core/tls/certificate-expiry.ts';
import { readCertificates, type CertificateView } from '../../../core/tls/certificate-reader.ts';
import { good, issue, makeAuthority } from '../../support/test-authority.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const DAY_MS = 86_400_000;
const root = await makeAuthority({ days: 40_000 });

/** A certificate that ends `days` after the clock's present time. */
async function endingIn(clock: VirtualClock, days: number): Promise<CertificateView> {
  const { certificateChain } = await issue(root, { notBefore: 0, notAfter: clock.wall() + days * DAY_MS });
  const [leaf] = good(readCertificates(certificateChain));
  if (leaf === undefined) throw new Error('no leaf');
  return leaf;
}

describe('the watch over the end of certificates', () => {
  it('tells 30, 7 and 1 days ahead, and when it is too late, each once', async () => {
    const clock = new VirtualClock();
    const told: number[] = [];
    const watch = new CertificateExpiryWatch(clock, (_key, _certificate, days) => told.push(days));
    watch.set('internal', [await endingIn(clock, 100)]);
    expect(told).toEqual([]);
    clock.advance(110 * DAY_MS);
    expect(told).toEqual([30, 7, 1, -1]);
    watch.close();
    clock.advance(10 * DAY_MS);
    expect(told).toEqual([30, 7, 1, -1]);
  });

  it('of a certificate that is near its end tells what is true now, and not what was', async () => {
    const clock = new VirtualClock();
    const told: [string, number][] = [];
    const watch = new CertificateExpiryWatch(clock, (key, _certificate, days) => told.push([key, days]));
    const leaf = await endingIn(clock, 5.5);
    watch.set('internal', [leaf]);
    watch.set('internal', [leaf]);
    watch.set('external', [leaf]);
    expect(told).toEqual([
      ['internal', 5],
      ['external', 5],
    ]);
    watch.close();
  });

  it('is content once the certificate was renewed', async () => {
    const clock = new VirtualClock();
    const told: number[] = [];
    const watch = new CertificateExpiryWatch(clock, (_key, _certificate, days) => told.push(days));
    watch.set('internal', [await endingIn(clock, 20)]);
    watch.set('internal', [await endingIn(clock, 400)]);
    clock.advance(60 * DAY_MS);
    expect(told).toEqual([20]);
    watch.close();
  });

  it('goes on, without telling anything twice, where it was closed and a chain is in force anew', async () => {
    const clock = new VirtualClock();
    const told: number[] = [];
    const watch = new CertificateExpiryWatch(clock, (_key, _certificate, days) => told.push(days));
    const leaf = await endingIn(clock, 20);
    watch.set('internal', [leaf]);
    watch.close();
    watch.set('internal', [leaf]);
    clock.advance(15 * DAY_MS);
    expect(told).toEqual([20, 7]);
    watch.close();
  });
});
