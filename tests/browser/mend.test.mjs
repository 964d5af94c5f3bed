// What a data steward does with refused rows: downloads them, mends some in a spreadsheet, sends the file back.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { DASHBOARD, PHONE, brokenRules, onPage, tooWide, url } from './page.mjs';
import { changeCell, parseCsv, writeCsv } from './sheet.mjs';

const PLACE = 'COMUNA';
const AMOUNT = 'MONTO FNDR M$';
const number = (text) => Number(text.replace(/[^\d-]/g, ''));

// The newest published run of the investments.
async function openRun(page) {
  await page.goto(`${url}/ejecuciones?conjunto=inversiones&estado=published`);
  await page.locator('main tbody th a').first().click();
  await page.locator('#rechazos').waitFor();
}

// What a run's page accounts for.
async function accounts(page) {
  const [read, loaded, rejected] = (await page.locator('#cuentas dd').allInnerTexts()).map(number);
  const edition = number(await page.locator('p[role="status"] a[href^="/ediciones/"]').innerText());
  return { read, loaded, rejected, edition };
}

async function download(page, name) {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
  return readFile(await file.path());
}

async function rejects(page) {
  return parseCsv((await download(page, 'Descargar CSV')).toString());
}

async function upload(page, name, content) {
  await page.setInputFiles('#archivo', { name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
  await page.getByRole('button', { name: 'Subir y cargar solo esas filas' }).click();
}

// The page of the run that an upload asked for, once it is published.
async function published(page, before) {
  await page.waitForURL((address) => /^\/ejecuciones\/\d+$/.test(address.pathname) && address.pathname !== before);
  await page.locator('#estado[data-estado="published"]').waitFor({ timeout: 120_000 });
}

async function totalPesos(page) {
  await page.goto(url + DASHBOARD);
  return number(await page.locator('#total-region').getAttribute('data-pesos'));
}

// `M$1.234,5`, in thousands, as pesos.
function pesos(cell) {
  return Math.round(Number(cell.replace(/[M$\s.]/g, '').replace(',', '.')) * 1000);
}

// A row whose only flaw is in that column.
function flawedIn(sheet, header) {
  const told = sheet.headers.filter((name) => name.startsWith('▸'));
  const found = sheet.rows.find((row) => told.every((name) => (row[name] !== '') === (name === `▸ ${header}`)));
  assert.ok(found, `a row is refused for «${header}» alone`);
  return found;
}

describe('a steward', () => {
  // Without JavaScript: the page that waits asks again by itself.
  test('mends two rows in a CSV, and only those two are taken', () => onPage({ javaScriptEnabled: false }, async (page) => {
    const pesosBefore = await totalPesos(page);
    await openRun(page);
    const [base, before] = [new URL(page.url()).pathname, await accounts(page)];
    const sheet = await rejects(page);
    assert.equal(sheet.rows.length, before.rejected);
    assert.equal(sheet.headers[0], 'fila');

    const [misplaced, unpaid] = [flawedIn(sheet, PLACE), flawedIn(sheet, AMOUNT)];
    misplaced[PLACE] = 'CHILLÁN';
    unpaid[AMOUNT] = '12.345';
    const mended = [misplaced.fila, unpaid.fila];
    await upload(page, 'rechazos corregidos.csv', writeCsv(sheet));
    await published(page, base);

    const after = await accounts(page);
    assert.deepEqual(after, { read: before.read, loaded: before.loaded + 2, rejected: before.rejected - 2, edition: after.edition });
    assert.ok(after.edition > before.edition, 'the mended rows are in an edition of their own');
    assert.equal(await page.locator('#corrige a').getAttribute('href'), base);
    assert.match(await page.locator('main').innerText(), /rechazos corregidos\.csv/);
    const left = await rejects(page);
    const expected = sheet.rows.map((row) => row.fila).filter((row) => !mended.includes(row));
    assert.deepEqual(left.rows.map((row) => row.fila), expected, 'the others stay rejected');
    const mend = new URL(page.url()).pathname;

    assert.equal(await totalPesos(page) - pesosBefore, 12_345_000 + pesos(misplaced[AMOUNT]), 'their amounts are in the figures');

    // The run that was mended says where, and the same file a second time leads to the same run.
    await page.goto(url + base);
    assert.equal(await page.locator('.corregida a').first().getAttribute('href'), mend);
    await upload(page, 'otro nombre.csv', writeCsv(sheet));
    await page.waitForURL((address) => address.pathname === mend);
    assert.match(await page.locator('main').innerText(), /ya se había recibido/);
  }));

  test('mends a row in the XLSX', () => onPage({}, async (page) => {
    await openRun(page);
    const [base, before] = [new URL(page.url()).pathname, await accounts(page)];
    const sheet = await rejects(page);
    const row = flawedIn(sheet, PLACE);
    const workbook = changeCell(await download(page, 'Descargar XLSX'), sheet.headers.indexOf(PLACE), sheet.rows.indexOf(row) + 1, 'BULNES');
    await upload(page, 'rechazos.xlsx', workbook);
    await published(page, base);
    const after = await accounts(page);
    assert.deepEqual([after.loaded, after.rejected], [before.loaded + 1, before.rejected - 1]);
    const left = (await rejects(page)).rows.map((other) => other.fila);
    assert.ok(!left.includes(row.fila), `row ${row.fila} is taken`);
  }));

  test('is told why a file is not taken, and nothing changes', () => onPage({ expected: [422] }, async (page) => {
    await openRun(page);
    const base = page.url();
    await upload(page, 'informe.xlsx', '%PDF-1.7 no es una planilla');
    await page.locator('#correccion-rechazada').waitFor();
    assert.match(await page.locator('#correccion-rechazada').innerText(), /no es una planilla[\s\S]*mend\.not_table/);
    assert.deepEqual(await brokenRules(page), []);
    await page.goto(base);
    assert.equal(await page.locator('#correccion-rechazada').count(), 0);
  }));

  test('sees the run of a file that is no sheet of refused rows fail, and the next one go on', () => onPage({}, async (page) => {
    await openRun(page);
    const [base, before] = [new URL(page.url()).pathname, await accounts(page)];
    await upload(page, 'otra planilla.csv', 'COMUNA;MONTO\r\nCHILLÁN;1\r\n');
    await page.waitForURL((address) => /^\/ejecuciones\/\d+$/.test(address.pathname) && address.pathname !== base);
    await page.locator('#estado[data-estado="failed"]').waitFor({ timeout: 120_000 });
    assert.match(await page.locator('main').innerText(), /no trae la columna «fila»[\s\S]*mend\.headers/);
    await page.goto(url + base);
    assert.match(await page.locator('.corregida').last().innerText(), /Se intentó corregir/);

    const sheet = await rejects(page);
    const row = flawedIn(sheet, AMOUNT);
    row[AMOUNT] = '-7,5';
    await upload(page, 'rechazos.csv', writeCsv({ headers: sheet.headers, rows: [row] }));
    await published(page, base);
    assert.equal((await accounts(page)).rejected, before.rejected - 1, 'one row alone may come back');
  }));

  test('filters by cause and sees the reasons beside the cells', () => onPage({}, async (page) => {
    await openRun(page);
    const all = await page.locator('table.rejects tbody').count();
    await page.locator('section[aria-labelledby="rechazos"] tbody th a').first().click();
    await page.waitForURL((address) => address.searchParams.has('causa'));
    assert.ok(await page.locator('table.rejects tbody').count() <= all);
    await page.locator('table.rejects summary').first().click();
    await page.locator('table.rejects .bad-cell mark').first().waitFor();
  }));
});

test('the page of refused rows keeps the rules, light and dark, also on a phone', async () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const screen of [{}, PHONE]) {
      await onPage({ colorScheme, ...screen }, async (page) => {
        await openRun(page);
        await page.locator('table.rejects summary').first().click();
        assert.deepEqual(await brokenRules(page), [], colorScheme);
        const { width, wide } = await tooWide(page);
        assert.equal(width, 0, `${width} px too wide: ${wide}`);
      });
    }
  }
});
