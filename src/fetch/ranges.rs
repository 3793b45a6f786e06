//! The address ranges that no publisher lives in, by the IANA special-purpose registries, and the cloud metadata services.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Network;

/// Ranges of IPv4 that are refused, each with the words for a person.
const REFUSED_V4: &[([u8; 4], u8, &str)] = &[
    ([0, 0, 0, 0], 8, "an address of this very machine"),
    ([10, 0, 0, 0], 8, "a private address"),
    ([100, 64, 0, 0], 10, "an address inside a provider's network (carrier-grade NAT)"),
    ([127, 0, 0, 0], 8, "a loopback address"),
    ([169, 254, 0, 0], 16, "a link-local address (cloud metadata lives there)"),
    ([172, 16, 0, 0], 12, "a private address"),
    ([192, 0, 0, 0], 24, "an address for protocol assignments"),
    ([192, 0, 2, 0], 24, "an address for documentation"),
    ([192, 88, 99, 0], 24, "a 6to4 relay address"),
    ([192, 168, 0, 0], 16, "a private address"),
    ([198, 18, 0, 0], 15, "an address for benchmarking"),
    ([198, 51, 100, 0], 24, "an address for documentation"),
    ([203, 0, 113, 0], 24, "an address for documentation"),
    // Azure's wire server: a public number, reachable from inside the cloud only.
    ([168, 63, 129, 16], 32, "a cloud metadata address"),
    ([224, 0, 0, 0], 4, "a multicast address"),
    ([240, 0, 0, 0], 4, "a reserved address"),
];

/// Ranges of IPv6 that are refused. What is outside 2000::/3 is refused anyway; named here are those that deserve a name of their own.
const REFUSED_V6: &[([u16; 8], u8, &str)] = &[
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, "an unspecified address"),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, "a loopback address"),
    ([0, 0, 0, 0, 0, 0, 0, 0], 96, "an IPv4 address in IPv6 clothes"),
    ([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, "an IPv4 address in IPv6 clothes (mapped)"),
    ([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, "an IPv4 address in IPv6 clothes (translated)"),
    ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "an IPv4 address behind a translator (NAT64)"),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "an IPv4 address behind a translator (NAT64)"),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "an address for discarding"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "a Teredo address"),
    ([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, "an address for benchmarking"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "an address for protocol assignments"),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "an address for documentation"),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "a 6to4 address"),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "an address for documentation"),
    ([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, "a segment-routing address"),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "a private address"),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "a link-local address"),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "a site-local address"),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "a multicast address"),
];

/// Global unicast, the only part of IPv6 that is handed out to the public.
const GLOBAL_V6: ([u16; 8], u8) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Why nothing is sent to this address, in words; `None` where a publisher may live there.
pub(super) fn refused(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => {
            REFUSED_V4.iter().find(|(base, bits, _)| same_prefix_v4(v4, Ipv4Addr::from(*base), *bits)).map(|(_, _, words)| *words)
        }
        IpAddr::V6(v6) => REFUSED_V6
            .iter()
            .find(|(base, bits, _)| same_prefix_v6(v6, Ipv6Addr::from(*base), *bits))
            .map(|(_, _, words)| *words)
            .or_else(|| (!same_prefix_v6(v6, Ipv6Addr::from(GLOBAL_V6.0), GLOBAL_V6.1)).then_some("not a public address")),
    }
}

/// Whether the network holds the address. A mapped address (`::ffff:10.0.0.1`) is in the networks of its IPv4 address too.
pub(super) fn contains(network: &Network, address: IpAddr) -> bool {
    let inside = |address: IpAddr| match (network.address, address) {
        (IpAddr::V4(base), IpAddr::V4(v4)) => same_prefix_v4(v4, base, network.prefix_bits),
        (IpAddr::V6(base), IpAddr::V6(v6)) => same_prefix_v6(v6, base, network.prefix_bits),
        _ => false,
    };
    inside(address) || inside(address.to_canonical())
}

fn same_prefix_v4(a: Ipv4Addr, b: Ipv4Addr, bits: u8) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
    a.to_bits() & mask == b.to_bits() & mask
}

fn same_prefix_v6(a: Ipv6Addr, b: Ipv6Addr, bits: u8) -> bool {
    let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
    a.to_bits() & mask == b.to_bits() & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s1_no_special_address_is_a_publishers() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "169.254.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:1.2.3.4",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
            "8000::1",
            "1::1",
        ] {
            assert!(refused(text.parse().unwrap()).is_some(), "{text} is not refused");
        }
    }

    #[test]
    fn s1_public_addresses_beside_the_special_ones_are_left_alone() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.0.3.1",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "168.63.129.15",
            "2001:4860:4860::8888",
            "2001:200::1",
            "2003::1",
            "2400:3200::1",
            "2606:4700::1111",
            "3ffe::1",
        ] {
            assert_eq!(refused(text.parse().unwrap()), None, "{text} is refused");
        }
    }

    #[test]
    fn a_network_holds_its_addresses_in_both_spellings() {
        let network = |text: &str, prefix_bits| Network { address: text.parse().unwrap(), prefix_bits };
        let lan = network("192.168.7.0", 24);
        assert!(contains(&lan, "192.168.7.255".parse().unwrap()));
        assert!(contains(&lan, "::ffff:192.168.7.1".parse().unwrap()));
        assert!(!contains(&lan, "192.168.8.1".parse().unwrap()));
        assert!(contains(&network("0.0.0.0", 0), "10.1.1.1".parse().unwrap()));
        assert!(contains(&network("fd00::", 8), "fd12::1".parse().unwrap()));
        assert!(!contains(&network("fd00::", 8), "10.1.1.1".parse().unwrap()));
        assert!(contains(&network("::1", 128), "::1".parse().unwrap()));
    }
}
