// npm run evaluate -- NAME: measures how good a method is on data whose truth is known, and says
// first on what machine, Node and commit.
// Guarantees: without a name it lists what there is; ends with 1 where a method misses what it
// promises. An evaluation is a file test/evaluate/NAME.evaluate.ts that exports `says` and
// `async function evaluate(args): Promise<boolean>`, prints its own table and tells whether it was
// met.
// Example: npm run evaluate -- off-policy
import { readdirSync } from 'node:fs';
import { environment } from './environment.ts';

type Evaluation = {
  readonly says: string;
  readonly evaluate: (args: readonly string[]) => Promise<boolean>;
};

const FOLDER = new URL('../test/evaluate/', import.meta.url);
const ENDING = '.evaluate.ts';

async function main([name, ...args]: readonly string[]): Promise<number> {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length));
  if (name === undefined || !names.includes(name)) {
    const loaded = await Promise.all(names.map(async (each) => [each, await load(each)] as const));
    const rows = loaded.map(([each, { says }]) => `  ${each.padEnd(12)} ${says}`);
    process.stdout.write(`npm run evaluate -- NAME\n\n${rows.join('\n')}\n`);
    return name === undefined ? 0 : 2;
  }
  process.stdout.write(`${environment()}\n\n`);
  const { evaluate } = await load(name);
  return (await evaluate(args)) ? 0 : 1;
}

async function load(name: string): Promise<Evaluation> {
  return (await import(new URL(`${name}${ENDING}`, FOLDER).href)) as Evaluation;
}

process.exitCode = await main(process.argv.slice(2));
