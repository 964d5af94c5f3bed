// What a planner does, in a real browser, against a loaded installation. `goreos-loaded` starts one and runs this beside it:
//
//   goreos-loaded node --test tests/browser/
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { DASHBOARD, PHONE, brokenRules, onPage, tooWide, url } from './page.mjs';

// What the dashboard shows.
async function shown(page) {
  return {
    pesos: await page.locator('#total-region').getAttribute('data-pesos'),
    map: await page.locator('#tablero .map-figure svg [data-code] title').allTextContents(),
    ranking: await page.locator('#ranking tbody').innerText(),
    scope: await page.locator('#tablero .scope').innerText(),
  };
}

// Chooses a year as the reader does: without JavaScript the form is sent by its button.
async function chooseYear(page, year, javaScript) {
  await page.selectOption('#anio', year);
  if (!javaScript) await page.getByRole('button', { name: 'Aplicar' }).click();
  await page.waitForURL((address) => address.searchParams.get('anio') === year);
  await page.locator('#tablero .scope', { hasText: year }).waitFor();
}

async function pdfText(file) {
  const { stdout } = await promisify(execFile)('pdftotext', ['-layout', file, '-']);
  return stdout;
}

async function walk(page, javaScript) {
  await page.goto(url + DASHBOARD);
  const edition = (await page.locator('.edition-tag b').innerText()).replace(/\D/g, '');
  const everything = await shown(page);
  assert.equal(everything.map.length, 21);
  if (javaScript) await page.evaluate(() => { globalThis.sameDocument = true; });

  await chooseYear(page, '2021', javaScript);
  const first = await shown(page);
  await chooseYear(page, '2024', javaScript);
  const second = await shown(page);
  for (const part of ['pesos', 'map', 'ranking', 'scope']) {
    assert.notDeepEqual(first[part], everything[part], `${part} changes with the year`);
    assert.notDeepEqual(second[part], first[part], `${part} changes with the year`);
  }
  if (javaScript) {
    assert.equal(await page.evaluate(() => globalThis.sameDocument), true, 'only the parts that change are swapped');
    await page.goBack();
    await page.locator('#tablero .scope', { hasText: '2021' }).waitFor();
    assert.deepEqual(await shown(page), first, 'going back shows what was there');
    assert.equal(await page.locator('#anio').inputValue(), '2021', 'and the filters say so');
    await page.goForward();
    await page.locator('#tablero .scope', { hasText: '2024' }).waitFor();
  }
  // The address alone holds the whole state.
  await page.goto(page.url());
  assert.deepEqual(await shown(page), second);

  const link = page.locator('#ranking tbody a').first();
  const comuna = await link.innerText();
  await link.click();
  await page.getByRole('heading', { level: 1, name: comuna }).waitFor();
  assert.match(new URL(page.url()).pathname, /^\/comunas\/16\d{3}$/);

  await page.getByRole('button', { name: 'Pedir informe en PDF' }).click();
  await page.waitForURL('**/documentos?ejecucion=*');
  const button = page.locator('#descargar');
  await button.waitFor({ timeout: 60_000 });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const text = await pdfText(await download.path());
  assert.ok(text.includes(comuna), `the PDF names ${comuna}`);
  assert.match(text, new RegExp(`edición ${edition}\\b`, 'i'));
}

// Every page there is, by its address.
async function addresses(page) {
  await page.goto(`${url}/ejecuciones`);
  const run = await page.locator('main a[href^="/ejecuciones/"]', { hasText: /inversi/i }).first().getAttribute('href');
  return ['/', DASHBOARD, `${DASHBOARD}?anio=2024&medida=por_habitante`, '/comunas/16101', '/ejecuciones', run, '/ediciones', '/ediciones/1',
    '/documentos', '/procedencia/inversion_comunal?cifra=por_habitante&nivel=comuna&territorio=16101', '/?edicion=1'];
}

