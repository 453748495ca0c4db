// Numbers the places that json() and domain() read, so that one text of one event is parsed once
// for all rules.
// Example: slots.of(json(input.inline)) is the same number for every rule that reads it.
import type { Value } from './condition.ts';

export class SlotTable {
  private readonly numbers = new Map<string, number>();

  of(value: Value): number {
    // Equal reads have equal descriptions; types are derived and left out.
    const place = JSON.stringify(value, (key, inner: unknown) =>
      key === 'type' ? undefined : inner,
    );
    const known = this.numbers.get(place);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(place, number);
    return number;
  }
}
