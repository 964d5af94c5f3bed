// What a steward does with a load that waits at the gate: sees what would change, approves or refuses, and goes back.
// The figures are computed here from the tables of both releases, by SQL of this test's own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { DASHBOARD, PHONE, brokenRules, onPage, tooWide, url } from './page.mjs';
import { parseCsv } from './sheet.mjs';

const run = promisify(execFile);
const goreos = process.env.GOREOS_TEST_GOREOS;
const sample = join(process.env.GOREOS_DATASETS ?? '', 'inversiones/sample/inversiones.csv');
assert.ok(goreos, 'GOREOS_TEST_GOREOS says where the command line is; goreos-loaded gives it');
const HEAD = 3; // rows above the first initiative
const digits = (text) => text.replace(/\D/g, '');

let folder;
before(async () => { folder = await mkdtemp(join(tmpdir(), 'goreos-gate-')); });
after(() => rm(folder, { recursive: true, force: true }));

// The sample without the initiatives for which `left` says no; bytes, because it is not UTF-8.
async function shrunken(name, left) {
  const lines = (await readFile(sample, 'latin1')).split('\n');
  const kept = lines.filter((line, index) => index < HEAD || line.trim() === '' || left(line, index - HEAD));
  const path = join(folder, name);
  await writeFile(path, kept.join('\n'), 'latin1');
  return path;
}

// Asks for a load of the file; gives the run's number.
async function ingest(path) {
  const { stdout } = await run(goreos, ['--json', 'ingest', '--no-wait', 'inversiones', path]);
  return JSON.parse(stdout.trim().split('\n').pop()).run;
}

async function sql(statement) {
  const { stdout } = await run('psql', [process.env.GOREOS_DATABASE_URL, '-qtAX', '-F', '\t', '-c', statement]);
  return stdout.trim().split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
}

const releaseOf = async (where) => (await sql(`select max(id) from releases where dataset_id = 'inversiones' and ${where}`))[0][0];
const current = () => releaseOf('id in (select release_id from edition_releases where edition_id = (select max(id) from editions))');

// Pesos and initiatives by comuna in two releases of the investments: what each comuna had and would have.
async function byComuna(from, to) {
  const sums = (release) => `select territory_cut as cut, sum(monto)::bigint as pesos, count(*) as many from releases.inversiones_${release}
    where territory_level = 'comuna' group by 1`;
  const rows = await sql(`select cut, coalesce(b.pesos, 0), coalesce(a.pesos, 0), coalesce(b.many, 0), coalesce(a.many, 0)
    from (${sums(from)}) b full join (${sums(to)}) a using (cut) order by cut`);
  return rows.map(([cut, before, after, manyBefore, manyAfter]) => ({ cut, pesos: [before, after], many: [manyBefore, manyAfter] }));
}

async function totals(release) {
  const [[pesos, rows]] = await sql(`select sum(monto)::bigint, count(*) from releases.inversiones_${release}`);
  return { pesos, rows: Number(rows) };
}

// What the dashboard shows: its edition and the total to the peso.
async function dashboard(page) {
  await page.goto(url + DASHBOARD);
  return { edition: Number(digits(await page.locator('.edition-tag b').innerText())), pesos: await page.locator('#total-region').getAttribute('data-pesos') };
}

async function openWaiting(page, id) {
  for (let look = 0; ; look += 1) {
    await page.goto(`${url}/ejecuciones/${id}`);
    const state = await page.locator('#estado').getAttribute('data-estado');
    if (state === 'awaiting_approval') return;
    assert.ok(['queued', 'running'].includes(state) && look < 600, `run ${id} waits at the gate, it does not end ${state}`);
    await page.waitForTimeout(200);
  }
}

// The comunas of a table of the page: what they had and would have, by code.
const shownComunas = (page, table) => page.locator(`${table} tbody tr`).evaluateAll((rows) => rows.map((row) => ({
  cut: row.dataset.cut, pair: [row.dataset.before, row.dataset.after],
})));

// The plain CSV of the investments, once the worker has written it.
async function csvOf(page, release) {
  for (let look = 0; ; look += 1) {
    const answer = await page.request.get(`${url}/descargas/inversiones.csv`, { headers: { accept: 'text/csv' } });
    if (answer.ok()) {
      assert.match(answer.headers()['content-location'] ?? '', new RegExp(`/inversiones/${release}/`), 'the file is of the current release');
      return answer.text();
    }
    assert.ok(look < 300, `the CSV of release ${release} is written`);
    await page.waitForTimeout(200);
  }
}

