#ifndef TESTS_UNIT_CODEC_CHECK_H
#define TESTS_UNIT_CODEC_CHECK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Read bytes as each of the things that come from another process.  What is
 * taken must be what its users rely on, and must be written and read again as
 * the same.  Both return NULL when all is well, else what is wrong.
 */

enum codec_kind { CODEC_DNS, CODEC_SMTP, CODEC_TASK, CODEC_ESSENCE,
	CODEC_FRAME, CODEC_KINDS };

/* *taken is set to whether the reader took it. */
const char	*codec_check(enum codec_kind, const uint8_t *bytes, size_t len,
		    int *taken);

#endif
