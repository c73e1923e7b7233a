package media

import "net/netip"

// Public reports whether a link may lead to the address: one of the open internet, at a port of the web. It is the rule of a server; nothing
// behind a firewall, on the machine or on its link can be reached through it, however a name resolves or an address is written.
func Public(to netip.AddrPort) bool {
	switch to.Port() {
	case 80, 443, 8080, 8443:
		return isPublic(to.Addr())
	}
	return false
}

// isPublic follows the registries of special-purpose addresses (IANA, RFC 6890 and its successors), and adds the address under which one
// cloud's metadata service answers although it looks public.
func isPublic(a netip.Addr) bool {
	a = a.Unmap() // ::ffff:10.0.0.1 is 10.0.0.1
	if !a.IsValid() || a.Zone() != "" || !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	if a.Is4() {
		return !within(a, specialIPv4())
	}
	if nat64 := netip.MustParsePrefix("64:ff9b::/96"); nat64.Contains(a) {
		wide := a.As16()
		return isPublic(netip.AddrFrom4([4]byte(wide[12:]))) // the way to IPv4 from a network without it (RFC 6052)
	}
	return netip.MustParsePrefix("2000::/3").Contains(a) && !within(a, specialIPv6())
}

func within(a netip.Addr, prefixes []string) bool {
	for _, prefix := range prefixes {
		if netip.MustParsePrefix(prefix).Contains(a) {
			return true
		}
	}
	return false
}

func specialIPv4() []string {
	return []string{
		"0.0.0.0/8",        // this network
		"10.0.0.0/8",       // private
		"100.64.0.0/10",    // shared by a provider's customers; a cloud's metadata at 100.100.100.200
		"127.0.0.0/8",      // this machine
		"168.63.129.16/32", // Azure's host
		"169.254.0.0/16",   // this link; metadata at 169.254.169.254
		"172.16.0.0/12",    // private
		"192.0.0.0/24",     // protocol assignments; metadata at 192.0.0.192
		"192.0.2.0/24",     // documentation
		"192.88.99.0/24",   // 6to4 relays
		"192.168.0.0/16",   // private
		"198.18.0.0/15",    // benchmarks
		"198.51.100.0/24",  // documentation
		"203.0.113.0/24",   // documentation
		"224.0.0.0/4",      // multicast
		"240.0.0.0/4",      // reserved, and broadcast
	}
}

func specialIPv6() []string {
	return []string{
		"2001::/23",     // protocol assignments; Teredo, which wraps IPv4
		"2001:db8::/32", // documentation
		"2002::/16",     // 6to4, which wraps IPv4
		"3fff::/20",     // documentation
	}
}
