// The vocabulary around values: which words in the text before, or in the key path, make a number a
// phone, a card or a secret. Words are data; one look-back reads at most WINDOW bytes.
// Guarantee: equal keys give equal bits; the memo of keys is bounded.
// Example: keyContext('customerPhoneNumber') & PHONE; wordsBefore(scan, at) & SSN
import { TwoGenerationMap } from './two-generation-map.ts';
import type { Scan } from './scan.ts';

export const PHONE = 1;
/** Words that go with phones and with much else (call, number): enough for a number in groups. */
export const PHONE_HINT = 2;
export const SSN = 4;
export const CARD = 8;
export const VERSION = 16;
/** The value is a secret whatever it looks like. */
export const SECRET = 32;
/** The value is a secret when it looks like one (token, auth). */
export const TOKEN = 64;
export const AWS = 128;
export const AZURE = 256;
/** The key says nothing itself, so the key above it counts: number, value, items. */
export const GENERIC = 512;
/** The value goes on to the end of its line (Cookie: a=b; c=d). */
export const WHOLE_LINE = 1024;
/** Two words that mean SSN together and nothing alone. */
const SOCIAL = 2048;
const SECURITY = 4096;

const WINDOW = 40;

const VOCABULARY: readonly (readonly [number, string])[] = [
  [
    PHONE,
    `phone phones telephone telephones tel mobile cell cellphone fax whatsapp sms msisdn hotline
    landline voicemail
     telefon telefono teléfono telefone téléphone telephon telefoon telefonnummer telefoonnummer
     handy handynummer
     mobil mobilnummer mobiltelefon movil móvil celular portable rufnummer mobiel cellulare puhelin
     numer tel.
     телефон Телефон мобильный 电话 手机 電話 携帯 전화`,
  ],
  [
    PHONE_HINT,
    `call called calling dial dialed contact reach reached ring texted answering answer office
    rufen anrufen ligar
     llamar appeler chiama bellen extension ext`,
  ],
  [SSN, `ssn ssns socialsecurity socialsecuritynumber ssnumber`],
  [SOCIAL, 'social'],
  [SECURITY, 'security'],
  [
    CARD,
    `card cards cardnumber creditcard debitcard credit debit visa mastercard amex maestro discover
    diners jcb pan cc
     ccnumber ccn karte kreditkarte kartennummer tarjeta carte cartao cartão carta kaart karta
     карта 卡号 カード`,
  ],
  [
    VERSION,
    `version versions ver release releases build builds firmware driver revision rev sdk semver
    chapter section
     clause upgrade upgraded downgrade patch kernel nightly`,
  ],
  [GENERIC, `number value values no nr raw text item items formatted`],
];

const SECRET_ENDINGS =
  wordSet(`password passwd passphrase passcode passwort senha pwd secret secrets apikey
  accesskey secretkey secretaccesskey privatekey signingkey encryptionkey masterkey authkey
  accountkey sharedkey
  sharedaccesskey sharedaccesssignature connectionstring credential credentials authorization
  proxyauthorization cookie
  setcookie clientsecret webhooksecret accesstoken refreshtoken idtoken authtoken sessiontoken
  securitytoken bearertoken
  apitoken personalaccesstoken cvv cvc cvv2 cvc2 otp securitycode`);
const TOKEN_ENDINGS = wordSet(`token jwt bearer auth sastoken pass`);
/** Before "token": what a model or a page counts, not what opens a door. */
const HARMLESS_BEFORE_TOKEN =
  wordSet(`next page nextpage continuation pagination sync pad eos bos unk sep cls mask
  special stop start end max min num per cost price first last total input output prompt completion
  cached reasoning
  new time count image device_type tokenizer type usage cancellation`);

const BITS_OF_WORD = new Map<number, number>();
for (const [bit, words] of VOCABULARY) {
  for (const word of words.split(/\s+/)) {
    const hash = hashText(word);
    BITS_OF_WORD.set(hash, (BITS_OF_WORD.get(hash) ?? 0) | bit);
  }
}

/**
 * Context bits of the whole words in the `window` bytes before `at`, and those known from outside.
 */
export function wordsBefore(scan: Scan, at: number, window = WINDOW): number {
  const b = scan.b;
  const stop = Math.max(scan.from, at - window);
  let bits = scan.context;
  let i = at;
  while (i > stop) {
    while (i > stop && !isWordByte(b[i - 1]!)) i--;
    const end = i;
    while (i > stop && isWordByte(b[i - 1]!)) i--;
    if (i < end && (i > stop || i === scan.from))
      bits |= BITS_OF_WORD.get(hashBytes(b, i, end)) ?? 0;
  }
  return together(bits);
}

