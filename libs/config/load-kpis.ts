// Reads the KPI definitions that the configuration names: files, or every .yaml file of a folder.
// Guarantees: an id stands for one KPI over all files; a mistake is SPINE_KPI_FILE with file:line.
// The disk is a parameter.
// Example: loadKpis(config.analytics.kpi_files, { read: (path) => readFileSync(path, 'utf8'), list
// })
import { parseKpis, type Kpi } from '@agentspine/estimate/kpi-file';
import { SpineError } from '@agentspine/outcome/errors';
import { nearest } from './nearest.ts';
import { readYaml } from './read-yaml.ts';

export type KpiFiles = {
  /** The text of a file; throws where it cannot be read. */
  readonly read: (path: string) => string;
  /** Paths of the files in a folder; null for what is no folder. Throws where it is not there. */
  readonly list: (path: string) => readonly string[] | null;
};

export function loadKpis(paths: readonly string[], files: KpiFiles): readonly Kpi[] {
  const all = paths.flatMap((path) => filesOf(path, files));
  const owners = new Map<string, string>();
  return all.flatMap((file) => {
    const yaml = readYaml(
      guarded(file, () => files.read(file)),
      file,
    );
    const kpis = parseKpis(yaml.value, yaml.locate, nearest);
    kpis.forEach(({ id }, at) => {
      const other = owners.get(id);
      if (other !== undefined) {
        const where = yaml.locate(['kpis', at, 'id']);
        const wanted = `an id that no other file has (${other} has it)`;
        throw new SpineError('SPINE_KPI_FILE', { where, wanted, found: JSON.stringify(id) });
      }
      owners.set(id, file);
    });
    return kpis;
  });
}

function filesOf(path: string, files: KpiFiles): readonly string[] {
  const inside = guarded(path, () => files.list(path));
  return inside === null ? [path] : inside.filter((name) => /\.ya?ml$/u.test(name)).toSorted();
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const found = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new SpineError('SPINE_KPI_FILE', {
      where: path,
      wanted: 'a readable file',
      found,
      cause,
    });
  }
}
