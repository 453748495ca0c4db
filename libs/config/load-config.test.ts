// What loading a configuration promises: defaults, overrides, and mistakes named with their place.
// Files and variables are given as values; nothing is read from the machine.
// Example: problemsOf({ yaml: 'kafka: 3' })
import { isSpineError } from '@agentspine/outcome/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { configKeys } from './config-keys.ts';
import type { Config } from './config-schema.ts';
import { configHash, describeConfig } from './describe-config.ts';
import { loadConfig, loadConfigWithOrigins } from './load-config.ts';

type Given = { readonly yaml?: string; readonly env?: Record<string, string> };

const sourceOf = ({ yaml, env = {} }: Given) => ({
  ...(yaml === undefined ? {} : { file: 'conf/spine.yaml' }),
  env,
  cwd: '/srv/app',
  readFile: (path: string) => {
    if (yaml === undefined || path !== '/srv/app/conf/spine.yaml') {
      throw Object.assign(new Error('no'), { code: 'ENOENT' });
    }
    return yaml;
  },
});

const load = (given: Given): Config => loadConfig(sourceOf(given));

function problemsOf(given: Given): readonly string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.message);
    if (isSpineError(error)) return [error.message];
    throw error;
  }
  return [];
}

describe('defaults and overrides', () => {
  test('an empty configuration is whole and keeps every relation', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ yaml: '' })).toEqual([]);
    expect(load({}).sink.batch_rows_max).toBe(50_000);
    expect(load({}).kafka.brokers).toEqual(['127.0.0.1:9092']);
  });

  test('the file overrides the defaults and the environment overrides the file', () => {
    const yaml = 'kafka:\n  brokers: [a:1]\n  client_id: mine\n';
    const config = load({ yaml, env: { SPINE_KAFKA_BROKERS: 'b:2, [::1]:3' } });
    expect(config.kafka.brokers).toEqual(['b:2', '[::1]:3']);
    expect(config.kafka.client_id).toBe('mine');
  });

  test('a section that is written but empty counts as absent', () => {
    expect(load({ yaml: 'sink:\n  # batch_rows_max: 3\n' }).sink.batch_rows_max).toBe(50_000);
  });

  test('an empty variable counts as not set, and null turns a key off', () => {
    expect(load({ env: { SPINE_WORKER_HTTP_PORT: '' } }).worker.http_port).toBeNull();
    const yaml = 'worker: { http_port: 9000 }';
    expect(load({ yaml, env: { SPINE_WORKER_HTTP_PORT: 'null' } }).worker.http_port).toBeNull();
  });

  test('SASL can be given by variables alone', () => {
    const env = {
      SPINE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
      SPINE_KAFKA_SASL_USERNAME: 'spine',
      SPINE_KAFKA_SASL_PASSWORD: 'hush',
    };
    expect(load({ env }).kafka.sasl).toEqual({
      mechanism: 'scram-sha-512',
      username: 'spine',
      password: 'hush',
    });
  });

  test('paths are relative to the file that names them, or to the working directory', () => {
    const yaml = 'privacy: { field_policy: fields.yaml }\npolicy: { files: [a.yaml, /abs/b.yaml] }';
    const config = load({ yaml, env: { SPINE_PRIVACY_KEY_FILE: 'keys.json' } });
    expect(config.privacy.field_policy).toBe('/srv/app/conf/fields.yaml');
    expect(config.policy.files).toEqual(['/srv/app/conf/a.yaml', '/abs/b.yaml']);
    expect(config.privacy.key_file).toBe('/srv/app/keys.json');
  });

  test('SPINE_CONFIG names the file where the call does not', () => {
    const source = sourceOf({ yaml: 'topics: { prefix: mine }' });
    const { file: _file, ...rest } = source;
    const config = loadConfig({ ...rest, env: { SPINE_CONFIG: 'conf/spine.yaml' } });
    expect(config.topics.prefix).toBe('mine');
  });

  test('the result cannot be changed', () => {
    const config = load({});
    expect(() => config.kafka.brokers.push('x:1')).toThrow(TypeError);
  });

  test('every key can be set by its variable, and every variable is distinct', () => {
    const keys = configKeys();
    expect(new Set(keys.map((key) => key.env)).size).toBe(keys.length);
    for (const key of keys.filter((each) => each.facts.form === 'number')) {
      expect(problemsOf({ env: { [key.env]: 'many' } }).join('\n')).toContain(key.env);
    }
  });
});

