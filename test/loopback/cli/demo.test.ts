import { stat } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../support/cli-run.ts';

describe('sotto demo', () => {
  it('proves the whole chain: verified TLS, mandatory SRTP, and the sound that was sent comes back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-test-'));
    const record = join(folder, 'echo.wav');
    const end = await runCli(['demo', '--seconds', '3', '--record', record]);
    expect(end.code, end.stdout + end.stderr).toBe(0);
    expect(end.stderr).toBe('');
    expect(end.result).toMatchObject({
      ok: true,
      seconds: expect.any(Number) as number,
      signalling: { transport: 'tls', protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', peerVerified: true, clientCertificate: false },
      media: { profile: 'RTP/SAVP', suite: 'AES_CM_128_HMAC_SHA1_80', codec: 'opus', packetsLost: 0, authFailures: 0, replayed: 0 },
      security: 'encrypted',
    });
    const { media, audio } = end.result as unknown as { media: { packetsSent: number; packetsReceived: number; mos: number }; audio: { correlation: number; delayMs: number } };
    expect(media.packetsSent).toBeGreaterThan(120);
    expect(media.packetsReceived).toBeGreaterThan(120);
    expect(audio.correlation).toBeGreaterThan(0.9);
    expect(audio.delayMs).toBeLessThan(1000);
    expect((await stat(record)).size).toBeGreaterThan(48_000 * 2 * 2);
    await rm(folder, { recursive: true, force: true });
  }, 60_000);
}); // prettier-ignore
