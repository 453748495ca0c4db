// Exceptions as clients of ClickHouse parse them.

import { describe, expect, test } from 'vitest';
import { EngineException } from './exception.ts';

describe('EngineException', () => {
  test('reads code, message and name out of what the engine throws', () => {
    const thrown = new Error(
      'Code: 81. DB::Exception: Database d does not exist. (UNKNOWN_DATABASE)',
    );
    const exception = EngineException.from(thrown);
    expect(exception).toMatchObject({ errorCode: 81, errorName: 'UNKNOWN_DATABASE', status: 404 });
    expect(exception.body('26.7')).toBe(
      'Code: 81. DB::Exception: Database d does not exist. (UNKNOWN_DATABASE) (version 26.7)\n',
    );
  });

  test('keeps the last name where the engine repeats itself', () => {
    const text = 'Code: 1001. DB::Exception: std: (version 26.7). (STD_EXCEPTION)';
    expect(EngineException.from(new Error(text)).errorName).toBe('STD_EXCEPTION');
  });

  test.each([
    [62, 400],
    [60, 404],
    [516, 403],
    [229, 413],
    [48, 501],
    [159, 408],
    [241, 500],
    [202, 500],
  ])('answers code %i with status %i', (code, status) => {
    expect(new EngineException(code, 'X_Y_Z', '').status).toBe(status);
  });

  test('gives what is no exception of the engine a code as well', () => {
    expect(EngineException.from('boom')).toMatchObject({ errorCode: 1002, message: 'boom' });
  });
});