describe('mistakes', () => {
  test('all of them are named at once, each with its place', () => {
    const yaml = 'kafka:\n  brokers: [a]\n  brokres: [b:1]\nworker: 3\nsinks:\n  x: 1\n';
    const problems = problemsOf({ yaml, env: { SPINE_TOPICS_PARTITIONS: 'many' } });
    expect(problems).toContain(
      'SPINE_CONFIG_VALUE conf/spine.yaml:2: wanted a list of host:port, found kafka.brokers[0] = "a"',
    );
    expect(problems).toContain(
      'SPINE_CONFIG_KEY conf/spine.yaml:3: wanted kafka.brokers, found kafka.brokres',
    );
    expect(problems).toContain(
      'SPINE_CONFIG_VALUE conf/spine.yaml:4: wanted a map of keys, found worker = 3',
    );
    expect(problems).toContain('SPINE_CONFIG_KEY conf/spine.yaml:5: wanted sink, found sinks');
    expect(problems).toContain(
      'SPINE_CONFIG_VALUE environment variable SPINE_TOPICS_PARTITIONS: ' +
        'wanted a whole number from 1 to 10000, found topics.partitions = "many"',
    );
  });

  test('a key in the wrong section is pointed to the right one', () => {
    expect(problemsOf({ yaml: 'kafka:\n  batch_rows_max: 5\n' })).toEqual([
      'SPINE_CONFIG_KEY conf/spine.yaml:2: wanted sink.batch_rows_max, found kafka.batch_rows_max',
    ]);
  });

  test('a variable that names no key is refused, Kubernetes’ own are not', () => {
    expect(problemsOf({ env: { SPINE_SINK_BATCH_ROWS: '3' } })).toEqual([
      'SPINE_CONFIG_KEY environment variable SPINE_SINK_BATCH_ROWS: ' +
        'wanted SPINE_SINK_BATCH_ROWS_MAX, found SPINE_SINK_BATCH_ROWS',
    ]);
    const kubernetes = {
      SPINE_SINK_SERVICE_HOST: '10.0.0.1',
      SPINE_SINK_SERVICE_PORT_HTTP: '80',
      SPINE_SINK_PORT: 'tcp://10.0.0.1:80',
      SPINE_SINK_PORT_80_TCP_ADDR: '10.0.0.1',
    };
    expect(problemsOf({ env: kubernetes })).toEqual([]);
  });

  test('a missing file and broken YAML say where', () => {
    expect(() => loadConfig({ ...sourceOf({}), file: 'gone.yaml' })).toThrow(
      'SPINE_CONFIG_MISSING gone.yaml: wanted a readable configuration file, found no such file',
    );
    expect(problemsOf({ yaml: 'kafka:\n  brokers: [a:1\n' })[0]).toMatch(
      /^SPINE_CONFIG_SYNTAX conf\/spine\.yaml:\d+:\d+: /u,
    );
    expect(problemsOf({ yaml: '- a\n' })[0]).toContain('wanted a map of sections');
  });

  test.each([
    ['sink: { insert_timeout_ms: 30000 }', 'sink.session_timeout_ms (30000)'],
    ['worker:\n  heartbeat_interval_ms: 10001', 'worker.session_timeout_ms (30000)'],
    ['sink: { session_timeout_ms: 6000 }', 'sink.session_timeout_ms (6000)'],
    ['worker: { group_id: agentspine-sink }', 'another group than worker.group_id'],
    ['worker: { record_bytes_max: 16777216 }', 'worker.record_bytes_max (16777216)'],
    ['kafka: { sasl: { mechanism: plain, username: a, password: b } }', 'plain without TLS'],
    ['worker: { fetch_max_wait_ms: 30000 }', 'heartbeats are sent between fetches'],
    ['sink: { batch_wait_ms: 30000 }', 'belongs to no member any more'],
  ])('limits that do not fit each other are refused: %s', (yaml, reason) => {
    const problems = problemsOf({ yaml });
    expect(problems.join('\n')).toContain(reason);
    expect(problems[0]).toMatch(/conf\/spine\.yaml:\d/u);
  });

  test('no mistake shows a secret', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{24,40}$/u), (secret) => {
        const yaml = [
          `clickhouse: { password: [${secret}], url: "ftp://me:${secret}@host" }`,
          `registry: { password: { a: ${secret} } }`,
          `kafka: { sasl: { mechanism: none, username: a, password: { x: ${secret} } } }`,
        ].join('\n');
        const problems = problemsOf({ yaml });
        expect(problems.length).toBeGreaterThanOrEqual(4);
        expect(problems.join('\n')).not.toContain(secret);
      }),
      { numRuns: 30 },
    );
  });

  test('any text as a file ends in a configuration or in an error of the catalogue', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('kafka:', '  brokers:', '    - a:1', 'sink: {', '}', '&a [*a]', '? !!x y'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        for (const problem of problemsOf({ yaml: lines.join('\n') })) {
          expect(problem).toMatch(/^SPINE_CONFIG_/u);
        }
      }),
    );
  });
});

describe('describing', () => {
  const given = {
    yaml: 'kafka:\n  ssl: true\nclickhouse: { url: "http://u:pw@h:1", password: hush }',
    env: { SPINE_TOPICS_PREFIX: 'mine' },
  };

  test('each value has its origin, and secrets are masked', () => {
    const rows = describeConfig(loadConfigWithOrigins(sourceOf(given)));
    const row = (key: string) => rows.find((each) => each.key === key);
    expect(row('kafka.ssl')).toEqual({
      key: 'kafka.ssl',
      value: 'true',
      origin: 'conf/spine.yaml:2',
    });
    expect(row('topics.prefix')?.origin).toBe('SPINE_TOPICS_PREFIX');
    expect(row('sink.http_port')).toEqual({
      key: 'sink.http_port',
      value: 'null',
      origin: 'default',
    });
    expect(row('clickhouse.password')?.value).toBe('"***"');
    expect(row('clickhouse.url')?.value).toBe('"http://***@h:1"');
    expect(row('registry.password')?.value).toBe('""');
    expect(rows.map((each) => each.key)).toEqual(configKeys().map((key) => key.name));
  });

  test('the hash changes with a value and not with a secret', () => {
    const hash = configHash(load(given));
    expect(hash).toMatch(/^[0-9a-f]{12}$/u);
    expect(configHash(load({ ...given, env: {} }))).not.toBe(hash);
    expect(configHash(load({ ...given, yaml: given.yaml.replace('hush', 'other') }))).toBe(hash);
  });
});
