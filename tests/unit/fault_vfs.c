#include <sqlite3.h>
#include <string.h>

#include "tests/unit/support.h"

#include "tests/unit/fault_vfs.h"

/* The kinds of files that the system's VFS has: each with its methods, and a
 * copy of them that comes here first. */
#define KINDS 4

static struct {
	const sqlite3_io_methods *real;
	sqlite3_io_methods mine;
} kind[KINDS];
static size_t nkind;

static sqlite3_vfs vfs, *real_vfs;
static unsigned left, syncs;
static int code;
static bool lasting, hit;

static bool
fails(void)
{
	if (left == 0 || --left > 0)
		return false;
	left = lasting;
	hit = true;
	return true;
}

static const sqlite3_io_methods *
real_of(const sqlite3_file *file)
{
	for (size_t i = 0; i < nkind; i++)
		if (file->pMethods == &kind[i].mine)
			return kind[i].real;
	return NULL;
}

static int
fault_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
	return fails() ? code : real_of(file)->xWrite(file, data, n, at);
}

static int
fault_read(sqlite3_file *file, void *data, int n, sqlite3_int64 at)
{
	return fails() ? SQLITE_IOERR_READ :
	                 real_of(file)->xRead(file, data, n, at);
}

static int
fault_sync(sqlite3_file *file, int flags)
{
	syncs++;
	return fails() ? SQLITE_IOERR_FSYNC : real_of(file)->xSync(file, flags);
}

static int
fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return fails() ? SQLITE_IOERR_TRUNCATE :
	                 real_of(file)->xTruncate(file, size);
}

static const sqlite3_io_methods *
mine_of(const sqlite3_io_methods *real)
{
	for (size_t i = 0; i < nkind; i++)
		if (kind[i].real == real)
			return &kind[i].mine;
	assert_true(nkind < KINDS);
	kind[nkind].real = real;
	kind[nkind].mine = *real;
	kind[nkind].mine.xWrite = fault_write;
	kind[nkind].mine.xRead = fault_read;
	kind[nkind].mine.xSync = fault_sync;
	kind[nkind].mine.xTruncate = fault_truncate;
	/* No way past them. */
	kind[nkind].mine.xFetch = NULL;
	kind[nkind].mine.iVersion = 2;
	return &kind[nkind++].mine;
}

static int
fault_open(
    sqlite3_vfs *me, const char *name, sqlite3_file *file, int flags, int *out)
{
	int result;

	(void)me;
	result = real_vfs->xOpen(real_vfs, name, file, flags, out);
	if (file->pMethods != NULL)
		file->pMethods = mine_of(file->pMethods);
	return result;
}

void
fault_install(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;
	vfs.zName = "fault";
	vfs.xOpen = fault_open;
	assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

void
fault_set(unsigned nth, int with, bool lasts)
{
	left = nth;
	code = with;
	lasting = lasts;
	hit = false;
}

bool
fault_hit(void)
{
	return hit;
}

unsigned
fault_syncs(void)
{
	return syncs;
}
