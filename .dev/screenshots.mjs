// screenshots.mjs URL RUN WAITING FOLDER: the README's pictures, each page on a desktop and on a phone. RUN was published, WAITING waits at the gate.
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../tests/browser/', import.meta.url))('playwright-core');

const [url, run, waiting, folder] = process.argv.slice(2);
const pages = {
  tablero: '/tableros/inversion?anio=2024',
  ficha: '/comunas/16101',
  ejecucion: `/ejecuciones/${run}`,
  compuerta: `/ejecuciones/${waiting}`,
  ediciones: '/ediciones',
  auditoria: '/auditoria',
};
const screens = {
  escritorio: { viewport: { width: 1280, height: 900 } },
  telefono: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

const browser = await chromium.launch({
  executablePath: process.env.GOREOS_CHROMIUM,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ],
});
try {
  for (const [screen, options] of Object.entries(screens)) {
    const context = await browser.newContext({ locale: 'es-CL', colorScheme: 'light', reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    for (const [name, path] of Object.entries(pages)) {
      const response = await page.goto(url + path, { waitUntil: 'networkidle' });
      if (!response.ok()) throw new Error(`${path} answered ${response.status()}`);
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: `${folder}/${name}-${screen}.png` });
      console.error(`    ${name}-${screen}.png`);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
