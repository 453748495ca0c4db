// What the fleet itself remembers of the personal values and secrets it put into its events, and of
// the rules it broke on purpose: the truth that searches of topics, tables and logs are held
// against.
// Example: ledger.plant('email', 'ada@example.com', 'acme-retail'); ledger.planted()

export const PLANTED_TYPES = [
  'name',
  'email',
  'phone',
  'card',
  'iban',
  'us_ssn',
  'ipv4',
  'ipv6',
  'jwt',
  'aws_key',
  'openai_key',
  'url_credentials',
] as const;
export type PlantedType = (typeof PLANTED_TYPES)[number];

/** `value` is searched literally. For url_credentials it is the password alone. */
export type Planted = {
  readonly type: PlantedType;
  readonly value: string;
  readonly tenantId: string;
};

/** What the fleet breaks on purpose, and the rule of infra/policies that sees it. */
export const RULES = {
  tool_not_allowed: 'TOOL-001',
  shell_in_production: 'TOOL-002',
  destructive_without_approval: 'TOOL-003',
  write_by_read_only_agent: 'TOOL-004',
  secret_in_tool_arguments: 'TOOL-005',
  unknown_host: 'EXF-002',
  injection_in_retrieved_text: 'INJ-001',
  jailbreak_let_through: 'INJ-003',
  card_in_answer: 'PII-001',
  model_outside_region: 'PII-003',
  very_long_answer: 'COST-003',
  irreversible_while_unsure: 'DEC-001',
  approval_by_agent: 'DEC-003',
  unregistered_agent: 'ID-001',
  unapproved_model: 'SUP-001',
  untrusted_memory: 'MEM-001',
} as const;
export type Slip = keyof typeof RULES;

/** One deliberate breach: an event of this run is the one the rule finds. */
export type Breach = {
  readonly slip: Slip;
  readonly rule: (typeof RULES)[Slip];
  readonly agentId: string;
  readonly runId: string;
};

export class Ledger {
  readonly #planted = new Map<string, Planted>();
  readonly #breaches: Breach[] = [];

  /** Remembers a value and returns it, to be used where it stands. */
  plant(type: PlantedType, value: string, tenantId: string, searched = value): string {
    this.#planted.set(`${type}|${searched}|${tenantId}`, { type, value: searched, tenantId });
    return value;
  }

  breach(breach: Breach): void {
    this.#breaches.push(breach);
  }

  planted(): readonly Planted[] {
    return [...this.#planted.values()];
  }

  breaches(): readonly Breach[] {
    return [...this.#breaches];
  }
}
