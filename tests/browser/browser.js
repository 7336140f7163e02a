'use strict';

/*
 * A browser that is watched: whatever page it is on, these must not happen,
 * and are remembered when they do.
 */

const { chromium } = require('playwright-core');

const PHONE = { width: 390, height: 844 };
const NARROW = { width: 320, height: 640 };
const SCREEN = { width: 1280, height: 800 };

/* What is wrong with the document, seen from within. */
function look() {
	const wrong = [];
	const forbidden = 'script,img,iframe,object,embed,base,frame';

	for (const e of document.querySelectorAll(forbidden))
		wrong.push(`an element <${e.localName}>`);
	for (const e of document.querySelectorAll('*'))
		for (const a of e.attributes)
			if (/^on|^style$/.test(a.name))
				wrong.push(`<${e.localName} ${a.name}>`);
	for (const e of document.querySelectorAll('[href],[src],[action]')) {
		const to = new URL(e.getAttribute('href') ||
		    e.getAttribute('src') || e.getAttribute('action'),
		    document.URL);

		if (to.origin !== location.origin)
			wrong.push(`a link to ${to.href}`);
	}
	for (const e of document.querySelectorAll(
	    'input:not([type=hidden]),select,textarea'))
		if (!e.getAttribute('aria-label') && !e.labels.length)
			wrong.push(`<${e.localName} ${e.name}> has no label`);
	if (document.querySelectorAll('h1').length !== 1)
		wrong.push('not one h1');
	if (document.title.trim() === '')
		wrong.push('no title');
	return wrong;
}

/* Elements and the names of their attributes, as a text. */
function tree(doc = document) {
	const walk = e => `<${e.localName}${[...e.attributes]
	    .map(a => ' ' + a.name).sort().join('')}>` +
	    [...e.children].map(walk).join('') + `</${e.localName}>`;

	return walk(doc.documentElement);
}

/* Text that stands out too little from what is behind it (WCAG 2.2, 1.4.3). */
function faint() {
	const wrong = new Set();
	const parse = c => c.match(/[\d.]+/g).map(Number);
	const part = c => (c /= 255) <= .04045 ? c / 12.92 :
	    ((c + .055) / 1.055) ** 2.4;
	const light = ([r, g, b]) =>
	    .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
	const behind = e => {
		for (; e; e = e.parentElement) {
			const c = parse(getComputedStyle(e).backgroundColor);

			if (c.length === 3 || c[3] > 0)
				return c;
		}
		return [255, 255, 255];
	};
	const walker = document.createTreeWalker(document.body,
	    NodeFilter.SHOW_TEXT);

	for (let n; (n = walker.nextNode());) {
		const e = n.parentElement, style = getComputedStyle(e);

		if (n.data.trim() === '' || !e.getClientRects().length)
			continue;
		const a = light(parse(e.closest('svg') ? style.fill :
		    style.color));
		const b = light(behind(e));
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);

		if (ratio < 4.5)
			wrong.add(`${e.localName}.${e.getAttribute('class')} ` +
			    `"${n.data.slice(0, 20)}" ${ratio.toFixed(2)}`);
	}
	return [...wrong];
}

/* A tab's icon may be asked for when the server has just ended: that is no
 * fault of the page's. */
function late(message) {
	return message.location().url.includes('/icon/') &&
	    /net::ERR_(CONNECTION|EMPTY|SOCKET)/.test(message.text());
}

class Browser {
	static async start(executable, shots) {
		const b = new Browser();

		b.shots = shots;
		b.wrong = [];
		b.passed = b.failed = 0;
		b.chromium = await chromium.launch({
			executablePath: executable,
			args: ['--no-sandbox', '--disable-gpu',
				'--disable-dev-shm-usage'],
		});
		return b;
	}

	/* A page of a site (an origin); options of a browser's context. */
	async page(base, options) {
		const context = await this.chromium.newContext({
			viewport: SCREEN, baseURL: base, ...options });
		const page = await context.newPage();
		const note = what => this.wrong.push(`${page.url()}: ${what}`);

		page.setDefaultTimeout(8000);
		page.on('console', m => {
			if (/error|warning/.test(m.type()) && !late(m))
				note(`console: ${m.text()}`);
		});
		page.on('pageerror', e => note(`error: ${e.message}`));
		page.on('dialog', d => {
			note(`dialog: ${d.message()}`);
			d.dismiss();
		});
		page.on('request', r => {
			if (!r.url().startsWith(base))
				note(`request to ${r.url()}`);
		});
		page.on('response', r => {
			if (r.status() >= 400 && r.status() !== page.expected)
				note(`${r.status()} for ${r.url()}`);
		});
		page.on('popup', () => note('a window opened'));
		return page;
	}

	async check(page) {
		for (const what of await page.evaluate(look))
			this.wrong.push(`${page.url()}: ${what}`);
	}

	async go(page, path) {
		await page.goto(path);
		await this.check(page);
	}

	/* What is far down a long page is as what is above it. */
	async shot(page, name) {
		const [width, height] = await page.evaluate(() =>
		    [innerWidth, document.documentElement.scrollHeight]);

		await page.screenshot({ path: `${this.shots}/${name}.png`,
			fullPage: true, clip: { x: 0, y: 0, width,
				height: Math.min(height, 2400) } });
	}

	/* One test; what went wrong meanwhile counts as its failure. */
	async test(name, f) {
		const started = performance.now();

		this.wrong = [];
		try {
			await f();
		} catch (e) {
			this.wrong.push(e.message);
		}
		if (this.wrong.length === 0)
			this.passed++;
		else
			this.failed++;
		const s = ((performance.now() - started) / 1000).toFixed(1);

		console.log(`${this.wrong.length ? 'not ok' : 'ok'} ${name} ` +
		    `(${s} s)`);
		for (const what of this.wrong.slice(0, 20))
			console.log(`# ${what}`);
	}

	async end() {
		await this.chromium.close();
		console.log(`${this.passed} passed, ${this.failed} failed`);
		process.exit(this.failed ? 1 : 0);
	}
}

module.exports = { Browser, PHONE, NARROW, SCREEN, tree, faint };
