#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/codec_check.h"

/*
 * Any bytes as what another process sends: the first says as what.  The
 * reader takes or refuses them; what it takes keeps its promises.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum codec_kind kind;
	const char *wrong;
	int taken;

	if (size == 0)
		return 0;
	kind = (enum codec_kind)(data[0] % CODEC_KINDS);
	wrong = codec_check(kind, data + 1, size - 1, &taken);
	if (wrong == NULL)
		return 0;
	fprintf(stderr, "kind %d: %s\n", (int)kind, wrong);
	abort();
}
