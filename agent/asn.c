#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <maxminddb.h>

#include "agent/base/num.h"

#include "agent/asn.h"

struct asn_data {
	MMDB_s db;
};

struct asn_data *
asn_open(const char *path, char *why, size_t why_size)
{
	struct asn_data *data = calloc(1, sizeof(*data));
	int rc;

	if (data == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	rc = MMDB_open(path, MMDB_MODE_MMAP, &data->db);
	if (rc == MMDB_SUCCESS)
		return data;
	/* Its own words for these two say nothing of the cause. */
	if ((rc == MMDB_FILE_OPEN_ERROR || rc == MMDB_IO_ERROR) && errno != 0)
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
	else
		snprintf(why, why_size, "%s: not a usable MaxMind DB file: %s",
		    path, MMDB_strerror(rc));
	free(data);
	return NULL;
}

void
asn_close(struct asn_data *data)
{
	if (data == NULL)
		return;
	MMDB_close(&data->db);
	free(data);
}

/* "AS64500", not NUL-terminated, as IPinfo writes it. */
static uint32_t
read_name(const char *text, size_t len)
{
	char copy[16];
	uint64_t asn;

	if (len < 3 || len >= sizeof(copy) || strncmp(text, "AS", 2) != 0)
		return 0;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (num_uint(copy + 2, 1, UINT32_MAX, &asn) != 0)
		return 0;
	return (uint32_t)asn;
}

static uint32_t
read_value(const MMDB_entry_data_s *value)
{
	if (!value->has_data)
		return 0;
	switch (value->type) {
	case MMDB_DATA_TYPE_UINT32:
		return value->uint32;
	case MMDB_DATA_TYPE_UINT16:
		return value->uint16;
	case MMDB_DATA_TYPE_UTF8_STRING:
		return read_name(value->utf8_string, value->data_size);
	default:
		return 0;
	}
}

uint32_t
asn_find(const struct asn_data *data, const struct ip *ip)
{
	static const char *const key[] = { "autonomous_system_number", "asn" };
	MMDB_lookup_result_s found;
	MMDB_entry_data_s value;
	struct sockaddr_storage ss;
	struct ip v4;
	uint32_t asn = 0;
	int rc;

	/* Only v4-mapped: for 6to4 and NAT64 the data has rows of its own. */
	if (ip_embedded(ip, &v4) && ip->byte[0] == 0 && ip->byte[1] == 0)
		ip = &v4;
	if (ip_sockaddr(ip, 0, &ss) == 0)
		return 0;
	found = MMDB_lookup_sockaddr(&data->db, (struct sockaddr *)&ss, &rc);
	if (rc != MMDB_SUCCESS || !found.found_entry)
		return 0;
	for (size_t i = 0; asn == 0 && i < sizeof(key) / sizeof(key[0]); i++) {
		rc = MMDB_get_value(&found.entry, &value, key[i], (char *)NULL);
		if (rc == MMDB_SUCCESS)
			asn = read_value(&value);
	}
	return asn;
}
