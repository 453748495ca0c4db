// A report's page in a real browser: Chromium, where there is one. Hostile values run nothing,
// every chart is there, light and dark differ, and it prints.
// Guarantees: a profile of its own, no network asked for, ended within a minute.
// Example: apt-get install chromium && npm test -- browser
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateSync } from 'node:zlib';
import { htmlPage } from '@agentspine/report/html-page';
import { plantedReport } from '@agentspine/report/planted-report';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--window-size=1000,900',
];
const run = promisify(execFile);

// Where no Chromium is installed there is no browser to look with.
describe.skipIf(CHROMIUM === undefined)('the page of a report in Chromium', () => {
  let folder: string;
  let address: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spine-browser-'));
    const file = join(folder, 'report.html');
    await writeFile(file, await htmlPage(plantedReport()));
    address = `file://${file}`;
  }, 60_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function chromium(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const profile = await mkdtemp(join(folder, 'profile-'));
    const all = [...QUIET, `--user-data-dir=${profile}`, ...args, address];
    return run(CHROMIUM ?? '', all, { timeout: 55_000, maxBuffer: 64 * 1024 * 1024 });
  }

  test('says nothing on the console, and holds every chart', async () => {
    const { stdout, stderr } = await chromium('--dump-dom', '--enable-logging=stderr');
    expect(stderr.split('\n').filter((line) => line.includes('CONSOLE'))).toEqual([]);
    expect(stdout.match(/<figure>/gu)).toHaveLength(10);
    expect(stdout.match(/<figure>[\s\S]*?<svg [\s\S]*?<path /gu)).toHaveLength(10);
    expect(stdout).not.toMatch(/<(?:script|img)\b/u);
  });

  test('is light where people like it light, and dark where they like it dark', async () => {
    const corners: string[] = [];
    for (const [name, scheme] of [
      ['light', 1],
      ['dark', 0],
    ] as const) {
      const file = join(folder, `${name}.png`);
      await chromium(`--blink-settings=preferredColorScheme=${scheme}`, `--screenshot=${file}`);
      corners.push(firstPixel(await readFile(file)));
    }
    expect(corners).toEqual(['#ffffff', '#14171b']);
  });

  test('can be printed', async () => {
    const file = join(folder, 'report.pdf');
    await chromium('--no-pdf-header-footer', `--print-to-pdf=${file}`);
    const pdf = await readFile(file, 'latin1');
    expect(pdf.startsWith('%PDF-')).toBe(true);
    expect(pdf.match(/\/Type \/Page\b/gu)?.length ?? 0).toBeGreaterThan(1);
  });
});

/** Of an 8-bit PNG; the first pixel of the first row is what it is under every filter. */
function firstPixel(png: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      parts.push(png.subarray(at + 8, at + 8 + length));
    }
    at += length + 12;
  }
  return `#${inflateSync(Buffer.concat(parts)).subarray(1, 4).toString('hex')}`;
}
