#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/asking.h"
#include "agent/base/text.h"
#include "agent/control.h"

/* Where the agent of this configuration listens; malloc'ed.  NULL after a
 * complaint. */
static char *
socket_of(const struct asking *asking)
{
	const char *path = asking->config;
	struct settings settings;
	struct buf errors;
	char *socket = NULL;

	if (asking->socket != NULL)
		return strdup(asking->socket);
	if (path == NULL && access(SETTINGS_FILE, R_OK) == 0)
		path = SETTINGS_FILE;
	settings_init(&settings);
	buf_init(&errors, 0);
	if (path == NULL || settings_load(&settings, path, &errors) == 0)
		socket = settings_socket(&settings);
	fputs(buf_str(&errors), stderr);
	buf_free(&errors);
	settings_free(&settings);
	return socket;
}

/* A line for people, and one for a monitor that shows standard output. */
static void
complain(const struct asking *asking, const char *command, const char *why)
{
	char safe[512];

	text_line(safe, sizeof(safe), why);
	if (asking->plugin)
		args_plugin_unknown(safe);
	fprintf(stderr, "%s: %s\n", command, safe);
}

/* Below the answer, wherever that goes. */
static void
warn(const char *warning)
{
	char safe[512];

	text_line(safe, sizeof(safe), warning);
	fflush(stdout);
	fprintf(stderr, "warning: %s\n", safe);
}

/* Print an answer; returns its exit status. */
static int
take(const struct asking *asking, const char *command, const json_t *reply)
{
	const char *text = json_string_value(json_object_get(reply, "text"));
	const char *error = json_string_value(json_object_get(reply, "error"));
	const char *warning =
	    json_string_value(json_object_get(reply, "warning"));

	if (text != NULL)
		fputs(text, stdout);
	else
		complain(asking, command,
		    error == NULL ? "that is no answer" : error);
	if (warning != NULL)
		warn(warning);
	return (int)json_integer_value(json_object_get(reply, "exit"));
}

int
asking_print(const struct asking *asking, const char *command, json_t *request,
    int failed)
{
	char *path = socket_of(asking), why[512] = "out of memory";
	json_t *reply = NULL;

	if (path != NULL && request != NULL)
		reply = control_ask(path, request, why, sizeof(why));
	json_decref(request);
	if (reply != NULL)
		failed = take(asking, command, reply);
	else if (path != NULL)
		complain(asking, command, why);
	json_decref(reply);
	free(path);
	return failed;
}