describe('a planner', () => {
  test('changes the year, opens a comuna and downloads its report', () => onPage({}, (page) => walk(page, true)));

  test('does the same without JavaScript', () => onPage({ javaScriptEnabled: false }, (page) => walk(page, false)));

  test('opens a comuna from the map', () => onPage({}, async (page) => {
    await page.goto(`${url}${DASHBOARD}?anio=2024`);
    await page.locator('#tablero .map-figure a[href="/comunas/16109"]').click();
    await page.waitForURL('**/comunas/16109');
  }));

  test('keeps the edition that was chosen from page to page', () => onPage({}, async (page) => {
    const edition = await editionOfTheDashboard(page);
    await page.goto(`${url}${DASHBOARD}?anio=2024&edicion=${edition}`);
    await page.locator('.pinned').waitFor();
    await page.selectOption('#anio', '2021');
    await page.waitForURL((address) => address.searchParams.get('anio') === '2021' && address.searchParams.get('edicion') === edition);
    await page.locator('#tablero .scope', { hasText: '2021' }).waitFor();
    await page.locator('#ranking tbody a').first().click();
    await page.waitForURL((address) => address.pathname.startsWith('/comunas/') && address.searchParams.get('edicion') === edition);
  }));
});

async function editionOfTheDashboard(page) {
  await page.goto(url + DASHBOARD);
  return (await page.locator('.edition-tag b').innerText()).replace(/\D/g, '');
}

describe('every page', () => {
  test('opens without a complaint of the browser, light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
      await onPage({ colorScheme }, async (page) => {
        for (const address of await addresses(page)) {
          const answer = await page.goto(url + address, { waitUntil: 'networkidle' });
          assert.equal(answer.status(), 200, address);
          assert.equal(await page.locator('h1').count(), 1, `${address} has one title`);
          assert.equal(await page.locator('html').getAttribute('lang'), 'es-CL', address);
        }
      });
    }
  });

  test('keeps the accessibility rules that axe can check, light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
      await onPage({ colorScheme }, async (page) => {
        for (const address of await addresses(page)) {
          await page.goto(url + address, { waitUntil: 'networkidle' });
          assert.deepEqual(await brokenRules(page), [], `${address}, ${colorScheme}`);
        }
      });
    }
  });

  test('fits a phone', () => onPage(PHONE, async (page) => {
    for (const address of await addresses(page)) {
      await page.goto(url + address, { waitUntil: 'networkidle' });
      const { width, wide } = await tooWide(page);
      assert.equal(width, 0, `${address} is ${width} px too wide: ${wide}`);
    }
  }));

  test('is reached with the keyboard, beginning with a link to its content', () => onPage({}, async (page) => {
    for (const address of await addresses(page)) {
      await page.goto(url + address);
      await page.keyboard.press('Tab');
      const skip = page.locator('a.skip:focus');
      assert.equal(await skip.count(), 1, `${address}: the first stop skips the menu`);
      const box = await skip.boundingBox();
      assert.ok(box.y >= 0 && box.height > 0, `${address}: it can be seen`);
      await page.keyboard.press('Enter');
      await page.locator('main:focus').waitFor({ state: 'attached' });
      // From there on, each stop shows that it has the focus.
      for (let stop = 0; stop < 8; stop += 1) {
        await page.keyboard.press('Tab');
        const focus = await page.evaluate(() => {
          const element = document.activeElement;
          const style = getComputedStyle(element);
          const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
          // On a map the area itself is outlined.
          const area = element.querySelector(':scope > .area');
          return {
            what: `${element.tagName} ${element.textContent.trim().slice(0, 30)}`,
            seen: outlined || (area !== null && parseFloat(getComputedStyle(area).strokeWidth) >= 2),
            left: element === document.body,
          };
        });
        if (focus.left) break; // the page's last stop
        assert.ok(focus.seen, `${address}: ${focus.what} shows its focus`);
      }
    }
  }));
});