// Rows and pesos of a plain CSV.
function counted(text) {
  const { headers, rows } = parseCsv(text, ',');
  assert.ok(headers.includes('monto'), `a column monto in ${headers}`);
  return { pesos: String(rows.reduce((sum, row) => sum + BigInt(row.monto), 0n)), rows: rows.length };
}

// A new report of a comuna in the current edition, as text, and what the profile shows.
async function report(page, cut) {
  await page.goto(`${url}/comunas/${cut}`);
  const total = (await page.locator('.figures .main dd').innerText()).replace(/[^\d.]/g, '');
  await page.getByRole('button', { name: 'Pedir informe en PDF' }).click();
  const button = page.locator('#descargar');
  await button.waitFor({ timeout: 60_000 });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const { stdout } = await run('pdftotext', ['-layout', await download.path(), '-']);
  return { total, text: stdout };
}

// The dashboard, its CSV and a new report agree with that release and that edition.
async function moved(page, edition, release) {
  const expected = await totals(release);
  assert.deepEqual(await dashboard(page), { edition, pesos: expected.pesos });
  assert.deepEqual(counted(await csvOf(page, release)), expected, 'the CSV is of the edition');
  const { total, text } = await report(page, '16101');
  assert.match(text, new RegExp(`edición ${edition}\\b`, 'i'));
  assert.ok(text.includes(total), `the report says M$ ${total}`);
  const [[pesos]] = await sql(`select sum(monto)::bigint from releases.inversiones_${release} where territory_level = 'comuna' and territory_cut = '16101'`);
  assert.equal(digits(total), String((BigInt(pesos) + 500n) / 1000n), 'and so does the database');
}