function together(bits: number): number {
  return (bits & SOCIAL) !== 0 && (bits & SECURITY) !== 0 ? bits | SSN : bits;
}

/** Context bits of the word right after `at` ("mobile", "fax"). */
export function wordsAfter(scan: Scan, at: number): number {
  const b = scan.b;
  let i = at;
  while (i < scan.to && i < at + 3 && !isWordByte(b[i]!)) i++;
  const start = i;
  while (i < scan.to && i < start + 16 && isWordByte(b[i]!)) i++;
  return i > start ? (BITS_OF_WORD.get(hashBytes(b, start, i)) ?? 0) : 0;
}

const keyMemo = new TwoGenerationMap<string, number>(4096);

const SLOTS = 1024;
const SLOT_BYTES = 48;
const slotKeys = new Uint8Array(SLOTS * SLOT_BYTES);
const slotLengths = new Uint8Array(SLOTS);
const slotBits = new Int32Array(SLOTS);
const decoder = new TextDecoder();

/** keyContext of the key whose bytes are [start, end): one slot per hash, compared byte by byte. */
export function keyContextAt(b: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  if (length > SLOT_BYTES) return keyContext(decoder.decode(copyOf(b, start, length)));
  const middle = b[(start + end) >> 1]!;
  const slot = (length * 61 + b[start]! * 7 + middle * 37 + b[end - 1]! * 131) & (SLOTS - 1);
  const base = slot * SLOT_BYTES;
  if (slotLengths[slot] === length) {
    let i = 0;
    while (i < length && slotKeys[base + i] === b[start + i]) i++;
    if (i === length) return slotBits[slot]!;
  }
  const bits = keyContext(decoder.decode(copyOf(b, start, length)));
  for (let i = 0; i < length; i++) slotKeys[base + i] = b[start + i]!;
  slotLengths[slot] = length;
  slotBits[slot] = bits;
  return bits;
}

/** Context bits of a key of JSON, of an attribute, of an assignment or of a field. */
export function keyContext(key: string): number {
  const known = keyMemo.get(key);
  if (known !== undefined) return known;
  const bits = key.length > 128 ? 0 : readKey(key);
  if (key.length <= 128) keyMemo.set(key, bits);
  return bits;
}

function copyOf(b: Uint8Array, start: number, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  for (let i = 0; i < length; i++) copy[i] = b[start + i]!;
  return copy;
}

function readKey(key: string): number {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  let bits = 0;
  for (const word of words) bits |= BITS_OF_WORD.get(hashText(word)) ?? 0;
  bits |= BITS_OF_WORD.get(hashText(words.join(''))) ?? 0;
  if (words.length > 1) bits &= ~GENERIC;
  bits = together(bits) | secretBits(words);
  if (words.at(-1) === 'cookie') bits |= WHOLE_LINE;
  if (bits & (SECRET | TOKEN)) {
    if (words.includes('aws')) bits |= AWS;
    if (/^(azure|account|shared)/.test(words.join(''))) bits |= AZURE;
  }
  return bits;
}

function secretBits(words: readonly string[]): number {
  for (let count = Math.min(4, words.length); count > 0; count--) {
    const ending = words.slice(-count).join('');
    if (SECRET_ENDINGS.has(ending)) return SECRET;
    // PGPASSWORD, dbpasswd: joined without a case to split at
    if (count === 1 && /(?:password|passwd|secret|apikey)$/.test(ending)) return SECRET;
    if (count === 1 && TOKEN_ENDINGS.has(ending)) {
      return HARMLESS_BEFORE_TOKEN.has(words.at(-2) ?? '') ? 0 : TOKEN;
    }
  }
  return 0;
}

/** Bits a value inherits: its own key's, or those of the key above when its own says nothing. */
export function inheritContext(own: number, above: number): number {
  return own === 0 || (own & GENERIC) !== 0 ? own | (above & ~(VERSION | GENERIC)) : own;
}

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/));
}

function isWordByte(c: number): boolean {
  return c >= 128 || (c > 96 && c < 123) || (c > 64 && c < 91);
}

function hashBytes(b: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) {
    const c = b[i]!;
    hash = Math.imul(hash ^ (c > 64 && c < 91 ? c | 32 : c), 0x01000193);
  }
  return hash;
}

function hashText(word: string): number {
  const bytes = new TextEncoder().encode(word);
  return hashBytes(bytes, 0, bytes.length);
}
