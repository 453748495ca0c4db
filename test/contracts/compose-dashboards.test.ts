// The profile "dashboards" of docker-compose.yml against what it wires together: Prometheus scrapes
// the ports that the services listen on, Grafana finds the files, and every name and password on
// one side is the one on the other.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PLUGIN_VERSION } from '../../infra/grafana/build-dashboard.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

type Service = {
  profiles?: string[];
  environment: Record<string, string>;
  ports: string[];
  volumes: string[];
};
const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
};
const service = (name: string): Service => {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};
const grafana = service('grafana');
const datasources = read('infra/grafana/provisioning/datasources/agentspine.yaml');

describe('the profile dashboards', () => {
  test('starts Prometheus and Grafana, and nothing else needs it', () => {
    for (const [name, { profiles }] of Object.entries(services)) {
      const isExtra = name === 'grafana' || name === 'prometheus';
      expect([name, profiles]).toEqual([name, isExtra ? ['dashboards'] : undefined]);
    }
  });

  test('scrapes every service of ours, where it listens', () => {
    type Job = { job_name: string; static_configs: { targets: string[] }[] };
    const { scrape_configs } = parse(read('infra/prometheus/prometheus.yml')) as {
      scrape_configs: Job[];
    };
    const scraped = scrape_configs.map(({ job_name, static_configs }) => [
      job_name,
      static_configs.flatMap(({ targets }) => targets),
    ]);
    const listening = Object.entries(services).flatMap(([name, { environment, ports }]) => {
      const variable = `SPINE_${name.toUpperCase()}_HTTP_PORT`;
      const port = environment?.[variable];
      if (port === undefined) return [];
      expect(ports).toEqual([`127.0.0.1:${port}:${port}`]);
      return [[`agentspine-${name}`, [`${name}:${port}`]]];
    });
    expect(scraped).toEqual(listening);
    expect(listening.length).toBeGreaterThanOrEqual(3);
  });

  test('gives Grafana every variable that its datasources name, and no password twice', () => {
    const named = [...datasources.matchAll(/\$\{(\w+)\}/gu)]
      .map(([, name]) => name ?? '')
      .toSorted();
    const given = Object.keys(grafana.environment).filter((name) => name.startsWith('SPINE_'));
    expect(given.toSorted()).toEqual(named);
    const clickHouse = service('clickhouse').environment;
    expect(grafana.environment['SPINE_GRAFANA_CLICKHOUSE_PASSWORD']).toBe(
      clickHouse['AGENTSPINE_READER_PASSWORD'],
    );
    expect(grafana.environment['SPINE_GRAFANA_PROMETHEUS_URL']).toBe('http://prometheus:9090');
    expect(grafana.environment['GF_PLUGINS_PREINSTALL_SYNC']).toBe(
      `grafana-clickhouse-datasource@${PLUGIN_VERSION}`,
    );
  });

  test('mounts the files where the provisioning looks for them', () => {
    const mounted = new Map(
      grafana.volumes.map((volume) => volume.split(':')).map(([from = '', to = '']) => [to, from]),
    );
    expect(mounted.get('/etc/grafana/provisioning')).toBe('./infra/grafana/provisioning');
    const { providers } = parse(read('infra/grafana/provisioning/dashboards/agentspine.yaml')) as {
      providers: { options: { path: string } }[];
    };
    const folder = mounted.get(providers[0]?.options.path ?? '') ?? '';
    expect(folder).toBe('./infra/grafana/dashboards');
    const home = grafana.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
    expect(existsSync(join(ROOT, folder, home.split('/').at(-1) ?? ''))).toBe(true);
  });
});

describe('the reader in Compose', () => {
  const users = read('infra/docker/clickhouse/users.xml');
  const sql = read('infra/grafana/reader.sql');

  test('is the user that the datasource names, with a password from the environment', () => {
    const name = /username: (\w+)/u.exec(datasources)?.[1] ?? '';
    expect(users).toContain(`<users>\n        <${name}>`);
    expect(users).toContain('<password from_env="AGENTSPINE_READER_PASSWORD"/>');
  });

  test('is bounded as the one of reader.sql', () => {
    for (const [, name, value] of sql.matchAll(/^ {4}(\w+) = '?(\w+)'?/gmu)) {
      expect(users).toContain(`<${name}>${value}</${name}>`);
    }
    for (const [, what] of sql.matchAll(
      /^(?:GRANT|REVOKE) (.+) (?:TO|FROM) agentspine_reader;$/gmu,
    )) {
      expect(users).toContain(`${what}</query>`);
    }
    expect(users.match(/<query>/gu)).toHaveLength(2);
  });
});
