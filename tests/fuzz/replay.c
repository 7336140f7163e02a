#include <sys/stat.h>

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A plain main for a fuzz harness: hands it every file that is named, and
 * every file below a directory that is named.  Exits with 1 when there was
 * none, or one could not be read.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed, failed;

static void
complain(const char *path)
{
	perror(path);
	failed++;
}

static void
replay_file(const char *path, size_t size)
{
	/* Exactly as large as the input, so that the sanitizer sees a read
	 * behind it. */
	uint8_t *data = malloc(size);
	FILE *file = fopen(path, "rb");

	if (file == NULL || (data == NULL && size > 0) ||
	    fread(data, 1, size, file) != size) {
		complain(path);
	} else {
		LLVMFuzzerTestOneInput(data, size);
		replayed++;
	}
	if (file != NULL)
		fclose(file);
	free(data);
}

static void replay(const char *path);

static void
replay_directory(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);

	if (n < 0) {
		complain(path);
		return;
	}
	for (int i = 0; i < n; i++) {
		char *below;

		if (entry[i]->d_name[0] != '.') {
			if (asprintf(&below, "%s/%s", path, entry[i]->d_name) <
			    0)
				abort();
			replay(below);
			free(below);
		}
		free(entry[i]);
	}
	free(entry);
}

static void
replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		complain(path);
	else if (S_ISDIR(st.st_mode))
		replay_directory(path);
	else if (S_ISREG(st.st_mode))
		replay_file(path, (size_t)st.st_size);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%s: %u replayed\n", argv[0], replayed);
	return replayed == 0 || failed > 0;
}
