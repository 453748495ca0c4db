// All rules of the house, in the order they are reported. STYLE.md says the same in words.
// Guarantees: each is a pure function over (path, text); planted.ts proves that each refuses what
// it should.
// Example: for (const rule of RULES) for (const { path, line, message } of rule.check(files)) …
import { arrows } from './arrows.ts';
import { bannedCalls, focusedTests, sleepingTests } from './bans.ts';
import { configDocs, errorDocs, schemaDocs } from './contracts.ts';
import {
  barrels,
  headers,
  leftovers,
  machinePaths,
  names,
  roomReadmes,
  sqlInFiles,
  titles,
} from './shape.ts';
import { fileSize, functionSize, lineSize } from './sizes.ts';
import type { Rule } from './source-file.ts';

export const RULES: readonly Rule[] = [
  arrows,
  fileSize,
  functionSize,
  lineSize,
  bannedCalls,
  sleepingTests,
  focusedTests,
  headers,
  names,
  barrels,
  leftovers,
  machinePaths,
  titles,
  sqlInFiles,
  roomReadmes,
  schemaDocs,
  errorDocs,
  configDocs,
];
