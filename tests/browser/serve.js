'use strict';

/* Servers of made-up pages: the program of tests/page/serve.c. */

const { spawn } = require('node:child_process');

/* A server: .base is its address, await .say(text) another text. */
async function serve(program, domains) {
	const child = spawn(program, ['0', String(domains)],
	    { stdio: ['pipe', 'pipe', 'inherit'] });
	const line = () => new Promise((done, fail) => {
		const ended = code => fail(Error(`serve ended: ${code}`));

		child.once('error', fail);
		child.once('exit', ended);
		child.stdout.once('data', text => {
			child.off('error', fail);
			child.off('exit', ended);
			done(String(text).trim().replace(/\/$/, ''));
		});
	});

	child.base = await line();
	child.say = text => {
		child.stdin.write(`${text}\0`);
		return line();
	};
	return child;
}

const PAGES = {
	home: '/?refresh=off', 'primary-down': '/domain/primary-down.example',
	'all-down': '/domain/all-down.example', incident: '/incident/17',
	past: '/incident/5', incidents: '/incidents',
	host: '/host/mx1.example.org', search: '/?q=down&verdict=critical',
};

module.exports = { serve, PAGES };
