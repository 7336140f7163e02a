#!/usr/bin/perl
# Writes asn.mmdb beside itself (Debian: libmaxmind-db-writer-perl).
# Run it when the rows below change, and commit both.

use strict;
use warnings;

use FindBin;
use MaxMind::DB::Writer::Tree;

my %type = (
	autonomous_system_number => 'uint32',
	autonomous_system_organization => 'utf8_string',
	asn => 'utf8_string',
	note => 'utf8_string',
);

my $tree = MaxMind::DB::Writer::Tree->new(
	ip_version => 6,
	record_size => 24,
	database_type => 'mxvigil-Test-ASN',
	languages => ['en'],
	description => { en => 'Autonomous systems for the tests of mxvigil' },
	map_key_type_callback => sub { $type{ $_[0] } },
	remove_reserved_networks => 0,
	# ::ffff:0:0/96, 2002::/16 and 2001::/32 do not lead to IPv4.
	alias_ipv6_to_ipv4 => 0,
);

# GeoLite2-ASN and DB-IP ASN Lite.
sub geolite {
	my ($network, $asn) = @_;

	$tree->insert_network($network, {
		autonomous_system_number => $asn,
		autonomous_system_organization => "Example $asn",
	});
}

geolite('192.0.2.0/24', 64500);
geolite('198.51.100.0/25', 64501);
geolite('203.0.113.0/24', 4200000000);
geolite('2001:db8::/32', 64502);
geolite('2001:db8:ffff::/48', 64503);
# IPinfo Lite.
$tree->insert_network('198.51.100.128/26', { asn => 'AS64504' });
# Rows that say nothing.
$tree->insert_network('198.51.100.192/28', { asn => 'none' });
$tree->insert_network('198.51.100.208/28', { asn => 'AS4294967296' });
$tree->insert_network('198.51.100.224/28', { note => 'no number' });
$tree->insert_network('198.51.100.240/28', { asn => 'AS' });

open my $file, '>:raw', "$FindBin::Bin/asn.mmdb" or die "asn.mmdb: $!\n";
$tree->write_tree($file);
close $file or die "asn.mmdb: $!\n";
