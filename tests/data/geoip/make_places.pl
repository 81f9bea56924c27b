#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# Writes the small MaxMind DB files that tests read; all places, numbers and names in them are invented: addresses and AS
# numbers are those for documentation (RFC 5737, 3849, 5398), country codes those for users (ISO 3166-1: XA to XZ).
#
# usage: make_places.pl FOLDER
use strict;
use warnings;
use MaxMind::DB::Writer::Tree;

my $folder = shift or die "usage: make_places.pl FOLDER\n";
my %types = (
    country                        => 'map',
    registered_country             => 'map',
    iso_code                       => 'utf8_string',
    autonomous_system_number       => 'uint32',
    autonomous_system_organization => 'utf8_string',
);

sub write_file {
    my ( $name, $version, $entries ) = @_;
    my $tree = MaxMind::DB::Writer::Tree->new(
        ip_version               => $version,
        record_size              => 24,
        database_type            => "Netanomaly-Test-$name",
        languages                => ['en'],
        description              => { en => 'Invented places, for tests' },
        map_key_type_callback    => sub { $types{ $_[0] } },
        remove_reserved_networks => 0,
    );
    $tree->insert_network(@$_) for @$entries;
    open my $file, '>:raw', "$folder/$name.mmdb" or die "$folder/$name.mmdb: $!";
    $tree->write_tree($file);
    close $file or die $!;
}

my @v4 = (
    [ '192.0.2.0/24',    { country => { iso_code => 'XA' }, registered_country => { iso_code => 'XB' } } ],
    [ '198.51.100.0/25', { registered_country => { iso_code => 'XB' }, autonomous_system_number => 64500 } ],
    [
        '203.0.113.64/26',
        { autonomous_system_number => 65551, autonomous_system_organization => 'Invented Networks' }
    ],
);
write_file( 'places', 6, [ @v4, [ '2001:db8:1::/48', { country => { iso_code => 'XC' } } ] ] );
write_file( 'v4',     4, \@v4 );
