#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/secret.h"

#include "agent/doctor/gather.h"

/* Files of secrets: whose they are, and what config/secret.c says of them. */

/* The folder that the configuration is in; malloc'ed. */
static char *
folder_of(const char *config)
{
	const char *slash = strrchr(config, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(config, slash == config ? 1 : (size_t)(slash - config));
}

/* Where the file is, as config/secret.c looks for it; malloc'ed. */
static char *
locate(const char *dir, const char *name)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char *out;

	if (*name == '/')
		return strdup(name);
	if (credentials != NULL && *credentials == '/')
		dir = credentials;
	return asprintf(&out, "%s/%s", dir, name) < 0 ? NULL : out;
}

static void
look_at(struct doctor_secret *s)
{
	struct stat st;

	if (lstat(s->path, &st) != 0) {
		s->error = errno;
		return;
	}
	s->mode = S_ISREG(st.st_mode) ? (unsigned)st.st_mode & 07777 : 0;
	doctor_user_name(st.st_uid, s->user, sizeof(s->user));
}

/* A secret file and, where it is not yet there, its content into *value. */
static int
add_secret(struct doctor_gathered *g, const char *dir,
    const struct doctor_secret *like, const char *name, char **value)
{
	struct doctor_facts *f = &g->facts;
	struct doctor_secret *s;
	char *secret = NULL;

	if (name == NULL)
		return 0;
	s = &f->secret[f->nsecret];
	*s = *like;
	s->path = locate(dir, name);
	if (s->path == NULL)
		return -1;
	f->nsecret++;
	look_at(s);
	if (secret_read(name, dir, &secret, s->why, sizeof(s->why)) != 0)
		secret = NULL;
	if (value != NULL && *value == NULL)
		*value = secret;
	else
		secret_free(secret);
	return 0;
}

static int
add_secrets(struct doctor_gathered *g, const char *dir)
{
	struct settings *s = &g->settings;
	int bad = 0;

	g->facts.secret = calloc(3 * s->nchannel + 1, sizeof(*g->facts.secret));
	if (g->facts.secret == NULL)
		return -1;
	for (size_t i = 0; i < s->nchannel; i++) {
		struct channel_setting *c = &s->channel[i];
		struct doctor_secret like = { .owner = c->name };

		like.key = "url_file";
		bad |= add_secret(g, dir, &like, c->url_file, &c->url);
		like.key = "token_file";
		bad |= add_secret(g, dir, &like, c->token_file, NULL);
		like.key = "key_file";
		bad |= add_secret(g, dir, &like, c->key_file, NULL);
	}
	bad |= add_secret(g, dir,
	    &(struct doctor_secret){
	        .owner = "the heartbeat", .key = "url_file" },
	    s->heartbeat_file, &s->heartbeat_url);
	return bad;
}

int
doctor_gather_secrets(struct doctor_gathered *g, const char *config)
{
	char *dir = folder_of(config);
	int bad = dir == NULL ? -1 : add_secrets(g, dir);

	free(dir);
	return bad;
}
