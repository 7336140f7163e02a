'use strict';

/*
 * The pages of the daemon in the lab:
 *	lab.js CHROMIUM BASE SHOTS SITE
 * SITE is JSON: what the tour wants to know, and twins: a domain whose servers
 * are hostile, and one that is as it but for its servers' words.
 */

const assert = require('node:assert/strict');
const { Browser, tree } = require('./browser');
const { tour } = require('./tour');

const [executable, base, shots, words] = process.argv.slice(2);
const site = JSON.parse(words);

async function shape(b, page, path) {
	await b.go(page, path);
	return page.evaluate(tree);
}

/* What a server says makes no element. */
async function twins(b) {
	const page = await b.page(base);
	const [evil, plain] = site.twins;

	assert.equal(await shape(b, page, evil), await shape(b, page, plain));
	await b.go(page, evil);
	assert.ok((await page.locator('main').innerText()).includes(site.said),
	    `${site.said} is not to be read`);
}

async function main() {
	const b = await Browser.start(executable, shots);

	await b.test('lab: hostile servers', () => twins(b));
	await b.test('lab: every domain', async () => {
		const page = await b.page(base);

		for (const name of site.all)
			await b.go(page, `/domain/${encodeURIComponent(name)}`);
	});
	await tour(b, base, site);
	await b.end();
}

main();
