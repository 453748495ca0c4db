// Reads everything the journey goes by: rules, price table, agent registry, field policy, keys;
// compiled once at the start.
// Guarantees: a mistake in any of them stops the start with file, line, what was wanted and what
// was found; nothing is half in force. Example: const rulebook = loadRulebook(config);
// rulebook.policy.bundleHash
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@agentspine/config/config-schema';
import { readYaml } from '@agentspine/config/read-yaml';
import { parseAgents } from '@agentspine/enrich/agents';
import { compileEnrich } from '@agentspine/enrich/enrich';
import { parsePrices } from '@agentspine/enrich/prices';
import type { AgentEvent } from '@agentspine/event/agent-event';
import type { Facts, PiiFacts } from '@agentspine/event/facts';
import { openKeyring } from '@agentspine/keys/keyring-file';
import { SpineError, type SpineErrorCode } from '@agentspine/outcome/errors';
import type { Outcome } from '@agentspine/outcome/outcome';
import { fieldTable } from '@agentspine/policy/field-table';
import { compilePolicy, type PolicySet } from '@agentspine/policy/judge';
import { parseRules } from '@agentspine/policy/parse-rules';
import { readRuleDocument } from '@agentspine/policy/rule-document';
import { fieldSet, readEventFields } from '@agentspine/privacy/event-fields';
import { parseFieldPolicy } from '@agentspine/privacy/field-policy';
import { compilePrivacy } from '@agentspine/privacy/pseudonymize';
import { loadSchemas } from '@agentspine/wire/schemas';

export type Rulebook = {
  readonly policy: PolicySet;
  readonly enrich: (event: AgentEvent, ingestedAtUs: number) => Outcome<Facts>;
  readonly pseudonymize: (event: AgentEvent) => Outcome<{ event: AgentEvent; pii: PiiFacts }>;
  /** Version of the price table. */
  readonly priceTable: string;
  readonly keys: {
    readonly version: string;
    /** Seals the bytes of a dead letter; opens only at the place named. */
    readonly seal: (bytes: Buffer, place: string) => Buffer;
  };
};

export function loadRulebook(config: Config): Rulebook {
  const schema = loadSchemas().agentEvent;
  const keyring = openKeyring(keyFileOf(config));
  const pseudonyms = keyring.pseudonyms();
  const fields = readEventFields(schema);
  const fieldPolicy = read(config.privacy.field_policy, 'SPINE_FIELDS_FILE');
  const privacy = compilePrivacy(
    parseFieldPolicy(fieldPolicy.value, fieldSet(fields), fieldPolicy.locate),
    fields,
  );
  const priceFile = read(config.enrich.price_table, 'SPINE_PRICES_FILE');
  const prices = parsePrices(priceFile.value, priceFile.locate);
  const agentFile = read(config.enrich.agent_registry, 'SPINE_AGENTS_FILE');
  const agents = parseAgents(agentFile.value, agentFile.locate);
  const documents = config.policy.files
    .flatMap(ruleFiles)
    .map((file) => readRuleDocument(file, textOf(file, 'SPINE_POLICY_FILE')));
  return {
    policy: compilePolicy(parseRules(documents, fieldTable(schema))),
    enrich: compileEnrich({ prices, agents }),
    pseudonymize: (event) => privacy(event, pseudonyms),
    priceTable: prices.version,
    keys: {
      version: keyring.version,
      seal: (bytes, place) => keyring.seal(bytes, place).bytes,
    },
  };
}

function keyFileOf(config: Config): string {
  const { key_file: file } = config.privacy;
  if (file !== null) return file;
  throw new SpineError('SPINE_KEYS_FILE', {
    where: 'privacy.key_file',
    wanted: 'the path of a keyring',
    found: 'none',
  });
}

/** A file itself, or the rule files of a folder in order of their names. */
function ruleFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
    return names.toSorted().map((name) => join(path, name));
  } catch (error) {
    throw unreadable(path, 'SPINE_POLICY_FILE', error);
  }
}

function read(path: string, code: SpineErrorCode): ReturnType<typeof readYaml> {
  return readYaml(textOf(path, code), path);
}

function textOf(path: string, code: SpineErrorCode): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, code, error);
  }
}

function unreadable(path: string, code: SpineErrorCode, cause: unknown): SpineError {
  const found = (cause as NodeJS.ErrnoException).code ?? 'an error';
  return new SpineError(code, { where: path, wanted: 'a readable file', found, cause });
}
