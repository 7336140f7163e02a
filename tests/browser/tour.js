'use strict';

/*
 * A walk through the pages as a person takes it, by what is to be seen: the
 * same for made-up domains and for the daemon in the lab, with scripts and
 * without.
 */

const assert = require('node:assert/strict');
const { SCREEN, PHONE, NARROW, faint } = require('./browser');

const rows = page => page.locator('section:has(#d) tbody tr');
const names = page => rows(page).locator('th a').allTextContents();
const heading = page => page.locator('h1').innerText();

/* A person types a part of a name and presses Enter. */
async function search(b, page, part) {
	await b.go(page, '/');
	await page.getByLabel('Part of a domain').fill(part);
	await page.keyboard.press('Enter');
	await page.waitForURL(/[?&]q=/);
	await b.check(page);
	const found = await names(page);

	assert.ok(found.length > 0, `nothing found for ${part}`);
	for (const name of found)
		assert.ok(name.includes(part), `${name} for ${part}`);
	return found;
}

/* Every chip shows as many domains as it says, all of that kind. */
async function filter(b, page) {
	await b.go(page, '/');
	const chips = await page.locator('.chips a').all();
	const asked = [];

	for (const chip of chips)
		asked.push({ to: await chip.getAttribute('href'),
			kind: await chip.getAttribute('class'),
			n: Number((await chip.innerText())
			    .replace(/\D/g, '')) });
	assert.ok(asked.length > 1, 'no chips');
	for (const { to, kind, n } of asked.filter(c => c.kind)) {
		await page.locator(`.chips a.${kind}`).click();
		await page.waitForURL(u => u.search.includes('verdict='));
		await b.check(page);
		const marks = await rows(page).locator('.mark').evaluateAll(
		    all => all.map(e => e.className));

		assert.equal(marks.length, Math.min(n, 100), to);
		for (const mark of marks)
			assert.equal(mark, `mark ${kind}`);
		assert.match(await page.locator('.chips [aria-current]')
		    .getAttribute('class'), new RegExp(kind));
		await b.go(page, '/');
	}
}

/* There and back again; no row twice. */
async function paging(b, page) {
	await b.go(page, '/');
	const first = await names(page);

	assert.equal(first.length, 100);
	await page.locator('.pager a[rel=next]').click();
	await page.waitForURL(/offset=100/);
	await b.check(page);
	const second = await names(page);

	assert.equal(second.length, 100);
	assert.equal(new Set([...first, ...second]).size, 200);
	await page.locator('.pager a[rel=prev]').click();
	await page.waitForURL(u => !u.search.includes('offset'));
	assert.deepEqual(await names(page), first);
}

/* The drawing shows every server, and its shares are all of the mail. */
async function way(page, hosts) {
	const path = page.locator('svg.path:visible');

	assert.equal(await path.count(), 1, 'drawings');
	const text = await path.locator('text').allTextContents();
	const box = await path.boundingBox();

	assert.ok(box.width > 200 && box.height > 80, 'a small drawing');
	for (const host of hosts)
		assert.ok(text.some(t => t === host), `${host} in ${text}`);
	const share = text.map(t => /([\d.]+)\s%/.exec(t)).filter(x => x)
	    .reduce((sum, x) => sum + Number(x[1]), 0);

	assert.ok(share === 0 || Math.abs(share - 100) < 1, `${share} %`);
	return share;
}

