// Hosts, addresses, paths and globs in texts are read as those who use the texts read them, also
// where somebody wrote them to be misread.
// Example: the host of `https://api.example.com@attacker.test/` is `attacker.test`.
import { expect, test } from 'vitest';
import { cidrTest, codePoints, domainOf, globTest, pathTest } from './text-tests.ts';

test.each([
  ['https://user:pw@Files.Example:8443/x?y#z', 'files.example'],
  ['https://api.example.com@attacker.test/', 'attacker.test'],
  ['https://attacker.test\\@api.example.com/', 'attacker.test'],
  ['someone@Mail.Example', 'mail.example'],
  ['host.example:8080', 'host.example'],
  ['host.example.', 'host.example'],
  ['http://[::1]:80/', '::1'],
  ['http://0x7f.1/', '127.0.0.1'],
  ['http://2130706433/', '127.0.0.1'],
  ['http://pii_ipv4_1_abc/', 'pii_ipv4_1_abc'],
  ['http://ex\u00e4mple.test/', 'xn--exmple-cua.test'],
  ['no host here', undefined],
  ['', undefined],
  ['https://', undefined],
  [`https://${'a'.repeat(3000)}/`, undefined],
])('the domain of %j is %j', (text, domain) => {
  expect(domainOf(text)).toBe(domain);
});

test.each([
  ['10.1.2.3', true],
  ['::ffff:10.1.2.3', true],
  ['11.1.2.3', false],
  ['fc00::1', true],
  ['fe80::1', false],
  ['ten', false],
  ['api.example.com', false],
  ['', false],
])('%j inside 10.0.0.0/8 or fc00::/7: %j', (text, inside) => {
  expect(cidrTest(['10.0.0.0/8', 'fc00::/7'])(text)).toBe(inside);
});

test.each([
  ['db.*', 'db.delete', true],
  ['db.*', 'xdb.delete', false],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['', '', true],
  ['*', '', true],
  ['[a]', 'a', false],
  ['a.c', 'abc', false],
])('glob %j on %j: %j', (pattern, text, fits) => {
  expect(globTest([pattern])(text)).toBe(fits);
});

test('a glob of many stars on a long text ends', () => {
  expect(globTest([`${'*a'.repeat(50)}b`])('a'.repeat(20_000))).toBe(false);
});

test.each([
  ['/srv', true],
  ['/srv/', true],
  ['/srv/a/../b', true],
  ['//srv///a', true],
  ['/srv/./a', true],
  ['\\srv\\a', true],
  ['/srvx', false],
  ['/srv/..', false],
  ['/srv/../etc/passwd', false],
  ['/srv/a/../../etc', false],
  ['/srv\\..\\etc', false],
  ['srv/a', false],
  ['/srv/a\0', false],
  ['', false],
])('%j under /srv: %j', (path, under) => {
  expect(pathTest(['/srv'])(path)).toBe(under);
});

test('code points are counted as CEL counts them', () => {
  expect(codePoints('aé👩‍💻')).toBe([...'aé👩‍💻'].length);
  expect(codePoints('\ud83d')).toBe(1);
  expect(codePoints('')).toBe(0);
});
