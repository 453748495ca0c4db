// What the fleet itself remembers of the personal values and secrets it put into its events, and of the rules it broke
// on purpose: the truth that searches of topics, tables and logs are held against.
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
  'llm_key',
  'url_credential',
] as const;
export type PlantedType = (typeof PLANTED_TYPES)[number];

/** `value` is searched literally. For url_credential it is the password alone. */
export type Planted = {
  readonly type: PlantedType;
  readonly value: string;
  readonly tenantId: string;
};

export const RULES = [
  'tool_not_allowed',
  'shell_in_production',
  'destructive_without_approval',
  'write_by_read_only_agent',
  'secret_in_tool_arguments',
  'external_recipient',
  'injection_in_tool_output',
  'jailbreak_in_input',
  'data_outside_region',
  'over_long_completion',
  'low_confidence_irreversible',
  'self_approval',
  'unregistered_agent',
  'unapproved_model',
  'untrusted_memory',
] as const;
export type Rule = (typeof RULES)[number];

/** One deliberate breach. */
export type Breach = { readonly rule: Rule; readonly agentId: string; readonly runId: string };

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
