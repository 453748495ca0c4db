// Writes dashboards/NAME.json from panels/NAME.yaml; Grafana reads the JSON, people write the YAML.
// Guarantees: files without a description are removed; with --check nothing is written, and the
// exit code is 1 where a file is not what its description gives.
// Example: node infra/grafana/render.ts
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardFiles, DASHBOARDS, jsonOf, readAll } from './dashboard-files.ts';

const isCheck = process.argv.includes('--check');
const wanted = new Map(readAll().map((source) => [`${source.name}.json`, jsonOf(source)]));
for (const file of new Set([...wanted.keys(), ...dashboardFiles()])) {
  const path = join(DASHBOARDS, file);
  const text = wanted.get(file);
  const found = dashboardFiles().includes(file) ? readFileSync(path, 'utf8') : undefined;
  if (text === found) continue;
  process.stdout.write(`${file}\n`);
  if (isCheck) process.exitCode = 1;
  else if (text === undefined) rmSync(path);
  else writeFileSync(path, text);
}
