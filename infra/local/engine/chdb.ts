// The part of the npm package `chdb` that the front uses, as types, and its loading. The package
// lives in the cache folder, not in the repository, so it cannot be imported by name. Guarantees
// one clear error where it is absent.
// Example: const chdb = loadChdb('cacheDir/chdb-3.4.0'); new
// chdb.Session('/data').

import { createRequire } from 'node:module';
import { join } from 'node:path';

export type ChdbResult = {
  readonly elapsed: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
  bytes(): Uint8Array;
};

export type ChdbSession = {
  queryAsync(sql: string, options?: { format?: string }): Promise<ChdbResult>;
  close(): void;
};

export type Chdb = {
  readonly Session: new (
    path: string,
    options?: { connectionArgs?: readonly string[] },
  ) => ChdbSession;
  drainPending(): Promise<void>;
};

/** Loads the package from the folder it was installed into; throws where it is not there. */
export function loadChdb(packageDir: string): Chdb {
  return createRequire(join(packageDir, 'package.json'))('chdb') as Chdb;
}
