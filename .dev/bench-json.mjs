// bench-json.mjs FOLDER BENCH: what criterion measured, one JSON object a line. Fields it does not measure are null.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [folder, bench] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const found = readdirSync(join(folder, bench), { recursive: true }).filter((path) => path.endsWith('new/benchmark.json'));
for (const path of found.sort()) {
  const at = join(folder, bench, dirname(path));
  const { function_id, value_str, throughput } = read(join(at, 'benchmark.json'));
  const { iters, times } = read(join(at, 'sample.json'));
  const median = read(join(at, 'estimates.json')).median.point_estimate / 1e9;
  console.log(JSON.stringify({
    bench,
    case: `${function_id}-${value_str}`,
    contender: 'goreos',
    wall_s_median: median,
    wall_s_min: Math.min(...times.map((time, i) => time / iters[i])) / 1e9,
    cpu_s: null,
    peak_rss_mb: null,
    per_s: throughput?.Elements ? throughput.Elements / median : null,
    correct: null,
    note: 'criterion, one thread',
  }));
}
