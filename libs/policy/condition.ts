// A condition after names, lists, macros and types are settled: what every backend (generated code,
// closures, and later SQL) reads. It holds no text of the rule that could be taken for code:
// constants are values, fields are of the table. A condition is true, false or unknown (Kleene).
// Unknown comes from absent values and spreads as in SQL and in CEL's own errors; a rule matches
// only where its condition is true.
import type { FieldType } from './field-table.ts';

export type Scalar = string | number | boolean;

/** What a value is read from. */
export type Value =
  | { readonly is: 'constant'; readonly value: Scalar; readonly type: FieldType }
  | {
      readonly is: 'field';
      readonly path: readonly string[];
      readonly absent: '' | -1 | undefined;
      readonly type: FieldType;
    }
  /** The element of the list that exists() or all() is at. */
  | { readonly is: 'item'; readonly type: FieldType }
  /** A field of a record that is an element of a list. */
  | { readonly is: 'itemField'; readonly path: readonly string[]; readonly type: FieldType }
  /** One key of a map, or keys and positions inside a JSON value; own properties only. */
  | {
      readonly is: 'inside';
      readonly of: Value;
      readonly keys: readonly (string | number)[];
      readonly type: FieldType;
    }
  /** json: the parsed JSON of a text. */
  | { readonly is: 'json' | 'size' | 'domain'; readonly of: Value; readonly type: FieldType };

/** Yes or no about one text; `against` was made ready when the rule was loaded. */
export type TextTest = {
  readonly is: 'text';
  readonly test: (text: string) => boolean;
  readonly of: Value;
  /** What is tested, for people and for backends with an own form of it. */
  readonly name: 'matches' | 'cidr' | 'glob' | 'pathPrefix';
  readonly against: readonly string[];
};

export type Condition =
  | { readonly is: 'const'; readonly value: boolean }
  | { readonly is: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly is: 'not'; readonly of: Condition }
  /** Two-valued: true where `of` is true, else false. For exceptions: unknown does not excuse. */
  | { readonly is: 'holds'; readonly of: Condition }
  | {
      readonly is: 'if';
      readonly test: Condition;
      readonly yes: Condition;
      readonly no: Condition;
    }
  | { readonly is: 'truth'; readonly of: Value }
  | { readonly is: 'has'; readonly of: Value }
  | { readonly is: 'equal'; readonly left: Value; readonly right: Value }
  | {
      readonly is: 'less';
      readonly left: Value;
      readonly right: Value;
      readonly orEqual: boolean;
    }
  /** Membership in a list of constants. */
  | { readonly is: 'inSet'; readonly of: Value; readonly set: ReadonlySet<Scalar> }
  /** Membership in a list of the event, or among the keys of a map. */
  | { readonly is: 'inValue'; readonly of: Value; readonly within: Value }
  /** A list of the event and a list of constants have an element in common. */
  | { readonly is: 'intersects'; readonly of: Value; readonly set: ReadonlySet<Scalar> }
  | {
      readonly is: 'affix';
      readonly name: 'startsWith' | 'endsWith' | 'contains';
      readonly of: Value;
      readonly part: Value;
    }
  | TextTest
  | {
      readonly is: 'every' | 'some';
      readonly within: Value;
      readonly each: Condition;
    };

/** Calls `see` for every value of the condition, inner ones after outer ones. */
export function visitValues(condition: Condition, see: (value: Value) => void): void {
  const value = (v: Value): void => {
    see(v);
    if ('of' in v) value(v.of);
  };
  switch (condition.is) {
    case 'const':
      return;
    case 'and':
    case 'or':
      visitValues(condition.left, see);
      visitValues(condition.right, see);
      return;
    case 'not':
    case 'holds':
      visitValues(condition.of, see);
      return;
    case 'if':
      visitValues(condition.test, see);
      visitValues(condition.yes, see);
      visitValues(condition.no, see);
      return;
    case 'equal':
    case 'less':
      value(condition.left);
      value(condition.right);
      return;
    case 'inValue':
      value(condition.of);
      value(condition.within);
      return;
    case 'affix':
      value(condition.of);
      value(condition.part);
      return;
    case 'every':
    case 'some':
      value(condition.within);
      visitValues(condition.each, see);
      return;
    default:
      value(condition.of);
  }
}
