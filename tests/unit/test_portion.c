#include <stdlib.h>
#include <string.h>

#include "agent/status/portion.h"
#include "tests/unit/support.h"

static int
compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Whatever portion: it is as if all had been sorted, and nothing is lost. */
static void
as_if_all_were_sorted(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 10, 97, 1000 };
	int list[1000], sorted[1000];

	(void)state;
	srandom(1);
	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
		for (int times = 0; times < 200; times++) {
			size_t n = sizes[s];
			size_t to = n == 0 ? 0 : (size_t)random() % (n + 1);
			size_t from = to == 0 ? 0 : (size_t)random() % to;

			/* Many are equal. */
			for (size_t i = 0; i < n; i++)
				sorted[i] = list[i] = (int)(random() % 50);
			qsort(sorted, n, sizeof(int), compare);
			portion_sort(list, n, sizeof(int), from, to, compare);
			assert_memory_equal(list + from, sorted + from,
			    (to - from) * sizeof(int));
			qsort(list, n, sizeof(int), compare);
			assert_memory_equal(list, sorted, n * sizeof(int));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_if_all_were_sorted),
	};

	return cmocka_run_group_tests_name("portion", tests, NULL, NULL);
}
