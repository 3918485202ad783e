import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ExternalProgram } from '../../support/external-program.ts';
import { freePort } from '../../support/free-port.ts';

const run = promisify(execFile);

/** A certificate to be made by OpenSSL, in the words of its configuration. */
export interface CertificateWish {
  readonly name: string;
  /** Of `openssl genpkey`, such as `RSA rsa_keygen_bits:1024`. */
  readonly key?: string;
  readonly digest?: string;
  readonly san?: string;
  readonly eku?: string;
  readonly keyUsage?: string;
  /** First and last moment as `YYYYMMDDHHMMSSZ`; a year from now where missing. */
  readonly dates?: readonly [string, string];
  /** The issuer; itself where missing. */
  readonly by?: MadeCertificate;
  readonly isCa?: boolean;
}

/** Files of a certificate. */
export interface MadeCertificate {
  readonly name: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes key and certificate in a folder with the program `openssl`. */
export async function makeCertificate(folder: string, wish: CertificateWish): Promise<MadeCertificate> {
  const { name, key = 'EC ec_paramgen_curve:P-256', digest = 'sha256', by, isCa = false, dates } = wish;
  const file = join(folder, name.replace(/[^a-z0-9]/gi, '-'));
  const made = { name, certificate: `${file}.crt`, key: `${file}.key` };
  const [algorithm = '', option = ''] = key.split(' ');
  await run('openssl', ['genpkey', '-algorithm', algorithm, '-pkeyopt', option, '-out', made.key]);
  await run('openssl', ['req', '-new', '-key', made.key, '-subj', `/CN=${name}`, '-out', `${file}.csr`, `-${digest}`]);
  const extensions = [
    `basicConstraints=critical,CA:${isCa ? 'TRUE' : 'FALSE'}`,
    `keyUsage=critical,${wish.keyUsage ?? (isCa ? 'keyCertSign,cRLSign' : 'digitalSignature,keyEncipherment')}`,
    'subjectKeyIdentifier=hash',
    ...(by === undefined ? [] : ['authorityKeyIdentifier=keyid:always']),
    ...(isCa || wish.eku === '' ? [] : [`extendedKeyUsage=${wish.eku ?? 'serverAuth'}`]),
    ...(wish.san === undefined ? [] : [`subjectAltName=${wish.san}`]),
  ];
  await writeFile(`${file}.ext`, `[ext]\n${extensions.join('\n')}\n`);
  // `openssl x509` has no dates of one's own before OpenSSL 3.4; `openssl ca` does.
  await writeFile(`${file}.db`, '');
  await writeFile(
    `${file}.cnf`,
    `[ca]\ndefault_ca=this\n[this]\ndatabase=${file}.db\nnew_certs_dir=${folder}\nrand_serial=yes\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n`,
  );
  await run('openssl', [
    'ca', '-batch', '-notext', '-config', `${file}.cnf`, '-in', `${file}.csr`, '-out', made.certificate, '-md', digest,
    '-extfile', `${file}.ext`, '-extensions', 'ext',
    ...(dates === undefined ? ['-days', '365'] : ['-startdate', dates[0], '-enddate', dates[1]]),
    ...(by === undefined ? ['-selfsign', '-keyfile', made.key] : ['-cert', by.certificate, '-keyfile', by.key]),
  ]); // prettier-ignore
  return made;
}

/** A running `openssl s_server` that takes connections until it is stopped. */
export async function openSslServer(
  args: readonly string[],
): Promise<{ readonly port: number; stop(): Promise<unknown> }> {
  const port = await freePort();
  const program = new ExternalProgram('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, ...args]);
  await program.line(/^ACCEPT/);
  return { port, stop: () => program.stop() };
}
