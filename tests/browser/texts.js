'use strict';

/*
 * Hostile text leaves every page as it is:
 *	texts.js CHROMIUM SERVE SHOTS [STRINGS]
 * STRINGS is a JSON list of texts that break encoders.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { Browser, tree } = require('./browser');
const { serve, PAGES } = require('./serve');

const [executable, program, shots, strings] = process.argv.slice(2);

const OURS = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>',
	"'><svg onload=alert(1)>", '" autofocus onfocus="alert(1)',
	'</title></style></textarea><script>alert(1)</script>',
	'</text></svg><script>alert(1)</script>', '<!--', '-->', '<![CDATA[',
	'javascript:alert(1)', '//evil.example/', '&#60;b&#62;', '\u202e<b>',
	'\u0001\u001b[2J<b>', '%3Cb%3E', '{{7*7}}', '<plaintext>',
	'<base href=//evil.example/>', '<meta http-equiv=refresh content=0>'];

/* Where texts from outside stand. */
const HOLDERS = [PAGES.home, PAGES['all-down'], PAGES.incident, PAGES.host];

/* By a tab that goes there, and would run what it is told to. */
async function visited(page) {
	const all = [];

	for (const path of HOLDERS) {
		await page.goto(path);
		all.push(await page.evaluate(tree));
	}
	return all;
}

/* By the browser's parser alone, which is quicker. */
async function parsed(page) {
	return page.evaluate(async ([paths, walk]) => {
		const shape = Function(`return ${walk}`)();
		const html = await Promise.all(paths.map(path =>
		    fetch(path).then(answer => answer.text())));

		return html.map(text => shape(
		    new DOMParser().parseFromString(text, 'text/html')));
	}, [HOLDERS, String(tree)]);
}

/* Every text, on every page: each is as it is with "x". */
async function texts(b, list, trees, options) {
	const server = await serve(program, 5);
	const page = await b.page(server.base, options);
	let tried = 0;

	await server.say('x');
	await page.goto(PAGES.home);
	const plain = await trees(page);

	for (const text of list) {
		if (text === '' || text.includes('\0'))
			continue;
		await server.say(text);
		(await trees(page)).forEach((found, i) => {
			if (found !== plain[i])
				b.wrong.push(`${HOLDERS[i]} is another page ` +
				    `with ${JSON.stringify(text)}`);
		});
		tried++;
	}
	await page.context().close();
	server.kill();
	assert.ok(tried > 10, `only ${tried} texts`);
	console.log(`# ${tried} texts`);
}

async function main() {
	const b = await Browser.start(executable, shots);

	await b.test('hostile text leaves pages as they are', () =>
	    texts(b, OURS, visited));
	if (strings)
		await b.test('so do the strings of others', () =>
		    texts(b, JSON.parse(fs.readFileSync(strings)), parsed,
			{ bypassCSP: true }));
	await b.end();
}

main();
