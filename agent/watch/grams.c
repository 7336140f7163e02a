#include <stdlib.h>

#include "agent/watch/grams.h"

/*
 * A triple is known by a hash of 11 bits.  Each hash has a row of one bit for
 * each block, so that a search is the "and" of a few rows of 2 KB, for a
 * million texts.  Neighbours in the order of names have much in common: of the
 * 2,048 bits of a block some 400 are set.
 */
#define ROWS 2048

struct grams {
	size_t words;
	uint64_t last; /* the bits of the last word that stand for blocks */
	uint64_t row[];
};

static uint8_t
fold(char c)
{
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static uint16_t
hash(const char *at)
{
	uint32_t triple = (uint32_t)fold(at[0]) << 16 |
	    (uint32_t)fold(at[1]) << 8 | fold(at[2]);

	return (uint16_t)(triple * UINT32_C(2654435761) >> 21);
}

struct grams *
grams_new(size_t n)
{
	size_t blocks = (n + GRAMS_BLOCK - 1) / GRAMS_BLOCK;
	size_t words = (blocks + 63) / 64;
	struct grams *g =
	    calloc(1, sizeof(*g) + ROWS * words * sizeof(uint64_t));

	if (g == NULL)
		return NULL;
	g->words = words;
	g->last =
	    blocks % 64 == 0 ? UINT64_MAX : (UINT64_C(1) << blocks % 64) - 1;
	return g;
}

void
grams_free(struct grams *g)
{
	free(g);
}

void
grams_add(struct grams *g, size_t i, const char *text)
{
	size_t block = i / GRAMS_BLOCK;
	uint64_t bit = UINT64_C(1) << block % 64;

	if (text[0] == '\0' || text[1] == '\0')
		return;
	for (; text[2] != '\0'; text++)
		g->row[hash(text) * g->words + block / 64] |= bit;
}

void
grams_of(struct gram_set *set, const char *text)
{
	set->n = 0;
	if (text[0] == '\0' || text[1] == '\0')
		return;
	for (; text[2] != '\0' && set->n < GRAMS_MAX; text++)
		set->gram[set->n++] = hash(text);
}

uint64_t
grams_blocks(const struct grams *g, const struct gram_set *set, size_t word)
{
	uint64_t blocks = word + 1 == g->words ? g->last : UINT64_MAX;

	for (unsigned i = 0; i < set->n; i++)
		blocks &= g->row[set->gram[i] * g->words + word];
	return blocks;
}

size_t
grams_words(const struct grams *g)
{
	return g->words;
}