describe('a steward', () => {
  // Without JavaScript, from the home page to the audit trail and back to the old edition.
  test('sees what a shrunken file would change, approves it, and goes back', () => onPage({ javaScriptEnabled: false }, async (page) => {
    const old = await dashboard(page);
    const from = await current();
    const id = await ingest(await shrunken('reducida.csv', (_, index) => index % 3 !== 0));
    await openWaiting(page, id);
    const to = await releaseOf(`run_id = ${id}`);

    // The page says first what would change, and its numbers are those of the tables.
    const headline = await page.locator('#compuerta').innerText();
    const [before, candidate] = [await totals(from), await totals(to)];
    const share = (100 * (before.rows - candidate.rows) / before.rows).toFixed(1).replace('.', ',');
    assert.match(headline, new RegExp(`^Espera aprobación: si se publica, el conjunto pierde ${share}\\s% de sus filas`));
    const expected = await byComuna(from, to);
    for (const [table, figure] of [['#cifra-0-comunas', 'pesos'], ['#cifra-1-comunas', 'many']]) {
      const changing = expected.filter((comuna) => comuna[figure][0] !== comuna[figure][1]);
      const shown = await shownComunas(page, table);
      const by = (a, b) => a.cut.localeCompare(b.cut);
      assert.ok(changing.length > 10);
      assert.deepEqual(shown.toSorted(by), changing.map((comuna) => ({ cut: comuna.cut, pair: comuna[figure] })).toSorted(by), figure);
      const sizes = shown.map(({ pair: [a, b] }) => Math.abs(Number(b) - Number(a)));
      assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a), 'the largest difference first');
    }
    assert.equal(await page.locator('#cifra-0-comunas').locator('xpath=ancestor::section[1]').locator('svg [data-code]').count(), 21, 'a map of all comunas');
    assert.match(await page.locator('.kinds').innerText(), new RegExp(`${before.rows - candidate.rows} eliminadas`));

    // Nobody sees it yet, but everybody who looks knows that it waits.
    assert.deepEqual(await dashboard(page), old);
    await page.goto(url);
    await page.getByRole('link', { name: 'Ver qué cambiaría' }).click();
    await page.waitForURL(`**/ejecuciones/${id}`);
    await page.goto(`${url}/ejecuciones`);
    await page.getByRole('link', { name: /^Esperan aprobación 1/ }).click();
    assert.equal(await page.locator('main tbody th a').getAttribute('href'), `/ejecuciones/${id}`);
    await page.locator('main tbody th a').click();

    await page.locator('#comentario').fill('La DIPIR confirma la baja de cartera.');
    await page.getByRole('button', { name: 'Aprobar y publicar' }).click();
    await page.locator('#estado[data-estado="published"]').waitFor({ timeout: 60_000 });
    assert.match(await page.locator('.decisions').innerText(), /web la aprobó[\s\S]*La DIPIR confirma la baja de cartera\./);
    const edition = old.edition + 1;
    await moved(page, edition, to);

    // Back by the button: the old figures, in a newer edition.
    await page.goto(`${url}/ediciones/${old.edition}`);
    await page.getByText(`Volver a la edición ${old.edition}…`).click();
    assert.match(await page.locator('.back .decide').innerText(), new RegExp(`versión ${to} → ${from}`));
    await page.locator('#comentario').fill('La baja era un error de la planilla.');
    await page.getByRole('button', { name: `Publicar la vuelta a la edición ${old.edition}` }).click();
    await page.waitForURL(`**/ediciones/${edition + 1}`);
    assert.match(await page.locator('main').innerText(), new RegExp(`Es una vuelta a la edición ${old.edition}`));
    await moved(page, edition + 1, from);
    assert.equal((await dashboard(page)).pesos, old.pesos);

    // The trail tells all of it, on the page and as a file.
    await page.getByRole('link', { name: 'Auditoría' }).click();
    const lines = (await page.locator('table.audit tbody').innerText()).replace(/\s+/g, ' ');
    for (const told of [
      'La compuerta la dejó en espera de aprobación', 'web la aprobó', 'La DIPIR confirma la baja de cartera.',
      `Se publicó la edición ${edition}, con la aprobación de web`,
      `web volvió a la edición ${old.edition}, con la edición ${edition + 1}`, 'La baja era un error de la planilla.',
    ]) assert.ok(lines.includes(told), `«${told}» in ${lines}`);
    await page.selectOption('#accion', 'rollback');
    await page.getByRole('button', { name: 'Filtrar' }).click();
    await page.waitForURL((address) => address.searchParams.get('accion') === 'rollback');
    assert.equal(await page.locator('table.audit tbody tr').count(), 1);
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Descargar CSV' }).click()]);
    const { rows } = parseCsv((await readFile(await file.path())).toString());
    assert.deepEqual(rows.map((row) => [row.accion, row.comentario]), [['vuelta atrás', 'La baja era un error de la planilla.']]);
  }));

  test('must say why a load is refused, and then it is over', () => onPage({ expected: [422] }, async (page) => {
    const old = await dashboard(page);
    const id = await ingest(await shrunken('rechazada.csv', (_, index) => index % 2 === 0));
    await openWaiting(page, id);
    await page.getByRole('button', { name: 'Rechazar' }).click();
    await page.locator('#decision-rechazada').waitFor();
    assert.match(await page.locator('#falta-comentario').innerText(), /por qué/);
    assert.deepEqual(await brokenRules(page), []);
    await page.locator('#comentario').fill('Faltan las iniciativas de números impares.');
    await page.getByRole('button', { name: 'Rechazar' }).click();
    await page.locator('#estado[data-estado="cancelled"]').waitFor();
    assert.match(await page.locator('.gate').innerText(), /No se publicó: [\s\S]*web la rechazó[\s\S]*números impares/);
    assert.deepEqual(await dashboard(page), old, 'readers saw nothing of it');
  }));

  test('is told when a newer load took the place of the one on the screen', () => onPage({ expected: [409] }, async (page) => {
    const first = await ingest(await shrunken('primera.csv', (_, index) => index % 4 < 2));
    await openWaiting(page, first);
    const second = await ingest(await shrunken('segunda.csv', (_, index) => index % 5 < 3));
    await page.locator('#comentario').fill('Está bien.');
    for (let look = 0; (await sql(`select state from runs where id = ${first}`))[0][0] === 'awaiting_approval'; look += 1) {
      assert.ok(look < 600, `run ${second} takes the place of run ${first}`);
      await page.waitForTimeout(200);
    }
    await page.getByRole('button', { name: 'Aprobar y publicar' }).click();
    await page.locator('#decision-rechazada').waitFor();
    assert.match(await page.locator('#decision-rechazada').innerText(), new RegExp(`ejecución ${second}`));
    await openWaiting(page, second);
  }));
});

test('the page of a load that waits keeps the rules, light and dark, also on a phone', async () => {
  const [[id]] = await sql("select max(id) from runs where state = 'awaiting_approval'");
  assert.ok(id, 'one waits');
  for (const colorScheme of ['light', 'dark']) {
    for (const screen of [{}, PHONE]) {
      await onPage({ colorScheme, ...screen }, async (page) => {
        for (const path of [`/ejecuciones/${id}`, '/ediciones', '/ediciones/1', '/auditoria', '/ejecuciones?estado=awaiting_approval', '/']) {
          await page.goto(url + path, { waitUntil: 'networkidle' });
          await page.locator('main details').evaluateAll((all) => all.forEach((details) => { details.open = true; }));
          assert.deepEqual(await brokenRules(page), [], `${path}, ${colorScheme}`);
          const { width, wide } = await tooWide(page);
          assert.equal(width, 0, `${path} is ${width} px too wide: ${wide}`);
        }
      });
    }
  }
});
