// What the browser tests share: a browser, pages of their own, and the rules every page keeps.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

export const url = process.env.GOREOS_TEST_WEB_URL;
assert.ok(url, 'GOREOS_TEST_WEB_URL says where the pages are; run ./dev test browser');

export const DASHBOARD = '/tableros/inversion';
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.GOREOS_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-first-run'],
  });
});
after(() => browser?.close());

// Runs `story` on a page of its own; whatever the page complained about meanwhile fails it, but answers with an `expected` status.
export async function onPage({ expected = [], ...options }, story) {
  const context = await browser.newContext({ locale: 'es-CL', reducedMotion: 'reduce', ...options });
  const complaints = [];
  context.on('weberror', (event) => complaints.push(`script: ${event.error().message}`));
  // A policy that is violated is told on the console too.
  context.on('console', (message) => {
    const told = expected.some((status) => message.text().includes(`status of ${status}`));
    if (message.type() === 'error' && !told) complaints.push(`console: ${message.text()}`);
  });
  context.on('requestfailed', (request) => {
    // The browser itself gives up a page's requests when the page is left, and a navigation that turns into a download.
    const why = request.failure()?.errorText;
    if (why !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${why}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400 && !expected.includes(response.status())) complaints.push(`${response.url()}: ${response.status()}`);
  });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await story(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

// The accessibility rules the page breaks, of those axe can check.
export async function brokenRules(page) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(WCAG).analyze();
  return violations.map((rule) => `${rule.id}: ${rule.nodes.slice(0, 3).map((node) => node.target).join(' | ')}`);
}

// By how many pixels the page is wider than its window, and because of what.
export async function tooWide(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const beyond = [...document.querySelectorAll('main *')].filter((element) => element.getBoundingClientRect().right > clientWidth + 1
      && !element.closest('.scroll'));
    return { width: scrollWidth - clientWidth, wide: beyond.slice(0, 5).map((element) => `${element.tagName}.${element.className}`) };
  });
}
