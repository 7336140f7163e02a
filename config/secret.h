#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include <stddef.h>

/*
 * Secrets in files of their own: webhook URLs, tokens, keys.  They are never
 * put into a message, and are wiped from memory when they are freed.
 */

#define SECRET_MAX 8192

/*
 * Read the file into *secret, a malloc'ed string for secret_free(), without
 * line breaks at its end.  A relative name is looked for in the folder that
 * the environment variable CREDENTIALS_DIRECTORY names (systemd.exec(5)), when
 * it is set, else in the folder dir.  What others than its owner may read or
 * write is refused, except in CREDENTIALS_DIRECTORY, and so is what is no
 * regular file (a link is none), empty, or larger than SECRET_MAX, or holds
 * control characters.  Returns 0, or -1 with one line in why.
 */
int	 secret_read(const char *name, const char *dir, char **secret,
	    char *why, size_t why_size);

/* Wipe it, then free it. */
void	 secret_free(char *secret);

#endif
