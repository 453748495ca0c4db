// Which tools of the machine the local stack can use: a JVM of 17 or newer, Maven. Guarantees an
// answer, never a throw, from checkTools; the wants… functions turn an absence into the catalogue's
// one sentence.
// Example: const { java } = await checkTools(); if (java === null) … // fall back to the in-memory
// log

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SpineError } from '@agentspine/outcome/errors';

export type Tools = {
  /** Version text, null where there is no JVM at all or only one older than 17. */
  readonly java: string | null;
  readonly maven: string | null;
};

const OLDEST_JAVA = 17;
const run = promisify(execFile);

/** The java to run: of JAVA_HOME where that is set, else of the path. */
export function javaCommand(env: NodeJS.ProcessEnv = process.env): string {
  const home = env['JAVA_HOME'];
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

export async function checkTools(env: NodeJS.ProcessEnv = process.env): Promise<Tools> {
  const [java, maven] = await Promise.all([javaVersion(env), mavenVersion(env)]);
  return { java: java !== null && majorOf(java) >= OLDEST_JAVA ? java : null, maven };
}

/** Throws SPINE_STACK_JAVA. */
export async function wantJava(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const version = await javaVersion(env);
  if (version !== null && majorOf(version) >= OLDEST_JAVA) return version;
  throw new SpineError('SPINE_STACK_JAVA', {
    wanted: `a Java runtime of ${OLDEST_JAVA} or newer`,
    found: version === null ? 'none' : `version ${version}`,
    where: javaCommand(env),
  });
}

/** Throws SPINE_STACK_MAVEN. */
export async function wantMaven(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const version = await mavenVersion(env);
  if (version !== null) return version;
  throw new SpineError('SPINE_STACK_MAVEN', { wanted: 'Maven, to download', found: 'no `mvn`' });
}

async function javaVersion(env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(javaCommand(env), ['-version'], { env });
    return /version "([^"]+)"/.exec(stderr + stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

async function mavenVersion(env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    const { stdout } = await run('mvn', ['-B', '--version'], { env });
    return /Apache Maven (\S+)/.exec(stdout)?.[1] ?? 'unknown';
  } catch {
    return null;
  }
}

/** 17 for "17.0.15", 8 for "1.8.0_292". */
function majorOf(version: string): number {
  const [first = '0', second = '0'] = version.split(/[._-]/);
  return Number(first === '1' ? second : first);
}
