// Asks a service of ours for its health from inside its container, whose image carries neither curl
// nor wget.
// Guarantees exit code 0 for an answer of 200, 1 for everything else within three seconds.
// Example: node infra/docker/healthy.ts http://127.0.0.1:9464/readyz

const url = process.argv[2] ?? '';
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  process.stdout.write(`${answer.status} ${await answer.text()}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`${url}: ${String(error)}\n`);
  process.exitCode = 1;
}
