import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCertificate, readCertificates } from '../../../core/tls/certificate-reader.ts';
import { sha256Hex } from '../../../core/tls/sha256.ts';
import { derOf, good, issue, makeAuthority } from '../../support/test-authority.ts';

const root = await makeAuthority({ organization: 'Example' });
const leaf = await issue(root, {
  role: 'both',
  dns: ['pbx.example.com', '*.example.com'],
  ips: ['192.0.2.1', '2001:db8::1'],
  uris: ['sip:example.com'],
});

describe('the certificate reader', () => {
  it('reads what a certificate says', () => {
    const [view] = good(readCertificates(leaf.certificateChain));
    expect(view).toMatchObject({
      subject: 'CN=leaf',
      issuer: 'CN=Test Root, O=Example',
      commonName: 'leaf',
      keyType: 'EC P-256',
      keyBits: 256,
      signature: 'ecdsa-with-SHA256',
      san: [
        'DNS:pbx.example.com',
        'DNS:*.example.com',
        'IP:192.0.2.1',
        'IP:2001:db8:0:0:0:0:0:1',
        'URI:sip:example.com',
      ],
      eku: ['serverAuth', 'clientAuth'],
      keyUsage: ['digitalSignature'],
      isCa: false,
      selfSigned: false,
    });
  });

  it('reads an authority', () => {
    const [view] = good(readCertificates(root.certificate));
    expect(view).toMatchObject({ isCa: true, selfSigned: true, eku: [], keyUsage: ['keyCertSign', 'cRLSign'] });
    expect(view?.subjectKeyId).toBe(view?.authorityKeyId);
  });

  it('agrees with the TLS library on every public root', () => {
    for (const pem of rootCertificates) {
      const expected = new X509Certificate(pem);
      const [view] = good(readCertificates(pem));
      expect(view?.sha256).toBe(expected.fingerprint256.replaceAll(':', '').toLowerCase());
      expect(view?.serial).toBe(expected.serialNumber.toLowerCase().replace(/^0+(?=.)/, ''));
      expect(Date.parse(view?.notAfter ?? '')).toBe(Date.parse(expected.validTo));
      expect(Date.parse(view?.notBefore ?? '')).toBe(Date.parse(expected.validFrom));
      expect(view?.isCa).toBe(true);
      expect(view?.selfSigned).toBe(true);
      const { asymmetricKeyType, asymmetricKeyDetails } = expected.publicKey;
      if (asymmetricKeyType === 'rsa') expect(view?.keyBits).toBe(asymmetricKeyDetails?.modulusLength);
    }
  });

  it('survives any octets', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => !readCertificate(octets).ok));
  });

  it('survives a certificate with any octet changed, and cut off anywhere', () => {
    const der = derOf(leaf.certificateChain)[0] ?? new Uint8Array(0);
    for (let at = 0; at < der.length; at++) {
      for (const value of [0, 0x7f, 0x80, 0xff]) {
        const changed = der.slice();
        changed[at] = value;
        readCertificate(changed);
      }
      expect(readCertificate(der.subarray(0, at)).ok).toBe(false);
    }
  });

  it('refuses a file of certificates with a broken one, and says which', () => {
    const broken = leaf.certificateChain.replace(/\n[^\n]*\n-----END/, '\n-----END');
    expect(readCertificates(root.certificate + broken)).toEqual({
      ok: false,
      error: expect.stringContaining('certificate 2') as string,
    });
  });
});

describe('SHA-256', () => {
  it('FIPS 180-4 gives the published digests', () => {
    const hash = (text: string): string => sha256Hex(new TextEncoder().encode(text));
    expect(hash('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(hash('a'.repeat(1_000_000))).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
  });
});
