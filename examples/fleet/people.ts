// People who do not exist, with what agents get to see of them. Looking at a value plants it: it is
// in the ledger because it is about to be in an event. Domains, phone numbers, addresses and cards
// come from the ranges kept for examples and tests (RFC 2606, RFC 5737, RFC 3849, the fictional
// ranges of the NANPA, Ofcom and the Bundesnetzagentur, the card schemes' test numbers).
// Example: new Person(dice, ledger, 'acme-retail', 'us').email → 'maria.lopez83@example.com'
import type { Dice } from './dice.ts';
import type { Ledger, PlantedType } from './planted.ts';

const FIRST_NAMES = {
  us: ['Maria', 'James', 'Aisha', 'Wei', 'Liam', 'Sofia', 'Noah', 'Priya', 'Ethan', 'Chloe'],
  eu: ['Jürgen', 'Anneke', 'Giulia', 'Łukasz', 'Siobhán', 'Élodie', 'Mateo', 'Freja', 'Ioana'],
};
const LAST_NAMES = {
  us: ['Lopez', 'Okafor', 'Nguyen', 'Carter', 'Patel', 'Reyes', 'Kim', 'Brooks', 'Haddad'],
  eu: ['Müller', 'de Vries', 'Rossi', 'Kowalczyk', "O'Brien", 'Lefèvre', 'Jansen', 'Popescu'],
};
const MAIL_DOMAINS = ['example.com', 'example.org', 'mail.example.com'];
const TEST_CARDS = [
  '4242424242424242',
  '4000056655665556',
  '4111111111111111',
  '4012888888881881',
  '5555555555554444',
  '5105105105105100',
  '2223003122003222',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '3566002020360505',
];
const IBAN_FORMS = [
  { country: 'DE', digits: 18 },
  { country: 'AT', digits: 16 },
  { country: 'ES', digits: 20 },
  { country: 'DK', digits: 14 },
];

export type Home = 'us' | 'eu';

export class Person {
  readonly home: Home;
  readonly customerId: string;
  readonly #dice: Dice;
  readonly #ledger: Ledger;
  readonly #tenantId: string;
  readonly #first: string;
  readonly #last: string;
  readonly #values = new Map<string, string>();

  constructor(dice: Dice, ledger: Ledger, tenantId: string, home: Home) {
    this.#dice = dice;
    this.#ledger = ledger;
    this.#tenantId = tenantId;
    this.home = home;
    this.#first = dice.pick(FIRST_NAMES[home]);
    this.#last = dice.pick(LAST_NAMES[home]);
    this.customerId = `cust-${dice.digits(7)}`;
  }

  get name(): string {
    return this.#seen('name', () => `${this.#first} ${this.#last}`);
  }

  get email(): string {
    return this.#seen('email', () => {
      const local = `${ascii(this.#first)}.${ascii(this.#last)}${this.#dice.int(10, 9999)}`;
      return `${local}@${this.#dice.pick(MAIL_DOMAINS)}`;
    });
  }

  get phone(): string {
    return this.#seen('phone', () => {
      if (this.home === 'us')
        return `+1 ${this.#dice.pick(['415', '212', '503'])} 555 01${this.#dice.digits(2)}`;
      const isBritish = this.#dice.chance(0.5);
      return isBritish
        ? `+44 20 7946 0${this.#dice.digits(3)}`
        : `+49 30 23125 ${this.#dice.digits(3)}`;
    });
  }

  get card(): string {
    return this.#seen('card', () => {
      const number = this.#dice.pick(TEST_CARDS);
      const isGrouped = number.length === 16 && this.#dice.chance(0.5);
      return isGrouped ? (number.match(/.{4}/g) ?? []).join(' ') : number;
    });
  }

  get iban(): string {
    return this.#seen('iban', () => {
      const { country, digits } = this.#dice.pick(IBAN_FORMS);
      const account = this.#dice.digits(digits);
      return `${country}${ibanCheckDigits(country, account)}${account}`;
    });
  }

  get ssn(): string {
    return this.#seen('us_ssn', () => {
      const area = this.#dice.int(100, 665);
      const group = String(this.#dice.int(1, 99)).padStart(2, '0');
      return `${area}-${group}-${this.#dice.int(1000, 9999)}`;
    });
  }

  get ipv4(): string {
    const nets = ['192.0.2', '198.51.100', '203.0.113'];
    return this.#seen('ipv4', () => `${this.#dice.pick(nets)}.${this.#dice.int(1, 254)}`);
  }

  get ipv6(): string {
    return this.#seen('ipv6', () => {
      const group = (): string => this.#dice.int(0x1000, 0xffff).toString(16);
      return `2001:db8:${group()}:${group()}::${group()}`;
    });
  }

  #seen(type: PlantedType, make: () => string): string {
    const value = this.#values.get(type) ?? make();
    this.#values.set(type, value);
    return this.#ledger.plant(type, value, this.#tenantId);
  }
}

/** ISO 7064 mod 97-10 over account, country and 00 (ISO 13616). Letters count from A = 10. */
function ibanCheckDigits(country: string, account: string): string {
  const letters = [...country].map((letter) => letter.charCodeAt(0) - 55).join('');
  const remainder = BigInt(`${account}${letters}00`) % 97n;
  return String(98n - remainder).padStart(2, '0');
}

function ascii(name: string): string {
  const plain = name.replaceAll('Ł', 'L').replaceAll('ł', 'l').normalize('NFD');
  return plain.replaceAll(/[^A-Za-z]/g, '').toLowerCase();
}
