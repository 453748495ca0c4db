// Credentials that never opened anything, of the forms real ones have. Each is planted as it is
// made.
// Example: new Secrets(dice, ledger, 'acme-retail').awsKey() → 'AKIA…'
import type { Dice } from './dice.ts';
import type { Ledger } from './planted.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export class Secrets {
  readonly #dice: Dice;
  readonly #ledger: Ledger;
  readonly #tenantId: string;

  constructor(dice: Dice, ledger: Ledger, tenantId: string) {
    this.#dice = dice;
    this.#ledger = ledger;
    this.#tenantId = tenantId;
  }

  awsKey(): string {
    const value = `AKIA${this.#dice.text(16, BASE32)}`;
    return this.#ledger.plant('aws_key', value, this.#tenantId);
  }

  openaiKey(): string {
    const value = `sk-proj-${this.#dice.text(48)}`;
    return this.#ledger.plant('openai_key', value, this.#tenantId);
  }

  jwt(subject: string, issuedAtUs: number): string {
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: subject, iat: Math.floor(issuedAtUs / 1e6), scope: 'orders:read' };
    const value = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${this.#dice.text(43)}`;
    return this.#ledger.plant('jwt', value, this.#tenantId);
  }

  databaseUrl(): string {
    const password = this.#dice.text(18);
    const url = `postgres://app_rw:${password}@db.internal.example.com:5432/orders`;
    return this.#ledger.plant('url_credentials', url, this.#tenantId, password);
  }
}
