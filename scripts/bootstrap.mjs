// Makes a clone ready (packages, Node 24) and starts a script of it there.
// Guarantees: installs only when what is installed differs from package-lock.json; two starts at
// once install once; talk goes to standard error, so that standard output holds results alone; the
// child's exit code and signals are ours.
// Example: await bootstrap(['services/cli/main.ts', 'help'])
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
const NODE_FOLDER = join(MODULES, 'node', 'bin');
const NODE = join(NODE_FOLDER, process.platform === 'win32' ? 'node.exe' : 'node');
const LOCK = join(ROOT, '.spine', 'install.lock');

/** Runs `node script args…` of the repository under Node 24 and ends like it. */
export async function bootstrap(command, nodeOptions = []) {
  if (!isInstalled() && !(await installOnce())) return;
  const node = node24();
  if (node === undefined) return;
  const [script, ...args] = command;
  const child = spawn(node, [...nodeOptions, join(ROOT, script), ...args], {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(MODULES, '.cache', 'compile'),
      PATH: [NODE_FOLDER, join(MODULES, '.bin'), process.env.PATH].join(delimiter),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`Node 24 did not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

/**
 * True when node_modules holds what package-lock.json names; packages for other platforms may be
 * absent.
 */
export function isInstalled(modules = MODULES, lockFile = join(ROOT, 'package-lock.json')) {
  const installed = readPackages(join(modules, '.package-lock.json'));
  const wanted = readPackages(lockFile);
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true; // the repository itself and its workspaces
    const found = installed[path];
    if (found === undefined)
      return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version && found.link === entry.link;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function installOnce() {
  mkdirSync(join(ROOT, '.spine'), { recursive: true });
  let told = false;
  while (!take()) {
    if (!told) say('Another start is installing the packages; waiting for it.');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  try {
    return isInstalled() || install();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** Takes the lock file, also from a holder that died. */
function take() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = readHolder(LOCK);
  if (holder === undefined || isAlive(holder)) return false;
  try {
    const aside = `${LOCK}.${process.pid}`;
    renameSync(LOCK, aside);
    const taken = readHolder(aside);
    if (taken !== undefined && isAlive(taken)) renameSync(aside, LOCK); // somebody was faster
    else rmSync(aside, { force: true });
  } catch {
    // somebody else cleared it
  }
  return false;
}

/** The process that holds the lock; undefined while it is just being written. */
function readHolder(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid > 0) return pid;
    return Date.now() - statSync(file).mtimeMs > 5_000 ? -1 : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function install() {
  const why = existsSync(MODULES) ? 'package-lock.json has changed' : 'first start';
  say(`Installing the packages (${why}); this takes about a minute.`);
  const startedMs = Date.now();
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const options = { cwd: ROOT, stdio: ['ignore', 2, 2] };
  const result = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (result.status !== 0) {
    fail(
      'npm ci failed; see its message above. Check the network and the npm registry, then run this again.',
    );
    return false;
  }
  say(`Installed in ${((Date.now() - startedMs) / 1000).toFixed(0)} s.`);
  return true;
}

/** The Node that the repository pins, or the running one where it is new enough. */
function node24() {
  if (existsSync(NODE)) return NODE;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  fail(
    `Node 24 is missing from node_modules, because npm ran without install scripts. ` +
      'Run "npm rebuild node --ignore-scripts=false", or start with Node 24 or newer.',
  );
  return undefined;
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(line) {
  say(line);
  process.exitCode = 1;
}
