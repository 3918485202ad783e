import { describe, expect, it } from 'vitest';
import { readAccountsFile, type AccountFileEntry } from '../../../core/phone/accounts-file.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(`\uFEFF${text}`, 'utf16le'));

function read(octets: Uint8Array): readonly AccountFileEntry[] {
  const file = readAccountsFile(octets);
  if (!file.ok) throw new Error(file.error);
  return file.value;
}

const MICROSIP = `[Settings]
accountId=1
[Account1]
label=Office
server=sip.example.com:5061
proxy=
domain=example.com
username=alice
password=p;=[x] "y"
authID=alice-login
displayName=Alice Ä.
transport=tls
SRTP=mandatory
[Account2]
label=Broken
server=
username=
[Account3]
server=pbx.example.net
domain=pbx.example.net
username=100
password=0123abcd
passwordSize=8
transport=
SRTP=
[Calls]
1=alice
`.replaceAll('\n', '\r\n');

const LINPHONE = `[sip]
media_encryption=srtp
media_encryption_mandatory=1
verify_server_certs=0
default_proxy=0

[auth_info_0]
username=bob
passwd=other realm
realm="else.example"

[auth_info_1]
username=bob
userid=bob-login
passwd=s;e=cret
realm="example.org"
domain=example.org

[auth_info_2]
username=carol
ha1=0123456789abcdef0123456789abcdef
realm=example.org

[proxy_0]
reg_proxy=<sip:sip.example.org:5061;transport=tls>
reg_identity="Bob B." <sip:bob@example.org>

[proxy_1]
reg_proxy=sip:example.org
reg_identity=sip:carol@example.org

[proxy_2]
reg_proxy=<sips:example.org>
reg_identity=nonsense
`;

describe('the accounts of MicroSIP.ini', () => {
  it.each([
    ['UTF-16, as MicroSIP writes it', utf16(MICROSIP)],
    ['UTF-8', utf8(MICROSIP)],
  ])('are read from %s, passwords with every character', (_name, octets) => {
    expect(read(octets)[0]).toEqual({
      account: {
        address: 'sip:alice@example.com',
        authorizationUser: 'alice-login',
        displayName: 'Alice Ä.',
        server: 'sip.example.com:5061',
        transport: 'tls',
        srtp: 'mandatory',
        trust: '',
        verify: true,
        password: 'p;=[x] "y"',
      },
    });
  });

  it('without an address are named as the file does', () => {
    expect(read(utf16(MICROSIP))[1]).toEqual({ name: 'Broken', reason: 'no-address' });
  });

  it('have no password where it is encrypted for one Windows, and plain transport where none was chosen', () => {
    expect(read(utf16(MICROSIP))[2]).toMatchObject({
      account: { address: 'sip:100@pbx.example.net', server: '', transport: 'udp', srtp: 'off', password: '' },
    });
  });
});

describe('the accounts of linphonerc', () => {
  it('have the password of their realm, and the protection of the whole file', () => {
    expect(read(utf8(LINPHONE))[0]).toEqual({
      account: {
        address: 'sip:bob@example.org',
        authorizationUser: 'bob-login',
        displayName: 'Bob B.',
        server: 'sip.example.org:5061',
        transport: 'tls',
        srtp: 'mandatory',
        trust: '',
        // Whatever the file says.
        verify: true,
        password: 's;e=cret',
      },
    });
  });

  it('have no password where there is only its hash', () => {
    expect(read(utf8(LINPHONE))[1]).toMatchObject({
      account: { address: 'sip:carol@example.org', server: '', transport: 'udp', password: '' },
    });
  });

  it('with an identity that is no address are named as the file does', () => {
    expect(read(utf8(LINPHONE))[2]).toEqual({ name: 'proxy_2', reason: 'no-address' });
  });

  it('without keys of their own get them offered over TLS', () => {
    const plain = LINPHONE.replace('media_encryption=srtp', 'media_encryption=none');
    expect(read(utf8(plain))[0]).toMatchObject({ account: { srtp: 'optional' } });
  });
});

describe('a file without accounts', () => {
  it.each([
    ['nothing', utf8(''), 'there is no account in it'],
    ['another file', utf8('[Desktop]\nname=x\n'), 'there is no account in it'],
    ['octets', Uint8Array.of(1, 0, 2, 0), 'it is no text'],
  ])('(%s) is told as that', (_name, octets, error) => {
    expect(readAccountsFile(octets)).toEqual({ ok: false, error });
  });

  it('with thousands of sections is read to a limit', () => {
    const many = Array.from({ length: 5000 }, (_, n) => `[Account${n}]\nusername=u${n}\ndomain=example.com\n`).join('');
    expect(read(utf8(many))).toHaveLength(32);
  });
});
