// kafkajs's modules for the tests of the patches: with the patches, and as they are published.
// Example: const original = unpatched<Group>('producer/groupMessagesPerPartition').
import { createRequire } from 'node:module';
import './patch-kafkajs.ts';

const load = createRequire(import.meta.url);
export const patched = <T>(path: string): T => load(`kafkajs/src/${path}`) as T;

/**
 * Loads a module of kafkajs and all it needs once more, without the patches, and puts the patched
 * ones back.
 */
export function unpatched<T>(path: string): T {
  const inside = (file: string): boolean => /node_modules[\\/]kafkajs[\\/]/.test(file);
  const kept = Object.entries(load.cache).filter(([file]) => inside(file));
  for (const [file] of kept) delete load.cache[file];
  try {
    return load(`kafkajs/src/${path}`) as T;
  } finally {
    for (const file of Object.keys(load.cache)) if (inside(file)) delete load.cache[file];
    for (const [file, module] of kept) load.cache[file] = module;
  }
}
