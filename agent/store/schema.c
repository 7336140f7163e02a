#include <stdio.h>

#include "agent/store/schema.h"

/*
 * All times are microseconds since the epoch; 0 stands for "not (yet)".
 *
 * incident	one row a cause, from suspicion to end
 * member	which domains suffered from it, when
 * outbox	messages; how: 0 waiting, 1 sent, 2 dead, 3 merged into another
 * tells	digests that tell of the opening of an incident
 * domain	what was last believed
 * state	what mail met, as intervals; until NULL: still
 * alive	when the agent was there to see it
 */
static const char version_1[] =
    "CREATE TABLE incident ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " key TEXT NOT NULL, kind TEXT NOT NULL, rule TEXT NOT NULL,"
    " severity TEXT NOT NULL, state TEXT NOT NULL,"
    " subject TEXT NOT NULL, message TEXT NOT NULL,"
    " evidence TEXT NOT NULL, ips TEXT NOT NULL, outcome TEXT NOT NULL,"
    " by_smtp INTEGER NOT NULL, announced INTEGER NOT NULL,"
    " flapping INTEGER NOT NULL, strikes INTEGER NOT NULL,"
    " goods INTEGER NOT NULL, peak INTEGER NOT NULL,"
    " total INTEGER NOT NULL, began INTEGER NOT NULL,"
    " opened INTEGER NOT NULL, closed INTEGER NOT NULL,"
    " last INTEGER NOT NULL, acked INTEGER NOT NULL,"
    " reminded INTEGER NOT NULL, acked_by TEXT, example TEXT NOT NULL,"
    " reminders INTEGER NOT NULL, changes TEXT NOT NULL, note TEXT"
    ") STRICT;"
    "CREATE INDEX incident_live ON incident (id) WHERE closed = 0;"
    "CREATE INDEX incident_closed ON incident (closed) WHERE closed > 0;"
    "CREATE INDEX incident_subject ON incident (subject);"

    "CREATE TABLE member ("
    " domain TEXT NOT NULL,"
    " incident INTEGER NOT NULL REFERENCES incident ON DELETE CASCADE,"
    " joined INTEGER NOT NULL, parted INTEGER NOT NULL,"
    " PRIMARY KEY (domain, incident)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX member_incident ON member (incident);"

    "CREATE TABLE outbox ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " channel TEXT NOT NULL, kind TEXT NOT NULL, message_id TEXT NOT NULL,"
    " json TEXT NOT NULL, incident INTEGER NOT NULL,"
    " made INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL,"
    " how INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0,"
    " why TEXT, merged_into INTEGER"
    ") STRICT;"
    "CREATE INDEX outbox_waiting ON outbox (channel, id) WHERE how = 0;"
    "CREATE INDEX outbox_incident ON outbox (incident);"
    "CREATE INDEX outbox_ended ON outbox (ended) WHERE ended > 0;"

    "CREATE TABLE tells ("
    " incident INTEGER NOT NULL, channel TEXT NOT NULL,"
    " outbox INTEGER NOT NULL,"
    " PRIMARY KEY (incident, channel, outbox)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX tells_outbox ON tells (outbox);"

    "CREATE TABLE domain ("
    " name TEXT PRIMARY KEY, ns TEXT NOT NULL, mx TEXT NOT NULL,"
    " ns_next TEXT NOT NULL, mx_next TEXT NOT NULL,"
    " verdict TEXT NOT NULL, outcome TEXT NOT NULL, since INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE state ("
    " kind TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL,"
    " until INTEGER, state TEXT NOT NULL,"
    " PRIMARY KEY (kind, name, at)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX state_until ON state (until) WHERE until IS NOT NULL;"

    "CREATE TABLE alive ("
    " first INTEGER PRIMARY KEY, last INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE history ("
    " id INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT NOT NULL,"
    " what TEXT NOT NULL, text TEXT NOT NULL, incident INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX history_at ON history (at);"
    "CREATE INDEX history_name ON history (name, at);"

    "CREATE TABLE silence ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " pattern TEXT NOT NULL, why TEXT NOT NULL, made_by TEXT NOT NULL,"
    " begins INTEGER NOT NULL, until INTEGER NOT NULL,"
    " ended INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE meta ("
    " key TEXT PRIMARY KEY, value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;";

const char *const schema_steps[] = { version_1 };
const size_t schema_version = sizeof(schema_steps) / sizeof(*schema_steps);

static int
run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int
schema_bring(sqlite3 *db, const char *const *step, size_t at, size_t n)
{
	char mark[96];
	int code = run(db, "BEGIN IMMEDIATE");

	for (size_t i = at; i < n && code == SQLITE_OK; i++)
		code = run(db, step[i]);
	snprintf(mark, sizeof(mark),
	    "PRAGMA application_id = %d; PRAGMA user_version = %zu; COMMIT",
	    SCHEMA_APPLICATION, n);
	if (code == SQLITE_OK)
		code = run(db, mark);
	return code;
}
