// Which errors mean "send it again", which "look at the bytes", and that none of them tells a
// secret.
import { expect, test } from 'vitest';
import { ClickHouseRefusal, isDataError, mapError } from './refusal.ts';

const word = (code: number, message = 'x', name = 'NAME') => ({ code, name, message });

test.each([159, 202, 241, 252, 999])('code %i says nothing about the bytes: try again', (code) => {
  const error = mapError(new Error('x'), word(code), 'here');
  expect(error.code).toBe('SPINE_CLICKHOUSE_UNREACHABLE');
  expect(error.retryable).toBe(true);
  expect(isDataError(error)).toBe(false);
});

test.each([53, 117, 27, 321])('code %i will meet the same bytes again', (code) => {
  const error = mapError(new Error('x'), word(code), 'here');
  expect(error).toBeInstanceOf(ClickHouseRefusal);
  expect(error).toMatchObject({ serverCode: code, serverName: 'NAME' });
  expect(isDataError(error)).toBe(true);
});

test('a missing column is refused, but is not the fault of the bytes', () => {
  expect(isDataError(mapError(new Error('x'), word(16), 'here'))).toBe(false);
});

test('the Avro reader is told from other library exceptions', () => {
  const avro = word(
    1001,
    'std::exception. Code: 1001, type: avro::Exception, e.what() = EOF reached',
  );
  expect(isDataError(mapError(new Error('x'), avro, 'here'))).toBe(true);
  const other = word(1001, 'std::exception. type: std::filesystem_error');
  expect(isDataError(mapError(new Error('x'), other, 'here'))).toBe(false);
});

test('without a word of the server it could not be reached', () => {
  const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  const error = mapError(reset, null, 'http://127.0.0.1:1/d');
  expect(error.message).toBe(
    'SPINE_CLICKHOUSE_UNREACHABLE http://127.0.0.1:1/d: found ECONNRESET socket hang up',
  );
});

test('long quoted values of a message are left out', () => {
  const secret = 's'.repeat(80);
  expect(mapError(new Error('x'), word(27, `Cannot parse '${secret}'`), 'h').message).not.toContain(
    secret,
  );
});

test('an error of the catalogue stays as it is', () => {
  const error = mapError(new Error('x'), word(53), 'here');
  expect(mapError(error, null, 'there')).toBe(error);
});
