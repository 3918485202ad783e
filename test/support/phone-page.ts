import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CliProcess } from './cli-run.ts';

const CHROMIUM = '/usr/bin/chromium';
/** What Debian's Chromium needs as root, and what keeps it from looking for hosts that are not there. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-sync',
];

/** With `SOTTO_PICTURES=1` the pictures of the documentation are taken on the way. */
const PICTURES =
  process.env.SOTTO_PICTURES === '1' ? fileURLToPath(new URL('../../docs/images/', import.meta.url)) : undefined;

/** The whole phone as a person meets it: the program behind `npm start -- --browser`, and its page in Chromium. */
export class PhonePage {
  readonly program: CliProcess;
  readonly page: Page;
  readonly dataDir: string;
  /** What the page complained about; empty for a good one. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(program: CliProcess, browser: Browser, page: Page, dataDir: string) {
    this.program = program;
    this.page = page;
    this.dataDir = dataDir;
    this.#browser = browser;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Starts the phone with an empty data folder, and opens it. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<PhonePage> {
    const dataDir = await mkdtemp(join(tmpdir(), 'sotto-phone-'));
    const program = new CliProcess(['--no-open', '--port', '0', '--data', dataDir, '-vv'], {
      program: 'web',
      env,
      limitSeconds: 240,
    });
    const { url } = await program.event('ready', undefined, 60);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    const page = await browser.newPage({
      viewport: { width: 340, height: 560 },
      locale: 'en-GB',
      reducedMotion: 'reduce',
    });
    const phone = new PhonePage(program, browser, page, dataDir);
    await page.goto(String(url));
    return phone;
  }

  /** The account of the second user of the built-in switch, as arguments of `sotto answer` and `sotto call`. */
  async secondUser(): Promise<string[]> {
    const text = await readFile(join(this.dataDir, 'switch', 'sotto-pbx.yaml'), 'utf8');
    const password = /"1001":\s+password: "([^"]+)"/.exec(text)?.[1] ?? '';
    const port = /"transport":"tls","address":"127\.0\.0\.1","port":(\d+)|transport=tls local=127\.0\.0\.1:(\d+)/.exec(
      this.program.stderr,
    );
    return [
      '--user', '1001',
      '--password', password,
      '--domain', 'sotto.localhost',
      '--server', `127.0.0.1:${port?.[1] ?? port?.[2] ?? '5061'}`,
      '--ca', join(this.dataDir, 'switch', 'ssl', 'CA', 'cacert.pem'),
    ]; // prettier-ignore
  }

  /** Takes a picture for the documentation, where they are wanted. */
  async picture(name: string): Promise<void> {
    if (PICTURES === undefined) return;
    await mkdir(PICTURES, { recursive: true });
    await this.page.screenshot({ path: `${PICTURES}${name}.png` });
  }

  /** Ends everything; gives the exit code of the program. */
  async close(): Promise<number | null> {
    await this.#browser.close();
    this.program.signal('SIGTERM');
    const { code } = await this.program.finished;
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
    return code;
  }
}