/* From the list to a domain, to its server, and back. */
async function domain(b, page, site) {
	await search(b, page, site.domain);
	await page.getByRole('link', { name: site.domain, exact: true }).first()
	    .click();
	await page.waitForURL(/\/domain\//);
	await b.check(page);
	assert.equal(await heading(page), site.domain);
	assert.equal(await way(page, site.hosts), site.share);
	await page.getByRole('link', { name: site.hosts[0], exact: true })
	    .click();
	await page.waitForURL(/\/host\//);
	await b.check(page);
	assert.equal(await heading(page), site.hosts[0]);
	assert.ok(await page.locator('section:has(#a) tbody tr').count() > 0);
	await page.getByRole('link', { name: 'All domains' }).click();
	await page.waitForURL(u => u.pathname === '/');
	await b.check(page);
}

/* From the first page to an incident, to its list, and back. */
async function incident(b, page) {
	await b.go(page, '/');
	const link = page.locator('section:has(#i) .what > a').first();
	const title = await link.innerText();

	await link.click();
	await page.waitForURL(/\/incident\/\d+/);
	await b.check(page);
	assert.ok((await heading(page)).length > 3, title);
	assert.ok(await page.getByText('What to do').count() > 0);
	assert.ok(await page.locator('section:has(#d) tbody tr').count() > 0);
	await page.getByRole('link', { name: 'All incidents' }).click();
	await page.waitForURL(/\/incidents$/);
	await b.check(page);
	assert.ok(await page.locator('.list li').count() > 0);
	await page.getByRole('link', { name: 'Status' }).click();
	await page.waitForURL(u => u.pathname === '/');
}

/* What Tab comes to is seen, and where it is. */
async function keyboard(b, page) {
	await b.go(page, '/');
	const seen = new Set();

	for (let i = 0; i < 25; i++) {
		await page.keyboard.press('Tab');
		const at = await page.evaluate(() => {
			const e = document.activeElement;
			const r = e.getBoundingClientRect();
			const s = getComputedStyle(e);

			return { what: e.outerHTML.slice(0, 80),
				body: e === document.body,
				ring: s.outlineStyle !== 'none' &&
				    parseFloat(s.outlineWidth) >= 2,
				inside: r.width > 0 && r.right > 0 &&
				    r.bottom > 0 && r.top < innerHeight &&
				    r.left < innerWidth };
		});

		if (at.body)
			break;
		seen.add(at.what);
		assert.ok(at.ring, `no ring around ${at.what}`);
		assert.ok(at.inside, `out of sight: ${at.what}`);
	}
	assert.ok(seen.size > 8, `only ${seen.size} stops`);
	assert.ok([...seen].some(w => w.startsWith('<input')), 'no search');
}

/* How each page is looked at; those with a shot are left as pictures. */
const WAYS = [
	{ word: 'light', colorScheme: 'light', size: SCREEN, shot: true },
	{ word: 'dark', colorScheme: 'dark', size: SCREEN, shot: true },
	{ word: 'phone', colorScheme: 'light', size: PHONE, shot: true },
	{ word: 'narrow', colorScheme: 'dark', size: NARROW },
];

/* Nothing leads out of the screen, text is seen, whatever the colours. */
async function look(b, page, way, name) {
	await page.emulateMedia({ colorScheme: way.colorScheme });
	await page.setViewportSize(way.size);
	const [wide, paper] = await page.evaluate(() => [
		document.documentElement.scrollWidth - innerWidth,
		getComputedStyle(document.body).backgroundColor]);

	if (wide > 0)
		b.wrong.push(`${page.url()} ${way.word}: ${wide} too wide`);
	for (const e of await page.evaluate(faint))
		b.wrong.push(`${page.url()} ${way.word}: faint ${e}`);
	assert.equal(Number(/\d+/.exec(paper)[0]) < 60,
	    way.colorScheme === 'dark', `${way.word} is ${paper}`);
	if (way.shot)
		await b.shot(page, `${name}-${way.word}`);
}

async function looks(b, base, site) {
	const page = await b.page(base);

	for (const [what, path] of Object.entries(site.pages)) {
		await b.go(page, path);
		for (const way of WAYS)
			await look(b, page, way, `${site.name}-${what}`);
	}
	await page.context().close();
}

/* All of it.  site: name, domain, hosts, share, search, pages, many. */
async function tour(b, base, site) {
	for (const scripts of [true, false]) {
		const how = `${site.name}, scripts ${scripts ? 'on' : 'off'}`;
		const page = await b.page(base, { javaScriptEnabled: scripts });

		await b.test(`${how}: search`, () =>
		    search(b, page, site.search));
		await b.test(`${how}: filter`, () => filter(b, page));
		if (site.many)
			await b.test(`${how}: paging`, () => paging(b, page));
		await b.test(`${how}: a domain and its server`, () =>
		    domain(b, page, site));
		await b.test(`${how}: an incident`, () => incident(b, page));
		await page.context().close();
	}
	await b.test(`${site.name}: keyboard`, async () =>
	    keyboard(b, await b.page(base)));
	await b.test(`${site.name}: light, dark, on a phone`, () =>
	    looks(b, base, site));
}

module.exports = { tour };
