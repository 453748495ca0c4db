// The records that say who acts: the same agents, actors and producers stand in event after event.
// The decoder gives equal bytes of them the same object (libs/wire), so that what was found out
// about one of them, such as that it holds nothing personal, can be remembered by the object.
// Guarantee: they hold text alone (libs/privacy/record-memo.test.ts holds that to the schema).
// Example: REPEATED_RECORDS.has('Actor') === true
export const REPEATED_RECORDS: ReadonlySet<string> = new Set(['Agent', 'Actor', 'Producer']);
