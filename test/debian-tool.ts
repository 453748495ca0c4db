// Where a program of a Debian package is: on the PATH, or unpacked by .ci/run into .spine/tools.
// Guarantees: null where there is none, so that a test can say so and be skipped.
// Example: debianTool('promtool') // '/usr/bin/promtool'
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const UNPACKED = join(import.meta.dirname, '..', '.spine', 'tools', 'usr', 'bin');

export function debianTool(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), UNPACKED];
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
